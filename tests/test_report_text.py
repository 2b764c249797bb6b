from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from report_samples import HOSTILE, article_result, finding_of, result_of, results

from cleanup.datatypes import Result
from cleanup.report import CHECKERS, WRITERS
from cleanup.report.as_text import render_check, render_fix, summary_line
from cleanup.report.visible import UNSEEN

TEXT = "First line.\nA pact to combat arranged crime, he stated.\n"
SGR = re.compile(r"\x1b\[[0-9;]*m")


def sample() -> Result:
    return result_of(TEXT, (29, 43, "organized crime"), (48, 54, "said"), unfixed=[finding_of(14, "pact")])


def test_only_the_words_that_differ_are_marked() -> None:
    view = render_fix(sample(), colour=False, width=0)
    assert "  A pact to combat [-arranged-]{+organized+} crime, he [-stated-]{+said+}.\n" in view


def test_each_edit_has_a_line_with_place_rule_confidence_and_first_evidence() -> None:
    view = render_fix(sample(), colour=False, width=0)
    assert (
        "article.txt:2:18 news/sample 0.97 “arranged crime” is what a spinner makes of “organized crime” "
        "(“organized crime” goes with its neighbours)\n"
    ) in view
    assert "article.txt:2:37 news/sample" in view


def test_colour_adds_codes_and_drops_the_marks() -> None:
    view = render_fix(sample(), colour=True, width=0)
    assert "\x1b[31;9marranged\x1b[0m\x1b[32morganized\x1b[0m" in view
    assert "[-" not in view


def test_a_long_line_shows_only_the_words_around_its_change() -> None:
    text = f"{'left ' * 50}stated{' right' * 50}"
    view = render_fix(result_of(text, (250, 256, "said")), colour=False, width=80)
    assert view.splitlines()[0] == f"  … {'left ' * 6}[-stated-]{{+said+}}{' right' * 6} …"


def test_changes_far_apart_on_one_line_have_excerpts_of_their_own() -> None:
    text = f"stated {'word ' * 30}stated"
    view = render_fix(result_of(text, (0, 6, "said"), (157, 163, "said")), colour=False, width=0)
    assert view.count("…") == 2
    assert view.count("[-stated-]") == 2


def test_an_excerpt_looks_no_further_than_its_words_need() -> None:
    """A whole book on one line is read once and not for each of its changes, whatever stands between them."""
    text = f"{'x' * 5_000} a stated b {'y' * 5_000}"
    view = render_fix(result_of(text, (5_003, 5_009, "said")), colour=False, width=0)
    excerpt = view.splitlines()[0]
    assert "x a [-stated-]{+said+} b y" in excerpt
    assert excerpt.startswith("  …x")
    assert excerpt.endswith("y…")
    assert len(excerpt) < 1_000


def test_a_reason_is_cut_to_the_width() -> None:
    view = render_fix(sample(), colour=False, width=80)
    assert all(len(line) <= 80 for line in view.splitlines())
    assert "…" in view


def test_a_check_has_one_line_a_finding() -> None:
    assert render_check(sample(), colour=False) == (
        "article.txt:2:3 news/doubtful “pact” may be meant\n"
        "article.txt:2:18 news/sample “arranged crime” is what a spinner makes of “organized crime”\n"
        "article.txt:2:37 news/sample “stated” is what a spinner makes of “said”\n"
    )
    assert render_check([sample(), sample()], colour=False) == 2 * render_check(sample(), colour=False)


def test_the_summary_counts_changes_and_what_was_left() -> None:
    assert summary_line(sample()) == "article.txt: 2 changes, 1 left, spin score 0.98"
    assert summary_line(result_of("x", (0, 1, "y"))).startswith("article.txt: 1 change, 0 left")


def hostile() -> Result:
    bad = HOSTILE + "\n"
    doubtful = finding_of(len(bad), bad, message=HOSTILE, rule_id=HOSTILE)
    fields = {"message": bad, "rule_id": bad}
    return result_of(bad * 3, (0, len(bad), HOSTILE[::-1]), path=bad, unfixed=[doubtful], **fields)


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_cannot_drive_the_terminal(colour: bool) -> None:
    result = hostile()
    for view in (render_fix(result, colour=colour, width=80), render_check(result, colour=colour)):
        plain = SGR.sub("", view) if colour else view
        assert not [sign for sign in UNSEEN.findall(plain) if sign != "\n"]
        view.encode("utf-8")
    assert render_check(result, colour=False).count("\n") == 2
    assert "␛[31m" in render_fix(result, colour=False, width=0)
    assert "\n" not in summary_line(result)


@given(results())
def test_every_edit_has_its_place_in_the_view(result: Result) -> None:
    view = render_fix(result, colour=False, width=40)
    assert len(re.findall(r"^article\.txt:\d+:\d+ ", view, re.MULTILINE)) == len(result.edits)


def test_every_writer_takes_any_number_of_results() -> None:
    for writer in [*WRITERS.values(), *CHECKERS.values()]:
        for some in ([], [sample()], [sample(), article_result("b.txt")]):
            report = writer(some, {})
            assert report == "" or report.endswith("\n")
    assert list(WRITERS) == list(CHECKERS)


def test_the_text_view_loads_neither_the_page_nor_the_json_writer() -> None:
    code = (
        "import sys; from cleanup.report import WRITERS; WRITERS['text']([], {}); unwanted = {'html', 'json',"
        "'cleanup.report.as_html', 'cleanup.report.as_json'}; print(sorted(unwanted & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
