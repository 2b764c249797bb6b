"""The comment for pull requests: its content, its size, and that nothing in it comes alive."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from report_samples import HOSTILE, article_result, finding_of, result_of, results
from test_report_formats import TEXT, WILD, hostile, sample

from cleanup.datatypes import Result
from cleanup.report import CHECKERS, WRITERS
from cleanup.report.as_markdown import MOST

MARKUP = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ALIVE = (
    "@octocat", "#123", "octo/repo#1", "https://example.org", "www.example.org", "me@example.org", ":tada:",
    "[a](https://b.org)", "![a](https://b.org)", "<img src=x>", "**b**", "~~s~~", "$x$", "a|b", "\\|@octocat", "`@c`",
    "``\\`|@octocat", "<!-- x", "</details>", "| a | b |", "a\n\n# b", "a\r\n> b", "- [ ] a",
)  # fmt: skip


class Page(HTMLParser):
    """The elements of a page, its cells, and its text outside of code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.open: list[str] = []
        self.loose = ""
        self.rows: list[list[str]] = []
        self.feed(MARKUP.render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.loose += data
        if self.open[-1:] and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


OURS = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "code", "em"}


def is_inert(page: Page) -> bool:
    """Nothing but our elements, and outside of code nothing that GitHub turns into a link or a picture."""
    alive = re.search(r"@\w|#\d|https?://|www\.|:\w+:|\$\w", page.loose)
    return set(page.names) <= OURS and not alive and not page.open


def test_a_table_of_files_and_the_changes_of_each_folded() -> None:
    page = Page(CHECKERS["markdown"]([sample(), article_result("b.md"), result_of("Fine.", path="c.md")], {}))
    assert page.loose.startswith("cleanup: ")
    assert "in 2 of 3 files" in page.loose
    assert page.rows[1] == ["article.txt", "2", "1", "0.98"]
    assert page.names.count("details") == 2
    assert page.rows[4] == [
        "2",
        "pact",
        "perhaps perhaps this",
        "41%",
        "news/doubtful",
        "the two are as common",
    ]
    assert page.rows[5][:5] == ["2", "arranged crime", "organized crime", "97%", "news/sample"]
    assert is_inert(page)


def test_a_clean_run_says_so() -> None:
    for some in ([], [result_of("Fine.")]):
        report = CHECKERS["markdown"](some, {})
        assert report.startswith("### cleanup: nothing looks spun\n")
        assert report.endswith(f"{len(some)} file{'s' * (len(some) != 1)} read.\n")


def test_a_removal_and_an_open_question_are_said_in_words() -> None:
    result = result_of(TEXT, (29, 43, ""), unfixed=[finding_of(14, "pact", candidates=())])
    page = Page(CHECKERS["markdown"]([result], {}))
    assert [row[2] for row in page.rows[-2:]] == ["(open)", "(nothing)"]


@pytest.mark.parametrize("text", [*ALIVE, HOSTILE])
@pytest.mark.parametrize("writers", [WRITERS, CHECKERS])
def test_hostile_text_is_inert(text: str, writers: Any) -> None:
    page = Page(writers["markdown"]([hostile(text, f"{text}.md".replace("\0", ""))], {}))
    assert is_inert(page), page.loose
    assert [len(row) for row in page.rows] == [4, 4, 6, 6]


@given(results(alphabet=WILD))
def test_any_result_is_inert_and_has_its_rows(result: Result) -> None:
    page = Page(CHECKERS["markdown"]([result, hostile(result.before)], {}))
    assert is_inert(page), page.loose
    assert {len(row) for row in page.rows} == {4, 6}
    assert sum(len(row) == 6 for row in page.rows) == len(result.edits) + 1 + 1 + bool(result.edits)


def test_a_comment_keeps_to_the_limit_and_tells_what_it_left_out() -> None:
    some = [article_result(f"docs/{number}.md") for number in range(40)]
    report = CHECKERS["markdown"](some, {})
    assert MOST - 2_000 < len(report.encode("utf-8")) <= MOST
    page = Page(report)
    assert is_inert(page)
    shown = sum(len(row) == 6 and row[0].isdigit() for row in page.rows)
    count = sum(len(result.findings) for result in some)
    (left,) = re.findall(r"(\d+) findings in (\d+) files left out", report)
    assert shown + int(left[0]) == count
    assert 0 < int(left[1]) < 40


def test_many_files_and_long_words_keep_to_the_limit() -> None:
    some = [
        result_of("ä|" * 4000, (0, 8000, "`" * 4000), path=f"{'😀' * 300}/{number}.md")
        for number in range(900)
    ]
    report = CHECKERS["markdown"](some, {})
    assert len(report.encode("utf-8")) <= MOST
    assert "findings in" in report.splitlines()[-1]
    assert is_inert(Page(report))
