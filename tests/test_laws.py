"""What holds for every document, before any example."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.channel import find_matches
from cleanup.datatypes import Kind, Result, Span
from cleanup.document import Document, apply_edits, invert_edits
from cleanup.pipeline import Engine
from cleanup.rulebook.reader import read_packs

SAMPLES = Path(__file__).parent.parent / "samples"

# Documents are put together from what rules are about, honest prose, quotations, code and odd signs.
_EXAMPLES = [before for pack in read_packs() for rule in pack.rules for before, _ in rule.fixes][::5]
_HONEST = [
    "The witness stated her name for the record, and the clerk wrote it down.",
    "She has lived in an old house by the sea since she was a child.",
    "“We fight arranged crime in both of the countries,” he said, “and so do they.”",
    'He wrote "press convention" on the board and left.',
    "Read `arranged crime` at https://example.org/arranged-crime or write to press@convention.org today.",
]
_GAPS = [" ", "\n", "\r\n", "\n\n", "\r\n\r\n", "\n\n> ", "\n- ", "\n# ", "  ", "\u00a0", "\t"]

documents = st.lists(
    st.tuples(st.sampled_from([*_EXAMPLES, *_HONEST]), st.sampled_from(_GAPS)), min_size=1, max_size=12
).map(lambda parts: "".join(sentence + gap for sentence, gap in parts))
kinds = st.sampled_from(list(Kind))


def check_laws(result: Result, document: Document) -> None:
    at = 0
    for edit in result.edits:
        assert at <= edit.span.start <= edit.span.end <= len(result.before), "sorted, disjoint, inside"
        assert result.before[edit.span.start : edit.span.end] == edit.before != edit.after
        assert document.protection(edit.span) is None, "no edit in protected text"
        assert 0 < edit.confidence < 1
        assert edit.candidates
        at = edit.span.end
    assert apply_edits(result.before, result.edits) == result.after
    assert invert_edits(result.after, result.edits) == result.before
    if not result.edits:
        assert result.after == result.before


@given(documents, kinds)
def test_edits_are_sorted_disjoint_inside_unprotected_and_invertible(text: str, kind: Kind) -> None:
    result = ENGINE.fix(text, kind=kind)
    check_laws(result, Document(text, kind=kind))


@given(documents)
def test_fixing_twice_is_fixing_once(text: str) -> None:
    once = ENGINE.fix(text).after
    assert ENGINE.fix(once).after == once


@given(documents, kinds)
def test_a_quick_look_changes_nothing_where_a_strong_rule_fires(text: str, kind: Kind) -> None:
    quick = QUICK.fix(text, kind=kind)
    if find_matches(Document(text, kind=kind), QUICK.rulebook.strong):
        assert quick == ENGINE.fix(text, kind=kind)
    else:
        assert quick.after == text


odd_texts = st.lists(
    st.one_of(
        st.sampled_from([*_EXAMPLES, *map(str.upper, _EXAMPLES[::4]), *map(str.title, _EXAMPLES[::4])]),
        st.sampled_from(
            ["\u00ad", "\u200b", "\udce9", "\u2028", "\u00a0", "<", ">", "&", "“", "”", "`", "*", "\t", "-"]
        ),
        st.text(max_size=20),
    ),
    max_size=30,
).map("".join)


@given(odd_texts, kinds)
def test_no_text_makes_the_engine_fail(text: str, kind: Kind) -> None:
    check_laws(ENGINE.fix(text, kind=kind), Document(text, kind=kind))


@given(documents)
def test_the_same_text_gives_the_same_result(text: str) -> None:
    assert ENGINE.fix(text) == Engine().fix(text)


@pytest.mark.parametrize("name", ["article", "spun", "clean"])
def test_samples_keep_the_laws(name: str) -> None:
    for line in (SAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["spun"]
        result = ENGINE.fix(text)
        check_laws(result, Document(text))
        assert ENGINE.fix(result.after).after == result.after


def test_quotations_of_the_article_come_back_untouched() -> None:
    text = (SAMPLES / "article.txt").read_text(encoding="utf-8")
    quotations = re.findall(r"“[^”]*”", text)
    after = ENGINE.fix(text).after
    assert len(quotations) > 10
    assert [quotation for quotation in quotations if quotation not in after] == []


@pytest.mark.parametrize("joint", ["\n\n", " "], ids=["paragraphs", "one line"])
def test_time_grows_with_the_text_and_not_with_its_square(joint: str) -> None:
    article = (SAMPLES / "article.txt").read_text(encoding="utf-8").replace("\n\n", joint)

    def seconds(copies: int) -> float:
        began = time.process_time()
        Engine().fix(joint.join([article] * copies))
        return time.process_time() - began

    seconds(1)
    assert seconds(64) < 16 * seconds(8)  # eight times the text; a square would be 64


def test_the_laws_see_a_broken_edit() -> None:
    """The check itself can fail: an edit inside a quotation is noticed."""
    text = "They said “we fight arranged crime” at noon, and all of them were right."
    edit = ENGINE.fix("They say we fight arranged crime at noon, and all of them were right.").edits[0]
    start = text.index("arranged")
    from dataclasses import replace

    moved = replace(edit, span=Span(start, start + len(edit.before)))
    broken = Result("", text, apply_edits(text, [moved]), (moved,), (), ENGINE.fix(text).spin)
    with pytest.raises(AssertionError, match="protected"):
        check_laws(broken, Document(text))


ENGINE = Engine()
QUICK = Engine(quick=True)
QUICK._read = 10**9  # uses its automaton from the first text on
