"""From a document to questions, from questions to margins, from margins to decisions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import own_cache
from lm_samples import FACTS, straightforward_logs, tensors, write_gguf

from cleanup.analysis import Analysis, analyse, load_models
from cleanup.config import Settings
from cleanup.datatypes import Kind
from cleanup.decode import MODEL_ALONE, decide
from cleanup.document import Document
from cleanup.lm.cache import ScoreCache
from cleanup.lm.judge import (
    MOST_UNSUSPECTED,
    WEIGHTS,
    Judge,
    open_readings,
    unsuspected_readings,
    with_margins,
)
from cleanup.lm.margins import HORIZON, Answers
from cleanup.lm.native import NativeModel
from cleanup.lm.readings import WINDOW_LENGTH, Question, Reader, Window, change_of
from cleanup.pipeline import Engine
from cleanup.pool import KEEP, THESAURUS
from cleanup.prior import FEATURES, LEAST_WORDS, estimate
from cleanup.readings import INDEX
from cleanup.verdict import Quotes
from cleanup.verdict import judge as judge_document
from cleanup.weights import load_weights

SPUN = (
    "The federal government said that the brand new legislation would gradual the economic system. "
    "Officers stated they anticipated larger costs for gasoline, and the central financial institution "
    "warned of an increase in rates of interest."
)


def analysis_of(text: str, kind: Kind = Kind.PLAIN) -> Analysis:
    return analyse(Document(text, kind=kind).opened(), (), load_models())


def arc_reading(analysis: Analysis, spun: str, original: str) -> int:
    """The arc that reads the first place of some words as an original."""
    for arc in np.flatnonzero(analysis.arcs.kind != KEEP).tolist():
        span = analysis.span(arc)
        if analysis.document.text[span.start : span.end].lower() == spun and analysis.text(arc) == original:
            return arc
    raise AssertionError(f"no arc reads {spun} as {original}")


def posterior_with(analysis: Analysis, *arcs: int) -> np.ndarray:
    """As if these readings, and no others, were likely."""
    posterior = np.zeros(len(analysis.arcs.start))
    posterior[list(arcs)] = 0.9
    return posterior


class WordModel:
    """A model whose pieces are words, and that likes some of them better than others."""

    digest, start = "words", 0

    def __init__(self, likes: dict[str, float]) -> None:
        self._likes = likes
        self._words = ["<start>"]
        self.reads = 0

    def pieces(self, text: str) -> list[int]:
        found = re.findall(r"\w+|[^\w\s]|\n\n", text)
        self._words += [word for word in dict.fromkeys(found) if word not in self._words]
        return [self._words.index(word) for word in found]

    def _log(self, piece: int) -> float:
        return self._likes.get(self._words[piece], -8.0)

    def read(self, pieces: Sequence[int]) -> Any:
        self.reads += 1
        return type("Read", (), {"logs": np.array([0.0, *(self._log(piece) for piece in pieces[1:])])})

    def follow(self, trunk: Any, branches: Any) -> list[np.ndarray]:
        return [np.array([self._log(piece) for piece in pieces]) for _, pieces in branches]


def test_a_window_reads_as_the_engine_reads_it_and_asks_one_thing_more() -> None:
    analysis = analysis_of(SPUN)
    said, costs = arc_reading(analysis, "stated", "said"), arc_reading(analysis, "costs", "prices")
    (window,) = Reader(analysis, posterior_with(analysis, said)).windows([(said,), (costs,)])
    assert window.text == SPUN.replace("stated", "said")
    assert window.questions[0] == Question((said,), window.text, SPUN)
    assert window.questions[1].with_them == window.text.replace("costs", "prices")
    assert window.questions[1].as_it_stands == window.text


def test_readings_are_written_in_the_letters_of_the_text() -> None:
    analysis = analysis_of("Officers stated it. It was stated again.")
    written = {
        change_of(analysis, arc)[2]
        for arc in np.flatnonzero(analysis.arcs.kind != KEEP).tolist()
        if analysis.text(arc) in ("officials", "said")
    }
    assert written == {"Officials", "said"}


@pytest.mark.parametrize(
    ("kind", "text", "read"),
    [
        (Kind.PLAIN, "Officers  stated\n  it\tat\u00a0last.", "Officers stated it at last."),
        (Kind.PLAIN, "Officers stated *it* &amp; <br>left.", "Officers stated *it* &amp; <br>left."),
        (Kind.HTML, "<p>Officers <b>st</b>ated it &amp; left.</p>", "Officers stated it & left."),
        (Kind.HTML, "<p>Officers stated&nbsp;it<br>on Wall Road.</p>", "Officers stated it on Wall Road."),
        (Kind.HTML, "<p>Officers stated <br/> it.</p>", "Officers stated it."),
        (Kind.HTML, "<p>Officers stated &quot;it&quot; &mdash; others&#8217;.</p>", "Officers stated \"it\" — others’."),
        (Kind.HTML, "<h1>Officers stated</h1><p>They left.</p>", "Officers stated\n\nThey left."),
        (Kind.MARKDOWN, "Officers [stated](http://x.y/z) it.", "Officers stated it."),
        (Kind.MARKDOWN, "Officers stated ![a _map_](m.png), too.", "Officers stated a map, too."),
        (Kind.MARKDOWN, "Officers [![stated](a.png) it](b.md) [then].", "Officers stated it [then]."),
        (Kind.MARKDOWN, "Officers **stated** *it*, 2 * 3 and a_b_c.", "Officers stated it, 2 * 3 and a_b_c."),
        (Kind.MARKDOWN, "* Officers stated\n* They  left", "Officers stated\n\nThey left"),
    ],
)  # fmt: skip
def test_a_model_reads_words_and_not_how_they_are_laid_out(kind: Kind, text: str, read: str) -> None:
    analysis = analysis_of(text, kind)
    said = [
        arc
        for arc in np.flatnonzero(analysis.arcs.kind != KEEP).tolist()
        if analysis.text(arc) == "officials"
    ]
    (window,) = Reader(analysis, posterior_with(analysis)).windows([(said[0],)])
    assert window.text.strip() == read


def test_a_long_text_is_read_in_windows_of_bounded_size_and_nothing_is_left_unasked() -> None:
    text = "\n\n".join([SPUN * 20, SPUN, "stated " * 600, SPUN * 3])
    analysis = analysis_of(text)
    asked = [(arc,) for arc in np.flatnonzero(analysis.arcs.kind != KEEP).tolist()]
    windows = list(Reader(analysis, posterior_with(analysis)).windows(asked))
    assert max(len(window.text) for window in windows) <= WINDOW_LENGTH + 2
    answered = [question.arcs for window in windows for question in window.questions]
    assert sorted(answered) == sorted(asked)


def test_a_reading_across_the_border_of_two_windows_is_asked_about_in_both() -> None:
    text = "financial institution " * 80
    analysis = analysis_of(text)
    border = text.rfind(" ", 1, WINDOW_LENGTH) + 1
    across = [
        (arc,)
        for arc in np.flatnonzero(analysis.arcs.kind != KEEP).tolist()
        if analysis.span(arc).start < border < analysis.span(arc).end
    ]
    assert across
    (window,) = Reader(analysis, posterior_with(analysis)).windows(across)
    assert window.text == text.strip()
    assert [question.arcs for question in window.questions] == across


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> NativeModel:
    return NativeModel(write_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf", tensors(), FACTS))


def total_log(model: NativeModel, text: str, pieces: int | None = None) -> float:
    return float(straightforward_logs(tensors(), [model.start, *model.pieces(text)][:pieces]).sum())


def test_a_margin_is_the_difference_of_two_texts(tiny: NativeModel) -> None:
    texts = "the cat in it", "the other cat in it", "a cat in it"
    questions = (
        Question((1,), texts[1], texts[0]),
        Question((2,), texts[2], texts[0]),
        Question((3,), texts[0], texts[2]),
        Question((4,), "the cat in a house", "a cat in it"),  # they leave the window at different places
    )
    margins = Answers(tiny, ScoreCache()).margins(Window(texts[0], questions))
    for question in questions:
        wanted = total_log(tiny, question.with_them) - total_log(tiny, question.as_it_stands)
        assert margins[question.arcs] == pytest.approx(wanted, abs=0.006)
        assert margins[question.arcs] == round(margins[question.arcs], 2)  # no more than computers agree on


def test_what_stands_far_behind_a_reading_does_not_count(tiny: NativeModel) -> None:
    tail = " xyz" * 30
    question = Question((1,), "the cog" + tail, "the cat" + tail)
    margins = Answers(tiny, ScoreCache()).margins(Window(question.as_it_stands, (question,)))
    seen = 1 + len(tiny.pieces("the cog")) + HORIZON
    wanted = total_log(tiny, question.with_them, seen) - total_log(tiny, question.as_it_stands, seen)
    assert margins[1,] == pytest.approx(wanted, abs=0.006)


def test_the_surprise_of_a_word_is_that_of_its_own_pieces(tiny: NativeModel) -> None:
    """Also behind an empty line, whose pieces depend on what comes behind it, and behind a mark."""
    text = 'the cat\n\nit "the other" cat'
    words = tuple((at, found.start(), found.end()) for at, found in enumerate(re.finditer(r"\w+", text)))
    surprises = Answers(tiny, ScoreCache()).surprises(Window(text, (), words))
    pieces = [tiny.start, *tiny.pieces(text)]
    logs = straightforward_logs(tensors(), pieces)
    names = list(tiny._bpe.numbers)
    spelled = [names[piece].replace("\u0120", " ").replace("\u010a", "\n") for piece in pieces]
    ends = np.cumsum([0, *map(len, spelled[1:])])
    for place, start, end in words:
        blank = text[start - 1 : start] == " "
        first = next(at for at in range(1, len(pieces)) if ends[at] > start - blank)
        last = next(at for at in range(1, len(pieces)) if ends[at] == end)
        assert surprises[place] == pytest.approx(-logs[first : last + 1].sum(), abs=0.006), text[start:end]


def test_scores_are_kept_between_runs_and_change_nothing(tmp_path: Path) -> None:
    window = Window("He stated it", (Question((1,), "He said it", "He stated it"),))
    margins = []
    reads = []
    for _ in range(2):
        model, cache = WordModel({"said": -1.0}), ScoreCache(tmp_path / "lm" / "scores.sqlite")
        margins.append(Answers(model, cache).margins(window))
        reads.append(model.reads)
        cache.close()
    assert margins == [{(1,): 7.0}] * 2
    assert reads == [1, 0]


def test_the_oldest_scores_go_when_the_file_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanup.lm.cache.MOST_KEPT", 2)
    clock = iter(range(10))
    monkeypatch.setattr("cleanup.lm.cache.time.time", lambda: next(clock))
    path = tmp_path / "scores.sqlite"
    first = ScoreCache(path)
    for key in ("c", "a", "b"):
        first.put(key, [1.0])
    second = ScoreCache(path)
    assert [second.get(key, 1) for key in ("c", "a", "b")] == [None, [1.0], [1.0]]
    first.close()
    second.close()


@pytest.mark.parametrize("damage", ["noise", "directory"])
def test_a_cache_that_cannot_be_used_is_only_slower(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "scores.sqlite"
    path.mkdir() if damage == "directory" else path.write_bytes(b"no database" * 999)
    cache = ScoreCache(path)
    window = Window("He stated it", (Question((1,), "He said it", "He stated it"),))
    assert Answers(WordModel({"said": -1.0}), cache).margins(window) == {(1,): 7.0}
    cache.close()


def test_progress_is_told_from_nothing_to_all() -> None:
    analysis = analysis_of("\n\n".join([SPUN * 4] * 3))
    told: list[tuple[int, int]] = []
    judge = Judge(WordModel({}), analysis.models.weights, ScoreCache(), lambda *row: told.append(row))
    judge.heard(analysis, analysis.paths.sums(analysis.arc_scores, analysis.edge_scores).arcs)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(done < total for done, total in told[:-1])
    assert len(told) > 3


def test_a_surprising_word_is_read_as_what_the_tables_think_little_of() -> None:
    """*Gradual* for *slow* is so unlikely to the tables that no question would be asked."""
    analysis = analysis_of(SPUN)
    slow = arc_reading(analysis, "gradual", "slow")
    posterior = posterior_with(analysis)
    posterior[slow] = 1e-5
    judge = Judge(WordModel({"gradual": -15.0, "slow": -2.0}), analysis.models.weights, ScoreCache())
    said = arc_reading(analysis, "stated", "said")
    posterior[said] = 0.1
    heard = judge.heard(analysis, posterior)
    (found,) = (arc for arc in heard.of_model if heard.text(arc) == "slow")
    assert heard.arcs.features[found, INDEX["language model"]] > 10
    assert arc_reading(heard, "stated", "said") not in heard.of_model


@pytest.mark.parametrize(("surprise", "asked"), [(8.9, 0), (9.0, MOST_UNSUSPECTED)])
def test_so_many_readings_of_a_riddle_are_asked_about(surprise: float, asked: int) -> None:
    analysis = analysis_of(SPUN)
    place = int(analysis.arcs.start[arc_reading(analysis, "gradual", "slow")])
    posterior = np.linspace(1e-4, 1e-3, len(analysis.arcs.start))
    found = unsuspected_readings(analysis, posterior, {place: surprise}, {})
    assert len(found) == asked == len(set(found))
    assert {int(analysis.arcs.start[arc]) for arc in found} <= {place}
    others = set(np.flatnonzero((analysis.arcs.start == place) & (analysis.arcs.kind == THESAURUS)).tolist())
    assert all(posterior[arc] > posterior[other] for arc in found for other in others - set(found))
    # A phrase that the model likes, and that the word is part of, has solved the riddle.
    liked = int(np.flatnonzero(analysis.arcs.start == place)[0])
    assert not unsuspected_readings(analysis, posterior, {place: surprise}, {(liked,): 0.1})


def test_what_the_model_alone_has_found_is_no_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SPUN + " They fight arranged crime at the White Home and on Wall Road, officers stated." * 3
    analysis = analysis_of(text)
    verdict = replace(judge_document(analysis, Quotes.AUTO), scores=np.ones(9))
    slow = arc_reading(analysis, "gradual", "slow")
    features = analysis.arcs.features.copy()
    features[slow, INDEX["own first"]] = 20.0
    analysis = replace(analysis, arcs=replace(analysis.arcs, features=features))
    confidences = []
    for of_model in (frozenset(), frozenset([slow])):
        found = decide(replace(analysis, of_model=of_model), verdict, 0.0)
        confidences += [item.confidence for _, item in found if item.text == "gradual"]
    assert confidences[0] > Settings().edit_threshold > confidences[1] == MODEL_ALONE


def test_readings_that_nobody_asked_about_are_out_of_the_question() -> None:
    analysis = analysis_of(SPUN)
    said = arc_reading(analysis, "stated", "said")
    heard = with_margins(analysis, {(said,): 99.0}, analysis.models.weights)
    assert np.count_nonzero(heard.arcs.kind != KEEP) == 1
    assert (heard.arcs.kind == KEEP).sum() == len(analysis.stream.numbers)
    (left,) = np.flatnonzero(heard.arcs.kind != KEEP)
    assert heard.text(left) == "said"
    assert 0 < heard.arcs.features[left, INDEX["language model"]] < 99
    sums = heard.paths.sums(heard.arc_scores, heard.edge_scores)
    covered = sums.arcs[left] + sums.arcs[heard.arcs.start[left]]
    assert covered == pytest.approx(1.0)


def test_the_model_decides_between_readings() -> None:
    analysis = analysis_of(SPUN)
    sums = analysis.paths.sums(analysis.arc_scores, analysis.edge_scores)
    asked = open_readings(analysis, sums.arcs)
    said = arc_reading(analysis, "stated", "said")
    assert said in asked
    weights = load_models().weights
    arcs = {**weights.arcs, "language model": 0.5}
    judge = Judge(
        WordModel({"said": -1.0, "stated": -12.0}),
        type(weights)(**{**_fields(weights), "arcs": arcs}),
        ScoreCache(),
    )
    heard = judge.heard(analysis, sums.arcs)
    before, after = (
        item.paths.sums(item.arc_scores, item.edge_scores).arcs[arc_reading(item, "stated", "said")]
        for item in (analysis, heard)
    )
    assert after > before


class FollowingModel(WordModel):
    """A model that likes some words only behind others."""

    def __init__(self, likes: dict[str, float], behind: dict[str, str]) -> None:
        super().__init__(likes)
        self._behind = behind

    def _logs(self, before: Sequence[int], pieces: Sequence[int]) -> np.ndarray:
        words = [self._words[piece] for piece in (*before, *pieces)]
        logs = []
        for at, piece in enumerate(pieces, len(before)):
            wanted = self._behind.get(words[at], words[at])
            logs.append(self._log(piece) if wanted in words[: at + 1] else -8.0)
        return np.array(logs)

    def read(self, pieces: Sequence[int]) -> Any:
        logs = np.concatenate([[0.0], self._logs(pieces[:1], pieces[1:])])
        return type("Read", (), {"logs": logs, "pieces": pieces})

    def follow(self, trunk: Any, branches: Any) -> list[np.ndarray]:
        return [self._logs(trunk.pieces[:leave], pieces) for leave, pieces in branches]


def test_what_is_still_open_is_asked_again_among_neighbours_as_the_model_left_them() -> None:
    analysis = analysis_of(SPUN)
    model = FollowingModel({"said": -2.0, "prices": -2.0}, {"prices": "Officials"})
    judge = Judge(model, analysis.models.weights, ScoreCache())

    def named(item: Analysis, **chances: float) -> np.ndarray:
        posterior = np.zeros(len(item.arcs.start))
        for spun, chance in chances.items():
            posterior[arc_reading(item, spun, READ[spun])] = chance
        return posterior

    def margins(item: Analysis) -> list[float]:
        column = item.arcs.features[:, INDEX["language model"]]
        return [float(column[arc_reading(item, spun, original)]) for spun, original in READ.items()]

    first = judge.heard(analysis, named(analysis, officers=0.2, stated=0.3, costs=0.3))
    assert margins(first) == [0.0, 6.0, 0.0]
    second = judge.heard_again(first, named(first, officers=0.99, stated=0.01, costs=0.3))
    assert margins(second) == [0.0, 6.0, 6.0]
    assert second.models.weights is first.models.weights
    asked = len(analysis.arcs.start)
    assert len(second.arcs.start) == len(first.arcs.start) < asked
    # What is decided is not asked again, whatever the neighbours are.
    third = judge.heard_again(first, named(first, officers=0.99, stated=0.99, costs=0.01))
    assert margins(third) == margins(first)


READ = {"officers": "officials", "stated": "said", "costs": "prices"}


def test_the_engine_asks_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only becomes likely beside a repaired neighbour is repaired as well."""
    text = SPUN + " They fight arranged crime at the White Home and on Wall Road, officers stated."
    path = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)

    def repaired() -> str:
        engine = Engine(Settings(lm=True, lm_model=str(path)))
        likes = dict.fromkeys(("expected", "prices"), -1.0)
        model = FollowingModel(likes, {"prices": "expected"})
        vars(engine)["language_judge"] = Judge(model, load_weights(WEIGHTS), ScoreCache())
        return engine.fix(text).after

    assert "expected larger prices" in repaired()
    monkeypatch.setattr(Judge, "heard_again", lambda self, analysis, posterior: analysis)
    assert "expected larger costs" in repaired()


def _fields(weights: Any) -> dict[str, Any]:
    return {name: getattr(weights, name) for name in weights.__dataclass_fields__}


def test_the_engine_hears_a_model_and_comes_to_the_same_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEANUP_CACHE_DIR", own_cache(tmp_path / "cache"))
    path = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    settings = Settings(lm=True, lm_model=str(path), min_confidence=0.05)
    text = (SPUN + " They fight arranged crime at the White Home and on Wall Road. ") * 3
    first = Engine(settings).fix(text)
    assert any(item.kind == "model" for finding in first.findings for item in finding.evidence)
    assert (tmp_path / "cache" / "lm" / "scores.sqlite").exists()
    assert Engine(settings).fix(text) == first
    assert Engine(settings).fix(first.after).edits == ()


def test_a_clean_text_asks_nothing(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    engine = Engine(Settings(lm=True, lm_model=str(path)))
    assert engine.fix("The mayor opened the new bridge on Monday and thanked the engineers. " * 4).edits == ()
    assert "language_judge" not in vars(engine)


def test_only_sections_where_a_spinner_may_have_been_are_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spun section in the middle of clean ones: the model reads the one and not the others."""
    monkeypatch.setenv("CLEANUP_CACHE_DIR", own_cache(tmp_path / "cache"))
    path = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    engine = Engine(Settings(lm=True, lm_model=str(path)))
    read: list[str] = []
    answers = engine.language_judge._answers
    margins = answers.margins
    monkeypatch.setattr(answers, "margins", lambda window: read.append(window.text) or margins(window))
    clean = "The mayor opened the new bridge on Monday and thanked the engineers. " * 20
    engine.fix("\n\n".join([clean, SPUN * 3 + " They fight arranged crime at the White Home.", clean]))
    assert read
    assert all("arranged crime" in text or "organized crime" in text for text in read)


def test_what_the_model_prefers_by_far_is_evidence_of_a_spinner() -> None:
    """A nat or two are no evidence: of many an honest word a model prefers a synonym by as much."""
    analysis = analysis_of(SPUN)
    said, slow = arc_reading(analysis, "stated", "said"), arc_reading(analysis, "gradual", "slow")
    found = []
    for margins in ({}, {(said,): 3.0}, {(said,): 9.0}, {(said,): 9.0, (slow,): 9.0}):
        heard = with_margins(analysis, margins, analysis.models.weights)
        sections = estimate(heard)
        found.append(sections.rows[0, FEATURES.index("language model")] * LEAST_WORDS)
    assert found == pytest.approx([0.0, 0.0, 5.0, 10.0])
