"""Decisions in the HTML report, made in a real browser, and what they export."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from chromium import PATIENCE, Page
from hypothesis import given, settings
from report_pages import count, focused, open_report, shown
from report_samples import HOSTILE, article_result, candidate_of, edit_of, finding_of, result_of, results

from cleanup import __version__
from cleanup.datatypes import Edit, Result
from cleanup.report.as_html import html_report
from cleanup.report.visible import UNSEEN

pytestmark = pytest.mark.browser

DECISION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["verdict", "start", "end", "text", "replacement", "rule", "before", "after"],
    "properties": {
        "verdict": {"enum": ["accept", "reject", "edit"]},
        "start": {"type": "integer", "minimum": 0},
        "end": {"type": "integer", "minimum": 0},
        **{name: {"type": "string"} for name in ("text", "replacement", "rule", "before", "after")},
    },
}
FILE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["path", "sha256_before", "decisions"],
    "properties": {
        "path": {"type": "string"},
        "sha256_before": {"type": ["string", "null"]},
        "decisions": {"type": "array", "minItems": 1, "items": DECISION},
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["format", "version", "tool", "files"],
    "properties": {
        "format": {"const": "cleanup-decisions"},
        "version": {"const": 1},
        "tool": {"const": {"name": "cleanup", "version": __version__}},
        "files": {"type": "array", "items": FILE},
    },
}


@pytest.fixture
def article(browser: Page, tmp_path: Path) -> Page:
    """The report on the sample article."""
    return open_report(browser, tmp_path, [article_result()])


def digests_of(data: bytes, path: str = "article.txt", encoding: str = "utf-8") -> dict[str, dict[str, str]]:
    return {path: {"sha256_before": hashlib.sha256(data).hexdigest(), "encoding": encoding}}


def saved(page: Page, folder: Path, button: str) -> Path:
    """The file that a button of the export dialog downloads."""
    target = Path(tempfile.mkdtemp(dir=folder, prefix="downloads"))
    page.downloads_to(target)
    if not page.evaluate("document.getElementById('export-dialog').open"):
        page.press("x")
    page.click(button)
    page.press("Escape")
    end = time.monotonic() + PATIENCE
    while not (new := [path for path in target.iterdir() if path.suffix != ".crdownload"]):
        assert time.monotonic() < end, "nothing was downloaded"
        time.sleep(0.02)
    return new[0]


def decisions(page: Page, folder: Path) -> dict[str, Any]:
    """What the page exports, which fits the contract."""
    exported: dict[str, Any] = json.loads(saved(page, folder, "#save-decisions").read_text(encoding="utf-8"))
    jsonschema.validate(exported, SCHEMA)
    return exported


def with_edits(result: Result, edits: list[tuple[Edit, str]]) -> str:
    """The text with some of its edits made, each with a replacement of its own."""
    pieces, done = [], 0
    for edit, words in sorted(edits, key=lambda pair: pair[0].span):
        pieces += [result.before[done : edit.span.start], words]
        done = edit.span.end
    return "".join([*pieces, result.before[done:]])


def test_each_decision_is_seen_in_the_text_at_once(article: Page) -> None:
    article.click("#a1-2")
    article.click(".act.reject")
    assert shown(article, "#a1-2") == shown(article, "#b1-2") == "settlement"
    assert shown(article, "#decided") == "1 of 70 decided"
    article.click(".act.accept")
    assert (shown(article, "#b1-2"), shown(article, "#a1-2")) == ("settlement", "agreement")
    assert count(article, "#a1-2 .sure") == 1
    article.click(".act.edit")
    article.evaluate("document.getElementById('own-words').value = ''")
    article.type("new accord")
    article.press("Enter")
    assert shown(article, "#a1-2") == "new accord"
    assert count(article, "#a1-2 .own") == 1
    assert shown(article, "#decided") == "1 of 70 decided"
    assert "edited" in shown(article, ".list .on")
    article.click("[data-keep=Reopen]")
    assert shown(article, "#a1-2") == "agreement"
    assert shown(article, "#decided") == "0 of 70 decided"
    assert article.complaints == []


def test_a_finding_that_was_left_can_be_accepted(browser: Page, tmp_path: Path) -> None:
    left = finding_of(0, "Stated", candidates=(candidate_of("said", -1, -1), candidate_of("told us", -2, -1)))
    page = open_report(
        browser, tmp_path, [result_of("Stated here, stated there", (13, 19, "said"), unfixed=[left])]
    )
    page.press("n")
    assert shown(page, "#a1-1") == "Stated"
    page.press("a")
    assert (shown(page, "#b1-1"), shown(page, "#a1-1")) == ("Stated", "Said")  # in the letters of the text
    page.press("p")
    page.click(".scores tr:nth-child(2) .use")
    assert shown(page, "#a1-1") == "Told us"
    found = decisions(page, tmp_path)["files"][0]["decisions"]
    assert [(each["verdict"], each["replacement"]) for each in found] == [("edit", "Told us")]


def test_another_candidate_takes_the_place_of_the_first(browser: Page, tmp_path: Path) -> None:
    candidates = (candidate_of("area", -1, -1), candidate_of("zone", -2, -1))
    result = result_of("of an space here", (3, 11, "an area"), candidates=candidates)
    page = open_report(browser, tmp_path, [result])
    page.press("n")
    page.click(".scores tr:nth-child(2) .use")
    assert decisions(page, tmp_path)["files"][0]["decisions"][0]["replacement"] == "an zone"


def test_keys_decide_and_go_on_to_what_is_open(article: Page) -> None:
    article.press("n", "a", "r", "a")
    assert article.evaluate("document.querySelector('.text td + td a.on').id") == "a1-4"
    states = article.evaluate(
        "[...document.querySelectorAll('.list > li')].slice(0, 4).map((e) => e.dataset.verdict)"
    )
    assert states == ["accept", "reject", "accept", "open"]
    assert focused(article).startswith("button.head")
    assert article.evaluate("document.getElementById('live').textContent").endswith("3 of 70 decided.")
    article.press("p", "p", "p", "r")
    assert (
        article.evaluate("document.querySelector('.text td + td a.on').id") == "a1-4"
    )  # not one that is decided


def test_undo_takes_back_one_step_after_the_other(article: Page) -> None:
    before = article.evaluate("document.querySelector('.text').innerText")
    article.press("n", "a", "r")
    article.click("#reject-all")
    assert shown(article, "#decided") == "70 of 70 decided"
    article.press("u")
    assert shown(article, "#decided") == "2 of 70 decided"
    article.press("u", "u")
    assert shown(article, "#decided") == "0 of 70 decided"
    assert article.evaluate("document.querySelector('.text').innerText") == before
    article.press("u")
    assert article.evaluate("document.getElementById('live').textContent") == "Nothing to undo."
    assert article.evaluate("document.getElementById('undo').disabled") is True


def test_an_editor_is_left_without_a_trace(article: Page) -> None:
    article.press("n", "e")
    article.type("something else")
    article.press("Escape")
    assert count(article, "#own-words") == 0
    assert shown(article, "#decided") == "0 of 70 decided"
    assert focused(article).startswith("button.head")
    article.press("e", "Enter")  # the words as proposed are no edit
    assert "accepted" in shown(article, ".list .on")


def test_line_ends_outlive_the_editor(browser: Page, tmp_path: Path) -> None:
    """A field of the browser holds line feeds alone; the text keeps what it has."""
    text = "of arranged\r\ncrime here\r\n"
    page = open_report(browser, tmp_path, [result_of(text, (3, 18, "organized\r\ncrime"))])
    page.press("n", "e", "Enter")
    assert "accepted" in shown(page, ".list .on")
    page.press("e")
    page.evaluate("document.getElementById('own-words').value = 'arranged\\ncrime'")
    page.press("Enter")
    assert "rejected" in shown(page, ".list .on")
    page.press("e")
    page.evaluate("document.getElementById('own-words').value = 'one\\ntwo'")
    page.press("Enter")
    assert saved(page, tmp_path, "#save-decided").read_bytes() == b"of one\r\ntwo here\r\n"


def test_keys_do_nothing_while_somebody_writes(article: Page) -> None:
    article.press("n", "e")
    article.evaluate("document.getElementById('own-words').value = ''")
    article.press(*"narux/")
    assert article.evaluate("document.getElementById('own-words').value") == "narux/"
    assert shown(article, "#decided") == "0 of 70 decided"


@pytest.fixture
def mixed(browser: Page, tmp_path: Path) -> Page:
    """Changes of several rules and certainties."""
    text = "alpha beta gamma delta epsilon zeta"
    rules = ("news/a", "news/b", "law/a", "law/a", "law/c")
    chances = (0.71, 0.8, 0.9, 0.95, 1.0)
    starts = (0, 6, 11, 17, 23)
    words = [text[start:].split()[0] for start in starts]
    edits = tuple(
        edit_of(start, word, word.upper(), rule_id=rule, confidence=chance, message=f"about {word}")
        for start, word, rule, chance in zip(starts, words, rules, chances, strict=True)
    )
    left = finding_of(31, "zeta", rule_id="news/a", confidence=0.5)
    result = result_of(text, unfixed=[left])
    after = "ALPHA BETA GAMMA DELTA EPSILON zeta"
    return open_report(browser, tmp_path, [replace(result, edits=edits, after=after)])


def listed(page: Page) -> str:
    """The first letters of the changes that the list shows."""
    words = page.evaluate(
        "[...document.querySelectorAll('.list > li')].filter((e) => e.checkVisibility())"
        ".map((e) => e.querySelector('del, mark, .kept').textContent[0]).join('')"
    )
    return str(words)


def choose(page: Page, selector: str, value: str) -> None:
    page.evaluate(
        f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.value = {json.dumps(value)};"
        "e.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )


def test_the_filter_narrows_by_kind_pack_rule_decision_and_words(mixed: Page) -> None:
    assert listed(mixed) == "abgdez"
    assert [shown(mixed, f"#count-{name}") for name in ("all", "made", "left")] == ["6", "5", "1"]
    mixed.click("[value=left] + span")
    assert listed(mixed) == "z"
    assert shown(mixed, "#shown") == "1 of 6 shown"
    mixed.click("[value=made] + span")
    assert listed(mixed) == "abgde"
    choose(mixed, "#pack", "law")
    assert listed(mixed) == "gde"
    options = mixed.evaluate("[...document.querySelectorAll('#rule option')].map((e) => e.textContent)")
    assert options == ["Rule", "law/a (2)", "law/c (1)"]
    choose(mixed, "#rule", "law/a")
    assert listed(mixed) == "gd"
    mixed.press("/")
    mixed.type("ABOUT del")
    assert listed(mixed) == "d"
    assert mixed.evaluate("document.querySelectorAll('.text a.dim').length") == 10
    mixed.type("zzz")
    assert listed(mixed) == ""
    assert "No change passes the filter" in shown(mixed, "#none")
    mixed.click("#clear")
    assert listed(mixed) == "abgdez"
    assert focused(mixed) == "find"
    mixed.press("Escape", "n", "a", "r")
    choose(mixed, "#state", "open")
    assert listed(mixed) == "gdez"
    choose(mixed, "#state", "reject")
    assert listed(mixed) == "b"
    assert mixed.complaints == []


def test_the_focus_goes_on_where_a_decision_leaves_the_filter(mixed: Page) -> None:
    choose(mixed, "#state", "open")
    mixed.press("n", "n")
    mixed.click(".act.reject")
    assert listed(mixed) == "agdez"
    assert "gamma" in focused(mixed)
    mixed.press("n", "e")
    mixed.evaluate("document.getElementById('own-words').value = 'mine'")
    mixed.press("Enter")
    assert "delta" in focused(mixed)
    mixed.press("/")
    mixed.type("zeta")
    mixed.press("Escape", "n", "r")
    assert (listed(mixed), focused(mixed)) == ("", "find")


def test_to_leave_the_field_does_not_empty_it_behind_the_back_of_the_filter(mixed: Page) -> None:
    mixed.press("/")
    mixed.type("zeta")
    mixed.press("Escape")
    assert (listed(mixed), focused(mixed)[:4]) == ("z", "body")
    assert mixed.evaluate("document.getElementById('find').value") == "zeta"


def test_the_filter_narrows_by_confidence_and_its_ends_do_not_cross(mixed: Page) -> None:
    choose(mixed, "#low", "80")
    assert listed(mixed) == "bgde"
    choose(mixed, "#high", "95")
    assert listed(mixed) == "bgd"
    assert shown(mixed, "#between") == "80% to 95%"
    choose(mixed, "#high", "60")
    assert mixed.evaluate("document.getElementById('high').value") == "80"
    assert listed(mixed) == "b"
    mixed.evaluate("document.getElementById('low').focus()")
    mixed.press("ArrowLeft")
    assert mixed.evaluate("document.getElementById('low').value") == "79"
    label = mixed.evaluate("document.getElementById('bars').getAttribute('aria-label')")
    assert (
        label
        == "Confidences: 1 at 50 to 55%, 1 at 70 to 75%, 1 at 80 to 85%, 1 at 90 to 95%, 2 at 95 to 100%"
    )


def test_many_are_decided_at_once_and_only_those_shown_and_open(mixed: Page, tmp_path: Path) -> None:
    mixed.press("n", "n", "n", "r")
    choose(mixed, "#pack", "law")
    assert shown(mixed, "#accept-all") == "Accept 2 shown"
    mixed.click("#accept-all")
    found = decisions(mixed, tmp_path)["files"][0]["decisions"]
    assert [(each["text"], each["verdict"]) for each in found] == [
        ("gamma", "reject"),
        ("delta", "accept"),
        ("epsilon", "accept"),
    ]
    assert shown(mixed, "#reject-all") == "Reject 3 shown"  # none of them is open
    mixed.click("#reject-all")
    assert {each["verdict"] for each in decisions(mixed, tmp_path)["files"][0]["decisions"]} == {"reject"}


def test_steps_stay_among_what_the_filter_shows(mixed: Page) -> None:
    choose(mixed, "#pack", "law")
    mixed.press("n", "n", "n", "n")
    assert mixed.evaluate("document.querySelector('.list .on del').textContent") == "gamma"


def test_the_decisions_say_what_was_decided_and_where(browser: Page, tmp_path: Path) -> None:
    result = article_result("texts/article.txt")
    data = result.before.encode()
    page = open_report(
        browser, tmp_path, [result, article_result("b")], digests_of(data, "texts/article.txt")
    )
    page.press("n", "a", "r", "e")
    page.evaluate("document.getElementById('own-words').value = ''")
    page.type("words of mine\u202e\U0001f600")
    page.press("Enter")
    page.press("]", "n", "r")
    exported = decisions(page, tmp_path)
    first, second = exported["files"]
    assert (first["path"], second["path"]) == ("texts/article.txt", "b")
    assert first["sha256_before"] == hashlib.sha256(data).hexdigest()
    assert second["sha256_before"] is None
    assert [each["verdict"] for each in first["decisions"]] == ["accept", "reject", "edit"]
    for edit, each in zip(result.edits, first["decisions"], strict=False):
        start, end = edit.span.start, edit.span.end
        assert (each["start"], each["end"], each["text"]) == (start, end, edit.before)
        assert each["rule"] == edit.rule_id
        assert each["before"] == result.before[max(start - 60, 0) : start]
        assert each["after"] == result.before[end : end + 60]
    words = [each["replacement"] for each in first["decisions"]]
    assert words == [result.edits[0].after, result.edits[1].after, "words of mine\u202e\U0001f600"]


def test_offsets_are_code_points_of_the_original(browser: Page, tmp_path: Path) -> None:
    text = "😀\r\n" + "𝒳" * 70 + "\udc80 stated\r\n\U000e0041 stated 😀" + "é" * 3
    places = [at for at in range(len(text)) if text.startswith("stated", at)]
    result = result_of(text, *((at, at + 6, "said") for at in places))
    page = open_report(browser, tmp_path, [result])
    page.press("n", "a", "a")
    found = decisions(page, tmp_path)["files"][0]["decisions"]
    assert [each["start"] for each in found] == places
    for at, each in zip(places, found, strict=True):
        assert each["before"] == text[max(at - 60, 0) : at]
        assert each["after"] == text[at + 6 : at + 66]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_the_text_is_exported_to_the_byte(browser: Page, tmp_path: Path, mark: bytes) -> None:
    data = (
        "one stated\r\ntwo stated 😀\rthree stated\n\u2028\x00 four stated</script>".encode()
        + b"\xff\xe9 end\n\n"
    )
    text = data.decode("utf-8", "surrogateescape")
    places = [at for at in range(len(text)) if text.startswith("stated", at)]
    result = result_of(text, *((at, at + 6, "said") for at in places))
    page = open_report(browser, tmp_path, [result], digests_of(mark + data))
    assert saved(page, tmp_path, "#save-decided").read_bytes() == mark + data
    page.press("n", "a", "r")
    page.press("e")
    page.evaluate("document.getElementById('own-words').value = ''")
    page.type("told")
    page.press("Enter")
    first, _, third, fourth = result.edits
    decided = [(first, "said"), (third, "told")]
    for button, edits in (("#save-decided", decided), ("#save-shown", [*decided, (fourth, "said")])):
        wanted = with_edits(result, edits).encode("utf-8", "surrogateescape")
        assert saved(page, tmp_path, button).read_bytes() == mark + wanted
    assert page.complaints == []


def test_all_accepted_is_the_corrected_text(browser: Page, tmp_path: Path) -> None:
    result = article_result()
    page = open_report(browser, tmp_path, [result])
    page.click("[value=made] + span")
    page.click("#accept-all")
    exported = saved(page, tmp_path, "#save-decided")
    assert exported.read_bytes() == result.after.encode()
    assert exported.name == "article.decided.txt"


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("stated", "utf-16-le", "utf-16-le"),
        ("stated \ud800", "utf-8", "surrogates"),
        ("stated \ud83d\ude00", "utf-8", "surrogates"),
    ],
)
def test_a_text_that_cannot_be_exported_is_told(
    browser: Page, tmp_path: Path, text: str, encoding: str, said: str
) -> None:
    page = open_report(
        browser, tmp_path, [result_of(text, (0, 6, "said"))], digests_of(b"", encoding=encoding)
    )
    page.press("n", "a", "x")
    assert said in shown(page, "#obstacle")
    assert "decisions" in shown(page, "#obstacle")
    assert page.evaluate("document.getElementById('save-decided').disabled") is True
    assert page.evaluate("document.getElementById('save-shown').disabled") is True
    can_decide = "\ude00" not in text
    assert page.evaluate("document.getElementById('save-decisions').disabled") is not can_decide
    assert page.complaints == []


def test_what_overlaps_a_change_can_only_be_rejected(browser: Page, tmp_path: Path) -> None:
    result = result_of("an arranged crime", (3, 11, "organized"), unfixed=[finding_of(3, "arranged crime")])
    page = open_report(browser, tmp_path, [result])
    page.click(".list > li:last-child .head")
    assert "overlaps another change" in shown(page, "#detail")
    assert page.evaluate("[...document.querySelectorAll('.act')].map((e) => e.disabled)") == [
        True,
        False,
        True,
    ]
    page.press("a", "e", "r")
    assert shown(page, "#decided") == "1 of 2 decided"
    assert saved(page, tmp_path, "#save-decided").read_bytes() == b"an arranged crime"


def test_a_finding_without_a_candidate_can_be_edited(browser: Page, tmp_path: Path) -> None:
    left = finding_of(0, "Source hyperlink", candidates=())
    page = open_report(browser, tmp_path, [result_of("Source hyperlink\n", unfixed=[left])])
    page.press("n", "a")
    assert shown(page, "#decided") == "0 of 1 decided"
    page.press("e")
    page.evaluate("document.getElementById('own-words').value = ''")
    page.press("Enter")
    assert saved(page, tmp_path, "#save-decided").read_bytes() == b"\n"
    page.click(".act.reject")
    assert decisions(page, tmp_path)["files"][0]["decisions"][0]["replacement"] == "Source hyperlink"


def test_hostile_names_make_harmless_files(browser: Page, tmp_path: Path) -> None:
    text = f"stated {HOSTILE}".replace("\udc80", "")
    page = open_report(
        browser, tmp_path, [result_of(text, (0, 6, HOSTILE), path=f"../../{HOSTILE}\u202e.txt")]
    )
    page.press("n", "a")
    path = saved(page, tmp_path, "#save-decided")
    assert path.parent.parent == tmp_path
    assert not {"\u202e", "<", "\x1b"} & set(path.name)
    assert decisions(page, tmp_path)["files"][0]["path"].startswith("../../</script>")
    assert page.complaints == []


def test_leaving_with_decisions_that_were_not_exported_asks_first(browser: Page, tmp_path: Path) -> None:
    result = article_result()
    for keys, is_saved, asked in (
        (["n"], False, False),
        (["n", "a"], False, True),
        (["n", "a"], True, False),
    ):
        page = open_report(browser, tmp_path, [result])
        page.click("h2")  # the browser asks only for those who have touched the page
        page.press(*keys)
        if is_saved:
            saved(page, tmp_path, "#save-decisions")
        page.dialogs.clear()
        page.send("Page.navigate", url="about:blank")
        page.wait("location.protocol === 'about:'")
        assert page.dialogs == ["beforeunload"] * asked


def test_the_text_of_one_file_saves_no_decision_on_another(browser: Page, tmp_path: Path) -> None:
    for exports, asked in ((1, True), (2, False)):
        page = open_report(browser, tmp_path, [article_result(), article_result("b.txt")])
        page.press("n", "a", "]", "n", "r")
        for _ in range(exports):
            saved(page, tmp_path, "#save-decided")
            page.press("[")
        leaving = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"
        assert page.evaluate(leaving) is asked


def test_the_list_of_another_file_begins_at_its_top(browser: Page, tmp_path: Path) -> None:
    page = open_report(browser, tmp_path, [article_result(), article_result("b.txt")])
    page.press("p")
    top = "document.getElementById('list').scrollTop"
    assert page.evaluate(top) > 100
    page.press("]")
    assert page.evaluate(top) == 0


def test_a_long_article_stays_quick(browser: Page, tmp_path: Path) -> None:
    """A text of 10,000 words and 800 changes: generous limits, for loaded machines."""
    text = "\n\n".join(
        ["The official stated on Thursday that the new settlement will replace the pact. " * 8] * 100
    )
    starts = [at for at in range(len(text)) if text.startswith("stated", at)]
    result = result_of(text, *((at, at + 6, "said") for at in starts))
    assert len(text.split()) > 10_000
    assert len(html_report([result]).encode()) < 1_000_000
    page = open_report(browser, tmp_path, [result])
    begin = time.monotonic()
    page.press("n", "a", "r", "u", "/")
    page.type("stated")
    page.press("Escape")
    page.click("#accept-all")
    assert shown(page, "#decided") == "800 of 800 decided"
    assert time.monotonic() - begin < 20


CATCH = """URL.createObjectURL = (blob) => { window.caught = blob; return ''; };
HTMLAnchorElement.prototype.click = () => {}"""
CAUGHT = "window.caught.arrayBuffer().then((data) => [...new Uint8Array(data)])"


def caught(page: Page, button: str) -> bytes:
    """What a button of the export dialog would download, for tests that export often."""
    page.evaluate(f"{CATCH}; document.querySelector('{button}').click()")
    return bytes(page.evaluate(CAUGHT))


@given(results(alphabet="ab \n\r\f\u2028\t<&'é😀\u202e\x00\udc80\udcff\U000e0041"))
@settings(max_examples=25, deadline=None)
def test_any_text_comes_out_as_it_went_in_or_as_it_was_corrected(
    browser: Page, tmp_path_factory: pytest.TempPathFactory, result: Result
) -> None:
    if not result.edits:
        return
    page = open_report(browser, tmp_path_factory.mktemp("law"), [result])
    before, after = (text.encode("utf-8", "surrogateescape") for text in (result.before, result.after))
    assert caught(page, "#save-decided") == before
    assert caught(page, "#save-shown") == after
    page.evaluate("document.getElementById('accept-all').click()")
    assert caught(page, "#save-decided") == after
    page.evaluate("document.getElementById('reject-all').click()")
    assert caught(page, "#save-shown") == before
    for side, text in (("b", result.before), ("a", result.before)):
        marks = page.evaluate(f"[...document.querySelectorAll('[id^={side}1-]')].map((e) => e.textContent)")
        signs = [UNSEEN.sub(sign, text[edit.span.start : edit.span.end]) for edit in result.edits]
        assert marks == signs
    assert page.complaints == []


def sign(match: re.Match[str]) -> str:
    return match[0] if match[0] in "\n\t" else f"⟨U+{ord(match[0]):04X}⟩"
