"""``cleanup score``: how much of each document a spinner touched."""

from __future__ import annotations

from collections.abc import Sequence

from cleanup.cli.choices import Choices
from cleanup.cli.console import put
from cleanup.cli.inputs import Inputs
from cleanup.datatypes import Result
from cleanup.report.as_json import dumps
from cleanup.report.visible import make_visible


def score_paths(paths: Sequence[str], choices: Choices, output_format: str) -> int:
    """Print one line, or one JSON object, for each document."""
    inputs = Inputs(paths, choices)
    for _, result in inputs.results():
        put(_as_json(result) if output_format == "json" else _as_text(result))
    return 2 if inputs.failed else 0


def _as_json(result: Result) -> str:
    evidence = [{"kind": item.kind, "text": item.text} for item in result.spin.evidence]
    scores = {"path": result.path, "spin_score": result.spin.score, "spin_rate": result.spin.rate}
    return dumps({**scores, "evidence": evidence}) + "\n"


def _as_text(result: Result) -> str:
    scores = f"spin score {result.spin.score:.2f}, spin rate {result.spin.rate:.2f}"
    return f"{make_visible(result.path)}: {scores}\n" + "".join(
        f"  {item.kind}: {make_visible(item.text)}\n" for item in result.spin.evidence
    )
