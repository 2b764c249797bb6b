"""What docs/ci.md shows: its commands run, its workflows are valid, and their scripts do their work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_action import ACTION, BAD, BASH, Step, step, workspace  # noqa: F401
from test_readme import run_as_it_stands
from test_report_sarif import VALIDATOR

from cleanup.report import WRITERS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
GOOD = BAD.replace("arranged", "organized")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


COMMANDS = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]
CHANGED, TOLD, REPAIRED = blocks("sh")
WORKFLOW, GITLAB, HOOKS = blocks("yaml")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A repository with spun texts in content/, of which a branch changed one, and stand-ins for pip and gh."""
    repository, programs = tmp_path / "repository", tmp_path / "bin"
    (repository / "content").mkdir(parents=True)
    programs.mkdir()
    for name, script in {
        "cleanup": f'exec "{sys.executable}" -m cleanup "$@"',
        "python": 'printf "%s\\n" "$@" > ../python.txt',
        "gh": 'printf "%s\\n" "$@" > ../gh.txt; test -s "${@: -1}"',
    }.items():
        (programs / name).write_text(f"#!{BASH}\n{script}\n")
        (programs / name).chmod(0o755)
    (repository / "README.md").write_text("Nobody has touched a word of this plain line.\n")
    (repository / "content" / "old.md").write_text(BAD)
    commands = [
        "init --quiet .",
        "add --all",
        "commit --quiet -m old",
        "update-ref refs/remotes/origin/main HEAD",
    ]
    for command in commands:
        git(repository, *command.split())
    (repository / "content" / "a new post.md").write_text(BAD)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "new")
    return repository


def git(repository: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=repository, check=True, capture_output=True)


def run(script: str, repository: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{repository.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [BASH, "-eo", "pipefail", "-c", script],
        cwd=repository,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def follows(schema: str, block: str, tmp_path: Path) -> bool:
    file = tmp_path / "block.yml"
    file.write_text(block)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run_as_they_stand(command: str, tmp_path: Path) -> None:
    run_as_it_stands(command, tmp_path)


def test_every_format_is_in_the_table() -> None:
    first = "".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
    assert set(WRITERS) <= set(re.findall("`([a-z]+)`", first))


def test_every_input_of_the_action_is_in_the_table_with_its_default() -> None:
    rows = {row[0]: row[1] for row in re.findall(r"^\| `([\w-]+)` \| (?:`([^`]*)`)? ?\|", PAGE, re.M)}
    assert {name: entry["default"] for name, entry in ACTION["inputs"].items()}.items() <= rows.items()


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (ROOT / "docs" / target).is_file()


# The workflow for GitHub


def steps() -> list[dict[str, Any]]:
    return yaml.safe_load(WORKFLOW)["jobs"]["cleanup"]["steps"]  # type: ignore[no-any-return]


def test_the_workflow_is_valid_and_asks_for_what_exists(tmp_path: Path) -> None:
    assert follows("vendor.github-workflows", WORKFLOW, tmp_path)
    assert not follows("vendor.github-workflows", WORKFLOW.replace("runs-on", "run-on"), tmp_path)
    (ours,) = [each for each in steps() if "despin" in each.get("uses", "")]
    assert set(ours["with"]) <= set(ACTION["inputs"])
    (upload,) = [each for each in steps() if "upload-sarif" in each.get("uses", "")]
    assert upload["with"]["sarif_file"] == ours["with"]["sarif"]
    assert all("${{" not in each.get("run", "") for each in steps())


def test_the_action_and_the_comment_work_together(step: Step, workspace: Path, content: Path) -> None:  # noqa: F811
    (ours,) = [each for each in steps() if "despin" in each.get("uses", "")]
    (workspace / "content").mkdir()
    (workspace / "content" / "post.md").write_text(BAD)
    (workspace / "README.md").write_text("Fine.\n")
    ran = step("Check", ours["with"])
    assert (ran.status, ran.outputs["findings"]) == (1, "1")
    VALIDATOR.validate(json.loads((workspace / "cleanup.sarif").read_bytes()))
    (comment,) = [each for each in steps() if each.get("name") == "Comment"]
    (content / "cleanup.report.md").write_bytes((workspace / "cleanup.report.md").read_bytes())
    assert run(comment["run"], content, PULL_REQUEST="7; touch pwned").returncode == 0
    assert (content.parent / "gh.txt").read_text().splitlines() == [
        "pr", "comment", "7; touch pwned", "--edit-last", "--create-if-none", "--body-file", "cleanup.report.md",
    ]  # fmt: skip


# GitLab


def test_the_job_is_valid_and_its_script_writes_its_reports(content: Path, tmp_path: Path) -> None:
    assert follows("vendor.gitlab-ci", GITLAB, tmp_path)
    assert not follows("vendor.gitlab-ci", GITLAB.replace("codequality:", "codequalities:"), tmp_path)
    job = yaml.safe_load(GITLAB)["cleanup"]
    assert run("\n".join(job["script"]), content).returncode == 1
    entries = json.loads((content / job["artifacts"]["reports"]["codequality"]).read_bytes())
    assert [each["location"]["path"] for each in entries] == ["content/a new post.md", "content/old.md"]
    assert all((content / path).is_file() for path in job["artifacts"]["paths"])
    told = (content.parent / "python.txt").read_text().split()
    assert told == ["-m", "pip", "install", "git+https://example.org/despin@v0.1.0"]


@pytest.mark.hook
def test_what_the_job_installs_can_be_installed(tmp_path: Path) -> None:
    (line,) = [each for each in yaml.safe_load(GITLAB)["cleanup"]["script"] if "pip install" in each]
    script = line.replace("python ", f'"{sys.executable}" ').replace(
        "git+https://example.org/despin@v0.1.0", f"git+file://{ROOT}"
    )
    done = run(f"{script} --dry-run --no-deps --quiet --report - | head -c 10000", tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"name": "despin"' in done.stdout


# Any other place


def test_only_what_a_branch_changed_is_checked(content: Path) -> None:
    done = run(CHANGED, content)
    assert done.returncode == 123
    assert "content/a new post.md:1:12" in done.stdout
    assert "old.md" not in done.stdout
    git(content, "update-ref", "refs/remotes/origin/main", "HEAD")
    assert (run(CHANGED, content).returncode, run(CHANGED, content).stdout) == (0, "")


def test_findings_are_told_from_mistakes(content: Path) -> None:
    done = run(TOLD, content)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 findings, see cleanup.report.md")
    assert (content / "cleanup.report.md").read_text().startswith("### cleanup: 2 findings in 2 of 2 files")
    for post in (content / "content").iterdir():
        post.write_text(GOOD)
    assert run(TOLD, content).stdout == "nothing looks spun\n"
    (content / ".cleanup.toml").write_text("excluded = []\n")
    done = run(TOLD, content)
    assert (done.returncode, done.stdout) == (2, "cleanup could not do its work\n")


def test_a_repaired_checkout_has_nothing_left(content: Path) -> None:
    done = run(REPAIRED, content)
    assert done.returncode == 0, done.stderr
    assert "[-arranged-]{+organized+}" in done.stdout
    assert {post.read_text() for post in (content / "content").iterdir()} == {GOOD}
    VALIDATOR.validate(json.loads((content / "repairs.sarif").read_bytes()))


def test_the_hooks_exist_and_end_their_arguments() -> None:
    (ours,) = yaml.safe_load(HOOKS)["repos"]
    hooks = {each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    for hook in ours["hooks"]:
        assert hook["id"] in hooks
        assert hook["args"][-1] == "--"
    assert all(hook["args"] == ["--"] for hook in hooks.values())
