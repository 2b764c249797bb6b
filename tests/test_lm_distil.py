"""What the model found in a corpus, written down for the engine that goes without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, Cli
from lm_samples import FACTS, tensors, write_gguf

from cleanup.datatypes import Candidate, Finding, Result, Severity, Span, SpinScore
from cleanup.growing.distil import Harvest, lexicon

SPUN = "They fight arranged crime at the White Home and on Wall Road, officers stated. "


def finding(spun: str, original: str, confidence: float, rule: str = "") -> Finding:
    candidate = Candidate(original, -1.0, 4.0, 0.0, "thesaurus")
    name = rule or f"thesaurus/{spun}"
    return Finding(Span(0, len(spun)), spun, name, Severity.ERROR, "", (candidate,), confidence)


def result(*findings: Finding, score: float = 0.99) -> Result:
    return Result("x", "", "", (), findings, SpinScore(score, 0.3))


def proposals(*results: Result) -> dict[tuple[str, str], float]:
    harvest = Harvest()
    for item in results:
        harvest.add(item)
    return {(item.spun, item.original): round(item.weight, 3) for item in harvest.proposals()}


def test_a_pair_weighs_what_was_believed_of_it_wherever_its_form_was_suspected() -> None:
    found = proposals(
        result(finding("Stated", "said", 0.9), finding("stated", "said", 0.8)),
        result(finding("stated", "declared", 0.4), finding("stated", "said", 0.7)),
    )
    assert found == {("stated", "said"): 0.6}


@pytest.mark.parametrize(
    ("why", "findings", "score"),
    [
        ("seen once", [finding("stated", "said", 0.9)], 0.9),
        ("not believed", [finding("stated", "said", 0.2)] * 3, 0.9),
        ("in a clean document", [finding("stated", "said", 0.9)] * 3, 0.1),
        ("known to a rule", [finding("stated", "said", 0.9, "news/stated")] * 3, 0.9),
        ("more than words", [finding("it's", "it is", 0.9)] * 3, 0.9),
    ],
)
def test_what_is_not_proposed(why: str, findings: list[Finding], score: float) -> None:
    assert proposals(result(*findings, score=score)) == {}


def test_no_original_is_the_spun_form_of_another_pair() -> None:
    pairs = [finding("costs", "prices", 0.9)] * 4 + [finding("prices", "costs", 0.8)] * 2
    assert proposals(result(*pairs)) == {("costs", "prices"): 0.9}


def test_the_lexicon_is_one_that_the_linter_takes(cli: Cli, tmp_path: Path) -> None:
    harvest = Harvest()
    pairs = [("quick turtle", "short turtle"), ("zzzq", "house"), ("Gradual Xyz", "Slow Xyz")]
    harvest.add(result(*(finding(spun, original, 0.9) for spun, original in pairs for _ in range(2))))
    (tmp_path / "distilled.tsv").write_text(lexicon(harvest, "a test"), encoding="utf-8")
    outcome = cli("rules", "lint", "--rules", "distilled.tsv")
    assert outcome.status == 0, outcome.out.decode() + outcome.err
    assert (tmp_path / "distilled.tsv").read_text(encoding="utf-8").count(
        "2 places, mean margin +4.0 nats"
    ) == 3


def test_the_command_writes_a_lexicon_and_a_field_that_the_engine_takes(cli: Cli, tmp_path: Path) -> None:
    write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    article = (ROOT / "samples" / "article.txt").read_text(encoding="utf-8")
    for at in range(2):
        (corpus / f"{at}.txt").write_text(article, encoding="utf-8")
    outcome = cli("lm", "distil", "corpus", "--lm-model", "tiny.gguf", "-o", "out")
    assert outcome.status == 0, outcome.err
    assert b"2 spun of 2 documents" in outcome.out
    assert (
        (tmp_path / "out" / "distilled.tsv")
        .read_text(encoding="utf-8")
        .startswith("# source: cleanup lm distil")
    )
    used = cli("fix", "--rules", "out", "--field", "out/field", "-", "--quiet", stdin=SPUN.encode())
    assert used.status == 0, used.err
    assert cli("lm", "distil", "corpus", "--lm-model", "tiny.gguf", "-o", "out").status == 0
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    assert cli("lm", "distil", "corpus", "--lm-model", "tiny.gguf", "-o", "out").status == 2


def test_a_corpus_too_small_for_a_field_still_gives_a_lexicon(cli: Cli, tmp_path: Path) -> None:
    write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    (tmp_path / "one.txt").write_text(SPUN, encoding="utf-8")
    outcome = cli("lm", "distil", "one.txt", "--lm-model", "tiny.gguf", "-o", "out")
    assert outcome.status == 0
    assert "no field is written" in outcome.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["distilled.tsv"]
