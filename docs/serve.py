"""Build the site and serve it on this machine: `python docs/serve.py [PORT]`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

ROOT = Path(__file__).parents[1]


class Handler(SimpleHTTPRequestHandler):
    """Files of the site; for what is not there, the error page of the language asked for."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        language = self.path.split("/")[1]
        page = Path(self.directory, language if language in ("en", "zh") else "", "404.html")
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # a rebuild shows at the next reload
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing for each request."""


class Server(ThreadingHTTPServer):
    """Silent about readers who leave before a page has come."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(site: Path, port: int, handler: type[Handler] = Handler) -> Server:
    return Server(("127.0.0.1", port), partial(handler, directory=str(site)))


@contextmanager
def served(site: Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """The address of a folder that is served until the block ends."""
    running = server(site, 0, handler)
    Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()


if __name__ == "__main__":
    port = sys.argv[1] if len(sys.argv) > 1 else "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit(f"PORT is {port}: give a number from 1 to 65535")
    try:
        running = server(ROOT / "site", int(port))
    except OSError as error:
        sys.exit(
            f"port {port} cannot be used ({error.strerror}): choose another, make serve PORT=8001"
        )
    built = subprocess.run([sys.executable, ROOT / "docs" / "build.py"])
    if built.returncode:
        sys.exit(built.returncode)
    print(f"http://127.0.0.1:{port}/  (Ctrl-C stops)", flush=True)
    with suppress(KeyboardInterrupt):
        running.serve_forever()
