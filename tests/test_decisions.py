"""Decisions belong to words and their context, and outlive whatever happens elsewhere."""

from __future__ import annotations

import contextlib
import json
import textwrap
import time
from pathlib import Path

import pytest
from conftest import Cli
from hypothesis import given
from hypothesis import strategies as st
from test_laws import documents

from cleanup.config import Settings
from cleanup.datatypes import Decision, Kind, Ruling
from cleanup.decisions import Decisions, Words, anchored, load_decisions
from cleanup.decisions.places import Side, neighbour, read_context, write_context
from cleanup.decisions.written import read_decisions, write_decisions
from cleanup.document import Document
from cleanup.errors import ConfigError
from cleanup.pipeline import Engine

ROOT = Path(__file__).parent.parent
BAD = "They fight arranged crime in all of the towns.\n"
GOOD = "They fight organized crime in all of the towns.\n"
REJECT = Decision(Ruling.REJECT, "arranged crime", "", "they fight", "in all of")
ARTICLE = (ROOT / "samples" / "article.txt").read_text(encoding="utf-8")


def engine_of(*decisions: Decision, **settings: object) -> Engine:
    engine = Engine(Settings(**settings))  # type: ignore[arg-type]
    engine.decisions = Decisions("decisions.toml", decisions)
    return engine


def accept(text: str, replacement: str, before: str = "they fight", after: str = "in all of") -> Decision:
    return Decision(Ruling.ACCEPT, text, replacement, before, after)


# where a decision applies


@pytest.mark.parametrize(
    "text",
    [
        BAD,
        BAD.upper(),
        "They fight  arranged\ncrime\tin\nall of the towns.\n",
        "They fight arranged crime, in “all of” the towns.\n",
        "A plain line.\n\nAnother one. " + BAD + "And one more.\n",
        "- They fight arranged crime in all of the towns.\n- Another item.\n",
        "They fight `code` arranged crime in all of the towns.\n",
    ],
    ids=["as it was", "capitals", "re-wrapped", "signs", "moved", "in a list", "code between"],
)
@pytest.mark.parametrize("ruling", [Ruling.REJECT, Ruling.BASELINE])
def test_what_is_rejected_stays_wherever_its_words_and_context_stand(text: str, ruling: Ruling) -> None:
    engine = engine_of(Decision(ruling, "arranged crime", "", "they fight", "in all of"))
    result = engine.fix(text, kind=Kind.MARKDOWN)
    assert result.after == text
    assert result.findings == ()
    assert [item.decision.text for item in result.decided] == ["arranged crime"]


@pytest.mark.parametrize(
    "text",
    [
        "They fight arranged crime in some of the towns.\n",
        "We fight arranged crime in all of the towns.\n",
        "They really fight arranged crime at all of the towns.\n",
        "They fight arranged crime",
    ],
)
def test_the_same_words_in_another_context_are_repaired(engine: Engine, text: str) -> None:
    assert engine_of(REJECT).fix(text).after == engine.fix(text).after != text


def test_a_decision_that_holds_anywhere_needs_no_context() -> None:
    engine = engine_of(Decision(Ruling.REJECT, "arranged crime", anywhere=True))
    assert engine.fix("We saw arranged crime. " + BAD).edits == ()


def test_a_short_context_asks_for_the_ends_of_its_block() -> None:
    text = "# Arranged crime\n\nWe saw arranged crime in the city.\n"
    engine = engine_of(Decision(Ruling.ACCEPT, "arranged crime", "gangs"))
    assert engine.fix(text, kind=Kind.MARKDOWN).after == text.replace("Arranged crime", "Gangs")


def test_an_article_goes_with_the_words_and_not_with_the_context(engine: Engine) -> None:
    text = "They said that they were an arranged crime family, and that was all.\n"
    for words in ("an arranged crime", "arranged crime"):
        decision = Decision(Ruling.REJECT, words, "", "that they were", "family and that")
        assert engine_of(decision).fix(text).after == text


# accepted changes


def test_an_accepted_change_is_made_with_its_replacement_however_sure_the_engine_is() -> None:
    text = "They saw the lamp in all of the towns.\n"
    decision = accept("the lamp", "a lantern", "they saw", "in all of")
    result = engine_of(decision, min_confidence=1.0, edit_threshold=1.0).fix(text)
    assert result.after == "They saw a lantern in all of the towns.\n"
    assert [item.kind for item in result.edits[0].evidence][-1] == "decision"
    assert engine_of(accept("arranged crime", "the Mafia")).fix(BAD).after == BAD.replace(
        "arranged crime", "the Mafia"
    )


def test_an_accepted_change_keeps_line_breaks_and_capitals() -> None:
    engine = engine_of(accept("arranged crime", "gang crime"))
    assert (
        engine.fix("They fight arranged\r\ncrime in all of it").after
        == "They fight gang\r\ncrime in all of it"
    )
    assert engine.fix(BAD.upper()).after == BAD.upper().replace("ARRANGED", "GANG")
    start = engine_of(Decision(Ruling.ACCEPT, "arranged crime", "gang crime", "", "is what they fight"))
    assert start.fix("Arranged crime is what they fight.").after == "Gang crime is what they fight."


def test_an_accepted_deletion_takes_its_blank_along() -> None:
    engine = engine_of(accept("arranged crime", ""))
    result = engine.fix(BAD)
    assert result.after == "They fight in all of the towns.\n"
    again = engine.fix(result.after)
    assert again.after == result.after
    assert again.decided, "the decision is of use still"


def test_an_accepted_replacement_is_settled_and_not_repaired_again() -> None:
    decision = accept("organised crime", "arranged crime")
    text = BAD.replace("arranged", "organised")
    engine = engine_of(decision)
    assert engine.fix(text).after == BAD
    result = engine.fix(BAD)
    assert (result.after, result.findings) == (BAD, ())
    assert [item.decision for item in result.decided] == [decision]


def test_a_replacement_that_holds_its_text_is_made_once() -> None:
    engine = engine_of(Decision(Ruling.ACCEPT, "crime", "knife crime", anywhere=True))
    once = engine.fix("They talk about crime here.").after
    assert once == "They talk about knife crime here."
    assert engine.fix(once).after == once


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("They fight “arranged crime” in all of the towns.", Kind.PLAIN),
        ("They fight `arranged crime` in all of the towns.", Kind.MARKDOWN),
        ("<p>They fight <code>arranged crime</code> in all of the towns.</p>", Kind.HTML),
        ("They fight arranged `x` crime in all of the towns.", Kind.MARKDOWN),
        ("[cleanup: off]\n" + BAD + "[cleanup: on]\n", Kind.PLAIN),
    ],
)
def test_nothing_accepted_touches_what_is_protected_or_silenced(text: str, kind: Kind) -> None:
    assert engine_of(accept("arranged crime", "gangs")).fix(text, kind=kind).after == text


def test_quoted_speech_is_open_to_what_was_accepted_where_it_is_open_to_repair() -> None:
    text = "“They fight arranged crime in all of the towns,” he said."
    engine = engine_of(accept("arranged crime", "gangs"), quotes="repair")
    assert "gangs" in engine.fix(text).after
    text = text.replace("arranged", "arranged `x`")
    assert engine.fix(text).after == text


def test_a_rejection_wins_over_an_acceptance_of_the_same_place() -> None:
    assert engine_of(REJECT, accept("arranged crime", "gangs")).fix(BAD).after == BAD


def test_a_quick_look_makes_what_was_accepted_where_no_rule_fires() -> None:
    engine = Engine(quick=True)
    engine.decisions = Decisions("", [accept("the lamp", "a lantern", "they saw", "in all of")])
    assert "lantern" in engine.fix("They saw the lamp in all of the towns.\n").after


def test_what_was_rejected_stays_when_a_repair_changes_its_context() -> None:
    text = "The White Home will fight arranged crime in all of the towns.\n"
    decision = Decision(Ruling.REJECT, "arranged crime", "", "home will fight", "in all of")
    result = engine_of(decision).fix(text)
    assert result.after == text.replace("Home", "House")


# laws


@st.composite
def ruled_documents(draw: st.DrawFn) -> tuple[str, list[Decision]]:
    """A document and decisions about the changes that the engine finds in it, as a review makes them."""
    text = draw(documents)
    found = SURE.find(text)
    words = Words(Document(text))
    neighbours = [item for edit in found.edits if (item := neighbour(words, edit.span, edit.after))]
    decisions = []
    for edit in found.edits:
        ruling = draw(st.sampled_from([None, *Ruling]))
        place = words.place(edit.span)
        if ruling and place:
            before, after = anchored(words, place, neighbours)
            span = words.span(place.first, place.end)
            plain = " ".join(text[span.start : span.end].split())
            decisions.append(Decision(ruling, plain, " ".join(edit.after.split()), before, after))
    # What reads the same is decided about once: a review sees to that.
    once = {(item.text.lower(), item.before, item.after): item for item in decisions}
    return text, list(once.values())


SURE = Engine(Settings(edit_threshold=0.0))
RULED = Engine()


@given(ruled_documents())
def test_fixing_twice_is_fixing_once_whatever_was_decided(ruled: tuple[str, list[Decision]]) -> None:
    text, decisions = ruled
    RULED.decisions = Decisions("", decisions)
    once = RULED.fix(text)
    assert RULED.fix(once.after).after == once.after


@given(ruled_documents())
def test_what_is_rejected_is_in_no_edit_and_what_is_accepted_is_made(
    ruled: tuple[str, list[Decision]],
) -> None:
    text, decisions = ruled
    RULED.decisions = Decisions("", decisions)
    result = RULED.find(text)
    places = {item.span: item.decision for item in result.decided}
    assert set(places.values()) == set(decisions)
    kept = [span for span, decision in places.items() if decision.ruling is not Ruling.ACCEPT]
    assert not any(span.overlaps(finding.span) for span in kept for finding in result.findings)
    at = 0
    for edit in result.edits:
        assert at <= edit.span.start <= edit.span.end
        at = edit.span.end
    made = {edit.span.end - len(edit.before) + len(edit.before.rstrip()) for edit in result.edits}
    for span, decision in places.items():
        if decision.ruling is Ruling.ACCEPT and decision.replacement.lower() != decision.text.lower():
            assert span.end in made


@pytest.mark.parametrize("width", [30, 72, 100_000])
def test_decisions_about_the_article_outlive_rewrapping_and_moved_paragraphs(width: int) -> None:
    found = SURE.find(ARTICLE)
    words = Words(Document(ARTICLE))
    decisions = []
    for edit in found.edits:
        place = words.place(edit.span)
        assert place
        before, after = anchored(words, place)
        decisions.append(Decision(Ruling.REJECT, edit.before, "", before, after))
    paragraphs = [textwrap.fill(part, width) for part in ARTICLE.split("\n\n")]
    text = "\n\n".join(reversed(paragraphs))
    engine = engine_of(*decisions)
    assert len(decisions) > 50
    assert {item.decision for item in engine.find(text).decided} == set(decisions)
    # The order of paragraphs is evidence, too: nothing that was rejected comes back all the same.
    assert not {" ".join(edit.before.split()) for edit in engine.fix(text).edits} & {
        " ".join(decision.text.split()) for decision in decisions if len(decision.text) > 20
    }


def test_contexts_are_read_as_they_were_written() -> None:
    for context in ("", "the bank's own", "{safety settlement|security agreement} to fight", "{a|} b"):
        assert write_context(read_context(context)) == context


def test_a_decision_outlives_the_repair_of_its_neighbours() -> None:
    text = "The safety settlement will combat arranged crime in all of the towns.\n"
    words = Words(Document(text))
    start = text.index("safety")
    from cleanup.datatypes import Span

    beside = neighbour(words, Span(start, start + len("safety settlement")), "security agreement")
    assert beside
    place = words.place(Span(text.index("arranged"), text.index(" in all")))
    assert place
    before, after = anchored(words, place, [beside])
    assert before == "{safety settlement|security agreement} will combat"
    decision = Decision(Ruling.REJECT, "arranged crime", "", before, after)
    assert Side.both(decision)[0].slots[2] == (("settlement", "safety"), ("agreement", "security"))
    for variant in (text, text.replace("safety settlement", "security agreement")):
        assert engine_of(decision).find(variant).decided


# the file


def test_the_file_is_sorted_stable_and_read_back() -> None:
    decisions = [
        Decision(Ruling.REJECT, "b", path="z.txt"),
        accept("a\\ “c” \x7f x", ""),
        Decision(Ruling.BASELINE, "é", path="a.txt", rule="law/x"),
        Decision(Ruling.REJECT, "b", anywhere=True),
    ]
    data = write_decisions([*decisions, *decisions])
    assert data == write_decisions(decisions[::-1])
    assert set(read_decisions(data, "d.toml")) == set(decisions)
    assert data.startswith(b"# What was decided")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[broken", "not valid TOML"),
        (b"\xff", "not UTF-8"),
        (b"", "version must be 1"),
        (b"version = 2", "version must be 1, not 2"),
        (b"version = true", "version must be 1"),
        (b"version = 1\nother = 2", "unknown key 'other'"),
        (b"version = 1\ndecision = 3", "[[decision]]"),
        (b"version = 1\ndecision = [3]", "decision 1: must be a table"),
        (b"version = 1\n[[decision]]\nverdict = 'no'", "decision 1: verdict: must be one of accept, reject"),
        (b"version = 1\n[[decision]]\nverdict = 'reject'", "decision 1: text"),
        (b"version = 1\n[[decision]]\nverdict = 'accept'\ntext = 'a'", "replacement: is missing"),
        (b"version = 1\n[[decision]]\nline = 3", "unknown key 'line'"),
        (b"version = 1\n[[decision]]\nanywhere = 'yes'", "anywhere: must be true or false"),
        (b"version = 1\n[[decision]]\ntext = 3", "text: must be a string"),
        (b"x = " + b"[" * 20_000, "not valid TOML"),
        (b"{", "not valid JSON"),
        (b'{"format": "other"}', "holds no decisions"),
        (b'{"format": "cleanup-decisions", "version": 3}', "version must be 1, not 3"),
        (b'{"format": "cleanup-decisions", "version": 1, "files": [3]}', "file 1: path"),
        (
            b'{"format":"cleanup-decisions","version":1,"files":[{"path":"a","decisions":[{"verdict":"x"}]}]}',
            "file 1: decision 1: verdict",
        ),
    ],
)
def test_a_damaged_file_is_one_clear_line_and_status_2(cli: Cli, data: bytes, words: str) -> None:
    Path("a.txt").write_text(BAD)
    Path("d.toml").write_bytes(data)
    for command in ("fix", "check"):
        run = cli(command, "a.txt", "--decisions", "d.toml")
        assert (run.status, run.err.count("\n")) == (2, 1)
        assert "d.toml" in run.err
        assert words in run.err
    assert not Path("a.fixed.txt").exists()


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: f"version = 1\n{text}".encode()))
def test_no_bytes_make_the_reader_fail(data: bytes) -> None:
    with contextlib.suppress(ConfigError):
        read_decisions(data, "d.toml")


# the commands


def store(*decisions: Decision, name: str = ".cleanup-decisions.toml") -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(write_decisions(decisions))


def test_check_fix_and_batch_honour_the_nearest_file(cli: Cli) -> None:
    Path("d").mkdir()
    Path("d/a.txt").write_text(BAD)
    store(REJECT, name="d/.cleanup-decisions.toml")
    store(name=".cleanup-decisions.toml")
    assert cli("check", "d/a.txt").status == 0
    assert cli("fix", "--in-place", "d/a.txt").status == 0
    assert cli("batch", "d", "out").status == 0
    assert Path("d/a.txt").read_text() == Path("out/a.txt").read_text() == BAD
    store(accept("arranged crime", "gangs"), name="d/.cleanup-decisions.toml")
    assert cli("batch", "d", "out", "--force").status == 0
    assert "gangs" in Path("out/a.txt").read_text()
    assert cli("check", "d/a.txt").status == 1


def test_a_setting_and_an_option_name_another_file(cli: Cli) -> None:
    Path("d").mkdir()
    Path("d/a.txt").write_text(BAD)
    store(REJECT, name="d/mine.toml")
    assert cli("check", "d/a.txt").status == 1
    assert cli("check", "d/a.txt", "--decisions", "d/mine.toml").status == 0
    Path("d/.cleanup.toml").write_text('decisions = "mine.toml"\n')
    assert cli("check", "d/a.txt").status == 0
    run = cli("check", "d/a.txt", "d/a.txt", "--decisions", "none.toml")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "none.toml" in run.err


def test_an_unused_decision_is_told_only_when_its_file_was_read(cli: Cli) -> None:
    Path("a.txt").write_text("A plain line that nobody has touched at all.\n")
    Path("b.txt").write_text("Another plain line that nobody has touched.\n")
    store(Decision(Ruling.REJECT, "arranged crime", path="a.txt"))
    run = cli("check", "a.txt", "b.txt")
    assert run.err.count("\n") == 1
    assert "a.txt: unused decision: reject “arranged crime”" in run.err
    assert cli("check", "b.txt").err == ""
    assert cli("check", "./a.txt", "--quiet").err == ""
    Path("b.txt").write_text("# Arranged crime\n")
    assert cli("check", "a.txt", "b.txt").err == "", "the words have moved to another file"


def test_a_renamed_file_keeps_its_decisions(cli: Cli) -> None:
    store(Decision(Ruling.REJECT, "arranged crime", "", "they fight", "in all of", path="old.txt"))
    Path("new.txt").write_text(BAD)
    assert cli("check", "new.txt").status == 0


def test_explain_says_what_was_decided(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    store(REJECT)
    assert "decided: reject “arranged crime”" in cli("explain", "a.txt:1").out.decode()


# what the page exports


def export(text: str, *decisions: dict[str, object]) -> str:
    entries = [
        {
            "start": text.index(str(item["text"])),
            "end": text.index(str(item["text"])) + len(str(item["text"])),
            "rule": "law/organized-crime",
            "before": text[: text.index(str(item["text"]))][-60:],
            "after": text[text.index(str(item["text"])) + len(str(item["text"])) :][:60],
            **item,
        }
        for item in decisions
    ]
    head = {"format": "cleanup-decisions", "version": 1, "tool": {"name": "cleanup", "version": "0"}}
    files = [{"path": "a.txt", "sha256_before": "", "decisions": entries}]
    return json.dumps({**head, "files": files})


@pytest.mark.parametrize(
    ("decision", "after"),
    [
        ({"verdict": "reject", "text": "arranged crime"}, BAD),
        ({"verdict": "edit", "text": "arranged crime", "replacement": "gangs"}, BAD.replace("arranged crime", "gangs")),
        ({"verdict": "accept", "text": "arranged crime", "replacement": "organized crime"}, GOOD),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lead", ["", "A line that has come in front meanwhile.\n\n"])
def test_fix_applies_an_export(cli: Cli, decision: dict[str, object], after: str, lead: str) -> None:
    Path("a.txt").write_text(lead + BAD)
    Path("e.json").write_text(export(BAD, decision))
    run = cli("fix", "a.txt", "--decisions", "e.json")
    assert (run.status, run.err) == (0, "")
    assert Path("a.fixed.txt").read_text() == lead + after


def test_an_exported_decision_that_fits_nowhere_is_told(cli: Cli) -> None:
    Path("a.txt").write_text("They fight arranged crime in none of the villages.\n")
    Path("e.json").write_text(export(BAD, {"verdict": "reject", "text": "arranged crime"}))
    run = cli("fix", "a.txt", "--decisions", "e.json")
    assert "unused decision" in run.err
    assert "organized" in Path("a.fixed.txt").read_text()


def test_load_tells_the_two_kinds_apart(tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(write_decisions([REJECT]))
    (tmp_path / "e").write_text(export(BAD, {"verdict": "reject", "text": "arranged crime"}))
    assert load_decisions(str(tmp_path / "d")).entries == (REJECT,)
    (exported,) = load_decisions(str(tmp_path / "e")).entries
    assert (exported.ruling, exported.text, exported.path) == (Ruling.REJECT, "arranged crime", "a.txt")


# what anybody may have written


@pytest.mark.parametrize("before", ["{}" * 3000, "{|}" * 60, "zz " + "{|}" * 60, "{they|they}" * 40])
def test_a_context_of_many_readings_takes_no_time_and_no_stack(before: str) -> None:
    decision = Decision(Ruling.REJECT, "arranged crime", "", before, "in all of")
    text = f"{'they ' * 30}arranged crime in all of it.\n"
    assert Decisions("decisions.toml", [decision]).hits(Document(text)) == []


def test_bytes_that_are_no_text_are_left_out_of_the_file() -> None:
    decision = Decision(Ruling.ACCEPT, "arranged\udc80 crime", "organized\ud800 crime", path="\udcff.txt")
    (read,) = read_decisions(write_decisions([decision]), "decisions.toml")
    assert (read.text, read.replacement, read.path) == ("arranged crime", "organized crime", ".txt")


def test_ten_thousand_decisions_are_found_in_one_reading() -> None:
    around = [(f"w{at} in the", f"of town n{at}") for at in range(10_000)]
    text = " ".join(f"{before} arranged crime {after}." for before, after in around)
    document = Document(text)
    rulings = (Ruling.BASELINE, Ruling.ACCEPT)
    for ruling in rulings:  # the second looks for the place of what was deleted, too
        entries = [Decision(ruling, "arranged crime", "", *words) for words in around]
        begin = time.process_time()
        hits = Decisions("decisions.toml", entries).hits(document)
        assert time.process_time() - begin < 30  # compared one by one: many minutes
        assert [hit.decision for hit in hits] == entries


def test_one_case_in_many_documents_is_looked_for_once() -> None:
    entries = [Decision(Ruling.REJECT, "arranged crime", "", "they fight", "in all of", path=f"{at}.txt")
               for at in range(10_000)]  # fmt: skip
    begin = time.process_time()
    hits = Decisions("decisions.toml", entries).hits(Document(BAD * 200))
    assert time.process_time() - begin < 15
    assert [hit.decision for hit in hits] == [entries[0]] * 200


def test_ten_thousand_exported_decisions_are_found_in_a_text_that_was_wrapped_anew(tmp_path: Path) -> None:
    pieces = [f"In city {at} they fight arranged crime in all of town n{at}.\n" for at in range(10_000)]
    text, place, entries = "".join(pieces), 0, []
    for piece in pieces:
        start = place + piece.index("arranged")
        end, place = start + len("arranged crime"), place + len(piece)
        entries.append({"verdict": "reject", "text": text[start:end], "start": start, "end": end,
                        "before": text[max(0, start - 60) : start], "after": text[end : end + 60]})  # fmt: skip
    page = {"format": "cleanup-decisions", "version": 1, "files": [{"path": "a.txt", "decisions": entries}]}
    (tmp_path / "e.json").write_text(json.dumps(page))
    decisions = load_decisions(str(tmp_path / "e.json"))
    begin = time.process_time()
    hits = decisions.hits(Document(text.replace("they ", "they\n")))
    assert time.process_time() - begin < 60  # each looked for by itself: half an hour
    assert len(hits) == len(pieces)
