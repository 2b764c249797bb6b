"""The HTML report in a real browser: what it shows, to whom, and what it lets nobody do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from chromium import Page
from report_pages import LOWEST_CONTRAST, count, focused, open_report, shown
from report_samples import HOSTILE, article_result, candidate_of, finding_of, result_of

from cleanup.datatypes import Evidence
from cleanup.report import CHECKERS
from cleanup.report.visible import UNSEEN

pytestmark = pytest.mark.browser


@pytest.fixture
def article(browser: Page, tmp_path: Path) -> Page:
    """The report on the sample article."""
    return open_report(browser, tmp_path, [article_result()])


def test_the_console_stays_empty(article: Page) -> None:
    for key in "nnpjkavruvx":
        article.press(key)
    article.press("Escape", "?", "Escape", "/", "Escape", "e", "Escape", "Escape")
    for button in ("#theme", "#only", "#side", "#inline", "#export"):
        article.click(button)
    assert article.complaints == []
    assert article.dialogs == []


def test_the_policy_stops_code_that_is_not_the_page_s_own(article: Page) -> None:
    article.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s); })()"
    )
    assert article.evaluate("window.ran === undefined")
    assert any("Content Security Policy" in line for line in article.complaints)


def test_hostile_text_is_inert(browser: Page, tmp_path: Path) -> None:
    text = f"{HOSTILE}\n{HOSTILE}\n"
    reason = Evidence(HOSTILE, f"“{HOSTILE}” and “</script>”")
    doubtful = finding_of(len(HOSTILE) + 1, HOSTILE, message=HOSTILE, rule_id=HOSTILE, evidence=(reason,))
    candidates = (candidate_of(HOSTILE, -1, -1), candidate_of("<img src=x onerror=alert(5)>", -2, -1))
    fields = {"message": HOSTILE, "rule_id": HOSTILE, "evidence": (reason,), "candidates": candidates}
    change = (0, len(HOSTILE), HOSTILE[::-1])
    result = result_of(text, change, path=HOSTILE, unfixed=[doubtful], notes=[HOSTILE], **fields)
    page = open_report(browser, tmp_path, [result, result])
    for key in ("n", "a", "r", "u", "e", "Escape", "]", "n", "v"):
        page.press(key)
    assert "<script>alert(1)</script>" in shown(page, "#detail")
    assert "<script>alert(1)</script>" in shown(page, "#list")
    page.click("#detail .quote")
    page.click("#accept-all")
    page.click("#rule")
    assert page.complaints == []
    assert page.dialogs == []
    assert page.evaluate("document.querySelectorAll('img, [onerror], [onload], [onfocus]').length") == 0
    assert page.evaluate("document.scripts.length") == 2
    assert page.evaluate("document.title") == "Cleanup report"
    signs = page.evaluate("document.body.innerText + document.querySelector('#rule').textContent")
    assert not [sign for sign in UNSEEN.findall(signs) if sign not in "\n\t"]


def test_the_script_makes_the_same_signs_visible(browser: Page, tmp_path: Path) -> None:
    unseen = [
        chr(code) for code in (*range(0x3000), *range(0xD800, 0xE000), *range(0xFE00, 0x10000), 0xE0041)
    ]
    text = "".join(sign for sign in unseen if not 0xD800 <= ord(sign) < 0xDC00)
    result = result_of("a " + text + " b", (0, 1, "c"), unfixed=[finding_of(2, text)])
    page = open_report(browser, tmp_path, [result])
    static = page.evaluate("document.getElementById('a1-2').textContent")
    assert len(UNSEEN.findall(text)) > 1000
    assert page.evaluate("document.querySelector('.list mark').textContent") == static


def test_a_click_on_either_side_shows_why(article: Page) -> None:
    for side in "ba":
        article.press("Escape")
        assert count(article, "#detail") == 0
        article.click(f"#{side}1-2")
        detail = shown(article, ".list .on")
        for part in (
            "settlement",
            "agreement",
            "news/sample",
            "goes with its neighbours",
            "97% sure",
            "-4.8",
        ):
            assert part in detail
        assert article.evaluate("document.querySelectorAll('.text a.on').length") == 2
        assert focused(article).startswith("button.head")


def test_the_candidates_have_bars_and_figures(article: Page) -> None:
    article.click("#a1-2")
    rows = article.evaluate(
        "[...document.querySelectorAll('.scores tbody tr')].map((row) => [row.cells[0].innerText.trim(),"
        "Number(row.querySelector('.score').style.getPropertyValue('--share')), row.cells[2].innerText])"
    )
    assert [row[0] for row in rows] == ["agreement", "another", "settlement"]
    assert [row[2] for row in rows] == ["-4.8", "-5.5", "-16.3"]
    assert rows[0][1] == 1
    assert rows[1][1] == pytest.approx(0.472, abs=0.001)
    assert rows[2][1] == 0.01  # too small to be seen, and shown all the same


def test_the_words_as_they_stand_are_a_reading_too(browser: Page, tmp_path: Path) -> None:
    change = (0, 6, "said")
    fields = {"candidates": (candidate_of("said", -1, -1),), "confidence": 0.9}
    page = open_report(browser, tmp_path, [result_of("stated it", change, **fields)])
    page.press("n")
    row = page.evaluate("document.querySelector('.scores tbody tr:last-child').innerText")
    assert "stated" in row
    assert "as it stands" in row
    assert "-4.2" in row  # 2.2 nats, the log-odds of nine to one, below the best


def test_evidence_leads_to_the_words_it_quotes(browser: Page, tmp_path: Path) -> None:
    text = (
        "The safety settlement was signed.\n\nSafety and security matter, some hold.\n\n"
        "“We want security cooperation,” she stated.\n\nThe end.\n"
    )
    said = Evidence("quotation", "a quotation in this document says “security”")
    proposed = Evidence("channel", "the rule book gives “signed” for it")
    result = result_of(text, (4, 21, "security agreement"), evidence=(said, proposed))
    page = open_report(browser, tmp_path, [result])
    for view in ("side", "inline"):
        page.click(f"#{view}")
        page.press("Escape", "n")
        assert count(page, "#detail .quote") == 1  # what the channel proposes is no quotation of the text
        page.click("#detail .quote")
        assert shown(page, ".flash") == "security"
        row = page.evaluate("document.querySelector('.flash').closest('tr').innerText")
        assert "cooperation" in row
        assert page.evaluate("document.getElementById('live').textContent").startswith("Line 5:")
        page.press("Escape")
        assert count(page, ".flash") == 0


def test_a_quote_behind_hidden_signs_is_found_at_its_place(browser: Page, tmp_path: Path) -> None:
    text = "a\x00\u202e😀\U000e0041b\r\r\nstated and “\udc80 security” 😀 here\r\n"
    said = Evidence("quotation", "a quotation in this document says “security”")
    at = text.index("stated")
    page = open_report(browser, tmp_path, [result_of(text, (at, at + 6, "said"), evidence=(said,))])
    for keys in (["n"], ["v"], ["a"]):
        page.press(*keys)
        page.press("n")
        page.click("#detail .quote")
        assert shown(page, ".flash") == "security"


def test_what_speaks_for_the_score_leads_to_the_text(browser: Page, tmp_path: Path) -> None:
    result = article_result()
    strong = Evidence("strong", "“arranged crime” (law/organized-crime)")
    more = [Evidence("gated", f"{n} phrases") for n in range(8)]
    page = open_report(
        browser, tmp_path, [replace(result, spin=replace(result.spin, evidence=(strong, *more)))]
    )
    assert count(page, ".why .reasons li") == 5
    page.click(".why .quote")
    assert "organized" in shown(page, ".list .on")
    page.click(".why summary")
    assert count(page, ".why .reasons li") == 9


def test_the_strip_leads_to_the_nearest_finding_and_shows_what_is_in_view(article: Page) -> None:
    seen = "document.querySelector('.seen').getAttribute('x')"
    article.wait("Number(document.querySelector('.seen').getAttribute('width')) > 10")
    start = article.evaluate(seen)
    article.click("#s1")
    number = article.evaluate("Number(document.querySelector('.text a.on').id.split('-')[1])")
    total = article.evaluate("document.querySelectorAll('.list > li').length")
    assert total * 0.3 < number < total * 0.7
    article.wait(f"Number({seen}) > {start}")
    article.evaluate("document.getElementById('s1').focus()")
    article.press("ArrowRight")
    assert article.evaluate("Number(document.querySelector('.text a.on').id.split('-')[1])") == number + 1
    article.wait("document.getElementById('s1').getAttribute('aria-valuetext').startsWith('lines ')")
    assert focused(article) == "s1"


def test_the_keyboard_steps_through_the_changes(article: Page) -> None:
    article.press("n", "j", "n", "p")
    assert article.evaluate("document.querySelector('.text td + td a.on').id") == "a1-2"
    assert "settlement" in shown(article, ".list .on")
    article.press("k", "p")
    last = article.evaluate("document.querySelector('.list > li:last-child').className")
    assert last == "on"


def test_tab_goes_from_the_tools_to_the_text_to_the_list(article: Page) -> None:
    order: list[str] = []
    while not order or not order[-1].startswith("button.head"):
        article.press("Tab")
        order.append(focused(article))
        assert len(order) < 40, order
    stops = ["side", "inline", "only", "theme", "help", "export", "s1", "a1-1", "find"]
    stops += ["state", "pack", "rule", "low", "high", "accept-all", "reject-all"]
    assert [stop for stop in order if stop in stops] == stops
    assert [stop for stop in order if stop[:3] in ("a1-", "b1-")] == ["a1-1"]  # one stop for all marks
    assert order[0].startswith("a.skip")
    assert order[1] == "to-changes"
    article.press("Tab")
    assert not focused(article).startswith("button.head")  # one stop for the list: arrows go through it


def test_a_selected_change_is_operated_by_tab_alone(article: Page) -> None:
    article.click("#a1-2")
    reached = []
    for _ in range(7):
        article.press("Tab")
        reached.append(article.evaluate("document.activeElement.innerText"))
    assert [text.split("\n")[0] for text in reached[:6]] == [
        "agreement", "another", "settlement", "Accept", "Reject", "Edit",
    ]  # fmt: skip
    article.evaluate("document.querySelector('.act.reject').focus()")
    article.press("Enter")
    assert article.evaluate("document.activeElement.textContent").startswith("Reject")
    assert shown(article, "#a1-2") == "settlement"


def test_arrows_go_through_the_list(article: Page) -> None:
    article.evaluate("document.querySelector('.head').focus()")
    article.press("ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    assert article.evaluate("document.querySelector('.text td + td a.on').id") == "a1-2"


def test_roles_and_names(article: Page) -> None:
    article.press("n", "n")
    nodes = article.send("Accessibility.getFullAXTree")["nodes"]
    named = {
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    }
    for wanted in (
        ("main", ""),
        ("complementary", "Changes"),
        ("search", "Filter the changes"),
        ("slider", "Where in the text the findings stand"),
        ("slider", "Lowest confidence, in percent"),
        ("searchbox", "Find in words, messages and rules"),
        ("radiogroup", "Kind"),
        ("list", "Changes shown"),
        ("progressbar", "Decided"),
        ("image", "Spin score 0.98 of 1"),
        ("columnheader", "Before"),
        ("group", "Decision"),
    ):
        assert wanted in named, wanted
    assert not [
        1 for role, name in named if role in ("button", "link", "combobox", "checkbox") and not name.strip()
    ]
    expanded = article.evaluate(
        "[...document.querySelectorAll('.head')].map((e) => e.getAttribute('aria-expanded'))"
    )
    assert expanded.count("true") == 1
    assert "agreement" in article.evaluate("document.querySelector('[aria-expanded=true]').textContent")
    assert article.evaluate("document.querySelectorAll('[aria-current]').length") == 2


def test_the_help_names_every_key_and_gives_the_focus_back(article: Page) -> None:
    article.evaluate("document.getElementById('help').focus()")
    article.press("Enter")
    keys = article.evaluate("[...document.querySelectorAll('#help-dialog kbd')].map((e) => e.textContent)")
    assert set(keys) == {*"njpkareuv/[]x?", "Esc"}
    article.press("n")
    assert count(article, "#detail") == 0  # keys do not reach behind the dialog
    article.press("Escape")
    assert focused(article) == "help"


def test_single_keys_can_be_turned_off(article: Page) -> None:
    article.press("?")
    article.click("#single-keys")
    article.press("Escape", "n")
    assert count(article, "#detail") == 0


def test_the_theme_button_goes_through_system_light_and_dark(article: Page) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = article.evaluate(background)
    article.media(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    dark = article.evaluate(background)
    assert dark != light
    article.click("#theme")
    assert article.evaluate(background) == light
    article.media(prefers_color_scheme="light", prefers_reduced_motion="reduce")
    article.click("#theme")
    assert article.evaluate(background) == dark


def test_the_inline_view_shows_old_and_new_in_one_column(article: Page) -> None:
    cells = "document.getElementById('a1-2').closest('tr').querySelectorAll('td')"
    assert article.evaluate(f"[...{cells}].filter((e) => e.checkVisibility()).length") == 2
    assert shown(article, "#a1-2") == "agreement"
    article.press("v")
    assert article.evaluate(f"[...{cells}].filter((e) => e.checkVisibility()).length") == 1
    assert shown(article, "#a1-2") == "settlementagreement"
    article.click("#side")
    assert shown(article, "#a1-2") == "agreement"


def test_unchanged_lines_can_be_hidden(article: Page) -> None:
    assert count(article, ".text .s") > 0
    article.click("#only")
    assert count(article, ".text .s") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_every_text_has_a_contrast_of_at_least_4_5(article: Page, scheme: str, width: int) -> None:
    article.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    article.size(width, 900)
    article.press("n", "a", "r", "e")
    article.type("own words")
    article.press("Enter", "n", "n")
    article.click("#unfold" if width < 500 else "#inline")
    for name in ("", "help-dialog", "export-dialog"):
        if name:
            article.evaluate(f"document.getElementById('{name}').showModal()")
        ratio, element, texts = article.evaluate(LOWEST_CONTRAST)
        assert texts > 300
        assert ratio >= 4.5, element


@pytest.mark.parametrize("width", [320, 420, 760, 1000, 1400])
def test_no_width_scrolls_sideways(article: Page, width: int) -> None:
    article.size(width, 800)
    article.press("n")
    assert article.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_narrow_screen_there_is_one_column_and_a_sheet(article: Page) -> None:
    article.size(390, 800)
    assert shown(article, "#a1-2") == "settlementagreement"
    assert count(article, "#filter") == 0
    article.click("#a1-2")
    assert count(article, ".list > li") == 1
    assert count(article, ".act.accept") == 1
    article.click("#shut")
    assert count(article, ".list > li") == 0
    article.click("#unfold")
    assert count(article, "#filter") == 1
    assert count(article, ".list > li") > 50
    article.click("#unfold")
    assert count(article, "#filter") == 0


def test_nothing_moves_where_that_is_not_wanted(article: Page) -> None:
    moving = "document.getAnimations().length + (getComputedStyle(document.querySelector('.flash')).animationName === 'none' ? 0 : 1)"
    article.evaluate(
        "(() => { const e = document.createElement('span'); e.className = 'flash'; document.body.append(e); })()"
    )
    assert article.evaluate(moving) == 0
    article.media(prefers_reduced_motion="no-preference")
    assert article.evaluate(moving) > 0


def test_paper_shows_the_list_and_no_tools(article: Page) -> None:
    article.press("n", "a")
    article.media(medium="print", prefers_color_scheme="dark")
    assert count(article, ".all li") > 50
    assert count(article, ".tools, .sidebar, dialog") == 0
    assert article.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert article.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert article.pdf().startswith(b"%PDF-")


def test_the_page_reads_without_a_script(browser: Page, tmp_path: Path) -> None:
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page = open_report(browser, tmp_path, [article_result("a.txt"), article_result("b.txt")])
        page.click("#a1-2")
        assert page.evaluate("location.hash") == "#d1-2"
        assert "settlement" in shown(page, ":target")
        assert "goes with its neighbours" in shown(page, ":target")
        assert count(page, ".tools, .sidebar, dialog, #live:not(:empty)") == 0
        assert count(page, "article") == 2
        assert shown(page, "#a1-2") == "agreement"
        page.size(390, 800)
        assert shown(page, "#a1-2") == "settlementagreement"
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_several_files_are_shown_one_at_a_time(browser: Page, tmp_path: Path) -> None:
    results = [article_result("a.txt"), result_of("all calm\n", path="b.txt"), article_result("c <d>.txt")]
    page = open_report(browser, tmp_path, results)
    assert count(page, "article") == 1
    page.click(".index a[href='#f3']")
    assert focused(page) == "h3"
    assert shown(page, "article.current h2") == "c <d>.txt"
    page.press("n", "a")
    assert shown(page, "#decided3") == "1 of 70"
    assert shown(page, "#decided1") == "0 of 70"
    assert shown(page, "#decided") == "1 of 140 decided"
    page.press("]")
    assert shown(page, "article.current h2") == "a.txt"
    page.press("]")
    assert count(page, ".sidebar") == 0
    page.press("n", "a", "r", "e", "v", "[", "u")
    assert shown(page, "article.current h2") == "c <d>.txt"  # undo goes to where it undoes
    assert shown(page, "#decided") == "0 of 140 decided"
    assert page.complaints == []


def test_a_page_on_nothing_is_calm(browser: Page, tmp_path: Path) -> None:
    page = open_report(browser, tmp_path, [])
    page.press("n", "a", "x", "?")
    assert "No file was looked at" in shown(page, "main")
    assert page.complaints == []


def test_a_check_is_decided_in_one_column(browser: Page, tmp_path: Path) -> None:
    path = tmp_path / "check.html"
    path.write_text(CHECKERS["html"]([article_result()], {}), encoding="utf-8", newline="")
    browser.size(1400, 900)
    browser.open(path)
    assert shown(browser, "#a1-2") == "settlement"
    browser.click("#a1-2")
    browser.click(".act.accept")
    assert shown(browser, "#a1-2") == "settlementagreement"
    assert count(browser, ".views") == 0
    assert browser.complaints == []


def test_a_link_with_the_number_of_a_change_opens_it(browser: Page, tmp_path: Path) -> None:
    open_report(browser, tmp_path, [article_result("a.txt"), article_result("b.txt")])
    url = (tmp_path / "some.report.html").as_uri()
    browser.send("Page.navigate", url="about:blank")
    browser.wait("location.protocol === 'about:'")
    browser.send("Page.navigate", url=f"{url}#a2-3")
    browser.wait("document.readyState === 'complete' && location.protocol === 'file:'")
    assert shown(browser, "article.current h2") == "b.txt"
    assert (
        json.loads(browser.evaluate("JSON.stringify(document.querySelector('.text td + td a.on').id)"))
        == "a2-3"
    )
