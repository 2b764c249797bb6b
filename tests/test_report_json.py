from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from report_samples import HOSTILE, article_result, finding_of, result_of, results

from cleanup.datatypes import Result
from cleanup.errors import FileError
from cleanup.report.as_json import check_object, document_object, dumps, undo

TEXT = "A pact to combat arranged crime, he stated."


def sample() -> Result:
    doubtful = finding_of(2, "pact")
    return result_of(TEXT, (17, 25, "organized"), (36, 42, "said"), unfixed=[doubtful], notes=["a note"])


def test_every_edit_and_finding_names_its_slice_of_the_text() -> None:
    result = article_result()
    obj = document_object(result)
    for entry in [*obj["edits"], *obj["findings"]]:  # type: ignore[misc]
        assert result.before[entry["start"] : entry["end"]] == entry["text"]
    for entry in obj["edits"]:  # type: ignore[attr-defined]
        assert result.after[entry["after_start"] : entry["after_end"]] == entry["replacement"]


def test_document_object_has_the_promised_fields() -> None:
    obj = document_object(sample())
    assert set(obj) == {"path", "spin_score", "spin_rate", "spin_evidence", "findings", "edits", "notes"}
    finding, edit = obj["findings"][0], obj["edits"][0]  # type: ignore[index]
    common = {"start", "end", "text", "rule", "severity", "message", "confidence", "candidates", "evidence"}
    assert set(finding) == common
    assert set(edit) == common | {"replacement", "margin", "after_start", "after_end"}
    assert edit["candidates"][0] == {"text": "organized", "score": -4.75}
    assert edit["severity"] == "error"
    assert finding["evidence"] == [{"kind": "frequency", "text": "the two are as common"}]


def test_a_check_reports_all_findings_and_no_edits() -> None:
    obj = check_object(sample())
    assert obj["edits"] == []
    assert [finding["text"] for finding in obj["findings"]] == ["pact", "arranged", "stated"]  # type: ignore[attr-defined]


def test_digests_and_the_tool_stand_at_the_top_when_given() -> None:
    obj = document_object(sample(), {"sha256_before": "ab", "encoding": "utf-8"})
    assert obj["sha256_before"] == "ab"
    assert obj["encoding"] == "utf-8"
    assert obj["tool"]["name"] == "cleanup"  # type: ignore[index]


def test_digests_never_overwrite_a_field_of_the_report() -> None:
    assert document_object(sample(), {"path": "elsewhere"})["path"] == "article.txt"


def test_dumps_is_one_sorted_line_that_utf8_can_write() -> None:
    line = dumps({"b": [0.123456789, float("inf"), -0.00001], "a": f"é{HOSTILE}"})
    assert "\n" not in line
    assert line.index('"a"') < line.index('"b"')
    line.encode("utf-8")
    assert json.loads(line) == {"b": [0.1235, None, 0.0], "a": f"é{HOSTILE}"}


@given(results())
def test_undo_inverts_the_edits_of_what_was_written(result: Result) -> None:
    assert undo(result.after, json.loads(dumps(document_object(result)))) == result.before


def test_undo_refuses_a_text_that_was_changed_since() -> None:
    result = sample()
    with pytest.raises(FileError, match=r"article\.txt: edit 1 wrote 'organized' at 17, not 'xrganized'"):
        undo(result.after.replace("organized", "xrganized"), document_object(result))


def test_undo_refuses_a_text_that_is_too_short() -> None:
    result = sample()
    with pytest.raises(FileError, match="does not fit"):
        undo(result.after[:20], document_object(result))


@pytest.mark.parametrize(
    "damage",
    [
        {"edits": None},
        {"edits": ["text"]},
        {"edits": [{"text": 3, "replacement": "", "start": 0, "end": 0, "after_start": 0, "after_end": 0}]},
        {
            "edits": [
                {"text": "", "replacement": "A", "start": -1, "end": 0, "after_start": 0, "after_end": 1}
            ]
        },
        {"edits": [{"text": "", "replacement": "A", "start": 1, "end": 1, "after_start": 0, "after_end": 1}]},
        {
            "edits": [
                {"text": "xx", "replacement": "A", "start": 0, "end": 1, "after_start": 0, "after_end": 1}
            ]
        },
    ],
)
def test_undo_refuses_a_damaged_report(damage: dict[str, object]) -> None:
    with pytest.raises(FileError, match=r"^a\.txt: "):
        undo("A text.", {"path": "a.txt", **damage})


def test_undo_refuses_edits_out_of_order() -> None:
    result = sample()
    obj = document_object(result)
    with pytest.raises(FileError, match="does not fit"):
        undo(result.after, {**obj, "edits": obj["edits"][::-1]})  # type: ignore[index]


def test_a_margin_without_a_rival_is_null() -> None:
    result = sample()
    edit = replace(result.edits[0], margin=float("inf"))
    obj = json.loads(dumps(document_object(replace(result, edits=(edit, result.edits[1])))))
    assert obj["edits"][0]["margin"] is None
