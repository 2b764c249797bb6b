"""References, citations, quotations and addresses are not counted, in whatever layout they come."""

from __future__ import annotations

import time

import pytest
from paper_samples import CLEAN

from cleanup.datatypes import Kind
from cleanup.document import Document
from cleanup.screening.apparatus import apparatus, reference_sections

NAMED = """\
Ames, B. and Chu, D. (2019). Storks and dumps. Journal of Birds 12(3), 4-19.
Eke, F. (2020). Tags that tell where a bird is. doi:10.1000/182.
"""
NUMBERED = """\
[1] B. Ames and D. Chu, "Storks and dumps," J. Birds, vol. 12, no. 3, pp. 4-19, 2019.
[2] F. Eke. Tags that tell where a bird is. 2020.
[3] G. Hill, Birds that stay. Oxford: Nest, 2018.
"""

HEADINGS = """
References
REFERENCES
Reference
Reference List
References:
References and Notes
References and further reading
References & Footnotes
Literature
Literature Cited
Cited Literature
Cited References
Works Cited
WORKS CITED
Bibliography
Selected Bibliography
Bibliographic References
Bibliographical References
List of References
Sources
Sources Cited
Further Reading
Notes and References
Citations
7. References
7 References
7. REFERENCES
VII. References
Section 7 References
A. Bibliography
R E F E R E N C E S
[References]
*References*
""".strip().splitlines()


def left(text: str, kind: Kind = Kind.PLAIN) -> str:
    """What of a text is not in its lists of references."""
    for span in reversed(reference_sections(Document(text, kind=kind))):
        text = text[: span.start] + text[span.end :]
    return text


@pytest.mark.parametrize("entries", [NAMED, NUMBERED], ids=["named", "numbered"])
@pytest.mark.parametrize("heading", HEADINGS)
def test_headings(heading: str, entries: str) -> None:
    assert left(f"{CLEAN}\n\n{heading}\n\n{entries}").strip() == CLEAN
    assert left(f"{CLEAN}\n{heading}\n{entries}").strip() == CLEAN


@pytest.mark.parametrize(
    "heading", ["## References", "**References**", "References\n==========", "### 7. Literature Cited"]
)
def test_headings_in_markdown(heading: str) -> None:
    assert (
        left(f"# Storks\n\n{CLEAN}\n\n{heading}\n\n{NUMBERED}", Kind.MARKDOWN)
        .strip()
        .endswith("the older ones.")
    )


@pytest.mark.parametrize("tag", ["h1", "h2", "p", "div"])
def test_headings_in_html(tag: str) -> None:
    items = "".join(f"<li>{entry}</li>" for entry in NAMED.splitlines())
    page = f"<p>{CLEAN}</p><{tag}><b>References</b></{tag}><ol>{items}</ol>"
    assert "Ames" not in left(page, Kind.HTML)
    assert CLEAN in left(page, Kind.HTML)


@pytest.mark.parametrize(
    "entries",
    [
        "1. Ames B, Chu D. Storks and dumps. J Birds. 2019;12(3):4-19.\n2. Eke F. Tags. 2020.\n",
        "(1) Ames, B.; Chu, D. J. Birds 2019, 12, 4-19.\n(2) Eke, F. Tags; Nest: Oxford, 2020.\n",
        "1) Ames B., Chu D. Storks. 2019. P. 4-19.\n2) Eke F. Tags. 2020.\n",
        "[Ames19] B. Ames. Storks and dumps. 2019.\n[Eke20] F. Eke. Tags. 2020.\n",
        "Ames, B., & Chu, D. (2019). Storks and dumps. Journal of Birds, 12(3), 4–19.\n    https://doi.org/10.1000/182\n",
        "Ames, Bea, and Dai Chu. “Storks and Dumps.” Journal of Birds 12, no. 3 (2019): 4–19.\n",
        "AMES, B. Storks and dumps. Oxford: Nest, 2019.\n\nEKE, F. Tags. Oxford: Nest, 2020.\n",
        "Ames B, Chu D (2019) Storks and dumps. J Birds 12:4–19\nEke F (2020) Tags. Nest, Oxford\n",
        "B. Ames et al., Nature 12, 4 (2019).\nF. Eke, Nature 13, 5 (2020).\n",
        "- Ames, B. 2019. Storks and dumps.\n- Eke, F. 2020. Tags.\n",
    ],
)
def test_styles_of_entries(entries: str) -> None:
    assert left(f"{CLEAN}\n\nReferences\n\n{entries}").strip() == CLEAN


@pytest.mark.parametrize(
    "heading",
    [
        "Appendix", "Appendix A", "Appendix A: More storks", "APPENDIX", "A. Appendix", "Appendices", "Annex 1",
        "Supplementary Material", "Supplementary information", "Supporting Information", "Acknowledgements",
        "Acknowledgments", "Author contributions", "Conflict of interest", "Competing interests", "Funding",
        "Data availability", "Declarations", "Additional figures", "B Proofs", "5. Discussion", "Methods",
    ],
)  # fmt: skip
def test_what_follows_the_references_is_read_again(heading: str) -> None:
    text = left(f"{CLEAN}\n\nReferences\n\n{NUMBERED}\n{heading}\n\nMore was found in spring.\n")
    assert text.startswith(CLEAN)
    assert text.strip().endswith("More was found in spring.")
    assert "Ames" not in text


def test_a_second_list_behind_an_appendix_is_left_out_too() -> None:
    text = left(f"{CLEAN}\n\nReferences\n\n{NAMED}\nAppendix\n\nMore storks.\n\nReferences\n\n{NUMBERED}")
    assert "Ames" not in text
    assert "More storks." in text


def test_long_prose_behind_the_references_is_read_again() -> None:
    text = left(f"{CLEAN}\n\nReferences\n\n{NUMBERED}\n{CLEAN}\n")
    assert text.count("forty ringed storks") == 2


def test_a_title_that_begins_like_a_section_is_no_section() -> None:
    entries = "Ames, B. (2019). Tagging storks.\nMethods and cases, chapter 12, pages 4-19. 2019.\nEke, F. (2020). Tags.\n"
    assert "Eke" not in left(f"{CLEAN}\n\nReferences\n\n{entries}")


def test_a_numbered_list_without_a_heading() -> None:
    entries = "".join(f"[{at}] A. Ames, Storks of year {at}, J. Birds, {2000 + at}.\n" for at in range(1, 9))
    assert left(f"{CLEAN}\n\n{entries}").strip() == CLEAN


@pytest.mark.parametrize(
    "text",
    [
        f"{CLEAN}\n\nReferences to storks are old. {CLEAN}\n",
        f"Contents\n\n1 Introduction 1\n2 Methods 3\nReferences 12\n\n{CLEAN}\n",
        f"Sources\n\n{CLEAN}\n\n{CLEAN}\n",
        f"{CLEAN}\n\n1. Take a stork.\n2. Weigh it.\n3. Ring it.\n4. Let it go.\n5. Wait.\n6. Weigh it again.\n",
        "The term was in use before.\n\nLiterature\n\nThe literature on storks is large, and most of it is wrong.\n",
    ],
)
def test_what_is_no_list_of_references_stays(text: str) -> None:
    assert left(text) == text


@pytest.mark.parametrize(
    "cited",
    [
        "[12]", "[1, 2]", "[3-5]", "[3–5, 9]", "[1; 2]", "[12, p. 40]", "(Ames, 2019)", "(Ames and Chu, 2019)",
        "(Ames & Chu 2019; Eke 2020)", "(Ames et al., 2019)", "(see, e.g., Ames et al. 2019a, b)",
        "(Ames, Chu, and Eke 2019, Section 2.1)", "[Ames et al., 2019]", "(Ames, in press)", "Ames (2019)",
        "Ames and Chu (2019)", "Ames et al. (2019)", "10.1000/xyz123", "doi:10.1000/182", "arXiv:1901.00001",
        "https://example.org/a/b", "“profound learning”", '"profound learning"', "‘profound learning’",
        "``profound learning''", "PMID: 123456",
    ],
)  # fmt: skip
def test_citations_quotations_and_addresses(cited: str) -> None:
    text = f"Storks were weighed in spring {cited} and again later."
    spans = apparatus(Document(text))
    start, end = text.index(cited), text.index(cited) + len(cited)
    assert any(span.start <= start + 1 and span.end >= end - 1 for span in spans), [
        text[s.start : s.end] for s in spans
    ]
    assert all(not span.start < text.index("and again") < span.end for span in spans)


@pytest.mark.parametrize(
    "prose",
    [
        "(which was warm)",
        "(in the winter of 2019)",
        "the storks’ and the townspeople’s",
        "(see Section 2)",
        "(n = 40)",
    ],
)
def test_other_brackets_are_prose(prose: str) -> None:
    text = f"Storks were weighed in spring {prose} and again later."
    assert apparatus(Document(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "A" * 300_000,
        "[1] " * 50_000,
        "Ames et al " * 30_000,
        "References\n" * 20_000,
        "1" * 300_000,
        "‘a" * 50_000,
    ],
    ids=lambda text: text[:10],
)
def test_hostile_text_takes_no_long_time(text: str) -> None:
    spans = apparatus(Document(text))
    assert spans == sorted(spans)


@pytest.mark.parametrize(
    "text",
    [
        "References\n\n" + "A." * 100_000 + "\n",
        "References" + " " * 40_000 + "x\n",
        f"So it was ({'Xand' * 40}X).\n",
    ],
    ids=["initials", "blanks", "names"],
)
def test_no_text_makes_the_search_for_references_slow(text: str) -> None:
    begin = time.process_time()
    apparatus(Document(text))
    assert time.process_time() - begin < 10  # a minute, or for ever, where each part is tried anew
