"""Lists that are awkward: queries, broken CSV, odd YAML, and what the reader and the schema allow."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import Cli

from cleanup.errors import FileError, RuleError
from cleanup.growing.imports import import_entries
from cleanup.growing.lists import Entry, read_entries
from cleanup.growing.queries import Clause, QueryError, read_query
from cleanup.rulebook.lint import find_problems
from cleanup.rulebook.model import Pack
from cleanup.rulebook.patterns import compile_condition
from cleanup.rulebook.reader import parse_packs, read_packs
from cleanup.rulebook.schema import rule_schema
from cleanup.rulebook.writing import Draft, pack_head, slug


@pytest.fixture(scope="module")
def packs() -> list[Pack]:
    return read_packs()


def rules_of(entries: list[Entry], packs: list[Pack], name: str = "list") -> tuple[list[dict[str, Any]], str]:
    made = import_entries(entries, packs, name, "A list", "somewhere", "CC BY")
    return tomllib.loads(made.text).get("rule", []), "\n".join(map(str, made.left_out))


# --- queries ---

AB, CD, EF = ("alpha betty",), ("gamma delty",), ("zeta etty",)


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ('"alpha betty" NOT ("gamma delty" OR "zeta etty")', [Clause((AB,), CD + EF)]),
        ('"alpha betty" -"gamma delty"', [Clause((AB,), CD)]),
        ('"alpha betty" AND NOT "gamma delty"', [Clause((AB,), CD)]),
        ('"alpha betty" -("gamma delty" | "zeta etty")', [Clause((AB,), CD + EF)]),
        ('"alpha betty" OR ("gamma delty" AND "zeta etty")', [Clause((AB,)), Clause((CD, EF))]),
        ('"alpha betty" OR "gamma delty" AND "zeta etty"', [Clause((AB,)), Clause((CD, EF))]),
        ('("alpha betty" OR "gamma delty") AND "zeta etty"', [Clause((AB + CD, EF))]),
        ('"alpha betty" OR "gamma delty" NOT "zeta etty"', [Clause((AB,)), Clause((CD,), EF)]),
        ('"alpha betty" or "gamma delty"', [Clause((AB + CD,))]),
        ("alpha betty or gamma delty", [Clause((AB + CD,))]),
        ("alpha betty OR gamma delty", [Clause((AB + CD,))]),
        ("“alpha betty” AND „gamma delty“", [Clause((AB, CD))]),
        ('(("alpha  betty"))', [Clause((AB,))]),
        ("black-and-white phrase and more", [Clause((("black-and-white phrase and more",),))]),
        ("‘alpha betty’", [Clause((AB,))]),
        ("authors' phrase", [Clause((("authors' phrase",),))]),
        ("alpha betty -gamma", [Clause((AB,), ("gamma",))]),
    ],
)
def test_a_query_is_read_with_its_parentheses_and_precedence(query: str, clauses: list[Clause]) -> None:
    assert read_query(query) == clauses


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "no phrase"),
        ('""', "no phrase"),
        ('NOT "a b"', "must not be there"),
        ('"a b" NOT ("c" AND "d")', "NOT stands before more"),
        ('"a b" NOT ("c" NOT "d")', "NOT stands before more"),
        ('"a b', "not closed"),
        ('("a b"', "parenthesis is not closed"),
        ('"a b")', "not open"),
        ('"a b" OR', "nothing to work on"),
        ('"a b" AND ()', "nothing to work on"),
        ('"a b" NEAR/3 "c"', "'NEAR/3'"),
        ('title:"a b"', "'title:'"),
        ('"wom?n b"', "wild cards"),
        ('"a b" OR "!!"', "no phrase"),
        ("trial or error", "write OR"),
        ("(" * 5000 + '"a b"' + ")" * 5000, "too deep"),
        (" AND ".join(['("a b" OR ("c" AND "d"))'] * 9), "too many"),
    ],
)
def test_a_query_that_no_rule_can_say_is_refused_with_the_reason(query: str, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        read_query(query)


def test_what_is_forbidden_never_becomes_a_form(packs: list[Pack]) -> None:
    data = b'''spun query,expected
"""kidney bosomy"" NOT (""kidney pie"" OR ""steak dinner"")",renal breast
"""zzalpha betty"" OR (""zzgamma delty"" AND ""zeta etty"")",zz first thing
"""zzone two"" AND ""north"" AND (""south"" OR ""C++"")",zz second thing
"""zzbad"" NEAR ""x""",zz third thing
'''
    rules, left_out = rules_of(read_entries("a.csv", data), packs)
    assert [(rule["spun"], rule.get("when"), rule.get("unless")) for rule in rules] == [
        (["kidney bosomy"], None, r"\bkidney\ pie\b|\bsteak\ dinner\b"),
        (["zzalpha betty"], None, None),
        (["zzgamma delty"], r"\bzeta\ etty\b", None),
        (["zzone two"], r"(?s)\A(?=.*(?:\bnorth\b))(?=.*(?:\bsouth\b|\bC\+\+))", None),
    ]
    assert left_out.startswith("line 5: the query")
    both = compile_condition(rules[3]["when"])
    assert both.holds("In C++ and\nup north, ", "zzone two", ".")
    assert not both.holds("Up north, ", "zzone two", ".")


# --- formats ---


def test_a_long_cell_is_no_accident() -> None:
    entries = read_entries("a.csv", b"zz q,x y," + b"7" * 200_000 + b"\n")
    assert [(entry.spun, entry.original) for entry in entries] == [(("zz q",), ("x y",))]


@pytest.mark.parametrize(
    ("data", "line"),
    [(b'a,b\n"zz q,x y\nzz r,x z\n', 2), (b'a,b\nc,d\n"zz q,x y\n"zz r",x z\n', 3)],
)
def test_a_quote_that_is_not_closed_is_told_with_its_line(data: bytes, line: int) -> None:
    with pytest.raises(FileError, match=f"a.csv:{line}: not valid CSV"):
        read_entries("a.csv", data)


@pytest.mark.parametrize(
    "data", [b"zz q;x y\nzz r's;x, z\n", b"zz q\tx y\nzz r's\tx, z\n", b'zz q,x y\nzz r\'s, "x, z"\n']
)
def test_only_the_delimiter_of_a_csv_is_guessed(data: bytes) -> None:
    entries = read_entries("a.csv", data)
    assert [entry.original for entry in entries] == [("x y",), ("x, z",)]
    assert entries[1].spun == ("zz r's",)


def test_a_header_may_stand_below_comments_and_blank_lines() -> None:
    assert [e.line for e in read_entries("a.tsv", b"# c\n\nspun\toriginal\nzz q\tx y\n")] == [4]
    assert [e.line for e in read_entries("a.csv", b"\nspun,original\nzz q,x y\n")] == [3]


def test_one_bad_line_does_not_hide_a_format() -> None:
    entries = read_entries("list", b"aa->b\ncc->d\nno arrow\n")
    assert [bool(entry.refused) for entry in entries] == [False, False, True]
    assert len(read_entries("list", b"aa\tb\ncc\td\nno tab\n")) == 3


@pytest.mark.parametrize(
    "value", ["2001-99-99", "0x_", "null", "~", "yes", "2001-01-01", "7", "[a]", "{a: b}"]
)
@pytest.mark.parametrize("row", ["zz foo bar: {}", "? {}\n  : zz foo"])
def test_what_is_no_text_to_yaml_is_no_swap(value: str, row: str) -> None:
    text = f"extends: substitution\nswap:\n  {row.format(value)}\n  zz q: x y\n"
    bad, good = read_entries("a.yml", text.encode())
    assert bad.refused
    assert bad.line == 3
    assert (good.spun, good.original) == (("zz q",), ("x y",))


@pytest.mark.parametrize(
    "text", ["swap: " + "[" * 5000, "a", "- extends: substitution", "extends: [substitution]", "", "a: *b"]
)
def test_yaml_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(FileError, match=r"a\.yml: not"):
        read_entries("a.yml", text.encode())


# --- what becomes of it ---


def test_what_cannot_be_seen_is_not_imported(packs: list[Pack]) -> None:
    entries = read_entries(
        "a.tsv", "zz a\0b\tx y\nzz q\tx\x01 y\nzz\xa0r\tx\xa0z\nzz s\u200b\tx w\n".encode()
    )
    rules, left_out = rules_of(entries, packs)
    assert [(rule["spun"], rule["original"]) for rule in rules] == [(["zz r"], ["x z"])]
    assert [line.split(": ", 1)[0] for line in left_out.split("\n")] == ["line 1", "line 2", "line 4"]
    assert "cannot be seen" in left_out
    assert left_out.replace("\n", "").isprintable()
    yaml = b'extends: substitution\nswap:\n  zz a b: "b \\ud800 c"\n'
    assert "cannot be seen" in rules_of(read_entries("a.yml", yaml), packs)[1]
    assert "longer than" in rules_of([Entry(1, ("zz " * 200,), ("a",))], packs)[1]


def test_a_pack_may_have_the_name_of_one_that_is_there(packs: list[Pack]) -> None:
    quarrel = import_entries(
        [Entry(1, ("press conference",), ("news meeting",))], packs, "news", "t", "s", "l"
    )
    assert "quarrels with news/" in str(quarrel.left_out)
    made = import_entries([Entry(1, ("zz a b",), ("press conference",))], packs, "news", "t", "s", "l")
    assert made.left_out == ()
    (own,) = parse_packs([("own/news.toml", made.text.encode())])
    assert find_problems([*packs, own]) == []


def test_a_slug_is_found_soon_among_many() -> None:
    taken: set[str] = set()
    begin = time.process_time()
    for _ in range(20_000):
        taken.add(slug("big thing", taken))
    assert time.process_time() - begin < 5
    assert taken == {"big-thing", *(f"big-thing-{number}" for number in range(2, 20_001))}
    assert slug("a b", ["a-b", "a-b-2", "a-b-4"]) in {"a-b-3", "a-b-5"}


def test_a_remark_never_breaks_the_file() -> None:
    text = pack_head("t", "s", "l") + Draft("a", ["b"], ["c"], remarks=["one\x01\r\ntwo\x7f"]).text()
    assert "# one two\n" in text
    assert tomllib.loads(text)["rule"]


# --- the reader and the schema ---


@pytest.mark.parametrize(
    ("head", "extra", "is_good"),
    [
        ({}, 'needs = ""', True),
        ({}, 'inflect = ""', True),
        ({}, 'needs = "x"', False),
        ({}, 'inflect = "x"', False),
        ({"source": " "}, "", False),
        ({"licence": "\\t"}, "", False),
        ({"licence": ""}, "", False),
    ],
)
def test_the_schema_allows_what_the_reader_allows(head: dict[str, str], extra: str, is_good: bool) -> None:
    head = {"source": "s", "licence": "l", **head}
    text = "".join(f'{key} = "{value}"\n' for key, value in head.items())
    text += f'[[rule]]\nid = "a"\nspun = ["b"]\noriginal = ["c"]\n{extra}\n'
    is_valid = jsonschema.Draft202012Validator(rule_schema()).is_valid(tomllib.loads(text))
    try:
        parse_packs([("p.toml", text.encode())])
        is_read = True
    except RuleError:
        is_read = False
    assert (is_valid, is_read) == (is_good, is_good)


def test_the_pack_of_a_screeners_csv_lints(cli: Cli) -> None:
    Path("q.csv").write_text(
        '"""zzone two"" AND ""north"" NOT ""south""",zz second thing\n', encoding="utf-8"
    )
    assert cli("rules", "import", "q.csv", "-o", "own/news.toml").status == 0
    lint = cli("rules", "lint", "--rules", "own")
    assert lint.status == 0, lint.out
