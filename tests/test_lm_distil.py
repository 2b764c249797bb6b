"""What the model found in a corpus, written down for the engine that goes without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT, Cli, Outcome
from lm_samples import FACTS, tensors, write_gguf
from test_lm_judge import SPUN as HEAVILY_SPUN
from test_lm_judge import WordModel

from cleanup.config import Settings
from cleanup.datatypes import Candidate, Finding, Result, Severity, Span, SpinScore
from cleanup.growing.distil import Harvest, is_ours, lexicon
from cleanup.lm.cache import ScoreCache
from cleanup.lm.judge import WEIGHTS, Judge
from cleanup.pipeline import Engine
from cleanup.weights import load_weights

GERMAN = "Der Bürgermeister hat die neue Brücke am Montag eröffnet und den Ingenieuren gedankt. " * 3
SPUN = "They fight arranged crime at the White Home and on Wall Road, officers stated. "


def finding(spun: str, original: str, confidence: float, rule: str = "") -> Finding:
    candidate = Candidate(original, -1.0, 2.5, 0.0, "thesaurus", 4.0)
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
    (tmp_path / "distilled.tsv").write_bytes(lexicon(list(harvest.proposals()), "a test"))
    outcome = cli("rules", "lint", "--rules", "distilled.tsv")
    assert outcome.status == 0, outcome.out.decode() + outcome.err
    assert (tmp_path / "distilled.tsv").read_text(encoding="utf-8").count(
        "2 places, mean margin +4.0 nats"
    ) == 3


def test_the_margin_of_a_pair_is_what_the_model_said() -> None:
    engine = Engine(Settings(lm=True, lm_model="in/place-of-it", min_confidence=0.01))
    # What it likes by far speaks for a spinner.
    sure = dict.fromkeys(("said", "slow", "law", "officials", "expected", "bank"), 0.0)
    model = WordModel({"prices": -1.0, "costs": -4.0, **sure})
    engine.__dict__["language_judge"] = Judge(model, load_weights(WEIGHTS), ScoreCache())
    harvest = Harvest()
    harvest.add(engine.find(f"{HEAVILY_SPUN} {SPUN}" * 3))
    margins = {(item.spun, item.original): item.margin for item in harvest.proposals()}
    assert margins["economic system", "economy"] == pytest.approx(8.0)  # one word less, of eight nats each
    assert margins["costs", "prices"] == pytest.approx(3.0)
    rows = lexicon(list(harvest.proposals()), "a test").decode()
    assert re.search(r"^costs\tprices\t0\.\d+\t3 places, mean margin \+3\.0 nats$", rows, re.M)


def test_a_lexicon_is_known_as_long_as_nobody_edits_it() -> None:
    harvest = Harvest()
    harvest.add(result(finding("stated", "said", 0.9), finding("stated", "said", 0.8)))
    data = lexicon(list(harvest.proposals()), "a test")
    assert is_ours(data)
    changed = [
        data.replace(b"said", b"told"),
        data + b"# mine\n",
        data.replace(b"a test", b"mine"),
        b"",
        b"\xff",
    ]
    assert not any(map(is_ours, changed))


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


# What is there already


@pytest.fixture
def place(cli: Cli, tmp_path: Path) -> Path:
    """A directory with a tiny model, a corpus, and what was distilled from it: a lexicon and a field."""
    write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    (tmp_path / "corpus").mkdir()
    article = (ROOT / "samples" / "article.txt").read_text(encoding="utf-8")
    (tmp_path / "corpus" / "0.txt").write_text(f"{article}\n{article}", encoding="utf-8")
    assert distil(cli, "corpus").status == 0
    return tmp_path


def distil(cli: Cli, *arguments: str, output: str = "out") -> Outcome:
    return cli("lm", "distil", *arguments, "--lm-model", "tiny.gguf", "-o", output)


def files_in(directory: Path) -> dict[str, bytes]:
    found = {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }
    return dict(sorted(found.items()))


@pytest.mark.parametrize("corpus", ["nosuch", "empty", "binary.txt", "german.txt", "blank.txt"])
def test_a_corpus_without_a_text_writes_nothing(corpus: str, place: Path, cli: Cli) -> None:
    (place / "empty").mkdir()
    (place / "binary.txt").write_bytes(b"\0\1\2" * 99)
    (place / "german.txt").write_text(GERMAN, encoding="utf-8")
    (place / "blank.txt").write_text(" \n")
    before = files_in(place)
    for output in ("out", "other"):
        outcome = distil(cli, corpus, "-q", output=output)
        assert outcome.status == 2
        assert len(outcome.err.splitlines()) == 1, outcome.err
        assert outcome.err.startswith("cleanup: error: ")
        assert outcome.out == b""
    assert files_in(place) == before
    assert not (place / "other").exists()


def test_a_lexicon_that_was_edited_is_not_written_over(place: Path, cli: Cli) -> None:
    path = place / "out" / "distilled.tsv"
    path.write_bytes(path.read_bytes() + b"stated\tsaid\t0.9\n")
    before = files_in(place / "out")
    outcome = distil(cli, "corpus")
    assert (outcome.status, len(outcome.err.splitlines())) == (2, 1)
    assert "distilled.tsv was changed" in outcome.err
    assert files_in(place / "out") == before
    assert distil(cli, "corpus", "--force").status == 0
    assert is_ours(path.read_bytes())
    assert distil(cli, "corpus").status == 0


def test_the_help_says_that_force_costs_what_was_edited(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    lines = cli("lm", "distil", "--help").out.decode().splitlines()
    (force,) = [line for line in lines if "--force" in line]
    assert "over a lexicon that was edited" in force


@pytest.mark.parametrize("name", ["distilled.tsv", "field"])
def test_what_stands_in_the_way_is_told_before_the_corpus_is_read(name: str, place: Path, cli: Cli) -> None:
    (place / "other").mkdir()
    (place / "other" / name).mkdir() if name == "distilled.tsv" else (place / "other" / name).write_text(
        "mine"
    )
    outcome = distil(cli, "corpus", "--force", output="other")
    assert (outcome.status, len(outcome.err.splitlines())) == (2, 1)
    assert name in outcome.err
    assert len(list((place / "other").iterdir())) == 1


def test_a_field_of_another_corpus_does_not_stay_beside_a_new_lexicon(place: Path, cli: Cli) -> None:
    (place / "one.txt").write_text(SPUN, encoding="utf-8")
    outcome = distil(cli, "one.txt")
    assert outcome.status == 0
    assert "no field is written" in outcome.err
    assert "out/field is removed" in outcome.err
    assert list(files_in(place / "out")) == ["distilled.tsv"]


def test_a_field_that_holds_something_else_stays_and_is_told(place: Path, cli: Cli) -> None:
    (place / "one.txt").write_text(SPUN, encoding="utf-8")
    (place / "out" / "field" / "mine.txt").write_text("mine")
    before = files_in(place / "out" / "field")
    outcome = distil(cli, "one.txt", "--force")
    assert outcome.status == 0
    assert "out/field is left as it is" in outcome.err
    assert files_in(place / "out" / "field") == before


def test_settings_that_cannot_be_used_are_no_small_corpus(place: Path, cli: Cli) -> None:
    (place / "corpus" / ".cleanup.toml").write_text('select = ["thesaurus/x"]\n', encoding="utf-8")
    before = files_in(place)
    outcome = distil(cli, "corpus")
    assert outcome.status == 2
    assert "no field" not in outcome.err
    assert "thesaurus/x" in outcome.err
    assert files_in(place) == before


def test_nothing_is_learned_from_what_train_refuses_nor_from_its_own_output(place: Path, cli: Cli) -> None:
    wanted = files_in(place / "out")
    corpus = place / "corpus"
    (corpus / "german.txt").write_text(GERMAN * 50, encoding="utf-8")
    for _ in range(2):
        outcome = distil(cli, "corpus", "--include", "*.tsv", output="corpus/out")
        assert outcome.status == 0, outcome.err
        assert "german.txt: skipped: the text is not English" in outcome.err
        assert files_in(corpus / "out") == wanted
    assert "corpus/out/field/words.txt: skipped" in outcome.err
    assert "corpus/out/distilled.tsv: skipped" in outcome.err
