"""The language of .gitignore, against git itself."""

from __future__ import annotations

import os
import random
import subprocess
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.gitignore import compile_patterns, parse_gitignore
from cleanup.walk import Selection, find_files

NAMES = (
    "a.txt",
    "b.txt",
    "A.txt",
    "x",
    "[x]",
    "-",
    "!n",
    "#h",
    "a ",
    "é.txt",
    "a\\b",
    "**",
    "fo]o",
    "a\tb",
    "9",
)
DIRECTORIES = ("a", "b", "ab", "a b")
PIECES = (
    "a|b|ab|*|?|**|/|/|[ab]|[!a]|[^a]|[a-c]|[[:alpha:]]|\\*|\\|!|#|.txt|x| |\\ |[|]|[]a]|[a|é|-|\t"
    "|[[:nope:]]|[[:]|[a-]|[\\]]|[c-a]"
).split("|")
TRICKY = [
    ["*.txt", "!a.txt"],
    ["a/", "!a/a.txt"],
    ["a/*", "!a/a.txt"],
    ["/a.txt"],
    ["a/b"],
    ["/a/b/"],
    ["b/"],
    ["**/a.txt"],
    ["a/**"],
    ["a/**/a.txt"],
    ["/**/b"],
    ["/*", "!/a", "/a/*", "!/a/b"],
    ["*", "!*/", "!*.txt"],
    ["*"],
    ["/"],
    ["!"],
    ["#h"],
    ["\\#h"],
    ["\\!n"],
    ["a "],
    ["a\\ "],
    ["a\t"],
    ["[x]"],
    ["\\[x\\]"],
    ["[[:upper:]].txt"],
    ["[!a].txt"],
    ["[]-]"],
    ["?.txt"],
    ["??.txt"],
    ["a\\b", "a\\\\b"],
    ["a\\"],
    ["[a"],
    ["\ufeffa.txt"],
    ["a.txt\r"],
    ["\\*\\*"],
    ["a//b"],
    ["*b*"],
    ["é.txt"],
    ["", " ", "x"],
]


def build_repository(root: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)

    def fill(directory: Path, depth: int) -> None:
        for name in NAMES:
            (directory / name).touch()
        for name in DIRECTORIES if depth else ():
            (directory / name).mkdir()
            fill(directory / name, depth - 1)

    fill(root, 2)
    return root


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_repository(tmp_path_factory.mktemp("repository"))


def kept_by_git(root: Path) -> set[str]:
    """What `git check-ignore` does not name."""
    every = {
        os.path.relpath(os.path.join(directory, name), root)
        for directory, inner, names in os.walk(root)
        if ".git" not in directory.split(os.sep)
        for name in names
    }
    command = ["git", "-C", str(root), "check-ignore", "-z", "--stdin"]
    answer = subprocess.run(
        command, input="\0".join(sorted(every)).encode(), stdout=subprocess.PIPE, check=False
    )
    assert answer.returncode in (0, 1)
    return visible(every - set(os.fsdecode(answer.stdout).split("\0")))


def visible(paths: set[str]) -> set[str]:
    return {path for path in paths if not path.startswith(".git") and "/.git" not in path}


def kept_by_walk(root: Path) -> set[str]:
    found = find_files([str(root)], Selection(include=("*",)))
    assert found.errors == ()
    return {os.path.relpath(path, root) for path in found.files}


@pytest.mark.parametrize("patterns", TRICKY, ids=repr)
def test_a_tricky_pattern_means_what_it_means_to_git(repository: Path, patterns: list[str]) -> None:
    (repository / ".gitignore").write_text("\n".join(patterns) + "\n", encoding="utf-8", newline="")
    (repository / "a" / ".gitignore").write_text("", encoding="utf-8")
    assert kept_by_walk(repository) == kept_by_git(repository)


@pytest.mark.parametrize("seed", range(60))
def test_a_random_pattern_means_what_it_means_to_git(repository: Path, seed: int) -> None:
    """Also in a nested file; `a**/b` is left out, where git before 2.52 mistakes `**/` for a whole part."""
    chance = random.Random(seed)

    def pattern() -> str:
        made = "".join(chance.choices(PIECES, k=chance.randint(1, 5)))
        made = (
            chance.choice(("", "", "!")) + chance.choice(("", "", "/")) + made + chance.choice(("", "", "/"))
        )
        return made if "**" not in made else made.replace("**/", "*/")

    for place in (".gitignore", "a/.gitignore"):
        lines = [pattern() for _ in range(chance.randint(1, 3))]
        (repository / place).write_text("\n".join(lines), encoding="utf-8")
    assert kept_by_walk(repository) == kept_by_git(repository)


@given(st.binary(max_size=60), st.binary(max_size=30).filter(lambda path: b"\0" not in path))
def test_no_content_of_a_gitignore_fails_or_warns(content: bytes, path: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        patterns = parse_gitignore(content)
        if patterns is not None:
            assert patterns.decide(path) in (True, False, None)
            assert patterns.decide(path, is_directory=True) in (True, False, None)


def test_many_stars_take_no_time() -> None:
    patterns = compile_patterns(["*a" * 20 + "b", "**/" * 5 + "*a*a*a*b"])
    assert patterns is not None
    start = time.process_time()
    assert patterns.decide(b"a" * 250) is None
    assert patterns.decide(b"a/" * 60 + b"a" * 100) is None
    assert time.process_time() - start < 2


def test_the_last_pattern_that_matches_decides() -> None:
    patterns = compile_patterns(["*.txt", "!keep.txt", "docs/keep.txt"])
    assert patterns is not None
    assert patterns.decide(b"a/b.txt") is True
    assert patterns.decide(b"a/keep.txt") is False
    assert patterns.decide(b"docs/keep.txt") is True
    assert patterns.decide(b"a/b.md") is None


def test_a_directory_takes_its_files_along_only_when_parents_are_asked_for() -> None:
    patterns = compile_patterns(["vendor/"])
    assert patterns is not None
    assert patterns.decide(b"a/vendor/x.txt") is None
    assert patterns.decide_with_parents(b"a/vendor/x.txt") is True
    assert patterns.decide_with_parents(b"a/vendor") is None
    assert patterns.decide_with_parents(b"a/vendor", is_directory=True) is True


def test_no_patterns_are_none() -> None:
    assert compile_patterns([]) is None
    assert parse_gitignore(b"# only a comment\n\n") is None
