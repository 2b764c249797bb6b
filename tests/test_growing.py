"""The rule book grows by commands: one rule, a list, pairs of texts, a corpus; and is measured by one."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
from conftest import Cli

from cleanup.growing.align import Channel, align_sentences, align_texts, align_words
from cleanup.growing.imports import import_entries
from cleanup.growing.lists import read_entries
from cleanup.rulebook.reader import parse_packs, read_packs
from cleanup.rulebook.schema import rule_schema
from cleanup.rulebook.writing import Draft, pack_head, slug

ROOT = Path(__file__).parent.parent


# --- new ---


def test_new_writes_a_rule_that_lints_and_proves_itself(cli: Cli) -> None:
    run = cli("rules", "new", "marble spoon", "granite ladle", "--pack", "kitchen")
    assert run.status == 0
    assert run.out.decode() == "rules/kitchen.toml: rule kitchen/granite-ladle\n"
    assert cli("rules", "lint", "--rules", "rules").status == 0
    test = cli("rules", "test", "kitchen", "--rules", "rules")
    assert (test.status, test.err.strip()) == (0, "1 examples, 0 failed")


def test_new_rules_follow_one_another_with_examples_of_their_own(cli: Cli) -> None:
    for spun in ("marble spoon", "pewter spoon", "ivory spoon"):
        assert cli("rules", "new", spun, "granite ladle", "--pack", "kitchen").status == 0
    text = Path("rules/kitchen.toml").read_text(encoding="utf-8")
    assert [rule["id"] for rule in tomllib.loads(text)["rule"]] == [
        "granite-ladle",
        "granite-ladle-2",
        "granite-ladle-3",
    ]
    assert cli("rules", "lint", "--rules", "rules").status == 0


def test_new_takes_an_example_context_and_counter_example(cli: Cli) -> None:
    run = cli(
        "rules", "new", "marble spoon", "granite ladle", "--pack", "kitchen", "--inflect", "noun",
        "--unless", "{} museum", "--example", "Marble spoons hung on the wall.",
        "--keeps", "The marble spoon museum is shut.",
    )  # fmt: skip
    assert run.status == 0, run.err
    (rule,) = tomllib.loads(Path("rules/kitchen.toml").read_text(encoding="utf-8"))["rule"]
    assert rule["fixes"] == [["Marble spoons hung on the wall.", "Granite ladles hung on the wall."]]
    assert cli("rules", "test", "kitchen", "--rules", "rules").status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("spoon", "ladle", "--pack", "kitchen"), "no counter-example"),
        (("marble spoon", "granite ladle", "--pack", "My Pack"), "lower-case words"),
        (("marble spoon", "granite ladle", "--pack", "k", "--example", "No such thing."), "does not hold"),
        (("marble spoon", "marble spoon", "--pack", "k"), "its own original"),
        (("marble spoon", "granite ladle", "--pack", "k", "--when", "(open"), "no regular expression"),
    ],
)
def test_new_writes_nothing_that_the_book_would_refuse(
    cli: Cli, arguments: tuple[str, ...], words: str
) -> None:
    run = cli("rules", "new", *arguments)
    assert run.status == 2
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("rules").exists()


def test_new_keeps_what_stands_in_the_file(cli: Cli) -> None:
    Path("rules").mkdir()
    before = pack_head("Kitchen", "me", "MIT") + "\n# a remark of mine\n"
    Path("rules/kitchen.toml").write_text(before, encoding="utf-8")
    assert cli("rules", "new", "marble spoon", "granite ladle", "--pack", "kitchen").status == 0
    assert Path("rules/kitchen.toml").read_text(encoding="utf-8").startswith(before.rstrip("\n"))


def test_a_draft_comes_back_from_the_reader_as_it_was_written() -> None:
    draft = Draft(
        "a", ['the "big" one', "a\\b tab"], ["µ one"], when=r"\bx {}", unless="it's {}", confidence=0.5,
        fixes=[('say "x"', "say y")], keeps=["k"], remarks=["two\nlines"], needs="spun-document",
    )  # fmt: skip
    (pack,) = parse_packs([("p.toml", (pack_head("t", "s", "l") + draft.text()).encode())])
    (rule,) = pack.rules
    assert (rule.spun, rule.original, rule.when, rule.unless) == (
        ('the "big" one', "a\\b tab"),
        ("µ one",),
        r"\bx {}",
        "it's {}",
    )
    assert (rule.fixes, rule.keeps, rule.confidence) == ((('say "x"', "say y"),), ("k",), 0.5)


def test_slugs_are_names_of_rules() -> None:
    assert slug("  The “Big” One!") == "the-big-one"
    assert slug("…") == "rule"


# --- import ---

PPS = b'''Tortured phrase,Expected phrase,Papers
"""bosom zzperil""",breast cancer,12
"""counterfeit qqmind"" AND ""learning""",artificial intelligence,3
"""zzirregular woods"" OR ""zzarbitrary woods""",random forest / random forests,5
"""zzdoubtful phrase (?)""",certain phrase,1
"""zzother phrase""","sure phrase (?)",1
zzsingle,word,4
"""coffee table""",zz tool,1
"""wild*card phrase""",x y,1
"""qq value"" NOT ""statistics""",zz number,2
"""bosom zzperil""",breast cancer,2
"""same zzthing""",same zzthing,2
"""nothing said""",,2
'''


def imported(data: bytes, name: str, kind: str = "") -> tuple[dict[str, dict[str, object]], list[str]]:
    made = import_entries(
        read_entries(name, data, kind), read_packs(), "list", "A list", "somewhere", "CC BY"
    )
    rules = {str(rule["spun"][0]): rule for rule in tomllib.loads(made.text).get("rule", [])}
    return rules, [str(item) for item in made.left_out]


def test_the_screeners_csv_becomes_rules_and_every_loss_is_told() -> None:
    rules, left_out = imported(PPS, "pps.csv")
    assert rules["bosom zzperil"]["original"] == ["breast cancer"]
    assert "severity" not in rules["bosom zzperil"]
    assert rules["counterfeit qqmind"]["when"] == r"\blearning\b"
    assert rules["zzirregular woods"]["spun"] == ["zzirregular woods", "zzarbitrary woods"]
    assert rules["zzirregular woods"]["original"] == ["random forest", "random forests"]
    assert rules["zzdoubtful phrase"]["severity"] == rules["zzother phrase"]["severity"] == "warning"
    assert rules["zzsingle"]["needs"] == "spun-document"
    assert rules["coffee table"]["needs"] == "spun-document"  # good English
    assert rules["qq value"]["unless"] == r"\bstatistics\b"
    assert [line.split(":")[0] for line in left_out] == ["line 9", "line 11", "line 12", "line 13"]
    for line, word in zip(
        left_out, ("wild cards", "holds it already", "its own original", "no original"), strict=True
    ):
        assert word in line


def test_a_codespell_dictionary_becomes_rules() -> None:
    data = b"# a remark\nabandonnedzz->abandoned\nclaszz->class, clash,\nzzteh cat->the cat, not in Thai\nno arrow\n"
    rules, left_out = imported(data, "dictionary.txt", "codespell")
    assert rules["abandonnedzz"]["original"] == ["abandoned"]
    assert rules["claszz"]["original"] == ["class", "clash"]
    assert rules["claszz"]["severity"] == rules["zzteh cat"]["severity"] == "warning"
    assert left_out == ["line 5: 'no arrow' is not written wrong->right"]


def test_a_vale_substitution_becomes_rules() -> None:
    data = b"""extends: substitution
message: Consider '%s'
swap:
  '(?:give|gave) zzrise to': lead to
  zzabundance of: plenty of
  'zzutil(?:ise|ize) it': use it|employ it
  'within (.*)? directory': in the $1 directory
  'zz[ab]c d': e
"""
    rules, left_out = imported(data, "Rule.yml")
    assert rules["give zzrise to"]["spun"] == ["give zzrise to", "gave zzrise to"]
    assert rules["zzabundance of"]["original"] == ["plenty of"]
    assert rules["zzutilise it"]["original"] == ["use it", "employ it"]
    assert [line.split(":")[0] for line in left_out] == ["line 7", "line 8"]


def test_rows_with_tabs_become_rules() -> None:
    rules, left_out = imported(b"spun\toriginal\nzzbig thing\tlarge thing; huge thing\nlonely\n", "list.tsv")
    assert rules["zzbig thing"]["original"] == ["large thing", "huge thing"]
    assert len(left_out) == 1


def test_import_writes_a_pack_that_finds_what_the_list_says(cli: Cli) -> None:
    Path("list.csv").write_bytes(PPS)
    run = cli("rules", "import", "list.csv", "--output", "own/list.toml", "--licence", "CC BY 4.0")
    assert run.status == 0
    assert run.out == b""
    assert run.err.splitlines()[-1] == (
        "12 entries: 4 rules that repair anywhere, 2 only in spun text, 2 that only report; 4 forms left out"
    )
    assert cli("rules", "lint", "--rules", "own").status == 0
    Path("a.txt").write_text("She was treated for bosom zzperil in May.\n", encoding="utf-8")
    found = cli("check", "a.txt", "--rules", "own/list.toml")
    assert (found.status, b"breast cancer" in found.out) == (1, True)
    again = cli("rules", "import", "list.csv", "--output", "own/list.toml")
    assert (again.status, "--force" in again.err) == (2, True)
    assert cli("rules", "import", "list.csv", "--output", "own/list.toml", "--force", "-q").status == 0


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("list.txt", b"something else\n", "--format"),
        ("list.csv", b"\xff\xfe\x00", "not UTF-8"),
        ("list.yml", b"extends: existence\n", "substitution"),
        ("list.yml", b"a: [\n", "not valid YAML"),
        ("list.yml", b"extends: substitution\n", "'swap:'"),
        ("missing.csv", None, "missing.csv"),
    ],
)
def test_a_bad_list_is_one_line_and_status_2(cli: Cli, name: str, data: bytes | None, words: str) -> None:
    if data is not None:
        Path(name).write_bytes(data)
    run = cli("rules", "import", name)
    assert (run.status, len(run.err.splitlines())) == (2, 1)
    assert words in run.err


def test_examples_may_be_waived_by_a_file_and_by_no_other_word() -> None:
    text = pack_head("t", "s", "l", waives_examples=True) + Draft("a", ["zz top"], ["b"]).text()
    (pack,) = parse_packs([("p.toml", text.encode())])
    assert pack.rules[0].waives_examples
    with pytest.raises(Exception, match="write 'waived'"):
        parse_packs([("p.toml", text.replace('"waived"', '"none"').encode())])


def test_no_built_in_pack_waives_its_examples() -> None:
    assert not any(rule.waives_examples for pack in read_packs() for rule in pack.rules)


# --- learn ---


def steps(spun: str, original: str, channel: Channel | None = None) -> list[tuple[str, str]]:
    here, there = spun.split(), original.split()
    return [
        (
            " ".join(here[step.spun_start : step.spun_end]),
            " ".join(there[step.original_start : step.original_end]),
        )
        for step in align_words(here, there, channel or Channel())
    ]


def test_words_are_aligned_in_order_with_phrases() -> None:
    assert steps("he is within the house", "he is in the house")[2] == ("within", "in")
    assert ("in the case that", "if") not in steps("go if it rains", "go if it rains")
    assert ("a number of", "some") in steps("we saw a number of birds there", "we saw some birds there")


def test_alignment_learns_from_its_own_counts() -> None:
    channel = Channel()
    for _ in range(5):
        channel.learn(
            ["on", "account", "of"], ["because"], align_words(["on", "account", "of"], ["because"], channel)
        )
    cheaper = channel.cost(("on", "account", "of"), ("because",))
    assert cheaper < Channel().cost(("on", "account", "of"), ("because",))


def test_a_text_is_aligned_from_begin_to_end() -> None:
    here, there = "a b c x y d e".split(), "a b q d f e".split()
    found = align_texts(here, there, Channel())
    assert [place for step in found for place in range(step.spun_start, step.spun_end)] == list(
        range(len(here))
    )
    assert [place for step in found for place in range(step.original_start, step.original_end)] == list(
        range(len(there))
    )


def test_sentences_find_their_partners_where_one_is_missing_or_two_are_one() -> None:
    original = [
        sentence.split()
        for sentence in ("the river rose fast", "nobody slept that night", "morning came at last")
    ]
    spun = [original[0], [*original[1], *original[2]]]
    assert list(align_sentences(spun, original)) == [(range(1), range(1)), (range(1, 2), range(1, 3))]
    assert list(align_sentences(original[1:], original)) == [
        (range(1), range(1, 2)),
        (range(1, 2), range(2, 3)),
    ]


LEARNED = [
    ("The council mentioned the bridge was unsafe.", "The council said the bridge was unsafe."),
    ("Her brother mentioned it was late.", "Her brother said it was late."),
    ("The minister mentioned that taxes would fall.", "The minister said that taxes would fall."),
    ("He bought a big boat in June.", "He bought a large boat in June."),
    ("They live in a big house near the lake.", "They live in a large house near the lake."),
    ("They want the work done today.", "They need the work done today."),
    ("We want the money back soon.", "We need the money back soon."),
    ("A lonely swap stands here once.", "A single swap stands here once."),
]


def test_learn_writes_a_lexicon_with_evidence_that_the_book_reads(cli: Cli) -> None:
    rows = [json.dumps({"spun": spun, "original": original}) for spun, original in LEARNED]
    Path("pairs.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    run = cli("rules", "learn", "pairs.jsonl", "--output", "own/lexicon/learned.tsv")
    assert run.status == 0, run.err
    lines = Path("own/lexicon/learned.tsv").read_text(encoding="utf-8").splitlines()
    (row,) = [line.split("\t") for line in lines if line.startswith("mentioned\t")]
    assert row[:3] == ["mentioned", "said", "0.750"]
    assert row[3].startswith("3 of 3 in 3 documents; ratio ")
    assert "council [mentioned] the bridge" in row[3]
    assert not any(line.startswith(("lonely\t", "want\t")) for line in lines)
    assert "dropped: want <- need: natural both ways" in run.err
    assert run.err.splitlines()[-1].startswith("8 pairs of documents, 8 of sentences: ")
    assert cli("rules", "lint", "--rules", "own").status == 0
    assert b"mentioned <- said" in cli("rules", "list", "--pack", "learned", "--rules", "own").out


def test_learn_reads_two_directories_with_like_names(cli: Cli) -> None:
    for number, (spun, original) in enumerate(LEARNED):
        for folder, text in (("spun", spun), ("plain", original)):
            Path(folder).mkdir(exist_ok=True)
            Path(folder, f"{number}.txt").write_text(text + "\n", encoding="utf-8")
    Path("spun/alone.txt").write_text("Nothing like it.\n", encoding="utf-8")
    run = cli("rules", "learn", "spun", "plain")
    assert run.status == 0
    assert b"mentioned\tsaid\t0.750" in run.out
    assert "spun/alone.txt: skipped" in run.err


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "not a line of JSON"), ('{"spun": "x"}', "must hold `spun` and `original`"), ("[1]", "must hold")],
)
def test_learn_says_where_a_line_is_wrong(cli: Cli, line: str, words: str) -> None:
    Path("pairs.jsonl").write_text(line + "\n", encoding="utf-8")
    run = cli("rules", "learn", "pairs.jsonl")
    assert run.status == 2
    assert run.err.startswith("cleanup: error: pairs.jsonl:1: ")
    assert words in run.err


# --- suggest ---


def test_suggest_drafts_rules_from_what_was_repaired_without_one(cli: Cli) -> None:
    rows = (ROOT / "samples" / "spun.jsonl").read_text(encoding="utf-8").splitlines()[:12]
    Path("corpus").mkdir()
    for number, row in enumerate(rows):
        Path("corpus", f"{number}.txt").write_text(json.loads(row)["spun"], encoding="utf-8")
    run = cli("rules", "suggest", "corpus", "--at-least", "1", "--top", "20", "-o", "own/drafts.toml")
    assert run.status == 0, run.err
    drafts = tomllib.loads(Path("own/drafts.toml").read_text(encoding="utf-8"))["rule"]
    assert drafts
    listed = {spun for pack in read_packs() for rule in pack.rules for spun, _ in rule.forms()}
    for draft in drafts:
        assert draft["needs"] == "spun-document"
        assert not set(draft["spun"]) & listed
        assert all(draft["spun"][0] in " ".join(before.lower().split()) for before, _ in draft["fixes"])
    test = cli("rules", "test", "drafts", "--rules", "own/drafts.toml")
    assert test.status == 0, test.out


# --- report ---


def test_report_measures_every_pack_alone_and_together(cli: Cli) -> None:
    rows = [
        {"spun": "They fight arranged crime in all of the towns.", "original": "They fight organized crime in all of the towns."},
        {"spun": "They fight arranged crime with marble spoons.", "original": "They fight staged crime with marble spoons."},
    ]  # fmt: skip
    Path("gold.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    Path("clean.txt").write_text(
        "He wrote to the board. The brewery stands against arranged crime.\n", encoding="utf-8"
    )
    run = cli("rules", "report", "gold.jsonl", "clean.txt", "--format", "json")
    assert run.status == 0
    report = json.loads(run.out)
    packs = {row["pack"]: row for row in report["packs"]}
    assert (packs["law"]["hits"], packs["law"]["right"], packs["law"]["precision"]) == (2, 1, 0.5)
    assert packs["law"]["alarms"] == 1
    assert report["false_alarms"] == {"law/organized-crime": 1}
    assert packs["together"]["forms"] == sum(
        row["forms"] for name, row in packs.items() if name != "together"
    )
    table = cli("rules", "report", "gold.jsonl", "clean.txt").out.decode()
    assert "false alarm: law/organized-crime, 1 times" in table


# --- the schema and the pages ---


def test_the_schema_allows_every_built_in_pack_and_refuses_a_slip() -> None:
    schema = rule_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for path in (ROOT / "rules").glob("*.toml"):
        jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), schema)
    table = {"source": "s", "licence": "l", "rule": [{"id": "a", "spun": ["b"], "orginal": ["c"]}]}
    with pytest.raises(jsonschema.ValidationError, match="orginal"):
        jsonschema.validate(table, schema)


def test_the_schema_knows_the_keys_that_the_reader_knows() -> None:
    from cleanup.rulebook.reader import PACK_KEYS, RULE_KEYS

    schema = rule_schema()["properties"]
    assert schema.keys() == PACK_KEYS.keys()
    assert schema["rule"]["items"]["properties"].keys() == RULE_KEYS.keys()


def test_every_built_in_pack_names_the_schema_and_the_file_is_current(cli: Cli) -> None:
    printed = cli("rules", "schema").out.decode()
    assert (ROOT / "rules" / "rule.schema.json").read_text(encoding="utf-8") == printed
    for path in (ROOT / "rules").glob("*.toml"):
        assert path.read_text(encoding="utf-8").startswith("#:schema ./rule.schema.json\n")


def test_the_pages_of_the_packs_are_current() -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "pack_pages.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "")
