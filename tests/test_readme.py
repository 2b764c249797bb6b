"""What the README shows is what the program does."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = {
    language: re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)
    for language in ("sh", "console", "python", "toml", "yaml")
}
COMMANDS = [line.removeprefix("$ ") for block in BLOCKS["console"] for line in block.splitlines()]


def run_as_it_stands(command: str, tmp_path: Path) -> None:
    """Run a command of the documentation beside a copy of the samples; it has to succeed and say something."""
    shutil.copytree(
        ROOT / "samples", tmp_path / "samples", ignore=shutil.ignore_patterns("*.fixed.*", "*.report.*")
    )
    program, *arguments = shlex.split(command)
    assert program == "cleanup"
    run = subprocess.run(
        [sys.executable, "-m", "cleanup", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout != "") == (0, True), run.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run_as_they_stand(command: str, tmp_path: Path) -> None:
    run_as_it_stands(command, tmp_path)


def test_the_two_commands_install_run_and_test() -> None:
    first, second = (shlex.split(block) for block in BLOCKS["sh"])
    assert first[-3:] == [".venv/bin/cleanup", "fix", "samples/article.txt"]
    assert second[-1] == ".venv/bin/pytest"


def test_the_first_example_is_what_comes_out() -> None:
    (block,) = re.findall(r"^```diff\n(.*?)^```$", README, re.M | re.S)
    run = subprocess.run(
        [sys.executable, "-m", "cleanup", "fix", "--diff", "samples/article.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(block.splitlines()) <= set(run.stdout.splitlines())


def test_every_page_that_the_readme_names_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_python_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    for block in BLOCKS["python"]:
        exec(compile(block, "README.md", "exec"), {})
    assert "organized crime" in capsys.readouterr().out


def test_the_settings_example_is_valid() -> None:
    import tomllib

    from cleanup.config import parse_settings

    (block,) = BLOCKS["toml"]
    table = tomllib.loads(block)["tool"]["cleanup"]
    settings = parse_settings(table, str(ROOT / "pyproject.toml"))
    assert settings.for_path(str(ROOT / "archive" / "x.txt")).edit_threshold == 0.95


def test_the_rule_in_contributing_is_sound() -> None:
    from cleanup.rulebook.lint import find_problems
    from cleanup.rulebook.reader import parse_packs

    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    head = 'source = "CONTRIBUTING.md"\nlicence = "MIT"\n'
    lines = "\n".join(line.strip() for line in block.splitlines())
    assert find_problems(parse_packs([("example.toml", (head + lines).encode())])) == []


def test_every_option_in_the_command_table_exists() -> None:
    flags = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", README)) - {"--version"}
    helps = "".join(
        subprocess.run(
            [sys.executable, "-m", "cleanup", command, "--help"], capture_output=True, text=True, check=True
        ).stdout
        for command in ("fix", "check", "score", "review")
    )
    assert {flag for flag in flags if flag not in helps} == set()
