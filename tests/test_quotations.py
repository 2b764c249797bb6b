from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.datatypes import Kind, Span
from cleanup.markup import read_prose
from cleanup.quotations import quotation_spans

SAMPLES = Path(__file__).parent.parent / "samples"

PIECES = st.sampled_from(
    [
        *"\"'`“”„‘’«»‹›「」.,;()- \n\udc93",
        *"word officials goin tis n 5 of the '' `` &quot; &ldquo; &#8217; â€œ â€ <b> </b> <code> </code>".split(),
        *("\n\n", "> ", "— "),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join))


def spans_of(text: str, kind: Kind = Kind.PLAIN) -> list[Span]:
    prose = read_prose(text, kind)
    return quotation_spans(text, prose.blocks, prose.protected)


def quoted(text: str, kind: Kind = Kind.PLAIN) -> list[str]:
    return [text[span.start : span.end] for span in spans_of(text, kind)]


@given(TEXTS, st.sampled_from(list(Kind)))
def test_quotations_are_sorted_disjoint_and_inside_the_text(text: str, kind: Kind) -> None:
    spans = spans_of(text, kind)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))


@given(st.lists(st.sampled_from(["word", "isn’t", "the", "officials’", "rock ’n’ roll", "5"]), min_size=1))
def test_what_stands_between_curly_marks_is_always_covered(words: list[str]) -> None:
    quotation = "“" + " ".join(words) + "”"
    text = f"He said {quotation} and left."
    assert any(span.start <= 8 and 8 + len(quotation) <= span.end for span in spans_of(text))


@given(st.lists(st.sampled_from(["word", "isn’t", "officials’", "goin’", "boys’ own"]), min_size=1))
def test_what_stands_between_single_marks_is_always_covered(words: list[str]) -> None:
    quotation = "‘" + " ".join(words) + " end,’"
    text = f"He said {quotation} and left."
    assert any(span.start <= 8 and 8 + len(quotation) <= span.end for span in spans_of(text))


@pytest.mark.parametrize(
    "piece", [*"\"'`‘’“”«»「", "''", "``", " 'a", "s’ ", " ‘s’ ", ' "a', 'a" ', "&quot;", "<b>"]
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text = (piece * 200_000)[:200_000]
    prose = read_prose(text, Kind.HTML)
    began = time.process_time()
    quotation_spans(text, prose.blocks, prose.protected)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "text",
    [
        "don’t the officials’ plan, Hawai‘i, the 1990s’ music, the dogs’ dinner",
        "don't the officials' plan, the boys' and girls' rooms, goin' home",
        "’90s kids, ’tis late, ‘til noon, ‘90s music",
        "'90s kids' shows, 'tis the season",
        'a 5" pipe and a 6” pipe, 6\'2" tall, 40° 26\' 46" N, 12"x14"',
        "Home » News » World, read more »",
        "â€“ donâ€™t â€”",
        'see `a "b` and `c" d`',
    ],
)
def test_apostrophes_inches_arrows_and_code_quote_nothing(text: str) -> None:
    assert quoted(text) == []


QUOTATIONS = [
    *"“a b”|\"a b\"|«a b»|« a b »|»a b«|„a b“|„a b”|「a b」|‘a b’|'a b'|``a b''|`a b'|‹a b›|”a b”|“a b“|“a b\"".split(
        "|"
    ),
    *'“a ‘b’ c”|‘a “b” c’|"a "b" c"|“a “b” c”|â€œa bâ€\x9d|\udc93a b\udc94|\x93a b\x94'.split("|"),
    *"‘don’t,’|‘Balanced and sustainable’|‘rising costs’|“mint”".split("|"),
]


@pytest.mark.parametrize("quotation", QUOTATIONS)
def test_a_quotation_is_found_with_its_marks(quotation: str) -> None:
    text = f"He said {quotation} of it. More."
    assert quoted(text) == [quotation]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("‘three officials’ views matter,’ he said.", ["‘three officials’ views matter,’"]),
        ("‘We’re goin’ home,’ he said.", ["‘We’re goin’ home,’"]),
        ("The ‘gains’ companies made, and the ‘good’ ones.", ["‘gains’", "‘good’"]),
        ("‘Never closed, said the officials’ man.", ["‘Never closed, said the officials’ man."]),
        ("'Go,' he said, 'to the boys' room.' Then", ["'Go,'", "'to the boys' room.'"]),
        ("“a” “b”", ["“a”", "“b”"]),
        ('"a" b "c" d', ['"a"', '"c"']),
        ('a "b c', ['"b c']),
        ("Lost opening.” he said, “b” c", ["Lost opening.”", "“b”"]),
        ('"The 5" pipe is here," he said.', ['"The 5" pipe is here,"']),
    ],
)
def test_doubt_is_settled_for_the_wider_span(text: str, expected: list[str]) -> None:
    assert quoted(text) == expected


def test_an_unclosed_quotation_ends_with_its_block() -> None:
    assert quoted("He said “it\nwas so.\n\nNext one.") == ["“it\nwas so."]


def test_a_quotation_of_several_paragraphs_is_covered_whole() -> None:
    assert quoted("“One.\n\n“Two.\n\n“Three.” he said.\n\nFour.") == ["“One.", "“Two.", "“Three.”"]


def test_a_paragraph_between_the_opening_and_the_closing_mark_is_covered() -> None:
    assert quoted("“One.\n\nTwo.\n\nThree.” he said.") == ["“One.\n\nTwo.\n\nThree.”"]


def test_entities_are_quote_marks_and_attributes_are_not() -> None:
    text = '<p title="x">&ldquo;Hi <b>there</b>&rdquo; &quot;y&quot; <a rel="z">don&rsquo;t</a> <b>"</b>q<b>"</b> r</p>'
    assert quoted(text, Kind.HTML) == ["&ldquo;Hi <b>there</b>&rdquo;", "&quot;y&quot;", '"</b>q<b>"']


def test_marks_behind_emphasis_still_open() -> None:
    assert quoted('**"Hello"** he said, _"bye"_ then.', Kind.MARKDOWN) == ['"Hello"', '"bye"']


def test_the_article_has_its_eighteen_quotations() -> None:
    found = quoted((SAMPLES / "article.txt").read_text("utf-8"))
    assert len(found) == 18
    assert {"‘Balanced and sustainable’", "‘Very optimistic’", "“significant gains”"} <= set(found)
