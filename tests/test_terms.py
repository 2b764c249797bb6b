"""Fixed terms are recognised by what is written for their words, and are left alone where they stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cleanup import analysis
from cleanup.config import Settings
from cleanup.document import Document
from cleanup.errors import RuleError, UsageError
from cleanup.pipeline import Engine
from cleanup.rulebook.reader import read_packs
from cleanup.terms import TermFinder, load_terms
from cleanup.terms.index import compile_terms
from cleanup.terms.reader import parse_lists, term_tokens

PACKS = sorted(pack.name for pack in read_packs())
HEAD = b"# source: this test\n# licence: MIT\n"
TERMS = [
    "neural network", "convolutional neural network", "k-nearest neighbors", "Kalman filter", "data mining",
    "hybrid model", "risk management", "market competition", "market rivalry",
]  # fmt: skip
WORDS = [
    ("brain", "neural", 0), ("organization", "network", 0), ("closest", "nearest", 0),
    ("half and half", "hybrid", 0), ("the executives", "management", 0), ("channel", "filter", 1),
    ("convolutionary", "convolutional", 0), ("system", "network", 4),
]  # fmt: skip


@pytest.fixture(scope="module")
def finder() -> TermFinder:
    models = analysis.load_models()
    return TermFinder(compile_terms(TERMS, WORDS), models.thesaurus, models.table.numbers)


def found(finder: TermFinder, text: str) -> list[tuple[str, str]]:
    return [
        (text[match.span.start : match.span.end], match.form.originals[0])
        for match in finder.find(Document(text))
    ]


@pytest.mark.parametrize(
    ("text", "spun", "term"),
    [
        ("They trained a brain organization.", "brain organization", "neural network"),
        ("Two brain organizations were trained.", "brain organizations", "neural networks"),
        ("The K-Closest Neighbors method.", "K-Closest Neighbors", "k-nearest neighbors"),
        ("A k closest neighbors method.", "k closest neighbors", "k-nearest neighbors"),
        ("The kalman channel drifts.", "kalman channel", "Kalman filter"),
        ("A half and half model won.", "half and half model", "hybrid model"),
        ("On risk the executives agree.", "risk the executives", "risk management"),
        ("They use information mining.", "information mining", "data mining"),  # from the thesaurus
        ("A brain\norganization broken over a line.", "brain\norganization", "neural network"),
    ],
)
def test_a_term_is_found_by_the_words_written_for_its_words(
    finder: TermFinder, text: str, spun: str, term: str
) -> None:
    assert (spun, term) in found(finder, text)


def test_the_longer_term_is_found_beside_the_shorter(finder: TermFinder) -> None:
    text = "A convolutionary brain organization."
    assert found(finder, text) == [
        ("convolutionary brain organization", "convolutional neural network"),
        ("brain organization", "neural network"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "They trained a neural network.",
        "The brain, organization and all.",  # a comma between the words
        "The brain. Organization matters.",
        "The brain (organization) model.",
        "The market rivalry and the market competition.",  # each is a term as it stands
        "",
    ],
)
def test_what_is_a_term_or_no_phrase_is_left_alone(finder: TermFinder, text: str) -> None:
    assert found(finder, text) == []


def test_the_readier_form_costs_less(finder: TermFinder) -> None:
    costs = {
        match.form.spun: -match.rule.log_channels[0]
        for match in finder.find(Document("brain organization or brain system"))
    }
    assert costs["brain organization"] < costs["brain system"]


def test_hyphens_count_as_spaces_in_a_term() -> None:
    assert (
        term_tokens("X-ray  diffraction") == term_tokens("x ray diffraction") == ("x", "ray", "diffraction")
    )


def test_lists_inflect_nouns_and_verbs_on_both_sides() -> None:
    lists = parse_lists(
        [("words/a.tsv", HEAD + b"network\tn\torganization; web\ntrain\tv\tprepare\ndeep\ta\tprofound\n")]
    )
    pairs = {(spun, original) for spun, original, _ in lists.words}
    assert {
        ("organization", "network"),
        ("organizations", "networks"),
        ("webs", "networks"),
        ("prepared", "trained"),
        ("preparing", "training"),
        ("profound", "deep"),
    } <= pairs
    assert ("profounds", "deeps") not in pairs


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("terms/a.txt", HEAD + b"network\n", "a term is two words or more"),
        ("terms/a.txt", b"# source: x\nneural network\n", "'# licence:'"),
        ("terms/a.txt", b"\xff", "not UTF-8"),
        ("words/a.tsv", HEAD + b"network organization\n", "separated by"),
        ("words/a.tsv", HEAD + b"network\tq\torganization\n", "part of speech"),
    ],
)
def test_malformed_lists_are_refused_with_place_and_remedy(name: str, data: bytes, words: str) -> None:
    with pytest.raises(RuleError, match=words) as caught:
        parse_lists([(name, data)])
    assert str(caught.value).startswith(f"{name}:")


def test_a_users_own_terms_are_read_beside_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "terms").mkdir()
    (tmp_path / "words").mkdir()
    (tmp_path / "terms" / "own.txt").write_bytes(HEAD + b"quarry ledger\n")
    (tmp_path / "words" / "own.tsv").write_bytes(HEAD + b"quarry\tn\tzzpit\n")
    index = load_terms([tmp_path])
    assert "quarry ledger" in index.terms
    assert index.originals("zzpit") == [("quarry", 0.0)]
    assert list(load_terms([tmp_path]).terms) == list(index.terms)  # from the cache
    (tmp_path / "terms" / "own.txt").write_bytes(HEAD + b"quarry book\n")
    assert "quarry ledger" not in load_terms([tmp_path]).terms


def test_the_built_in_lists_hold_thousands_of_terms() -> None:
    assert len(load_terms().terms) > 20_000


SENTENCE = "We discuss the role of rock markets in detail in the next section."


@pytest.fixture
def own_rules(tmp_path: Path) -> tuple[str, ...]:
    for name, text in (("terms/own.txt", b"stone market\n"), ("words/own.tsv", b"stone\tn\trock\n")):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(HEAD + text)
    return (str(tmp_path),)


def test_terms_report_under_a_name_that_can_be_ignored(own_rules: tuple[str, ...]) -> None:
    settings = Settings(rules=own_rules, min_confidence=0)
    findings = Engine(settings).find(SENTENCE).unfixed
    (finding,) = [finding for finding in findings if finding.text == "rock markets"]
    assert (finding.rule_id, finding.candidates[0].text) == ("terms/stone-markets", "stone markets")
    assert finding.candidates[0].origin == "term"
    for without in (
        replace(settings, ignore=("terms",)),
        replace(settings, select=("thesaurus",)),
        replace(settings, without=("terms",)),
    ):
        assert not any(
            finding.rule_id.startswith("terms/") for finding in Engine(without).find(SENTENCE).unfixed
        )


def test_a_single_term_cannot_be_switched_and_the_message_says_what_can() -> None:
    with pytest.raises(UsageError, match="terms as a whole"):
        Engine(Settings(ignore=("terms/neural-network",)))


def test_a_users_malformed_list_is_refused_before_the_first_document(tmp_path: Path) -> None:
    (tmp_path / "terms").mkdir()
    (tmp_path / "terms" / "own.txt").write_bytes(HEAD + b"visual c++\n")
    with pytest.raises(RuleError, match="words and hyphens alone"):
        Engine(Settings(rules=(str(tmp_path),)))


def test_terms_are_no_evidence_for_a_spinner_nor_against_one() -> None:
    text = "The brain organization and the arbitrary woodland learn from the training information."
    scores = [Engine(Settings(ignore=(*PACKS, *more))).find(text).spin.score for more in ((), ("terms",))]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)


def test_a_term_alone_never_changes_an_honest_text(own_rules: tuple[str, ...]) -> None:
    assert Engine(Settings(rules=own_rules)).fix(SENTENCE).edits == ()
