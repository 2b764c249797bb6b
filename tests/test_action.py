"""The GitHub Action: its metadata is valid, and its scripts do what they say when a runner runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from test_report_formats import commands_of
from test_report_sarif import VALIDATOR

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
BASH = shutil.which("bash") or "bash"
BAD = "They fight arranged crime in all of the towns.\n"
COMMAND = re.compile(r"::([\w-]+)(?: [^:]*)?::(.*)")


class Ran(NamedTuple):
    """What a step left behind."""

    status: int
    lines: list[str]
    commands: list[str]
    outputs: dict[str, str]
    summary: str


Step = Callable[..., Ran]


def outputs_of(text: str) -> dict[str, str]:
    """The outputs of a step as a runner reads them."""
    out: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if "<<" in line.split("=")[0]:
            name, end = line.split("<<", 1)
            value = []
            while (part := next(lines)) != end:
                value.append(part)
            out[name] = "\n".join(value)
        else:
            name, value_ = line.split("=", 1)
            out[name] = value_
    return out


def commands_in(lines: list[str]) -> list[str]:
    """The lines that a runner takes for commands, with stop-commands as it understands it."""
    out, token = [], ""
    for line in lines:
        match = COMMAND.match(line.lstrip())
        if token:
            token = "" if line.strip() == f"::{token}::" else token
        elif match and match[1] == "stop-commands":
            token = match[2]
        elif match:
            out.append(line)
    assert not token
    return out


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    workspace = tmp_path / "work space"
    (workspace / "docs").mkdir(parents=True)
    for name, text in {"a.txt": BAD, "docs/b c.md": BAD, "docs/clean.txt": "Nobody touched it.\n"}.items():
        (workspace / name).write_text(text)
    return workspace


@pytest.fixture
def step(tmp_path: Path, workspace: Path) -> Step:
    """Run a step as a runner does: its script in a file, inputs in the environment, nothing else."""
    temporary = tmp_path / "runner temp"
    binaries = temporary / "cleanup-venv" / "bin"
    binaries.mkdir(parents=True)
    program = binaries / "cleanup"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cleanup "$@"\n')
    program.chmod(0o755)

    def run(name: str, inputs: Mapping[str, str] | None = None, **environment: str) -> Ran:
        given = {key: str(entry.get("default", "")) for key, entry in ACTION["inputs"].items()} | dict(
            inputs or {}
        )
        files = {key: tmp_path / key for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        variables = {
            key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: given[match[1]], value)
            for key, value in STEPS[name].get("env", {}).items()
        }
        script = tmp_path / "script.sh"
        script.write_text(STEPS[name]["run"])
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=workspace,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "CLEANUP_CACHE_DIR": os.environ["CLEANUP_CACHE_DIR"],
                "GITHUB_ACTION_PATH": str(ROOT),
                "RUNNER_TEMP": str(temporary),
                **{key: str(file) for key, file in files.items()},
                **variables,
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        lines = done.stdout.decode("utf-8", "surrogateescape").splitlines()
        outputs = outputs_of(files["GITHUB_OUTPUT"].read_text())
        return Ran(
            done.returncode, lines, commands_in(lines), outputs, files["GITHUB_STEP_SUMMARY"].read_text()
        )

    return run


def test_the_metadata_follows_the_schema_of_actions(tmp_path: Path) -> None:
    def check(path: Path) -> int:
        command = [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-actions",
            str(path),
        ]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert check(ROOT / "action.yml") == 0
    broken = tmp_path / "action.yml"
    broken.write_text((ROOT / "action.yml").read_text().replace("using: composite", "using: compost"))
    assert check(broken) == 1


def test_no_input_is_written_into_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
        assert all(re.fullmatch(r"\$\{\{ inputs\.[\w-]+ \}\}", value) for value in step["env"].values())
    used = {
        re.search(r"inputs\.([\w-]+)", value)[1] for step in STEPS.values() for value in step["env"].values()
    }  # type: ignore[index]
    assert used == set(ACTION["inputs"])
    assert all(entry["description"] for entry in [*ACTION["inputs"].values(), *ACTION["outputs"].values()])


def test_findings_become_annotations_outputs_a_summary_and_a_log(step: Step, workspace: Path) -> None:
    ran = step("Check", {"comment": "note.report.md"})
    assert ran.status == 1
    found = commands_of("\n".join(ran.commands))
    assert [(name, each["file"]) for name, each, _ in found] == [("error", "a.txt"), ("error", "docs/b c.md")]
    assert ran.outputs == {"findings": "2", "sarif": "cleanup.sarif", "comment": "note.report.md"}
    log = json.loads((workspace / "cleanup.sarif").read_bytes())
    VALIDATOR.validate(log)
    assert len(log["runs"][0]["results"]) == 2
    assert ran.summary == (workspace / "note.report.md").read_text()
    assert ran.summary.startswith("### cleanup: 2 findings in 2 of 3 files")


def test_fail_on_and_clean_runs(step: Step, workspace: Path) -> None:
    assert step("Check", {"fail-on": "never"}).status == 0
    ran = step("Check", {"paths": "docs/clean.txt", "sarif": "", "summary": "false"})
    assert (ran.status, ran.commands, ran.outputs["findings"], ran.summary) == (0, [], "0", "")
    assert sorted(each.name for each in workspace.iterdir()) == ["a.txt", "cleanup.sarif", "docs"]


def test_options_and_paths_are_one_a_line(step: Step) -> None:
    ran = step("Check", {"paths": "docs/b c.md\n\n", "args": "--ignore=law\n--look=close\n"})
    assert (ran.status, ran.outputs["findings"]) == (0, "0")
    assert step("Check", {"paths": ""}).outputs["findings"] == "2"
    assert step("Check", {"paths": "-x.txt\na.txt"}).status == 2  # a path, not an option


def test_a_mistake_is_told_and_fails_the_step(step: Step) -> None:
    ran = step("Check", {"paths": "gone.txt\na.txt"})
    assert (ran.status, ran.outputs["findings"], len(ran.commands)) == (2, "1", 1)
    assert any("gone.txt" in line for line in ran.lines)
    ran = step("Check", {"fail-on": "sometimes"})
    assert (ran.status, ran.outputs["findings"]) == (2, "0")
    assert step("Check", {"sarif": "log.xml"}).status == 2


@pytest.mark.parametrize("name", ["paths", "args", "fail-on", "annotations", "summary", "sarif", "comment"])
def test_no_input_is_read_as_shell_or_as_an_output(step: Step, workspace: Path, name: str) -> None:
    signs = [
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned #",
        "' ; touch pwned ; '",
        '" ; touch pwned ; "',
    ]
    ran = step("Check", {name: "\n".join([*signs, "a=b", "c<<d"])})
    assert not list(workspace.rglob("pwned"))
    assert set(ran.outputs) == {"findings", "sarif", "comment"}


@pytest.mark.parametrize("annotations", ["true", "false"])
def test_no_file_gives_the_runner_a_command(step: Step, workspace: Path, annotations: str) -> None:
    for name in ("::add-mask::a.txt", "::stop-commands::x.txt", "##[error]b.txt"):
        (workspace / name).write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
        (workspace / f"x {name}").write_text(f"::warning::{BAD}")
    (workspace / "::error::c.txt").write_text(f"{BAD}::error::arranged crime\n")
    ran = step("Check", {"annotations": annotations})
    assert any("::add-mask::a.txt" in line for line in ran.lines)  # told, and fenced
    kinds = {command.split(" ")[0] for command in ran.commands}
    assert kinds == ({"::error"} if annotations == "true" else set())
    assert not any(
        re.match("::(add-mask|stop-commands|error|warning)::", command) for command in ran.commands
    )


def test_a_version_that_is_none_is_refused(step: Step, workspace: Path) -> None:
    for version in ("1.0; touch pwned", "1.0 --index-url=http://example.org", "-r x"):
        ran = step("Install cleanup", {"version": version})
        assert (ran.status, len(ran.commands)) == (2, 1)
    assert not list(workspace.rglob("pwned"))


def test_an_old_python_is_told_with_the_remedy(step: Step, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "python3"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    ran = step("Install cleanup", PATH=f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    assert ran.status == 2
    assert "actions/setup-python" in ran.commands[0]


@pytest.mark.hook
def test_it_installs_itself_and_then_checks(step: Step, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "runner temp" / "cleanup-venv")
    environment = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
    ran = step("Install cleanup", **environment)
    assert ran.status == 0, "\n".join(ran.lines)
    assert step("Check").outputs["findings"] == "2"
