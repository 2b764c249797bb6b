"""The HTML report in a real browser, driven through the DevTools pipe."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from report_samples import HOSTILE, article_result, finding_of, result_of

from cleanup.report.as_html import html_report

pytestmark = pytest.mark.browser

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


class Page:
    """A page of a Chromium of our own: the few DevTools commands that the tests need."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._writer, data) :]
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select.select([self._reader], [], [], 60)[0], "Chromium does not answer"
            data = os.read(self._reader, 1 << 16)
            assert data, "Chromium went away"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(line)
        kinds = (
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Log.entryAdded",
            "Page.javascriptDialogOpening",
        )
        if answer.get("method") in kinds:
            self.complaints.append(json.dumps(answer["params"]))
        return answer

    def evaluate(self, expression: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, path: Path) -> None:
        self.send("Page.navigate", url=path.as_uri())
        ready = "document.readyState === 'complete' && location.protocol === 'file:'"
        while not self.evaluate(ready):
            pass

    def close(self) -> None:
        self._session = None
        self.send("Browser.close")

    def size(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def scheme(self, name: str) -> None:
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            self.send("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def mouse(self, selector: str, *kinds: str) -> None:
        place = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const r = e.getClientRects()[0];"
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in kinds:
            pressed = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
            self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], **pressed)

    def click(self, selector: str) -> None:
        self.mouse(selector, "mouseMoved", "mousePressed", "mouseReleased")

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        answer = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))


@contextmanager
def chromium() -> Iterator[Page]:
    """A fresh headless Chromium with a profile of its own, ended when done."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("CLEANUP_NO_SKIP") == "1":
            pytest.fail("no Chromium on the PATH, and CLEANUP_NO_SKIP=1")
        pytest.skip("no Chromium on the PATH")
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # The browser reads commands from descriptor 3 and answers on 4, which a shell can arrange.
    wiring = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out} 2>/dev/null'
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            ["bash", "-c", wiring, program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            page = Page(ours_in, ours_out)
            yield page
            page.close()
            process.wait(timeout=20)
        finally:
            process.kill()
            process.wait()
            os.close(ours_in)
            os.close(ours_out)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as started:
        yield started


@pytest.fixture
def article(page: Page, tmp_path: Path) -> Page:
    """The report on the sample article, open at the width of a desktop."""
    path = tmp_path / "article.report.html"
    path.write_text(html_report([article_result()]), encoding="utf-8", newline="")
    page.complaints.clear()
    page.size(1400, 900)
    page.scheme("light")
    page.open(path)
    return page


PANEL = "document.querySelector('#panel .body').innerText"
SETTLED = "Promise.allSettled(document.getAnimations().map((each) => each.finished)).then(() => null)"
IS_OPEN = "getComputedStyle(document.getElementById('panel')).visibility === 'visible'"

# The contrast of every text with what lies behind it, by the formula of WCAG 2.2.
LOWEST_CONTRAST = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  let lowest = [99, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const colour = e.closest("svg") ? style.fill : style.color;
    const [a, b] = [light(parts(colour)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < lowest[0]) lowest = [ratio, e.outerHTML.slice(0, 200)];
  }
  return lowest;
})()"""


def test_the_console_stays_empty(article: Page) -> None:
    article.click("#a1-3")
    article.press("n")
    article.click("#theme")
    article.click("#only")
    assert article.complaints == []


def test_the_policy_stops_code_that_is_not_the_page_s_own(article: Page) -> None:
    article.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s); })()"
    )
    assert article.evaluate("window.ran === undefined")
    assert any("Content Security Policy" in line for line in article.complaints)


def test_hostile_text_is_inert(page: Page, tmp_path: Path) -> None:
    text = f"{HOSTILE}\n{HOSTILE}\n"
    doubtful = finding_of(len(HOSTILE) + 1, HOSTILE, message=HOSTILE, rule_id=HOSTILE)
    fields = {"message": HOSTILE, "rule_id": HOSTILE}
    result = result_of(text, (0, len(HOSTILE), HOSTILE[::-1]), path=HOSTILE, unfixed=[doubtful], **fields)
    path = tmp_path / "hostile.html"
    path.write_text(html_report([result, result]), encoding="utf-8", newline="")
    page.complaints.clear()
    page.open(path)
    for mark in ("#a1-1", "#a1-2", "#a2-1"):
        page.click(mark)
        assert "<script>alert(1)</script>" in page.evaluate(PANEL)
    assert page.complaints == []
    assert page.evaluate("document.querySelectorAll('img, [onerror], [onload], [onfocus]').length") == 0
    assert page.evaluate("document.scripts.length") == 2


def test_a_click_on_either_side_shows_why(article: Page) -> None:
    for side in "ba":
        article.press("Escape")
        assert "Point at a marked word" in article.evaluate(PANEL)
        article.click(f"#{side}1-2")
        shown = article.evaluate(PANEL)
        for part in (
            "settlement",
            "agreement",
            "news/sample",
            "goes with its neighbours",
            "97% sure",
            "-4.8",
        ):
            assert part in shown
        assert article.evaluate("document.querySelectorAll('.text a.on').length") == 2


def test_pointing_at_a_change_shows_why_until_the_pointer_leaves(article: Page) -> None:
    article.click("#a1-1")
    article.mouse("#a1-3", "mouseMoved")
    assert "organized" in article.evaluate(PANEL)
    article.mouse("h2", "mouseMoved")
    assert "told" in article.evaluate(PANEL)


def test_the_keyboard_steps_through_the_changes(article: Page) -> None:
    for _ in range(3):
        article.press("n")
    article.press("p")
    assert article.evaluate("document.activeElement.id") == "a1-2"
    assert "settlement" in article.evaluate(PANEL)
    article.evaluate("document.getElementById('a1-3').focus()")
    assert "organized" in article.evaluate(PANEL)


def test_the_theme_button_goes_through_system_light_and_dark(article: Page) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = article.evaluate(background)
    article.scheme("dark")
    dark = article.evaluate(background)
    assert dark != light
    article.click("#theme")
    assert article.evaluate(background) == light
    article.scheme("light")
    article.click("#theme")
    assert article.evaluate(background) == dark


def test_unchanged_lines_can_be_hidden(article: Page) -> None:
    shown = "[...document.querySelectorAll('.text .s')].filter((row) => row.checkVisibility()).length"
    assert article.evaluate(shown) > 0
    article.click("#only")
    assert article.evaluate(shown) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_a_contrast_of_at_least_4_5(article: Page, scheme: str) -> None:
    article.scheme(scheme)
    article.click("#a1-1")
    ratio, element = article.evaluate(LOWEST_CONTRAST)
    assert ratio >= 4.5, element


@pytest.mark.parametrize("width", [360, 420, 760, 1400])
def test_no_width_scrolls_sideways(article: Page, width: int) -> None:
    article.size(width, 800)
    assert article.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_columns_stack_and_details_open_as_a_sheet_on_a_narrow_screen(article: Page) -> None:
    article.size(400, 800)
    sides = article.evaluate(
        "['b', 'a'].map((side) => document.getElementById(side + '1-2').getBoundingClientRect().y)"
    )
    assert sides[0] < sides[1]
    article.evaluate(SETTLED)
    assert not article.evaluate(IS_OPEN)
    article.click("#a1-2")
    article.evaluate(SETTLED)  # the sheet slides in: at the first instant it may still count as hidden
    assert article.evaluate(IS_OPEN)
    article.click("#panel .shut")
    article.evaluate(SETTLED)
    assert not article.evaluate(IS_OPEN)


def test_the_page_reads_without_a_script(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "article.html"
    path.write_text(html_report([article_result()]), encoding="utf-8", newline="")
    page.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.size(1400, 900)
        page.open(path)
        page.click("#a1-2")
        assert page.evaluate("location.hash") == "#d1-2"
        assert "settlement" in page.evaluate("document.querySelector(':target').innerText")
        assert page.evaluate("document.getElementById('panel').checkVisibility()") is False
        assert page.evaluate("document.querySelector('.tools').checkVisibility()") is False
    finally:
        page.send("Emulation.setScriptExecutionDisabled", value=False)
