"""Comments that tell the program to leave a place alone."""

from __future__ import annotations

import pytest

from cleanup.datatypes import Kind
from cleanup.pipeline import Engine

BAD = "They fight arranged crime in all of the towns."
GOOD = "They fight organized crime in all of the towns."


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (f"{BAD}\n[cleanup: off]\n{BAD}\n[cleanup: on]\n{BAD}\n", f"{GOOD}\n[cleanup: off]\n{BAD}\n[cleanup: on]\n{GOOD}\n"),
        (f"<!-- cleanup: off -->\n\n{BAD}\n", f"<!-- cleanup: off -->\n\n{BAD}\n"),
        (f"{BAD} [cleanup: ignore]\n{BAD}\n", f"{BAD} [cleanup: ignore]\n{GOOD}\n"),
        (f"# cleanup: ignore-next\n\n{BAD}\n{BAD}\n", f"# cleanup: ignore-next\n\n{BAD}\n{GOOD}\n"),
        (f"{BAD} // cleanup: ignore[law]\r\n{BAD}\r\n", f"{BAD} // cleanup: ignore[law]\r\n{GOOD}\r\n"),
        (f"{BAD} [cleanup: ignore[law/organized-crime]]\n", f"{BAD} [cleanup: ignore[law/organized-crime]]\n"),
        (f"{BAD} [cleanup: ignore[sports]]\n", f"{GOOD} [cleanup: ignore[sports]]\n"),
        (f"He wrote cleanup: off in a letter.\n{BAD}\n", f"He wrote cleanup: off in a letter.\n{GOOD}\n"),
    ],
)  # fmt: skip
def test_a_suppression_silences_its_region_and_no_more(engine: Engine, text: str, after: str) -> None:
    assert engine.fix(text, kind=Kind.PLAIN).after == after


def test_a_suppression_works_in_markdown_and_html(engine: Engine) -> None:
    for kind in (Kind.MARKDOWN, Kind.HTML):
        text = f"<p>{BAD}</p>\n\n<!-- cleanup: ignore-next -->\n<p>{BAD}</p>\n"
        if kind is Kind.MARKDOWN:
            text = text.replace("<p>", "").replace("</p>", "\n")
        result = engine.fix(text, kind=kind)
        assert result.after == text.replace(BAD, GOOD, 1)
        assert result.notes == ()


def test_a_region_may_be_of_one_pack(engine: Engine) -> None:
    text = f"[cleanup: off[sports]]\n{BAD}\n[cleanup: on]\n"
    assert engine.fix(text).after == text.replace(BAD, GOOD)
    assert engine.fix(text.replace("sports", "law")).edits == ()


def test_a_suppression_shown_as_code_does_nothing(engine: Engine) -> None:
    text = f"Write `<!-- cleanup: off -->` before it.\n\n{BAD}\n"
    assert engine.fix(text, kind=Kind.MARKDOWN).after == text.replace(BAD, GOOD)


def test_an_unused_suppression_is_reported_with_its_line(engine: Engine) -> None:
    result = engine.fix("A plain line.\nAnother one. [cleanup: ignore]\n")
    assert result.notes == ("line 2: unused suppression: nothing would be found there",)


def test_an_off_without_an_on_reaches_to_the_end(engine: Engine) -> None:
    text = f"[cleanup: off]\n{BAD}\n\n{BAD}"
    assert engine.fix(text).after == text
