"""Reports opened in a browser, and what tests ask of them there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chromium import Page

from cleanup.datatypes import Result
from cleanup.report.as_html import html_report

Opened = Callable[..., Page]

# The contrast of every text with what lies behind it, by the formula of WCAG 2.2.
LOWEST_CONTRAST = """(() => {
  const parts = (colour) => {
    const numbers = colour.match(/-?[\\d.]+(e-?\\d+)?/g).map(Number);
    return colour.startsWith("color(srgb") ? [...numbers.slice(0, 3).map((c) => c * 255), ...numbers.slice(3)] : numbers;
  };
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
  let lowest = [99, "", 0];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility({ visibilityProperty: true })) continue;
    if (e.closest(".away")) continue;
    const style = getComputedStyle(e);
    const colour = e.closest("svg") ? style.fill : style.color;
    const [a, b] = [light(parts(colour)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    count += 1;
    if (ratio < lowest[0]) lowest = [ratio, e.outerHTML.slice(0, 200)];
  }
  return [...lowest.slice(0, 2), count];
})()"""


def shown(page: Page, selector: str) -> str:
    """The text of an element as it is displayed."""
    text: str = page.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")
    return text


def count(page: Page, selector: str) -> int:
    """How many elements match and are displayed."""
    found: int = page.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].filter((e) => e.checkVisibility()).length"
    )
    return found


def focused(page: Page) -> str:
    """A description of the element that has the focus: its id, or its class and first words."""
    text: str = page.evaluate(
        "(() => { const e = document.activeElement;"
        "return e.id || `${e.tagName.toLowerCase()}.${e.className} ${(e.textContent).slice(0, 20)}`.trim(); })()"
    )
    return text


def open_report(
    page: Page,
    folder: Path,
    results: Sequence[Result],
    digests: Mapping[str, Any] | None = None,
    *,
    width: int = 1400,
) -> Page:
    """The report on some results, open at the width of a desktop, in the light theme, nothing moving."""
    path = folder / "some.report.html"
    path.write_text(html_report(results, digests), encoding="utf-8", newline="")
    page.size(width, 900)
    page.media(prefers_color_scheme="light", prefers_reduced_motion="reduce")
    page.open(path)
    return page
