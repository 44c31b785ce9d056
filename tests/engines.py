"""Firefox and WebKitGTK, each driven over the protocol that it speaks by itself.

Both take a reader's hands, pointer and keys, in the same form; the rest differs.
"""

import asyncio
import base64
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from functools import partial
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from PIL import Image
from tornado.websocket import websocket_connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
WEBKIT = shutil.which("WebKitWebDriver")
XVFB = shutil.which("Xvfb")
PATIENCE = 20  # seconds, for whatever a page or a browser is waited for
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Control": "\ue009"} | {
    f"Arrow{side}": chr(0xE012 + n) for n, side in enumerate(("Left", "Up", "Right", "Down"))
}

# As the first script of each page, it keeps what a page can hear. What a browser writes into its
# console without an event, such as a rule of style that it does not know, no page can.
WATCH = """
let leaving = false; // what is still on its way then is given up, and that is no fault
addEventListener("beforeunload", () => (leaving = true));
const tell = (...words) => {
  if (leaving) return;
  sessionStorage.wrong = JSON.stringify([...JSON.parse(sessionStorage.wrong ?? "[]"), words.join(" ")]);
};
for (const kind of ["error", "warn"]) console[kind] = (...words) => tell(kind, ...words);
addEventListener("error", (event) => tell("error", event.message ?? event.target.outerHTML), true);
addEventListener("unhandledrejection", (event) => tell("rejection", event.reason));
addEventListener("securitypolicyviolation", (event) => tell(event.violatedDirective, event.blockedURI));
"""


class EngineError(Exception):
    """What a browser refuses, or does not do in time."""


def until(what, condition):
    """Wait for a value that is true; a page that is going or coming may refuse it at first."""
    end = time.monotonic() + PATIENCE
    refused = ""
    while True:
        try:
            if value := condition():
                return value
        except EngineError as error:
            refused = f" ({error})"
        if time.monotonic() > end:
            raise EngineError(f"not in {PATIENCE} s: {what}{refused}")
        time.sleep(0.05)


class Engine:
    """A browser with one window."""

    def until(self, body, *arguments):
        """Wait until a function of this body returns something true, and return that."""
        return until(f"{body} {arguments}", lambda: self.value(body, *arguments))

    def arrive(self, url):
        """Wait until a page is all there: on a busy machine, both say so a little early."""
        there = "return location.href === arguments[0] && document.readyState === 'complete'"
        self.until(there, url)

    def point(self, selector, text="", press=True):
        """Move the pointer onto the first visible element with this text, and press its button."""
        x, y = self.until(
            """const element = [...document.querySelectorAll(arguments[0])].find((element) =>
                   element.getClientRects().length && element.textContent.includes(arguments[1]));
               if (!element) return null;
               element.scrollIntoView({ block: "center", behavior: "instant" });
               const { x, y, width, height } = element.getBoundingClientRect();
               return [Math.round(x + width / 2), Math.round(y + height / 2)];""",
            selector,
            text,
        )
        actions = [{"type": "pointerMove", "x": x, "y": y, "origin": "viewport", "duration": 0}]
        if press:
            actions += [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self.perform({"type": "pointer", "id": "mouse", "actions": actions})

    def press(self, *keys, holding=()):
        """Press keys one after the other: letters, or names as a keyboard event has them."""
        ups_and_downs = [
            *(("keyDown", key) for key in holding),
            *((kind, key) for key in keys for kind in ("keyDown", "keyUp")),
            *(("keyUp", key) for key in holding),
        ]
        actions = [{"type": kind, "value": KEYS.get(key, key)} for kind, key in ups_and_downs]
        self.perform({"type": "key", "id": "keyboard", "actions": actions})


class Firefox(Engine):
    """WebDriver BiDi, over a web socket: it tells of the console, of errors and of requests."""

    narrowest = 375

    def __init__(self, address):
        self.loop = asyncio.new_event_loop()
        self.socket = self.wait(websocket_connect, address, max_message_size=1 << 28)
        self.sent, self.wrong = 0, []
        self.call("session.new", capabilities={})
        events = ["log.entryAdded", "network.fetchError", "network.responseCompleted"]
        self.call("session.subscribe", events=events)
        # In the first window, the address bar has the focus, and pages never hear of theirs.
        self.tab = self.call("browsingContext.create", type="window")["context"]

    def wait(self, start, *arguments, **options):
        async def waited():
            return await asyncio.wait_for(start(*arguments, **options), 3 * PATIENCE)

        return self.loop.run_until_complete(waited())

    def call(self, method, **params):
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": params}
        self.wait(self.socket.write_message, json.dumps(message))
        while answer := self.wait(self.socket.read_message):
            answer = json.loads(answer)
            if answer["type"] == "event":
                self.hear(answer["method"], answer["params"])
            elif answer["type"] == "error":
                raise EngineError(f"{method}: {answer['message']}")
            elif answer["id"] == self.sent:
                return answer["result"]
        raise EngineError(f"{method}: Firefox is gone")

    def hear(self, event, told):
        if event == "log.entryAdded":
            if told["level"] in ("error", "warn"):
                self.wrong.append(f"{told['level']}: {told['text']}")
        elif event == "network.fetchError":
            if told["errorText"] != "NS_BINDING_ABORTED":  # the reader went on
                self.wrong.append(f"{told['errorText']}: {told['request']['url']}")
        elif told["response"]["status"] >= 400:
            self.wrong.append(f"{told['response']['status']}: {told['response']['url']}")

    def go(self, url):
        self.call("browsingContext.navigate", context=self.tab, url=url, wait="complete")
        self.arrive(url)

    def value(self, body, *arguments):
        """What a function of this body returns on the page."""
        function = f"JSON.stringify((function () {{ {body} }})(...JSON.parse(given)) ?? null)"
        answer = self.call(
            "script.callFunction",
            functionDeclaration=f"(given) => {function}",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self.tab},
            awaitPromise=False,
        )
        if answer["type"] == "exception":
            raise EngineError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def perform(self, source):
        self.call("input.performActions", context=self.tab, actions=[source])

    def resize(self, width, height):
        viewport = {"width": width, "height": height}
        call = partial(
            self.call, "browsingContext.setViewport", context=self.tab, viewport=viewport
        )
        until(f"a window of {width} by {height}", lambda: call() == {})

    def screenshot(self):
        data = self.call("browsingContext.captureScreenshot", context=self.tab)["data"]
        return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")

    def close(self):
        async def goodbye():
            self.socket.close()
            while await self.socket.read_message():
                pass

        self.wait(goodbye)
        self.loop.close()


class WebKit(Engine):
    """The older WebDriver, over HTTP. It tells nothing of the console: pages must, by `WATCH`."""

    narrowest = 447  # MiniBrowser's window becomes no narrower

    def __init__(self, address, arguments):
        self.address = address
        options = {"webkitgtk:browserOptions": {"args": ["--automation", *arguments]}}
        session = self.call("POST", "", capabilities={"alwaysMatch": options})
        self.address += f"/{session['sessionId']}"

    def call(self, method, command, **params):
        body = json.dumps(params).encode() if method == "POST" else None
        request = Request(self.address + command, body, method=method)
        try:
            with urlopen(request, timeout=3 * PATIENCE) as answer:
                return json.load(answer)["value"]
        except HTTPError as refused:
            raise EngineError(f"{command}: {json.load(refused)['value']['message']}") from None

    @property
    def wrong(self):
        return json.loads(self.value("return sessionStorage.wrong ?? '[]'"))

    def go(self, url):
        self.call("POST", "/url", url=url)
        self.arrive(url)

    def value(self, body, *arguments):
        """What a function of this body returns on the page."""
        return self.call("POST", "/execute/sync", script=body, args=arguments)

    def perform(self, source):
        self.call("POST", "/actions", actions=[source])

    def resize(self, width, height):
        """Make the window so large that the page has this size."""
        inner = self.value("return [innerWidth, innerHeight]")
        window = self.call("GET", "/window/rect")
        self.call(
            "POST",
            "/window/rect",
            width=width + window["width"] - inner[0],
            height=height + window["height"] - inner[1],
        )

    def screenshot(self):
        data = self.call("GET", "/screenshot")
        return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")

    def close(self):
        self.call("DELETE", "")


@contextmanager
def running(command, folder, pass_fds=(), **environment):
    """A program with a home of its own; it and all that it started end with the test.

    It ends, too, when the tests are killed and cannot end it.
    """
    environment = os.environ | {"HOME": str(folder)} | environment
    with (folder / "said").open("a") as said:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command],
            env=environment,
            stdout=said,
            stderr=said,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)


@contextmanager
def firefox(folder, dark):
    """Firefox with a fresh profile, in a system of dark or light windows."""
    (folder / "user.js").write_text(f'user_pref("ui.systemUsesDarkTheme", {int(dark)});')
    told = folder / "WebDriverBiDiServer.json"
    command = [FIREFOX, "--headless", "--remote-debugging-port", "0", "--profile", folder]
    with running(command, folder):
        until(f"{FIREFOX} listens", lambda: told.exists() and told.read_text().endswith("}"))
        place = json.loads(told.read_text())
        with closing(Firefox(f"ws://{place['ws_host']}:{place['ws_port']}/session")) as engine:
            yield engine


@contextmanager
def webkit(folder, dark):
    """WebKitGTK's MiniBrowser, with dark or light windows, on a screen that nobody sees."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        display(folder) as screen,
        running([WEBKIT, f"--port={port}"], folder, DISPLAY=screen, GDK_BACKEND="x11"),
    ):
        until(f"{WEBKIT} listens", lambda: listens(port))
        address = f"http://127.0.0.1:{port}/session"
        with closing(WebKit(address, ["--dark-mode"] if dark else [])) as engine:
            yield engine


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def display(folder):
    """Xvfb on the first number that is free; it says which when it is ready."""
    read, write = os.pipe()
    command = [XVFB, "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with running(command, folder, pass_fds=[write]), open(read) as told:
        os.close(write)
        number = told.readline().strip()
        if not number:
            raise EngineError(f"{XVFB} ended at once: {(folder / 'said').read_text()}")
        yield f":{number}"
