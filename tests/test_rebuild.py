"""A slice of the data that ships, built anew by the programs under tools/."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleanup.collocations import decode_logs, load_collocations
from cleanup.thesaurus import OWN_EARLY, OWN_FIRST, OWN_LATE, load_thesaurus

ROOT = Path(__file__).parent.parent
REFERENCE = Path(__file__).parent / "data" / "collocations_slice"
OWN = OWN_FIRST | OWN_EARLY | OWN_LATE


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program that builds the thesaurus."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import build_thesaurus

    return build_thesaurus


def test_a_slice_of_the_spinners_dictionary_comes_out_as_it_ships(builder: Any, tmp_path: Path) -> None:
    lines = (ROOT / "tools" / "spinner_dictionary" / "words.tsv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "slice.tsv").write_text("\n".join(lines[100:4000:40]) + "\n", encoding="utf-8")
    words = load_collocations().words
    pairs = builder.collect(builder.own_pairs(tmp_path), {})
    forms = builder.all_forms(pairs, set(words))
    shipped = _own_pairs(words)
    assert len(forms) > 1000
    missing = [pair for pair, bits in forms.items() if bits & OWN and pair not in shipped]
    assert missing == []


def _own_pairs(words: tuple[str, ...]) -> set[tuple[str, str]]:
    """Every pair of the shipped tables that stands in our own dictionary."""
    table = load_thesaurus(words)
    single = np.repeat(np.arange(len(words)), np.diff(table.single_starts))
    phrases = np.repeat(np.arange(len(table.phrases)), np.diff(table.phrase_starts))
    found = {
        (words[spun], table.text(reading))
        for spun, reading, bits in zip(
            single.tolist(), table.single_readings.tolist(), table.single_sources.tolist(), strict=True
        )
        if bits & OWN
    }
    return found | {
        (" ".join(words[word] for word in table.phrases[spun] if word), table.text(reading))
        for spun, reading, bits in zip(
            phrases.tolist(), table.phrase_readings.tolist(), table.phrase_sources.tolist(), strict=True
        )
        if bits & OWN
    }


@pytest.mark.rebuild
def test_a_slice_of_the_collocations_comes_out_as_before(tmp_path: Path) -> None:
    """The same model and versions give the same rows: 99.9 % of them at least, a rounding step apart."""
    model = os.environ.get("CLEANUP_MODEL", "")
    if not model:
        if os.environ.get("CLEANUP_NO_SKIP"):
            pytest.fail("CLEANUP_MODEL names no model, and CLEANUP_NO_SKIP is set")
        pytest.skip("CLEANUP_MODEL names the language model that the tables were made from")
    small = ["--words", "600", "--contexts", "1000", "--bigrams", "50000", "--trigrams", "10000"]
    command = [sys.executable, str(ROOT / "tools" / "build_collocations.py"), model, *small]
    subprocess.run([*command, "--output", str(tmp_path)], check=True, capture_output=True)
    assert (tmp_path / "words.txt").read_bytes() == (REFERENCE / "words.txt").read_bytes()
    for kind in ("bigram", "trigram"):
        made, known = _entries(tmp_path, kind), _entries(REFERENCE, kind)
        same = sum(key in known and abs(known[key] - log) <= 1 / 16 for key, log in made.items())
        assert same >= 0.999 * len(made)


def _entries(directory: Path, kind: str) -> dict[tuple[int, int], float]:
    counts = np.load(directory / f"{kind}_counts.npy")
    words = np.load(directory / f"{kind}_words.npy").tolist()
    logs = decode_logs(np.load(directory / f"{kind}_logs.npy")).tolist()
    rows = np.repeat(np.arange(len(counts)), counts).tolist()
    return dict(zip(zip(rows, words, strict=True), logs, strict=True))
