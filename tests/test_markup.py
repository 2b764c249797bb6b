from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.datatypes import Kind, Prose, Protected, Reason, Span
from cleanup.markup import kind_of, read_prose
from cleanup.markup.spans import merge_protected

SAMPLES = Path(__file__).parent.parent / "samples"

# Text that is mostly markup, line breaks and broken bytes: the alphabet where offsets go wrong.
PIECES = st.sampled_from(
    [
        *"<>&;\"'`“”’[](){}_*#|$\\/.@:-=!?^~+ \t\n\r\u2028\ufeff\0\udc80\udcff",
        *"word The 7 é 😀 <p> </p> <b> <code> </code> <!-- --> <q> </q> <br> <title> <script> lang=de".split(),
        *"``` ~~~ ]( ][ http:// a_b [^1] $$ <![CDATA[ &amp; {{".split(),
        *("\r\n", "---\n", "+++\n", "- ", "1. ", "> ", "# ", "    ", "|a|b|\n|-|-|\n", "[a]: b\n"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join))
KINDS = st.sampled_from(list(Kind))


def blocks_of(text: str, kind: Kind = Kind.PLAIN) -> list[str]:
    return [text[block.start : block.end] for block in read_prose(text, kind).blocks]


def protected_in(text: str, kind: Kind = Kind.PLAIN) -> list[tuple[str, Reason]]:
    spans = read_prose(text, kind).protected
    return [(text[one.span.start : one.span.end], one.reason) for one in spans]


def words_kept(text: str, kind: Kind = Kind.PLAIN) -> list[str]:
    return [word for word, _ in protected_in(text, kind)]


def assert_lawful(text: str, prose: Prose) -> None:
    for spans in (prose.blocks, [one.span for one in prose.protected]):
        for span in spans:
            assert 0 <= span.start < span.end <= len(text)
        for left, right in pairwise(spans):
            assert left.end <= right.start


@given(TEXTS, KINDS)
def test_blocks_and_protected_spans_are_sorted_disjoint_and_inside_the_text(text: str, kind: Kind) -> None:
    assert_lawful(text, read_prose(text, kind))


@given(TEXTS, KINDS)
def test_blocks_begin_and_end_with_something_visible(text: str, kind: Kind) -> None:
    for block in blocks_of(text, kind):
        assert block.strip() == block


@given(TEXTS, KINDS)
def test_every_undecodable_byte_is_protected(text: str, kind: Kind) -> None:
    spans = [one.span for one in read_prose(text, kind).protected]
    for offset, sign in enumerate(text):
        if "\ud800" <= sign <= "\udfff":
            assert any(span.start <= offset < span.end for span in spans)


SPAN = st.tuples(st.integers(0, 50), st.integers(0, 12)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


@given(st.lists(st.builds(Protected, SPAN, st.sampled_from(list(Reason)))))
def test_merging_protects_exactly_what_was_protected(protected: list[Protected]) -> None:
    def offsets(spans: object) -> set[int]:
        return {n for one in spans for n in range(one.span.start, one.span.end)}  # type: ignore[attr-defined]

    merged = merge_protected(protected)
    assert offsets(merged) == offsets(protected)
    assert_lawful("x" * 70, Prose((), merged))
    hard = [one for one in protected if one.reason is not Reason.QUOTATION]
    assert offsets(one for one in merged if one.reason is not Reason.QUOTATION) == offsets(hard)


HOSTILE = [
    *"\"`[<&_*/#-(«|\rA'",
    *"``x ]( [a]( <!-- <code> </a> _a $a \\( \\a[ a/ a. a@ {{ a: \udc80'a <b><i> <p> <q> <script>".split(),
    *("<a ", '<a b="', "> ", "[a\n", "```\n", "~~~\n", "+++\n", "http://", "1a", "()", "a()"),
]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_linear_time(piece: str, kind: Kind) -> None:
    text = (piece * 200_000)[:200_000]
    began = time.process_time()
    assert_lawful(text, read_prose(text, kind))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "prose",
    [
        "and/or he/she his/her/their U.S./Mexico 24/7 km/h 10/12/2021 w/o",
        "the two.2 million, Web 2.zero, eight%, 3.5%, two.five, v1.4.2",
        "U.S. e.g. i.e. p.m. Ph.D. a.k.a. J.K.Rowling U.S.-Mexico",
        "the end.Next day came. Friday.Officials said isn't.the",
        "$3 billion of the $5, $3M/$4M, US$3 and A$4, from $5-$10 a month",
        "official(s) AT&T R&D #1 [ad_1] _said_ *said* word--word well-known A. B",
        "“Hello,” he said: 'No.' McDonald USA YouTube iPhone",
        "the 1990s, 5 a.m., Mr.Smith, 6'2\" tall, 1,000,000",
    ],
)
def test_ordinary_prose_and_spinner_damage_stay_in_sight(prose: str) -> None:
    assert protected_in(prose) == []


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    ("text", "kept", "reason"),
    [
        ("(see https://a.org/b_(c)).", "https://a.org/b_(c)", Reason.ADDRESS),
        ("at www.example.is, now", "www.example.is", Reason.ADDRESS),
        ("at amazon.com. Now", "amazon.com", Reason.ADDRESS),
        ("at bit.ly/x9, now", "bit.ly/x9", Reason.ADDRESS),
        ("to me.you@site.co.uk.", "me.you@site.co.uk", Reason.ADDRESS),
        ("doi 10.1000/xyz123, say", "10.1000/xyz123", Reason.ADDRESS),
        ("in /usr/local/bin.", "/usr/local/bin", Reason.ADDRESS),
        ("in C:\\Users\\x.txt now", "C:\\Users\\x.txt", Reason.ADDRESS),
        ("in a/b/c.txt, now", "a/b/c.txt", Reason.ADDRESS),
        ("see README.md.", "README.md", Reason.ADDRESS),
        ("by @some_one, now", "@some_one", Reason.IDENTIFIER),
        ("on #BigNews, now", "#BigNews", Reason.IDENTIFIER),
        ("call snake_case now", "snake_case", Reason.IDENTIFIER),
        ("set MAX_SIZE now", "MAX_SIZE", Reason.IDENTIFIER),
        ("call parseHtml now", "parseHtml", Reason.IDENTIFIER),
        ("use os.path.join.", "os.path.join", Reason.IDENTIFIER),
        ("run main() now", "main()", Reason.IDENTIFIER),
        ("with --dry-run, now", "--dry-run", Reason.IDENTIFIER),
        ("in $HOME now", "$HOME", Reason.IDENTIFIER),
        ("at 9f86d081884c, now", "9f86d081884c", Reason.IDENTIFIER),
        ("the `big deal` is", "`big deal`", Reason.CODE),
        ("the ``a ` b`` is", "``a ` b``", Reason.CODE),
        ("where $x + y_1$ is", "$x + y_1$", Reason.CODE),
        ("cat &amp; dog", "&amp;", Reason.MARKUP),
        ("the caf\udce9 is", "caf\udce9", Reason.UNDECODABLE),
    ],
)
def test_what_is_no_prose_is_protected_in_every_kind(
    text: str, kept: str, reason: Reason, kind: Kind
) -> None:
    assert protected_in(text, kind) == [(kept, reason)]


def test_tex_quotations_are_not_taken_for_code() -> None:
    assert protected_in("He ``said so'' and ``meant it'' too") == []


# ---- plain text


def test_a_plain_text_is_split_at_blank_lines_list_markers_and_long_lines() -> None:
    long = "word " * 30 + "end."
    text = f"one\r\ntwo\r\n\r\nthree\r\n- four\r\n2. five\r\n{long}\r\n{long}"
    assert blocks_of(text) == ["one\r\ntwo", "three", "- four", "2. five", long, long]


def test_indented_lines_in_plain_text_are_prose() -> None:
    assert protected_in("One.\n\n    Indented at will.\n") == []
    assert blocks_of("One.\n\n    Indented at will.\n") == ["One.", "Indented at will."]


def test_quoted_mail_is_a_quotation() -> None:
    assert protected_in("> who said so?\nI did.") == [("> who said so?\n", Reason.QUOTATION)]


def test_a_code_fence_in_plain_text_is_code_and_no_block() -> None:
    text = "see\n```sh\nrun it\n```\ndone"
    assert blocks_of(text) == ["see", "done"]
    assert protected_in(text) == [("```sh\nrun it\n```\n", Reason.CODE)]


def test_an_address_inside_a_quotation_keeps_its_own_reason() -> None:
    assert protected_in("> see a.org now") == [
        ("> see ", Reason.QUOTATION),
        ("a.org", Reason.ADDRESS),
        (" now", Reason.QUOTATION),
    ]


# ---- Markdown


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_markdown_blocks_are_exact_for_every_line_break(newline: str) -> None:
    lines = ["\ufeff---", "title: a big deal", "---", "# Head ##", "", "Para *one*", "goes \0 on.", ""]
    lines += [
        "- item",
        "  more",
        "- [ ] task",
        "",
        "| a | b \\| c |",
        "|---|:--|",
        "| d | `e` |",
        "",
        "Set",
        "===",
    ]
    text = newline.join(lines)
    assert blocks_of(text, Kind.MARKDOWN) == [
        "Head",
        f"Para *one*{newline}goes \0 on.",
        f"item{newline}  more",
        "[ ] task",
        *["a", "b \\| c", "d", "`e`"],
        "Set",
    ]


def test_what_markdown_sets_apart_is_no_block() -> None:
    text = "A\n\n    code here\n\n```py\ncode\n```\n\n<div>\nhtml\n</div>\n\n[lab]: http://a.org 'The title'\n\nB\n"
    assert blocks_of(text, Kind.MARKDOWN) == ["A", "B"]


def test_link_targets_are_protected_and_link_text_is_not() -> None:
    text = 'A [big deal](http://a.org/x_(y) "the title"), ![alt](i.png), [one][two], [^1].'
    kept = words_kept(text, Kind.MARKDOWN)
    assert kept == ['](http://a.org/x_(y) "the title")', "](i.png)", "][two]", "[^1]"]


def test_link_text_that_is_its_own_label_is_protected() -> None:
    text = "See [Big Deal] or [small deal].\n\n[big deal]: http://a.org\n"
    assert "[Big Deal]" in words_kept(text, Kind.MARKDOWN)
    assert "[small deal]" not in words_kept(text, Kind.MARKDOWN)


def test_inline_html_is_protected_with_the_code_in_it() -> None:
    text = "A <b title='x > y'>bold</b> <code>big deal</code> <!-- a note --> <http://a.org>."
    kept = words_kept(text, Kind.MARKDOWN)
    assert kept == ["<b title='x > y'>", "</b>", "<code>big deal</code>", "<!-- a note -->", "<http://a.org>"]


def test_a_markdown_block_quote_is_a_quotation_and_its_text_a_block() -> None:
    text = "> somebody\n> said so\n\nI did."
    assert protected_in(text, Kind.MARKDOWN) == [("> somebody\n> said so\n", Reason.QUOTATION)]
    assert blocks_of(text, Kind.MARKDOWN) == ["somebody\n> said so", "I did."]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert blocks_of("---\n\nText\n\n---\n\nmore", Kind.MARKDOWN) == ["Text", "more"]


# ---- HTML


def test_html_blocks_are_what_a_reader_sees_as_one() -> None:
    text = (
        "<!DOCTYPE html>\r\n<html lang='en-GB'><head><title>The title</title><style>p {}</style></head>\r\n"
        "<body><p class='big deal'>One <b>two</b> three<p>Four<br>five<br><br>six"
        "<ul><li>seven<li>eight</ul><table><tr><td>nine<td>ten</table><pre>eleven</pre>"
        "<script>if (a < b) '<p>no</p>'</script><textarea>no</textarea><!-- no --></body>"
    )
    assert blocks_of(text, Kind.HTML) == [
        *["The title", "One <b>two</b> three", "Four<br>five", "six", "seven", "eight", "nine", "ten"]
    ]


def test_html_code_tags_and_entities_are_protected_inside_a_block() -> None:
    text = "<p>the <code>big deal</code> &mdash; <a href='x' title='a > b'>link</a> is</p>"
    assert protected_in(text, Kind.HTML)[2:-1] == [
        ("big deal", Reason.CODE),
        ("</code>", Reason.MARKUP),
        ("&mdash;", Reason.MARKUP),
        ("<a href='x' title='a > b'>", Reason.MARKUP),
        ("</a>", Reason.MARKUP),
    ]


@pytest.mark.parametrize("name", ["blockquote", "q", "cite"])
def test_html_quotations_are_quotations(name: str) -> None:
    assert ("said so", Reason.QUOTATION) in protected_in(f"<p>a <{name}>said so</{name}> b</p>", Kind.HTML)


def test_html_in_another_language_is_no_prose() -> None:
    text = "<p lang='de'>Deutsch <i lang='en'>English</i> Wort</p><p>more</p>"
    assert blocks_of(text, Kind.HTML) == ["English", "more"]


@pytest.mark.parametrize(
    "text", ["a < b", "<![x", "<a", "</", "<!--", "<p", "</p></b>", "<a b='", "&#x;", "<>"]
)
def test_broken_html_never_raises(text: str) -> None:
    assert_lawful(text, read_prose(text, Kind.HTML))


# ---- names, real input


def test_the_suffix_tells_the_kind() -> None:
    assert [kind_of(path) for path in ("a.MD", "b.mkd", "c/d.htm", "e.xhtml")] == [
        *[Kind.MARKDOWN, Kind.MARKDOWN, Kind.HTML, Kind.HTML]
    ]
    assert {kind_of(path) for path in ("a.txt", "-", "", "md", "a.md.txt", "x.md/y")} - {Kind.PLAIN} <= {
        Kind.MARKDOWN
    }


def test_nothing_but_mail_quotes_code_and_file_names_is_protected_in_the_clean_samples() -> None:
    for line in (SAMPLES / "clean.jsonl").read_text("utf-8").splitlines():
        for kept, reason in protected_in(json.loads(line)["spun"]):
            assert reason in {Reason.CODE, Reason.QUOTATION} or kept.endswith(".md")


def test_every_paragraph_of_the_article_is_a_block() -> None:
    text = (SAMPLES / "article.txt").read_text("utf-8")
    assert blocks_of(text) == [line.strip() for line in text.splitlines() if line.strip()]
    assert protected_in(text) == []
