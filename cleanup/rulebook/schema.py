"""The JSON Schema of rule files, from which editors complete and check them."""

from __future__ import annotations

from typing import Any

_WORDS = {"type": "string", "pattern": r"\S"}


def rule_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a rule file read as a table."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A pack of rules for cleanup",
        "type": "object",
        "required": ["source", "licence"],
        "additionalProperties": False,
        "properties": {
            "title": {"type": "string", "description": "What the pack is about."},
            "source": {**_WORDS, "description": "Where the pairs come from."},
            "licence": {**_WORDS, "description": "The terms of the pairs."},
            "examples": {
                "const": "waived",
                "description": "The rules come from a list and carry no example sentences.",
            },
            "rule": {"type": "array", "items": _rule()},
        },
    }


def _rule() -> dict[str, Any]:
    sentences = {"type": "array", "items": _WORDS}
    return {
        "type": "object",
        "required": ["id", "spun"],
        "additionalProperties": False,
        "properties": {
            "id": {
                "type": "string",
                "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
                "description": "Lower-case words joined by hyphens, unique in the pack.",
            },
            "spun": {**sentences, "minItems": 1, "description": "What spinners write."},
            "original": {**sentences, "description": "What the author wrote, likeliest first."},
            "severity": {
                "enum": ["error", "warning"],
                "description": "error: repair (when left out); warning: report only.",
            },
            "needs": {
                "enum": ["spun-document", ""],
                "description": "Also honest English: repaired only where the document is spun elsewhere.",
            },
            "confidence": {
                "type": "number",
                "minimum": 0.001,
                "maximum": 0.999,
                "description": "How often the rule is right where it fires.",
            },
            "inflect": {
                "enum": ["noun", "verb", ""],
                "description": "Match plurals of the last words, or -s, -ed, -ing forms of the first.",
            },
            "match_case": {"type": "boolean", "description": "The letters must have the case written here."},
            "when": {
                "type": "string",
                "description": "A pattern that the sentence must match; {} is the matched phrase.",
            },
            "unless": {
                "type": "string",
                "description": "A pattern that silences the rule; {} is the matched phrase.",
            },
            "fixes": {
                "type": "array",
                "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
                "description": "Pairs of a spun sentence and the original sentence.",
            },
            "finds": {**sentences, "description": "Sentences in which a rule without an original reports."},
            "keeps": {**sentences, "description": "Sentences that hold the form, or nearly, and must stay."},
            "message": {"type": "string", "description": "A sentence for the report."},
        },
    }
