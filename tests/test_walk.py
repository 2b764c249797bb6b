"""Which files are meant: what is named, what a directory holds, what is left out and said so."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.walk import DEFAULT_INCLUDE, Found, Selection, find_files


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test works in an empty directory of its own, with short relative paths."""
    monkeypatch.chdir(tmp_path)


def make(*paths: str, text: str = "") -> None:
    for path in paths:
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")


def find(*paths: str, **options: Any) -> Found:
    return find_files(paths, Selection(**options))


def files(*paths: str, **options: Any) -> tuple[str, ...]:
    found = find(*paths, **options)
    assert found.errors == ()
    return found.files


@given(st.permutations(["docs", "docs/b.txt", "a.txt", "docs/sub", "."]))
def test_the_order_of_the_paths_changes_nothing(paths: list[str]) -> None:
    make("a.txt", "docs/b.txt", "docs/sub/c.md")
    assert find(*paths) == find(".", "a.txt", "docs", "docs/b.txt", "docs/sub")


def test_a_directory_gives_its_prose_sorted_by_parts() -> None:
    make("d/b.txt", "d/a/z.md", "d/a.txt", "d/a-b/x.html", "d/code.py", "d/data.json", "d/README", "d/c.HTML")
    assert files("d") == ("d/a/z.md", "d/a-b/x.html", "d/a.txt", "d/b.txt")


def test_paths_stay_as_they_were_given(tmp_path: Path) -> None:
    make("d/a.txt")
    assert files("d") == ("d/a.txt",)
    assert files("d/") == ("d/a.txt",)
    assert files(".") == ("./d/a.txt",)
    assert files(str(tmp_path)) == (str(tmp_path / "d" / "a.txt"),)
    os.chdir("d")
    assert files("../d") == ("../d/a.txt",)


def test_an_empty_directory_gives_nothing_and_no_error() -> None:
    os.mkdir("d")
    assert find("d") == Found(())
    assert find() == Found(())


def test_hidden_and_version_control_entries_are_left_out_of_walks_but_taken_when_named() -> None:
    make(
        "d/.hidden.txt", "d/.git/description.txt", "d/.venv/a.txt", "d/CVS/a.txt", "d/_darcs/a.txt", "d/a.txt"
    )
    assert files("d") == ("d/a.txt",)
    assert files("d/.hidden.txt", "d/.venv") == ("d/.hidden.txt", "d/.venv/a.txt")


def test_the_same_file_named_twice_is_taken_once() -> None:
    make("d/a.txt")
    assert files("d/a.txt", "d/a.txt", "d", "./d/a.txt") == ("./d/a.txt",)


def test_a_file_is_taken_under_its_own_name_before_a_link_to_it() -> None:
    make("d/b.txt")
    os.symlink("b.txt", "d/a.txt")
    assert files("d") == ("d/b.txt",)
    assert files("d/a.txt") == ("d/a.txt",)
    assert files("d/a.txt", "d/b.txt") == ("d/b.txt",)


def test_linked_files_are_taken_and_linked_directories_not_followed() -> None:
    make("real/a.txt", "d/x.txt", "outside.txt")
    os.symlink("../real", "d/link")
    os.symlink("../outside.txt", "d/o.txt")
    os.symlink("nowhere.txt", "d/broken.txt")
    os.symlink("self.txt", "d/self.txt")
    assert files("d") == ("d/o.txt", "d/x.txt")
    assert files("d/link") == ("d/link/a.txt",)


def test_circles_of_links_end() -> None:
    make("d/a.txt", "d/e/b.txt")
    os.symlink("..", "d/e/up")
    os.symlink(".", "d/here")
    assert files("d", "d/e/up", "d/here") == ("d/a.txt", "d/e/b.txt")


def test_special_files_are_left_out_of_walks_and_errors_when_named() -> None:
    os.mkdir("d")
    os.mkfifo("d/pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("d/s.txt")
        assert find("d") == Found(())
        assert find("d/pipe.txt", "d/s.txt", "/dev/null").errors == (
            "d/pipe.txt: is a named pipe, not a file: pass its text on stdin, with `-` as the path",
            "d/s.txt: is a socket, not a file",
            "/dev/null: is a device, not a file",
        )


def test_a_missing_path_is_an_error_and_the_others_are_found() -> None:
    make("a.txt")
    os.symlink("nowhere", "broken.txt")
    found = find("no.txt", "a.txt", "a.txt/x", "broken.txt", "bad\0name", "no.txt")
    assert found.files == ("a.txt",)
    assert found.errors == (
        "no.txt: no such file or directory: check the path",
        "a.txt/x: no such file or directory: check the path",
        "broken.txt: no such file or directory: check the path",
        "bad\\x00name: no file can have this name",
    )


def test_an_unreadable_directory_is_an_error_and_the_rest_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    make("d/a.txt", "d/locked/b.txt", "d/z/c.txt")
    scandir = os.scandir

    def locked(path: str) -> Iterator[os.DirEntry[str]]:
        if path.rstrip("/").endswith("locked"):
            raise PermissionError(errno.EACCES, "no")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    found = find("d")
    assert found.files == ("d/a.txt", "d/z/c.txt")
    assert found.errors == ("d/locked/: permission denied",)


def test_names_that_are_no_utf8_are_found_in_walks_and_when_named() -> None:
    os.mkdir("d")
    name = os.fsdecode(b"d/caf\xe9.txt")
    make(name)
    make("d/.gitignore", text="*.md\n")
    assert files("d") == (name,)
    assert files(name) == (name,)
    assert files("d", exclude=("caf*",)) == ()
    assert find(os.fsdecode(b"no\xff.txt")).errors == (
        "no\\xff.txt: no such file or directory: check the path",
    )


@pytest.mark.parametrize(
    "name", ["a.fixed.txt", "a.report.html", "a.md.report.html", "a.report.json", ".fixed.x"]
)
def test_our_own_outputs_are_never_inputs(name: str) -> None:
    make(f"d/{name}", "d/b.txt")
    assert files("d", include=("*",)) == ("d/b.txt",)
    assert find(f"d/{name}", include=("*",)) == Found(
        (), ((f"d/{name}", "our own output: rename it to read it anyway"),)
    )


@pytest.mark.parametrize("suffix", ["py", "json", "csv", "PY", "tex", "svg", "yaml", "ipynb"])
def test_a_named_file_that_is_no_prose_is_skipped_unless_an_include_asks_for_it(suffix: str) -> None:
    name = f"d/a.{suffix}"
    make(name)
    skipped = find(name)
    assert skipped == Found((), ((name, f"not prose: add --include '*.{suffix}' to read it anyway"),))
    assert files(name, include=(*DEFAULT_INCLUDE, f"*.{suffix}")) == (name,)
    assert files(name, include=("d/*",)) == (name,)


@pytest.mark.parametrize("name", ["README", "notes.rst", "a.log", "a.txt.orig", "page.html", "Makefile"])
def test_a_named_file_of_another_kind_is_taken(name: str) -> None:
    make(name)
    assert files(name) == (name,)


def test_an_include_pattern_matches_the_name_or_the_path() -> None:
    make("d/a.rst", "d/docs/b.rst", "d/docs/c.py", "d/x.txt")
    assert files("d", include=("*.rst",)) == ("d/a.rst", "d/docs/b.rst")
    assert files("d", include=("docs/*",)) == ("d/docs/b.rst", "d/docs/c.py")
    assert files("d", include=("/d/docs/*.rst",)) == ("d/docs/b.rst",)
    assert files("d", include=("*", "!*.py")) == ("d/a.rst", "d/docs/b.rst", "d/x.txt")
    assert files(os.path.abspath("d"), include=("d/a.*",)) == (os.path.abspath("d/a.rst"),)


def test_exclude_removes_in_walks_by_name_path_and_directory() -> None:
    make("d/a.txt", "d/vendor/b.txt", "d/sub/vendor/c.txt", "d/sub/keep.md", "d/sub/x.md")
    assert files("d", exclude=("vendor/",)) == ("d/a.txt", "d/sub/keep.md", "d/sub/x.md")
    assert files("d", exclude=("d/sub/",)) == ("d/a.txt", "d/vendor/b.txt")
    assert files("d", exclude=("/sub",)) == ("d/a.txt", "d/vendor/b.txt")
    assert files("d", exclude=("*.md", "!keep.md", "vendor")) == ("d/a.txt", "d/sub/keep.md")


def test_exclude_spares_named_paths_unless_it_is_forced() -> None:
    make("vendor/a.txt", "b.txt")
    assert files("vendor/a.txt", "vendor", "b.txt", exclude=("vendor/",)) == ("b.txt", "vendor/a.txt")
    forced = find(
        "vendor/a.txt",
        "vendor",
        os.path.abspath("vendor"),
        "b.txt",
        exclude=("/vendor/",),
        force_exclude=True,
    )
    assert forced.files == ("b.txt",)
    assert forced.skipped == tuple(
        (path, "excluded") for path in ("vendor/a.txt", "vendor", os.path.abspath("vendor"))
    )


def test_gitignore_counts_without_a_repository_and_can_be_switched_off() -> None:
    make("d/a.txt", "d/b.txt", "d/sub/b.txt", "d/out/c.txt")
    make("d/.gitignore", text="/b.txt\nout/\n")
    make("d/sub/.gitignore", text="!b.txt\n")
    assert files("d") == ("d/a.txt", "d/sub/b.txt")
    assert files("d", respect_gitignore=False) == ("d/a.txt", "d/b.txt", "d/out/c.txt", "d/sub/b.txt")
    assert files("d/b.txt", "d/out") == ("d/b.txt", "d/out/c.txt")


def test_gitignore_above_counts_up_to_the_repository_and_no_further() -> None:
    make("r/.git/info/exclude", text="secret.txt\n")
    make("r/docs/a/x.txt", "r/docs/a/secret.txt", "r/docs/a/y.md", "r/docs/a/z.txt", "r/docs/a/out.txt")
    make(".gitignore", text="x.txt\n")
    make("r/.gitignore", text="*.md\n/docs/a/z.txt\n")
    make("r/docs/.gitignore", text="a/out.txt\n")
    assert files("r/docs/a") == ("r/docs/a/x.txt",)
    assert files("r") == ("r/docs/a/x.txt",)
    os.chdir("r/docs")
    assert files("a") == ("a/x.txt",)


def test_without_a_repository_nothing_above_counts() -> None:
    make(".gitignore", text="*.txt\n")
    make("d/a.txt")
    assert files("d") == ("d/a.txt",)


def test_a_repository_inside_another_begins_afresh() -> None:
    make("r/.git/HEAD", "r/a.txt", "r/inner/a.txt", "r/inner/b.txt", "r/ignored/a.txt", "r/ignored/.git/HEAD")
    make("r/.gitignore", text="a.txt\nignored/\n")
    make("r/inner/.git/info/exclude", text="b.txt\n")
    assert files("r") == ("r/inner/a.txt",)


def test_a_file_as_dot_git_marks_a_repository_too() -> None:
    make("r/.git", text="gitdir: elsewhere\n")
    make("r/.gitignore", text="/d/a.txt\n")
    make("r/d/a.txt", "r/d/b.txt")
    assert files("r/d") == ("r/d/b.txt",)


def test_a_linked_or_special_gitignore_is_no_gitignore() -> None:
    make("d/a.txt", "d/e/b.txt")
    make("rules", text="*.txt\n")
    os.symlink("../rules", "d/.gitignore")
    os.mkfifo("d/e/.gitignore")
    assert files("d") == ("d/a.txt", "d/e/b.txt")


def test_a_gitignore_that_cannot_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    make("d/a.txt", "d/.gitignore")
    open_file = os.open

    def locked(path: str, *arguments: int) -> int:
        if path.endswith(".gitignore"):
            raise PermissionError(errno.EACCES, "no")
        return open_file(path, *arguments)

    monkeypatch.setattr(os, "open", locked)
    found = find("d")
    assert found.files == ("d/a.txt",)
    assert len(found.errors) == 1
    assert found.errors[0].endswith("/d/.gitignore: permission denied")


def test_a_real_repository_gives_what_git_lists() -> None:
    subprocess.run(["git", "init", "--quiet", "r"], check=True)
    make(
        "r/a.txt", "r/docs/b.md", "r/docs/out/c.md", "r/build/d.txt", "r/build/keep/e.txt", "r/x/build/f.txt"
    )
    make("r/.gitignore", text="/build/*\n!/build/keep/\nout/\n")
    make("r/x/.gitignore", text="build\n")
    listing = subprocess.run(
        ["git", "-C", "r", "ls-files", "-o", "--exclude-standard"],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    wanted = sorted(f"r/{path}" for path in listing.stdout.split() if ".gitignore" not in path)
    assert sorted(files("r")) == wanted == ["r/a.txt", "r/build/keep/e.txt", "r/docs/b.md"]


def test_a_deep_tree_needs_no_recursion() -> None:
    make("/".join(["d"] * 400) + "/deep.txt")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        assert len(files("d")) == 1
    finally:
        sys.setrecursionlimit(limit)


def test_two_thousand_files_take_a_tenth_of_a_second() -> None:
    for directory in range(20):
        os.makedirs(f"t/d{directory}/sub")
        for number in range(100):
            open(f"t/d{directory}/sub/f{number}.txt", "w").close()
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        found = files("t")
        best = min(best, time.process_time() - start)
    assert len(found) == 2_000
    assert best < 0.1


def test_neither_import_nor_an_ascii_file_loads_heavy_modules() -> None:
    program = (
        "import sys, cleanup.walk, cleanup.files\n"
        "assert cleanup.files.decode(b'plain text').text == 'plain text'\n"
        "print({'charset_normalizer', 'pathspec', 'tempfile', 'hashlib'} & set(sys.modules))"
    )
    root = Path(__file__).parent.parent
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE, check=True, text=True
    )
    assert answer.stdout == "set()\n"
