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


def git(*arguments: str, cwd: Path) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


def try_hook(hook: str, scratch: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    assert PRE_COMMIT
    environment = {**os.environ, "PRE_COMMIT_HOME": str(cache)}
    command = [PRE_COMMIT, "try-repo", str(ROOT), hook, "--all-files", "--verbose"]
    return subprocess.run(command, cwd=scratch, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A content repository with a spun file, a clean one, an excluded one, code, and an image."""
    git("init", "--quiet", ".", cwd=tmp_path)
    (tmp_path / ".cleanup.toml").write_text("exclude = ['drafts/']\n")
    (tmp_path / "drafts").mkdir()
    for name in ("post.md", "drafts/old.md", "tool.py"):
        (tmp_path / name).write_text(BAD)
    (tmp_path / "clean.txt").write_text("Nobody has touched a word of this plain line.\n")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    git("add", "-A", cwd=tmp_path)
    return tmp_path


def test_the_default_hook_checks_and_writes_nothing(scratch: Path, cache: Path) -> None:
    run = try_hook("cleanup", scratch, cache)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "post.md:1:12 law/organized-crime" in run.stdout
    assert "drafts/old.md" not in run.stdout
    assert "tool.py" not in run.stdout
    assert (scratch / "post.md").read_text() == BAD


def test_the_second_hook_writes_and_prints_every_change(scratch: Path, cache: Path) -> None:
    run = try_hook("cleanup-fix", scratch, cache)
    assert run.returncode == 1, run.stdout + run.stderr  # pre-commit fails a hook that modifies files
    assert "law/organized-crime" in run.stdout
    assert (scratch / "post.md").read_text() == GOOD
    assert (scratch / "drafts" / "old.md").read_text() == BAD
    assert (scratch / "tool.py").read_text() == BAD


def test_a_clean_repository_passes(scratch: Path, cache: Path) -> None:
    git("rm", "--quiet", "-f", "post.md", cwd=scratch)
    run = try_hook("cleanup", scratch, cache)
    assert run.returncode == 0, run.stdout + run.stderr
