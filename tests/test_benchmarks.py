"""The programs in benchmarks/: the same texts for the same seed, and a table at the end."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture(scope="module")
def corpus() -> dict[str, Any]:
    return runpy.run_path(str(BENCHMARKS / "corpus.py"))


@pytest.fixture(scope="module")
def runner() -> dict[str, Any]:
    return runpy.run_path(str(BENCHMARKS / "run.py"))


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.txt")}


def test_the_same_seed_writes_the_same_texts(corpus: dict[str, Any], tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        corpus["write_corpus"](tmp_path / name, files=5, spun=0.4, seed=seed)
    one, two, three = (texts(tmp_path / name) for name in ("one", "two", "three"))
    assert len(one) == 5
    assert one == two
    assert one != three


def test_the_command_line_writes_what_the_function_does(corpus: dict[str, Any], tmp_path: Path) -> None:
    corpus["write_corpus"](tmp_path / "called", megabytes=0.01, spun=0.4, seed=3)
    command = [sys.executable, str(BENCHMARKS / "corpus.py"), str(tmp_path / "run")]
    subprocess.run([*command, "--megabytes", "0.01", "--spun", "0.4", "--seed", "3"], check=True)
    assert texts(tmp_path / "run") == texts(tmp_path / "called")
    assert 10_000 <= (tmp_path / "run" / "prose.txt").stat().st_size < 12_000


def test_the_share_says_how_many_words_are_spun(corpus: dict[str, Any], tmp_path: Path) -> None:
    found: dict[float, str] = {}
    for share in (0.0, 0.2, 1.0):
        corpus["write_corpus"](tmp_path / str(share), megabytes=0.02, spun=share)
        found[share] = (tmp_path / str(share) / "prose.txt").read_text("utf-8")
    first = {share: set(text[:15_000].split()) for share, text in found.items()}
    kept = {share: len(first[0.0] & words) for share, words in first.items()}
    assert kept[0.0] > kept[0.2] > kept[1.0]


def test_plain_prose_is_clean_and_spun_prose_is_not(corpus: dict[str, Any], tmp_path: Path) -> None:
    for name, share in (("plain", 0.0), ("spun", 0.5)):
        corpus["write_corpus"](tmp_path / name, megabytes=0.02, spun=share)
    status = {
        name: subprocess.run(
            [sys.executable, "-m", "cleanup", "check", "--look", "close", str(tmp_path / name)],
            capture_output=True,
            check=False,
        ).returncode
        for name in ("plain", "spun")
    }
    assert status == {"plain": 0, "spun": 1}


def test_the_smallest_run_prints_the_table() -> None:
    command = [sys.executable, str(BENCHMARKS / "run.py"), *"--size small --tools cleanup --rounds 1".split()]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    rows = [line.split(" | ") for line in found.stdout.splitlines() if line.startswith("| ")]
    assert rows[0][:4] == ["| text", "command", "min s", "median s"]
    commands = {row[1] for row in rows}
    assert commands >= {"cleanup check", "cleanup check --look close", "cleanup batch, 2 cores"}
    assert all(float(row[2]) > 0 for row in rows[2:])
    assert "failed" not in found.stdout


def test_the_page_takes_the_table(runner: dict[str, Any], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{runner['BEGIN']}\nold\n{runner['END']}\nafter\n", encoding="utf-8")
    runner["put_into"](page, "| new |")
    runner["put_into"](page, "| newer |")
    assert page.read_text("utf-8") == f"before\n{runner['BEGIN']}\n\n| newer |\n\n{runner['END']}\nafter\n"
    page.write_text("no markers", encoding="utf-8")
    with pytest.raises(SystemExit, match="markers"):
        runner["put_into"](page, "| new |")


def test_the_report_names_what_is_missing(runner: dict[str, Any]) -> None:
    text = runner["report"]([], {"cleanup": "1.0"}, ["typos"], size="small", rounds=1)
    assert "cleanup 1.0" in text
    assert text.endswith("Not installed, so skipped: typos.")


def test_our_page_has_the_markers(runner: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert text.index(runner["BEGIN"]) < text.index(runner["END"])


@pytest.mark.parametrize("more", ["", "--look close --spun 0.3 --format parquet"])
def test_the_smallest_run_of_scaling_prints_its_table(more: str) -> None:
    command = [
        sys.executable,
        str(BENCHMARKS / "scaling.py"),
        "--megabytes",
        "0.02",
        "--loop-seconds",
        "0.1",
    ]
    found = subprocess.run([*command, *more.split()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    rows = [line.strip("| ").split(" | ") for line in found.stdout.splitlines() if line.startswith("| ")]
    assert rows[0][:3] == ["MB", "processes", "s"]
    assert [row[:2] for row in rows[2:]] == [["0.02", "1"], ["0.02", "2"]]
    assert all(float(row[2]) > 0 and int(row[8]) > 10 for row in rows[2:])
    assert all(float(row[10]) >= 0 for row in rows[3::2])
