"""The page on screened papers in a real browser: sorting, filtering, contrast, and hostile text."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import Page
from paper_samples import odd_phrases
from report_samples import HOSTILE

from cleanup.datatypes import SpinScore
from cleanup.screening.as_html import html_page
from cleanup.screening.screen import Phrase, Screened, Standing, unread

pytestmark = pytest.mark.browser


def paper(path: str, count: int, words: int, title: str = "") -> Screened:
    phrases = odd_phrases(count)
    return Screened(path, title, "page", words, phrases, SpinScore(0.1, 0.0))


PAPERS = [
    paper("m.pdf", 6, 9_000, "On storks"),
    paper("a.pdf", 2, 4_000, "On dumps"),
    paper("z.pdf", 0, 12_000),
    unread("b.pdf", "damaged PDF"),
]


@pytest.fixture
def page(browser: Page, tmp_path: Path) -> Page:
    path = tmp_path / "papers.html"
    path.write_text(html_page(PAPERS), encoding="utf-8", newline="")
    browser.size(1200, 900)
    browser.media(prefers_color_scheme="light")
    browser.open(path)
    return browser


ORDER = "[...document.querySelectorAll('#papers tbody tr:not(.off) th')].map((cell) => cell.innerText.slice(0, 5))"


def press_head(page: Page, number: int) -> list[str]:
    page.evaluate(f"document.querySelectorAll('#papers thead button')[{number}].click()")
    order: list[str] = page.evaluate(ORDER)
    return order


def test_the_table_is_sorted_by_any_column(page: Page) -> None:
    assert page.evaluate(ORDER) == ["m.pdf", "a.pdf", "z.pdf", "b.pdf"]
    assert press_head(page, 6) == ["a.pdf", "b.pdf", "m.pdf", "z.pdf"]
    assert press_head(page, 6) == ["z.pdf", "m.pdf", "b.pdf", "a.pdf"]
    assert press_head(page, 4) == ["z.pdf", "m.pdf", "a.pdf", "b.pdf"]
    assert press_head(page, 4) == ["a.pdf", "m.pdf", "z.pdf", "b.pdf"]
    assert page.evaluate("document.querySelectorAll('[aria-sort=ascending]').length") == 1
    assert page.complaints == []


def test_the_filter_hides_papers_and_their_phrases(page: Page) -> None:
    page.evaluate(
        "(() => { const box = document.getElementById('filter'); box.value = 'dumps';"
        "box.dispatchEvent(new Event('input')); })()"
    )
    assert page.evaluate(ORDER) == ["a.pdf"]
    assert (
        page.evaluate(
            "[...document.querySelectorAll('section')].filter((one) => one.checkVisibility()).length"
        )
        == 1
    )
    assert page.evaluate("document.getElementById('shown').innerText") == "1 of 4"


def test_the_phrases_stand_in_their_sentences(page: Page) -> None:
    assert page.evaluate("document.querySelector('#p1 blockquote').innerText") == "An odd aword stood here."
    assert page.evaluate("document.querySelector('#p1 li .at').innerText") == "page 3"
    assert page.evaluate("document.querySelector('tbody a').getAttribute('href')") == "#p1"
    assert page.evaluate("document.querySelector('#p3')") is None


CONTRAST = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => numbers(colour).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const parts = numbers(getComputedStyle(at).backgroundColor);
      if (parts.length === 3 || parts[3] === 1) return getComputedStyle(at).backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  return Math.min(...[...document.querySelectorAll("body *")]
    .filter((element) => element.checkVisibility() && [...element.childNodes].some((node) =>
      node.nodeType === 3 && node.data.trim()))
    .map((element) => {
      const both = [luminance(getComputedStyle(element).color), luminance(ground(element))];
      return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    }));
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_both_themes(page: Page, scheme: str) -> None:
    page.media(prefers_color_scheme=scheme)
    page.evaluate("document.querySelector('details').open = true")
    assert page.evaluate(CONTRAST) >= 4.5


def test_hostile_text_is_inert(browser: Page, tmp_path: Path) -> None:
    phrase = Phrase(HOSTILE, HOSTILE, HOSTILE, 0.9, Standing.RULE, HOSTILE, 1, HOSTILE, HOSTILE)
    papers = [
        Screened(HOSTILE, HOSTILE, "page", 100, (phrase,), SpinScore(0.0, 0.0)),
        unread(HOSTILE, HOSTILE),
    ]
    path = tmp_path / "hostile.html"
    path.write_text(html_page(papers), encoding="utf-8", newline="")
    browser.open(path)
    press_head(browser, 6)
    assert browser.complaints == []
    assert browser.dialogs == []
    assert (
        browser.evaluate("document.querySelectorAll('img, svg, [onerror], [onload], [onfocus]').length") == 0
    )
    assert browser.evaluate("document.scripts.length") == 1


def test_no_code_but_the_page_s_own_runs(page: Page) -> None:
    page.evaluate(
        "(() => { const script = document.createElement('script'); script.textContent = 'window.ran = 1';"
        "document.body.append(script); })()"
    )
    assert page.evaluate("window.ran === undefined")


def test_the_page_works_without_its_script_and_loads_nothing() -> None:
    text = html_page(PAPERS)
    for sign in ("http://", "https://", "src=", "@import", "url("):
        assert sign not in text
    assert 'class="tools" hidden' in text
    assert html_page([]).count("<tr") == 1
