"""What the growing commands write is taken by the book, spares what is read, and fails on one line."""

from __future__ import annotations

import json
import os
import time
import tomllib
from pathlib import Path

import pytest
from conftest import Cli

from cleanup.datatypes import Severity
from cleanup.growing.align import Channel, align_sentences, align_texts
from cleanup.growing.learn import Context, Substitution, accepted
from cleanup.growing.measure import Measure
from cleanup.growing.suggest import Suggestion, write_drafts
from cleanup.pipeline import Engine
from cleanup.rulebook.lint import find_problems
from cleanup.rulebook.reader import parse_packs, read_packs
from cleanup.rulebook.writing import Draft, pack_head

LEXICON = "# source: here\n# licence: MIT\n"
NEW = ("rules", "new", "marble spoon", "granite ladle", "--pack", "kitchen")
PAIR = {"spun": "The council mentioned it.", "original": "The council said it."}


def one_line(run: object, *words: str) -> None:
    """The command failed with one line that holds the words."""
    assert (run.status, len(run.err.splitlines())) == (2, 1), run.err  # type: ignore[attr-defined]
    for word in words:
        assert word in run.err  # type: ignore[attr-defined]


# --- the lexicon ---


def test_a_lexicon_may_share_a_form_with_another_file_and_not_with_itself() -> None:
    twice = parse_packs([(f"{name}.tsv", f"{LEXICON}zz form\tword\t0.5\n".encode()) for name in "ab"])
    assert find_problems(twice) == []
    own = parse_packs([("a.tsv", f"{LEXICON}zz form\tword\t0.5\nZZ form\tword\t0.5\n".encode())])
    assert any("claimed by" in problem.message for problem in find_problems(own))


def test_a_rule_may_not_hide_behind_a_lexicon_that_is_read_before_it() -> None:
    rule = pack_head("t", "s", "l", waives_examples=True) + Draft("a", ["zz form"], ["word"]).text()
    files = [("a.tsv", f"{LEXICON}zz form\tword\t0.5\n".encode()), ("b.toml", rule.encode())]
    assert [problem.rule_id for problem in find_problems(parse_packs(files))] == ["b/a"]
    assert find_problems(parse_packs(files[::-1])) == []


def test_every_form_of_a_lexicon_has_a_name_of_its_own() -> None:
    rows = "".join(
        f"{form}\tword\t0.5\n" for form in ("log in", "log-in", "log in 2", "log+in", "слово", "日本")
    )
    (pack,) = parse_packs([("a.tsv", (LEXICON + rows).encode())])
    assert [rule.name for rule in pack.rules] == [
        "log-in",
        "log-in-2",
        "log-in-2-2",
        "log-in-3",
        "form",
        "form-2",
    ]


def test_what_was_learned_is_taken_by_the_book_beside_the_built_in_lexicons(cli: Cli) -> None:
    sentences = (
        "She was treated for {} in the spring.", "Early signs of {} are often missed.",
        "The clinic studies {} in young women.", "Her aunt died of {} last year.",
    )  # fmt: skip
    rows = [
        {"spun": text.format("bosom peril"), "original": text.format("breast cancer")} for text in sentences
    ]
    Path("pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run = cli("rules", "learn", "pairs.jsonl", "-o", "l2.tsv")
    assert run.status == 0, run.err
    assert "\nbosom\tbreast\t" in Path("l2.tsv").read_text(encoding="utf-8")
    Path("doc.txt").write_text("A plain line.\n", encoding="utf-8")
    check = cli("check", "doc.txt", "--rules", "l2.tsv")
    assert check.status == 0, check.err


def test_what_the_book_would_refuse_is_left_out_of_a_lexicon() -> None:
    context = [Context(("the",), ("of",))]
    good = Substitution("zzgood", "word", 3, 3, 3, 9.0, 1.0, context)
    packs = read_packs()
    rule = next(
        rule
        for pack in packs
        for rule in pack.rules
        if rule.severity is Severity.ERROR and not (rule.when or rule.unless or rule.match_case)
    )
    chained = Substitution("zzbad", f"the {rule.spun[0]}", 3, 3, 3, 9.0, 1.0, context)
    kept, refused = accepted([good, chained], packs, "own")
    assert kept == [good]
    assert [(item.spun, "changed again" in reason) for item, reason in refused] == [("zzbad", True)]


# --- new ---


def test_new_refuses_a_rule_that_makes_others_wrong(cli: Cli) -> None:
    run = cli("rules", "new", "press conference", "news meeting", "--pack", "mine")
    one_line(run, "not written: with it, ", "changed again by mine/")
    assert not Path("rules").exists()


def test_new_is_not_stopped_by_what_was_wrong_before(cli: Cli) -> None:
    Path("rules").mkdir()
    Path("rules/odd.toml").write_text(
        pack_head("Odd", "me", "MIT") + Draft("a", ["zz form"], ["word"]).text(), encoding="utf-8"
    )
    assert cli("rules", "lint", "--rules", "rules").status == 2
    assert cli(*NEW).status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("", "ladle"), "SPUN is empty"),
        (("marble spoon", "  "), "ORIGINAL is empty"),
        (("ab\x01 c", "ladle"), "SPUN 'ab\\x01 c'"),
        (("\udcff\udcfe c", "belly"), "SPUN"),
        (("marble spoon", "ladle", "--keeps", "a\x07"), "--keeps"),
        (("marble spoon", "ladle", "--when", "\udcff"), "--when"),
        (("marble spoon", "ladle", "--id", "Bad Id"), "--id 'Bad Id'"),
    ],
)
def test_new_checks_its_arguments_first(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    run = cli("rules", "new", *arguments, "--pack", "kitchen")
    one_line(run, words)
    assert "--example" not in run.err


def test_new_asks_for_an_example_only_where_the_example_failed(cli: Cli) -> None:
    run = cli(*NEW, "--when", "museum")
    one_line(run, "the example came out", "--example")
    again = cli(*NEW, "--when", "museum", "--example", "A marble spoon hung there.")
    one_line(again, "the example came out")
    assert "--example" not in again.err


@pytest.mark.parametrize("empty", [b"", b"\n", b"\xef\xbb\xbf"])
def test_new_gives_an_empty_pack_a_head(cli: Cli, empty: bytes) -> None:
    Path("rules").mkdir()
    Path("rules/kitchen.toml").write_bytes(empty)
    run = cli(*NEW)
    assert run.status == 0, run.err
    assert tomllib.loads(Path("rules/kitchen.toml").read_bytes().decode("utf-8-sig"))["source"]


def test_new_keeps_the_line_ends_and_the_mark_of_a_pack(cli: Cli) -> None:
    Path("rules").mkdir()
    before = b"\xef\xbb\xbf" + pack_head("Kitchen", "me", "MIT").replace("\n", "\r\n").encode()
    Path("rules/kitchen.toml").write_bytes(before)
    assert cli(*NEW).status == 0
    after = Path("rules/kitchen.toml").read_bytes()
    assert after.startswith(before.rstrip())
    assert after.count(b"\n") == after.count(b"\r\n")


# --- outputs ---


def test_an_output_that_cannot_be_made_is_named(cli: Cli) -> None:
    Path("file").write_text("x", encoding="utf-8")
    Path("list.tsv").write_text("zzbig thing\tlarge thing\n", encoding="utf-8")
    one_line(
        cli("rules", "import", "list.tsv", "-o", "file/a.toml", "-q"), "file/a.toml: not written", "directory"
    )
    one_line(cli(*NEW, "--directory", "file"), "file/kitchen.toml: not written", "directory")


@pytest.mark.parametrize(
    ("command", "name"), [("import", "a.toml"), ("learn", "a.tsv"), ("suggest", "a.toml")]
)
def test_force_does_not_write_over_what_is_read(cli: Cli, command: str, name: str) -> None:
    data = b"zzbig thing\tlarge thing\n" if command == "import" else json.dumps(PAIR).encode() + b"\n"
    Path(name).write_bytes(data)
    os.link(name, f"link{Path(name).suffix}")
    for output in (name, f"link{Path(name).suffix}"):
        run = cli("rules", command, name, "-o", output, "--force")
        one_line(run, "is what is read")
    assert Path(name).read_bytes() == data


def test_force_does_not_write_over_a_text_in_a_directory_that_is_read(cli: Cli) -> None:
    for folder in ("spun", "plain"):
        Path(folder).mkdir()
        Path(folder, "a.tsv").write_text("The council met.\n", encoding="utf-8")
    one_line(cli("rules", "learn", "spun", "plain", "-o", "spun/a.tsv", "--force"), "is what is read")


def test_an_output_has_the_ending_that_the_book_reads(cli: Cli) -> None:
    Path("list.tsv").write_text("zzbig thing\tlarge thing\n", encoding="utf-8")
    one_line(cli("rules", "import", "list.tsv", "-o", "out.txt"), ".toml")
    one_line(cli("rules", "learn", "list.tsv", "-o", "out.toml"), ".tsv")
    one_line(cli("rules", "suggest", "list.tsv", "-o", "out.tsv"), ".toml")


# --- import ---


def test_a_pack_is_called_like_its_file(cli: Cli) -> None:
    Path("list.tsv").write_text("zzbig thing\tlarge thing\n", encoding="utf-8")
    one_line(
        cli("rules", "import", "list.tsv", "--pack", "other", "-o", "mine.toml"), "--pack other", "other.toml"
    )
    one_line(cli("rules", "import", "list.tsv", "-o", "My File.toml"), "lower-case words")
    one_line(cli("rules", "import", "list.tsv", "--pack", "My Pack"), "lower-case words")
    assert cli("rules", "import", "list.tsv", "--pack", "mine", "-o", "mine.toml").status == 0


def test_a_list_may_come_from_standard_input(cli: Cli) -> None:
    run = cli("rules", "import", "-", "--format", "tsv", stdin=b"zzbig thing\tlarge thing\n")
    assert run.status == 0, run.err
    assert tomllib.loads(run.out.decode())["source"] == "Imported from standard input"


@pytest.mark.parametrize("value", ["", "  ", "\udcff", "a\x01"])
def test_a_licence_that_cannot_be_written_is_refused(cli: Cli, value: str) -> None:
    Path("list.tsv").write_text("zzbig thing\tlarge thing\n", encoding="utf-8")
    Path("pairs.jsonl").write_text(json.dumps(PAIR) + "\n", encoding="utf-8")
    one_line(cli("rules", "import", "list.tsv", "--licence", value), "--licence")
    one_line(cli("rules", "learn", "pairs.jsonl", "--licence", value), "--licence")


def test_file_names_that_are_not_utf_8_are_written_as_they_can_be(cli: Cli) -> None:
    Path("c\udcff.tsv").write_text("zzbig thing\tlarge thing\n", encoding="utf-8")
    Path("l\udcff.jsonl").write_text(json.dumps(PAIR) + "\n", encoding="utf-8")
    assert cli("rules", "import", "c\udcff.tsv", "-o", "y.toml").status == 0
    assert cli("rules", "learn", "l\udcff.jsonl", "-o", "z.tsv").status == 0
    assert "l\\xff.jsonl" in Path("z.tsv").read_text(encoding="utf-8")


# --- learn ---


def test_a_source_of_two_lines_becomes_one(cli: Cli) -> None:
    run = cli("rules", "learn", "-", "--source", "one\ntwo", stdin=json.dumps(PAIR).encode())
    assert run.status == 0, run.err
    assert run.out.decode().startswith("# source: one two\n# licence: unstated\n")


@pytest.mark.parametrize("command", ["learn", "report"])
@pytest.mark.parametrize(
    ("line", "words"),
    [("[" * 200_000, "nested too deep"), ('{"spun": "\\ud800", "original": "x"}', "surrogate")],
)
def test_json_that_cannot_be_read_is_told_by_its_line(cli: Cli, command: str, line: str, words: str) -> None:
    Path("pairs.jsonl").write_text(line + "\n", encoding="utf-8")
    one_line(cli("rules", command, "pairs.jsonl"), "pairs.jsonl:1: ", words)


def test_long_documents_are_aligned_in_time_and_to_the_end() -> None:
    original = [[f"alpha{at}", f"bravo{at}", "always", "there"] for at in range(3000)]
    spun = [[line[0], f"other{at}", *line[2:]] for at, line in enumerate(original)]
    spun[1500] = original[1500]
    del spun[700]
    began = time.process_time()
    beads = dict(align_sentences(spun, original))
    assert time.process_time() - began < 30
    assert beads[range(699, 700)] == range(699, 700)
    assert beads[range(2998, 2999)] == range(2999, 3000)
    assert beads[range(1499, 1500)] == range(1500, 1501)


def test_texts_that_share_nothing_are_not_aligned_for_ever() -> None:
    spun, original = ([f"{side}{at}" for at in range(5000)] for side in "ab")
    began = time.process_time()
    (step,) = align_texts(spun, original, Channel())
    assert time.process_time() - began < 5
    assert (step.spun_end, step.original_end) == (5000, 5000)


# --- suggest ---


def test_drafts_are_rules_that_the_book_takes() -> None:
    def suggestion(spun: str, original: str, *sentences: str) -> Suggestion:
        pairs = [(text.format(spun), text.format(original)) for text in sentences]
        return Suggestion(spun, original, [0.9] * 3, {"a"}, pairs)

    found = [
        suggestion(
            "zzmarble spoon", "granite ladle", "The {} hung on the kitchen wall today.",
            "A {} hung on the kitchen wall today.", "Nobody could find his {} after supper.",
        ),
        suggestion("zzpewter jug", "silver mug", "The {} hung on the kitchen wall today."),
        suggestion("press conference", "news meeting", "Reporters left the {} before noon on Monday."),
        suggestion("zzivory comb", "bone brush", "Her sister kept an old {} under the pillow."),
    ]  # fmt: skip
    packs = read_packs()
    text, count, refused = write_drafts(found, packs, "drafts")
    (pack,) = parse_packs([("drafts.toml", text.encode())])
    assert find_problems([*packs, pack]) == []
    assert [rule.name for rule in pack.rules] == ["granite-ladle", "bone-brush"]
    assert (count, len(pack.rules[0].fixes)) == (2, 2)
    assert [spun for spun, _ in refused] == ["zzpewter jug", "press conference"]


@pytest.mark.parametrize("command", [("suggest", "nosuch", "-o", "d.toml", "--force"), ("report", "nosuch")])
def test_without_a_text_nothing_is_written(cli: Cli, command: tuple[str, ...]) -> None:
    Path("d.toml").write_text("mine", encoding="utf-8")
    run = cli("rules", *command)
    one_line(run, "nosuch")
    assert run.out == b""
    assert Path("d.toml").read_text(encoding="utf-8") == "mine"


# --- report ---


def test_report_says_what_it_skips_and_that_nothing_was_read(cli: Cli) -> None:
    Path("data").mkdir()
    Path("data/gold.jsonl").write_text(json.dumps(PAIR) + "\n", encoding="utf-8")
    run = cli("rules", "report", "data")
    assert (run.status, run.out) == (2, b"")
    assert "data/gold.jsonl" in run.err
    assert "no text was read" in run.err


def test_report_adds_up_packs_of_one_name() -> None:
    extra = pack_head("News", "s", "l", waives_examples=True) + Draft("zz", ["zz form"], ["word"]).text()
    packs = read_packs()
    both = [*packs, *parse_packs([("own/news.toml", extra.encode())])]
    engine = Engine()
    alone, together = (Measure(some, engine.rulebook, engine) for some in (packs, both))
    assert together.rows["news"].rules == alone.rows["news"].rules + 1
    assert together.together.forms == alone.together.forms + 1
