"""The hooks, run by the real pre-commit from this repository in a scratch repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRE_COMMIT = shutil.which("pre-commit", path=str(Path(sys.executable).parent))
BAD = "They fight arranged crime in all of the towns.\n"
ODD = ("a post with spaces.md", "café — 日本.txt", "-dash.md")
GOOD = "They fight organized crime in all of the towns.\n"

pytestmark = pytest.mark.hook


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of hook environments for all tests here: building one takes a while."""
    if PRE_COMMIT is None:
        if os.environ.get("CLEANUP_NO_SKIP"):
            pytest.fail("pre-commit is not installed")
        pytest.skip("pre-commit is not installed: pip install -e '.[hook]'")
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def project(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project as it stands, committed, so that all tests share one environment."""
    project = tmp_path_factory.mktemp("project")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    for name in map(os.fsdecode, filter(None, names)):
        if (ROOT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project / name)
    git("init", "--quiet", ".", cwd=project)
    git("add", "--all", "--force", cwd=project)
    git("commit", "--quiet", "--message", "As it stands", cwd=project)
    return project


def git(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    return subprocess.run(
        ["git", *identity, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        check="commit" not in arguments or cwd.name.startswith("project"),
        capture_output=True,
        text=True,
    )


def pre_commit(*arguments: str, scratch: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    assert PRE_COMMIT
    environment = {**os.environ, "PRE_COMMIT_HOME": str(cache)}
    command = [PRE_COMMIT, *arguments]
    return subprocess.run(command, cwd=scratch, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def scratch(tmp_path: Path, project: Path) -> Path:
    """A content repository with spun files of odd names, a clean one, an excluded one, code, and an image."""
    git("init", "--quiet", ".", cwd=tmp_path)
    rev = git("rev-parse", "HEAD", cwd=project).stdout.strip()
    hooks = "".join(f"      - id: {hook}\n" for hook in ("cleanup", "cleanup-fix"))
    config = f"repos:\n  - repo: {project}\n    rev: {rev}\n    hooks:\n{hooks}"
    (tmp_path / ".pre-commit-config.yaml").write_text(config)
    (tmp_path / ".cleanup.toml").write_text("exclude = ['drafts/']\n")
    (tmp_path / "drafts").mkdir()
    for name in ("post.md", "drafts/old.md", "tool.py", *ODD):
        (tmp_path / name).write_text(BAD, encoding="utf-8")
    (tmp_path / "clean.txt").write_text("Nobody has touched a word of this plain line.\n")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    git("add", "-A", cwd=tmp_path)
    return tmp_path


def test_the_default_hook_checks_and_writes_nothing(scratch: Path, cache: Path) -> None:
    run = pre_commit("run", "cleanup", "--all-files", scratch=scratch, cache=cache)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "exit code: 1" in run.stdout
    assert "files were modified" not in run.stdout
    for name in ("post.md", *ODD):
        assert f"{name}:1:12 law/organized-crime" in run.stdout
        assert (scratch / name).read_text(encoding="utf-8") == BAD
    assert "drafts/old.md" not in run.stdout
    assert "tool.py" not in run.stdout


def test_the_second_hook_writes_and_prints_every_change(scratch: Path, cache: Path) -> None:
    run = pre_commit("run", "cleanup-fix", "--all-files", scratch=scratch, cache=cache)
    assert run.returncode == 1, run.stdout + run.stderr  # pre-commit fails a hook that modifies files
    assert "files were modified by this hook" in run.stdout
    assert "exit code" not in run.stdout  # it is the change that fails, not the program
    for name in ("post.md", *ODD):
        assert f"{name}:1:12 law/organized-crime" in run.stdout
        assert (scratch / name).read_text(encoding="utf-8") == GOOD
    assert (scratch / "drafts" / "old.md").read_text() == BAD
    assert (scratch / "tool.py").read_text() == BAD
    assert not list(scratch.rglob("*.fixed.*")) + list(scratch.rglob("*.report.*"))
    git("add", "-A", cwd=scratch)
    run = pre_commit("run", "--all-files", scratch=scratch, cache=cache)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("Passed") == 2


def test_a_commit_is_stopped_until_the_text_is_repaired(scratch: Path, cache: Path) -> None:
    assert pre_commit("install", scratch=scratch, cache=cache).returncode == 0
    commit = ["commit", "--quiet", "--message", "A post"]
    stopped = git(*commit, cwd=scratch, PRE_COMMIT_HOME=str(cache))
    assert stopped.returncode == 1
    assert "post.md:1:12 law/organized-crime" in stopped.stderr
    git("add", "-A", cwd=scratch)  # the second hook repaired it meanwhile
    passed = git(*commit, cwd=scratch, PRE_COMMIT_HOME=str(cache))
    assert passed.returncode == 0, passed.stdout + passed.stderr
    committed = git("-c", "core.quotePath=false", "show", "HEAD:post.md", cwd=scratch).stdout
    assert committed == GOOD


def test_arguments_and_mistakes_reach_the_program(scratch: Path, cache: Path) -> None:
    config = scratch / ".pre-commit-config.yaml"
    text = config.read_text().replace("id: cleanup\n", "id: cleanup\n        args: [--ignore=law, --]\n")
    config.write_text(text)
    run = pre_commit("run", "cleanup", "--all-files", scratch=scratch, cache=cache)
    assert run.returncode == 0, run.stdout + run.stderr
    (scratch / ".cleanup.toml").write_text("excluded = []\n")
    run = pre_commit("run", "cleanup", "--all-files", scratch=scratch, cache=cache)
    assert run.returncode == 1
    assert "exit code: 2" in run.stdout
    assert ".cleanup.toml" in run.stdout
    assert "Traceback" not in run.stdout
