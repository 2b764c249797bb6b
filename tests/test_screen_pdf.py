"""PDFs read as papers: order, broken words, ligatures, running heads, pages, and files that are no papers."""

from __future__ import annotations

import io
import re

import pytest
from paper_samples import CLEAN, column, pdf, two_columns, wrapped
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from cleanup.errors import FileError
from cleanup.screening.layout import Line, in_reading_order, without_furniture, without_line_numbers
from cleanup.screening.mending import mended, without_gaps, without_ligatures
from cleanup.screening.paper import Paper, read_paper


def read(data: bytes) -> Paper:
    return read_paper("paper.pdf", data)


def words(text: str) -> str:
    return " ".join(text.split())


def test_two_columns_are_read_one_after_the_other() -> None:
    left, right = wrapped(CLEAN, 44), wrapped("Behind them the sea was " + CLEAN, 44)
    title = (60, 740, "What forty storks did in two winters, and why the townspeople were wrong about them")
    paper = read(pdf([[title, *two_columns(left, right)]]))
    assert words(paper.text).startswith("What forty storks did")
    assert words(CLEAN) in words(paper.text)
    assert words(paper.text).index("older ones.") < words(paper.text).index("Behind them the sea")


def test_a_wide_line_parts_what_is_above_from_what_is_below() -> None:
    upper, lower = ["left"] * 5, ["low left"] * 5
    page = [
        *column([f"{text} {at}" for at, text in enumerate(upper)], 50, 700),
        *column([f"right {at}" for at in range(5)], 320, 700),
        (
            50,
            600,
            "A table that runs across the whole page, from its left to its right, with a caption above it",
        ),
        *column([f"{text} {at}" for at, text in enumerate(lower)], 50, 560),
        *column([f"low right {at}" for at in range(5)], 320, 560),
    ]
    text = words(read(pdf([page])).text)
    order = [text.index(mark) for mark in ("left 4", "right 0", "A table", "low left 0", "low right 0")]
    assert order == sorted(order)


def test_one_column_with_short_lines_stays_one() -> None:
    lines = [f"line {at} is of no great length" for at in range(20)]
    assert read(pdf([column(lines, 50, 700)])).text.split() == " ".join(lines).split()


def test_broken_words_are_mended_across_lines_columns_and_pages() -> None:
    left = [*["They wrote about many things."] * 8, "The regulari-"]
    right = ["zation was strong.", *["They wrote about many things."] * 7, "It was a classifi-"]
    second = ["cation of long-", "term trends, and a well-", "known one.", *["And so it went on."] * 5]
    paper = read(pdf([two_columns(left, right), column(second, 50, 700)]))
    text = words(paper.text)
    for whole in ("regularization was", "a classification of", "long-term trends", "well-known one"):
        assert whole in text


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["the regulari-", "zation term"], "the regularization term"),
        (["a long-", "term trend"], "a long-term trend"),
        (["non-", "linear ones"], "nonlinear ones"),
        (["the pa-", "tients came"], "the patients came"),
        (["of COM-", "PUTING machines"], "of COMPUTING machines"),
        (["Hidden Markov-", "Switching ones"], "Hidden Markov- Switching ones"),
        (["from 1990-", "2000 on"], "from 1990- 2000 on"),
        (["a stop -", "and more"], "a stop - and more"),
        (["soft hy\u00ad", "phens"], "soft hyphens"),
        (["in back-", "propagation, and backpropagation again"], "in backpropagation, and backpropagation again"),
    ],
)  # fmt: skip
def test_what_is_joined_and_what_keeps_its_hyphen(lines: list[str], whole: str) -> None:
    done = mended(lines)
    assert len(done) == len(lines)
    assert words(" ".join(done)) == whole


def test_ligatures_become_letters() -> None:
    assert (
        without_ligatures("e\ufb03cient \ufb02ow of \ufb01les, o\ufb00 the sta\ufb00")
        == "efficient flow of files, off the staff"
    )
    text = read_paper("paper.txt", "A classi\ufb01er of pro\ufb01table \ufb02ows.".encode()).text
    assert text == "A classifier of profitable flows."


def test_gaps_behind_an_f_are_closed_and_words_stay_apart() -> None:
    assert without_gaps("dif ferent ef fects of Clif ford") == "different effects of Clifford"
    assert without_gaps("if for half of all, of fire and of ice") == "if for half of all, of fire and of ice"


def test_running_heads_and_page_numbers_are_left_out() -> None:
    pages = [
        [
            (200, 770, f"Journal of Storks {40 + number}"),
            *column(wrapped(f"{'And so on. ' * number}{CLEAN}", 80), 50, 700),
            (290, 30, f"- {number} -"),
        ]
        for number in range(1, 5)
    ]
    text = read(pdf(pages)).text
    assert "Journal of Storks" not in text
    assert not re.search(r"^- \d -$", text, re.MULTILINE)
    assert words(text).count("forty ringed storks") == 4


def test_heads_that_differ_on_left_and_right_pages_are_left_out() -> None:
    lines = wrapped(CLEAN, 80)
    heads = ["A. Author and B. Author", "Storks in two winters"] * 3
    text = read(pdf([[(200, 770, head), *column(lines, 50, 700)] for head in heads])).text
    assert "Author" not in text
    assert "Storks in two" not in text


def test_a_line_that_stands_once_is_no_running_head() -> None:
    pages = [[Line(f"Only here {number * 'x'}", 0, 100, 770, 780)] for number in range(4)]
    assert without_furniture(pages) == pages


def test_line_numbers_of_manuscripts_are_left_out() -> None:
    body = column(["the text of the manuscript goes on"] * 12, 90, 700)
    numbers = column([str(435 + at) for at in range(12)], 40, 700)
    assert not re.search(r"\d", read(pdf([sorted([*body, *numbers], key=lambda place: -place[1])])).text)


def test_a_column_of_figures_in_a_table_stays() -> None:
    names = [Line(f"bird {at}", 50, 100, 700 - 12 * at, 710 - 12 * at) for at in range(10)]
    counts = [Line(str(at), 150, 160, 700 - 12 * at, 710 - 12 * at) for at in range(10)]
    more = [Line("grey", 200, 240, 700 - 12 * at, 710 - 12 * at) for at in range(10)]
    assert without_line_numbers([*names, *counts, *more]) == [*names, *counts, *more]


def test_every_offset_has_its_page() -> None:
    lines = wrapped(CLEAN, 80)
    marks = ["The first of them.", "Now to another.", "Last of all, this."]
    paper = read(pdf([column([mark, *lines], 50, 700 - 20 * at) for at, mark in enumerate(marks)]))
    offsets = [paper.text.index(mark) for mark in marks]
    assert paper.places(offsets) == [1, 2, 3]
    assert paper.places([0, len(paper.text)]) == [1, 3]


def test_an_empty_page_counts() -> None:
    lines = wrapped(CLEAN, 80)
    paper = read(pdf([column(lines, 50, 700), [], column(["Here at last.", *lines], 50, 700)]))
    assert paper.places([paper.text.index("Here at last")]) == [3]


def test_text_that_is_turned_is_left_out() -> None:
    buffer = io.BytesIO()
    made = Canvas(buffer, pagesize=(600, 800), invariant=1)
    for left, bottom, text in column(wrapped(CLEAN, 80), 80, 700):
        made.drawString(left, bottom, text)
    made.rotate(90)
    made.drawString(200, -30, "preprint of last year")
    made.save()
    assert words(read(buffer.getvalue()).text) == words(CLEAN)


@pytest.mark.parametrize("number", ["12", "- 12 -", "Page 3 of 9", "xii", "p. 7", "3 | 9", "[4]"])
def test_a_page_number_that_stands_alone_is_left_out(number: str) -> None:
    for height in (30, 770):
        page = [(290, height, number), *column(wrapped(CLEAN, 80), 50, 700)]
        assert words(read(pdf([page])).text) == words(CLEAN)


def test_titles() -> None:
    lines = wrapped(CLEAN, 80)
    assert read(pdf([column(lines, 50, 700)], title="Storks in Winter")).title == "Storks in Winter"
    assert read(pdf([column(lines, 50, 700)], title="Microsoft Word - draft3.doc")).title == ""
    assert read_paper("a.md", b"some\n\n# Storks in *winter*\n\ntext").title == "Storks in *winter*"
    assert (
        read_paper("a.html", b"<title>x</title><h1>Storks &amp; <i>winter</i></h1>").title
        == "Storks & winter"
    )
    assert read_paper("a.txt", b"\nStorks in winter\n\nWe saw them.").title == "Storks in winter"


def test_order_needs_no_lines() -> None:
    assert in_reading_order([]) == []
    assert without_furniture([[], []]) == [[], []]


def broken(name: str) -> bytes:
    """PDFs that are none, or no longer."""
    whole = pdf([column(wrapped(CLEAN, 80), 50, 700)] * 3)
    return {
        "empty": b"",
        "no pdf": b"This is no PDF at all.",
        "head alone": b"%PDF-1.7\n",
        "zeros": b"%PDF-1.7\n" + bytes(100_000),
        "half": whole[: len(whole) // 2],
        "noise": bytes((byte * 7 + at) % 256 for at, byte in enumerate(whole)),
        "scanned": pdf([[], []]),
        "one word": pdf([[(50, 700, "Figure")]]),
    }[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty", "empty"),
        ("no pdf", "no PDF"),
        ("head alone", "damaged"),
        ("zeros", "damaged"),
        ("noise", "no PDF"),
        ("scanned", "OCR"),
        ("one word", "OCR"),
    ],
)
def test_what_is_no_paper_is_told_in_one_line(name: str, said: str) -> None:
    with pytest.raises(FileError, match=said) as caught:
        read(broken(name))
    assert "\n" not in str(caught.value)


def test_a_truncated_file_is_read_as_far_as_it_goes_or_refused() -> None:
    whole = pdf([column(wrapped(CLEAN, 80), 50, 700)] * 3)
    told = []
    for share in range(1, 20):
        try:
            read(whole[: len(whole) * share // 20])
        except FileError as error:
            told.append(str(error))
    assert told
    assert "\n" not in "".join(told)


def test_an_encrypted_file_says_so() -> None:
    lock = StandardEncryption("secret", ownerPassword="owner", canPrint=0)
    with pytest.raises(FileError, match="encrypted"):
        read(pdf([column(wrapped(CLEAN, 80), 50, 700)], encrypt=lock))


def made_by_hand(*objects: str, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from one, with a right table of their places."""
    out = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = len(out)
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}trailer\n"
    return out + f"{end}<</Size {len(objects) + 1}/Root {root} 0 R>>\nstartxref\n{table}\n%%EOF\n".encode()


HOSTILE = {
    "pages that are not there": made_by_hand(
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", "<</Type/Page/Parent 2 0 R>>"
    ),
    "pages within themselves": made_by_hand("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"),
    "a form that draws itself": made_by_hand(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
        "<</Length 5>>\nstream\n/F Do\nendstream",
        "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>/Length 5>>\nstream\n/F Do\nendstream",
    ),
    "an object that is itself": made_by_hand("2 0 R", "1 0 R"),
    "arrays in arrays": made_by_hand("<</Type/Catalog/Pages 2 0 R>>", "[" * 20_000 + "]" * 20_000),
    "a script": made_by_hand(
        "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while(1);)>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/AA<</O<</S/JavaScript/JS(while(1);)>>>>>>",
    ),
}  # fmt: skip


def test_a_file_without_a_page_that_can_be_read_is_damaged() -> None:
    with pytest.raises(FileError, match="damaged"):
        read(made_by_hand("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[7 0 R]/Count 1>>"))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_neither_crash_nor_hang(name: str) -> None:
    with pytest.raises(FileError) as caught:
        read(HOSTILE[name])
    assert "\n" not in str(caught.value)


def test_without_the_extra_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from cleanup.errors import UsageError

    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(UsageError, match=r"despin\[pdf\]"):
        read_paper("paper.pdf", b"%PDF-1.7")
