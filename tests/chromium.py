"""A headless Chromium driven through the DevTools pipe: the few commands that tests of pages need."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]
_COMPLAINTS = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
_CODES = {
    "Tab": 9,
    "Enter": 13,
    "Escape": 27,
    "ArrowDown": 40,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowLeft": 37,
}
PATIENCE = 60  # seconds, for machines that have much else to do


def program() -> str | None:
    """The path of a Chromium, where there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


class Page:
    """A page of a Chromium of our own."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        #: Dialogs of the browser that opened, each accepted at once: alerts, and questions before leaving.
        self.dialogs: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def _post(self, method: str, **params: Any) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._writer, data) :]
        return self._number

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = self._post(method, **params)
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select.select([self._reader], [], [], PATIENCE)[0], "Chromium does not answer"
            data = os.read(self._reader, 1 << 16)
            assert data, "Chromium went away"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(line)
        if answer.get("method") in _COMPLAINTS:
            self.complaints.append(json.dumps(answer["params"]))
        elif answer.get("method") == "Page.javascriptDialogOpening":
            self.dialogs.append(answer["params"]["type"])
            self._post("Page.handleJavaScriptDialog", accept=True)
        return answer

    def evaluate(self, expression: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, expression: str) -> Any:
        """What the expression gives, as soon as it gives something true."""
        end = time.monotonic() + PATIENCE
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < end, expression
            time.sleep(0.01)
        return value

    def open(self, path: Path) -> None:
        self.send("Page.navigate", url="about:blank")
        self.wait("location.protocol === 'about:'")
        self.complaints.clear()
        self.dialogs.clear()
        self.send("Page.navigate", url=path.as_uri())
        self.wait("document.readyState === 'complete' && location.protocol === 'file:'")

    def close(self) -> None:
        self._session = None
        self.send("Browser.close")

    def size(self, width: int, height: int, scale: float = 1) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    def media(self, *, medium: str = "", **features: str) -> None:
        """The medium, and features such as ``prefers_color_scheme="dark"``."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", media=medium, features=named)

    def press(self, *keys: str) -> None:
        for key in keys:
            name = key.removeprefix("Shift+")
            shift = {"modifiers": 8} if name != key else {}
            known = {"windowsVirtualKeyCode": _CODES[name], "code": name} if name in _CODES else {}
            text = {"text": "\r" if name == "Enter" else name} if len(name) == 1 or name == "Enter" else {}
            self.send("Input.dispatchKeyEvent", type="keyDown", key=name, **text, **shift, **known)
            self.send("Input.dispatchKeyEvent", type="keyUp", key=name, **shift, **known)

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """A click in the middle of the first box of an element, which must be what the pointer meets."""
        find = f"document.querySelector({json.dumps(selector)})"
        place = self.evaluate(
            f"(() => {{ const e = {find}; e.scrollIntoView({{block: 'center', behavior: 'instant'}});"
            "const r = e.getClientRects()[0]; const at = [r.x + r.width / 2, r.y + r.height / 2];"
            "const met = document.elementFromPoint(...at);"
            "return e.contains(met) || met?.contains(e) ? at : [met && met.outerHTML.slice(0, 200)]; })()"
        )
        assert len(place) == 2, (selector, "is covered by", place)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            pressed = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
            self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], **pressed)

    def downloads_to(self, folder: Path) -> None:
        session, self._session = self._session, None
        self.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        self._session = session

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        answer = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def pdf(self) -> bytes:
        return base64.b64decode(self.send("Page.printToPDF", printBackground=True)["data"])


@contextmanager
def started(path: str) -> Iterator[Page]:
    """A fresh headless Chromium with a profile of its own, ended when done."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # The browser reads commands from descriptor 3 and answers on 4, which a shell can arrange.
    wiring = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out} 2>/dev/null'
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            ["bash", "-c", wiring, path, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            page = Page(ours_in, ours_out)
            yield page
            page.close()
            process.wait(timeout=PATIENCE)
        finally:
            process.kill()
            process.wait()
            os.close(ours_in)
            os.close(ours_out)
