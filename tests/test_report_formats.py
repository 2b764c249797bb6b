"""GitHub annotations, GitLab code quality, JSON Lines, Markdown, and the schemas of what is ours."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from report_samples import HOSTILE, article_result, edit_of, finding_of, result_of, results

from cleanup.cli.schema import schema
from cleanup.datatypes import Evidence, Result
from cleanup.report import CHECKERS, SCHEMAS, WRITERS

TEXT = "First line.\nA pact to combat arranged crime, he stated.\n"
WILD = "ab \n\r<>&\"'\u202e\x00\udc80é|`\\@#:%,"
MARKUP = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def sample(**fields: Any) -> Result:
    return result_of(
        TEXT, (29, 43, "organized crime"), (48, 54, "said"), unfixed=[finding_of(14, "pact")], **fields
    )


def hostile(text: str = HOSTILE, path: str = "a.md") -> Result:
    """A document whose text, path, rule, message and evidence all want to be more than text."""
    said = (Evidence("channel", text), Evidence("document", f"“{text}” and ” {text}"))
    edit = edit_of(0, text, f"{text}!", message=text, rule_id=f"pack/{text}", evidence=said)
    return Result(path, text, f"{text}!", (edit,), (), sample().spin, (text,))


# GitHub annotations


def commands_of(report: str) -> list[tuple[str, dict[str, str], str]]:
    """What a runner reads: the command, its properties, its message."""
    out = []
    for line in report.splitlines():
        name, properties, message = re.fullmatch(r"::(\w+) (.*?)::(.*)", line).groups()  # type: ignore[union-attr]
        pairs = dict(pair.split("=", 1) for pair in properties.split(","))
        plain = {key: value.replace("%3A", ":").replace("%2C", ",") for key, value in pairs.items()}
        out.append((name, {key: _unescaped(value) for key, value in plain.items()}, _unescaped(message)))
    return out


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_an_annotation_has_its_place_and_its_reasons() -> None:
    found = commands_of(CHECKERS["github"]([sample()], {}))
    assert [(name, each["line"], each["col"], each["endColumn"]) for name, each, _ in found] == [
        ("error", "2", "18", "32"), ("error", "2", "37", "43"), ("notice", "2", "3", "7"),
    ]  # fmt: skip
    assert found[0][1]["title"] == "news/sample (97% sure)"
    assert found[0][2].splitlines()[1:] == ["“organized crime” goes with its neighbours", "3 times"]


def test_the_surest_annotations_come_first_over_all_files() -> None:
    sure = result_of(TEXT, (29, 43, "organized crime"), path="z.md", confidence=0.99)
    found = commands_of(CHECKERS["github"]([sample(), sure], {}))
    assert [each["file"] for _, each, _ in found] == ["z.md", "article.txt", "article.txt", "article.txt"]


def test_a_notice_counts_what_github_does_not_show() -> None:
    first, *others = commands_of(CHECKERS["github"]([article_result()], {}))
    assert first[0] == "notice"
    assert first[2].startswith(f"{len(others)} findings in 1 file; GitHub shows the 10 surest")
    assert CHECKERS["github"]([], {}) == ""


def test_columns_are_left_out_where_a_finding_runs_over_lines() -> None:
    ((_, each, _),) = commands_of(CHECKERS["github"]([result_of("arranged\ncrime", (0, 14, "x"))], {}))
    assert (each["line"], each["endLine"]) == ("1", "2")
    assert "col" not in each


@pytest.mark.parametrize("path", ["a,b: c%3A.md", "::set-env name=A::b\n::error::x.md", "ä b.md"])
def test_no_path_ends_its_property_or_its_line(path: str) -> None:
    for _, each, _ in commands_of(CHECKERS["github"]([sample(path=path)], {})):
        assert each["file"] == os.path.normpath(path)


@given(results(alphabet=WILD))
def test_every_line_is_one_command(result: Result) -> None:
    wild = hostile(result.before, f"x{result.before.replace(chr(0), '')}.md")
    report = CHECKERS["github"]([result, wild], {})
    lines = report.split("\n")[:-1]
    assert len(lines) == len(result.edits) + 1 + ("title=cleanup::" in lines[0])
    assert all(re.match(r"::(error|warning|notice) [^\r\n]*::", line) for line in lines)
    assert "\r" not in report


# GitLab code quality


def test_gitlab_gets_what_it_asks_for() -> None:
    entries = json.loads(CHECKERS["gitlab"]([sample(path="./docs/a.md")], {}))
    assert [entry["severity"] for entry in entries] == ["info", "major", "major"]
    assert entries[1]["check_name"] == "news/sample"
    assert entries[1]["location"] == {"path": "docs/a.md", "lines": {"begin": 2, "end": 2}}
    assert entries[1]["description"].endswith("(97% sure)")
    assert json.loads(CHECKERS["gitlab"]([], {})) == []


def test_gitlab_fingerprints_are_unique_and_do_not_depend_on_the_line() -> None:
    twice = result_of(TEXT * 2, (29, 43, "x"), (85, 99, "x"))
    entries = json.loads(CHECKERS["gitlab"]([twice, replace(twice, path="b.md")], {}))
    prints = [entry["fingerprint"] for entry in entries]
    assert len(set(prints)) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in prints)
    moved = result_of(f"More.\n\n{TEXT}", (36, 50, "x"))
    alone = result_of(TEXT, (29, 43, "x"))
    one, other = (json.loads(CHECKERS["gitlab"]([each], {}))[0] for each in (alone, moved))
    assert one["fingerprint"] == other["fingerprint"]


@given(results(alphabet=WILD))
def test_any_result_is_an_array_in_strict_utf8(result: Result) -> None:
    report = WRITERS["gitlab"]([result, hostile(result.before, os.fsdecode(b"\xe9.md"))], {})
    entries = json.loads(report.encode("utf-8"))
    assert len(entries) == len(result.edits) + 1
    assert "\\udc80" not in report


# What is ours: JSON, JSON Lines and their schemas


def schema_of(name: str, capfdbinary: pytest.CaptureFixture[bytes]) -> Draft202012Validator:
    schema(name)
    told = json.loads(capfdbinary.readouterr().out)
    Draft202012Validator.check_schema(told)
    return Draft202012Validator(told)


def _closed(value: Any) -> Any:
    """The schema with every object closed: what we write must be named in it, what we will write need not."""
    if isinstance(value, dict):
        closed = {key: _closed(inner) for key, inner in value.items()}
        return {**closed, "unevaluatedProperties": False} if "properties" in value else closed
    return [_closed(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("writers", [WRITERS, CHECKERS])
@pytest.mark.parametrize("make", [sample, article_result, hostile, lambda: result_of("")])
def test_every_line_follows_the_published_schema(
    name: str, writers: Any, make: Callable[[], Result], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    told = schema_of(name, capfdbinary).schema
    closed = _closed(told)
    # An edit is a finding and more, so the finding inside it stays open.
    closed.get("$defs", {}).get("finding", {}).pop("unevaluatedProperties", None)
    result = make()
    known = {"sha256_before": "0" * 64, "sha256_after": "1" * 64, "encoding": "utf-8"}
    report = writers[name]([result, replace(result, path="b.md")], {"b.md": known})
    lines = report.splitlines() if name == "jsonl" else report.split("\n")[:-1]
    for line in report.split("\n")[:-1]:
        Draft202012Validator(told).validate(json.loads(line))
        Draft202012Validator(closed).validate(json.loads(line))
    assert len(lines) >= (2 if name == "json" else 2 * len(result.findings))


def test_the_schemas_refuse_what_is_wrong(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    document, finding = (schema_of(name, capfdbinary) for name in SCHEMAS)
    good = json.loads(WRITERS["json"]([sample()], {}))
    assert not list(document.iter_errors(good))
    assert list(document.iter_errors({**good, "spin_score": 2}))
    assert list(document.iter_errors({**good, "edits": [{**good["edits"][0], "replacement": None}]}))
    line = json.loads(WRITERS["jsonl"]([sample()], {}).split("\n")[0])
    assert not list(finding.iter_errors(line))
    assert list(finding.iter_errors({**line, "line": 0}))
    assert list(finding.iter_errors({key: line[key] for key in line if key != "fingerprint"}))


@given(results())
def test_json_lines_know_both_texts(result: Result) -> None:
    entries = [json.loads(line) for line in WRITERS["jsonl"]([result], {}).split("\n")[:-1]]
    lines = result.before.split("\n")
    for entry in entries:
        assert result.before[entry["start"] : entry["end"]] == entry["text"]
        assert result.after[entry["after_start"] : entry["after_end"]] == entry["replacement"]
        assert lines[entry["line"] - 1][entry["column"] - 1 :].startswith(entry["text"].split("\n")[0])
        assert entry["repaired"]
    assert len(entries) == len(result.edits)


def test_a_check_in_json_lines_proposes_and_repairs_nothing() -> None:
    entries = [json.loads(line) for line in CHECKERS["jsonl"]([sample()], {}).splitlines()]
    assert [(each["level"], each["replacement"], each["repaired"]) for each in entries] == [
        ("note", None, False), ("error", "organized crime", False), ("error", "said", False),
    ]  # fmt: skip
    assert entries[1]["after_start"] is None
