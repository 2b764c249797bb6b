from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from report_samples import article_result, result_of, results

from cleanup.datatypes import Result
from cleanup.report.as_diff import unified_diff

needs_patch = pytest.mark.skipif(shutil.which("patch") is None, reason="no GNU patch on the PATH")


def diff(result: Result, name: str = "a.txt") -> str:
    return unified_diff(result, before_name=name, after_name=name)


def patched(folder: Path, text: str, difference: str, *flags: str, name: str | None = "a.txt") -> str:
    """What GNU patch makes of ``text``; without a name it finds the file by the headers of the diff."""
    file = folder / (name or "a.txt")
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    command = ["patch", "-s", "-p0", "--fuzz=0", "-u", *flags]
    data = difference.encode("utf-8", "surrogateescape")
    done = subprocess.run([*command, str(file)], input=data, capture_output=True, cwd=folder, check=False)
    assert done.returncode == 0, (done.stdout, difference)
    assert not done.stdout, done.stdout
    return file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else ""


@needs_patch
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=results())
def test_patch_applies_a_diff_forward_and_back(tmp_path: Path, result: Result) -> None:
    difference = diff(result)
    if result.before == result.after:
        assert difference == ""
        return
    assert patched(tmp_path, result.before, difference) == result.after
    assert patched(tmp_path, result.after, difference, "-R") == result.before


@needs_patch
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=results(alphabet="a\n"))
def test_patch_applies_a_diff_between_many_equal_lines(tmp_path: Path, result: Result) -> None:
    if difference := diff(result):
        assert patched(tmp_path, result.before, difference) == result.after


@needs_patch
def test_patch_applies_the_article(tmp_path: Path) -> None:
    result = article_result()
    assert patched(tmp_path, result.before, diff(result)) == result.after


@pytest.mark.parametrize(
    "name", ["with space.txt", 'tab\tand "quote".txt', "back\\slash.txt", "Füße \u202e.txt"]
)
@needs_patch
def test_patch_finds_a_file_by_a_quoted_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("one\n")
    difference = diff(result_of("one\n", (0, 3, "two")), name)
    subprocess.run(["patch", "-s", "-p0"], input=difference.encode(), cwd=tmp_path, check=True)
    assert (tmp_path / name).read_text() == "two\n"


def test_names_are_quoted_as_git_does() -> None:
    result = result_of("one\n", (0, 3, "two"))
    assert diff(result, "a b").startswith("--- a b\t\n+++ a b\t\n")
    assert diff(result, "a\tb").startswith('--- "a\\tb"\n')
    assert diff(result, "x\udcff").startswith('--- "x\\377"\n')


def test_no_change_gives_no_diff() -> None:
    assert diff(result_of("one\n")) == ""


def test_lines_end_at_line_feeds_only_and_keep_their_bytes() -> None:
    result = result_of("x\u2028y\x0cz\r\nnext\r\nlast", (0, 1, "X"), (14, 14, ""))
    assert diff(result).split("@@\n")[1] == (
        "-x\u2028y\x0cz\r\n+X\u2028y\x0cz\r\n next\r\n last\n\\ No newline at end of file\n"
    )


def test_far_changes_stand_in_hunks_of_their_own() -> None:
    text = "".join(f"{n}\n" for n in range(10, 40))
    result = result_of(text, (0, 3, ""), (60, 62, "x"))
    heads = [line for line in diff(result).splitlines() if line.startswith("@@")]
    assert heads == ["@@ -1,4 +1,3 @@", "@@ -18,7 +17,7 @@"]


def test_a_file_that_becomes_empty_names_no_line() -> None:
    assert "@@ -1,1 +0,0 @@\n-one\n" in diff(result_of("one\n", (0, 4, "")))
