"""Look at the built site as Lighthouse and axe do: `audit.py [PAGE …]`, each like `en/labs/`.

Without pages, all of them, and searches, like `en/?q=kernel`. RUNS=5 takes the median of five.
Both tools come from npm into `.cache/npm`; the browser is Chromium.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import sync_playwright
from serve import ROOT, Handler, server

SITE = ROOT / "site"
NPM = ROOT / ".cache" / "npm"
PACKAGES = ("lighthouse@13.5.0", "axe-core@4.11.0", "node@22")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COLUMNS = ("perf", "a11y", "best", "seo", "LCP s", "CLS", "kB", "requests", "axe")


class Zipped(Handler):
    """As a host would serve it: text compressed."""

    def do_GET(self) -> None:  # noqa: N802
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file() or path.suffix not in (".html", ".css", ".js", ".svg", ".json"):
            super().do_GET()
            return
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", f"{self.guess_type(path)}; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages does
        super(Handler, self).end_headers()


def tools() -> Path:
    """Fetch what is missing, and say where the commands are."""
    commands = NPM / "node_modules" / ".bin"
    if not (commands / "lighthouse").exists():
        NPM.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", NPM, *PACKAGES],
            check=True,
        )
    return commands


def lighthouse(commands: Path, chromium: str, url: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run(
            [
                commands / "node",
                commands.parent / "lighthouse" / "cli" / "index.js",
                url,
                "--quiet",
                "--output=json",
                f"--output-path={report}",
                f"--chrome-flags={' '.join(FLAGS)}",
                f"--only-categories={','.join(CATEGORIES)}",
            ],
            check=True,
            env={**os.environ, "CHROME_PATH": chromium},
            stderr=subprocess.DEVNULL,
        )
        return json.loads(report.read_text(encoding="utf-8"))


def row(reports: list[dict[str, Any]]) -> dict[str, float]:
    """The median of each figure."""

    def median(figure: Any) -> float:
        return statistics.median(figure(report) for report in reports)

    scores = {
        name: median(lambda r, key=key: 100 * r["categories"][key]["score"])
        for name, key in zip(COLUMNS, CATEGORIES, strict=False)
    }
    return scores | {
        "LCP s": median(lambda r: r["audits"]["largest-contentful-paint"]["numericValue"] / 1000),
        "CLS": median(lambda r: r["audits"]["cumulative-layout-shift"]["numericValue"]),
        "kB": median(lambda r: r["audits"]["total-byte-weight"]["numericValue"] / 1000),
        "requests": median(lambda r: len(r["audits"]["network-requests"]["details"]["items"])),
    }


def axe(browser: Any, url: str) -> list[str]:
    """What axe finds wrong, in both schemes."""
    script = (NPM / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    found = set()
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(url)
        page.wait_for_load_state("networkidle")
        page.evaluate(script)
        result = page.evaluate("axe.run()")
        found |= {violation["id"] for violation in result["violations"]}
        context.close()
    return sorted(found)


def lost(reports: list[dict[str, Any]]) -> list[str]:
    """The audits behind lost points."""
    ids = set()
    for report in reports:
        for key in CATEGORIES:
            for ref in report["categories"][key]["auditRefs"]:
                score = report["audits"][ref["id"]]["score"]
                if ref["weight"] and score is not None and score < 0.9:
                    ids.add(ref["id"])
    return sorted(ids)


def main(pages: list[str]) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("install Chromium: apt-get install chromium")
    if not SITE.is_dir():
        sys.exit("there is no site yet: make site")
    if not pages:
        built = [path.parent.relative_to(SITE).as_posix() for path in SITE.glob("*/**/index.html")]
        pages = [*(f"{page}/" for page in sorted(built)), "en/?q=kernel", "zh/?q=卷积核"]
    places = {page: SITE / page.partition("?")[0] / "index.html" for page in pages}
    if missing := [page for page, place in places.items() if not place.is_file()]:
        sys.exit(f"site/ has no page {missing[0]}: give one like en/labs/")
    commands = tools()
    running = server(SITE, 0, Zipped)
    Thread(target=running.serve_forever, daemon=True).start()
    print(f"{'page':46}" + "".join(f"{name:>9}" for name in COLUMNS), flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS[1:])
        for page in pages:
            url = f"http://127.0.0.1:{running.server_port}/{page}"
            runs = range(int(os.environ.get("RUNS", "1")))
            reports = [lighthouse(commands, chromium, url) for _ in runs]
            found = axe(browser, url)
            figures = row(reports) | {"axe": len(found)}
            line = "".join(f"{figures[name]:9.4g}" for name in COLUMNS)
            told = ", ".join([*lost(reports), *(f"axe: {name}" for name in found)])
            print(f"{page:46}{line}  {told}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
