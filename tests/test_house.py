"""The standing checks: lint, format, types, import contracts, and what the wheel holds."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_house_rules_hold(command: list[str]) -> None:
    tool = Path(sys.executable).with_name(command[0])
    run = subprocess.run([str(tool), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_modules_stay_small() -> None:
    """Past 400 lines a module becomes a package of the same name."""
    sizes = {
        path: len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.glob("cleanup/**/*.py")
    }
    assert {str(path): size for path, size in sizes.items() if size > 400} == {}


def test_only_the_command_line_touches_standard_output() -> None:
    speaking = {
        str(path.relative_to(ROOT / "cleanup"))
        for path in ROOT.glob("cleanup/**/*.py")
        if "sys.stdout" in path.read_text(encoding="utf-8")
    }
    assert speaking == {"__main__.py", "cli/console.py"}


def test_wheel_holds_rules_and_data(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            str(tmp_path),
            str(ROOT),
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in [*ROOT.glob("rules/**/*.toml"), *ROOT.glob("rules/**/*.tsv")]:
        assert f"cleanup/{path.relative_to(ROOT)}" in names
    data = [path for path in ROOT.glob("cleanup/data/**/*") if path.is_file()]
    for path in [*data, *ROOT.glob("cleanup/report/page/*/*.*"), *ROOT.glob("cleanup/report/schemas/*")]:
        assert str(path.relative_to(ROOT)) in names
    assert "cleanup/py.typed" in names
    assert wheel.stat().st_size < 25_000_000
