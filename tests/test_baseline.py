"""A repository starts clean: what is known today is not reported, what is new is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import Cli

ROOT = Path(__file__).parent.parent
BAD = "They fight arranged crime in all of the towns.\n"
GOOD = "They fight organized crime in all of the towns.\n"
NAME = ".cleanup-decisions.toml"


def test_check_is_clean_after_a_baseline_and_finds_what_is_new(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    Path("b.md").write_text(f"- {BAD}")
    run = cli("baseline", ".")
    assert (run.status, run.out) == (0, f"{NAME}: 2 findings recorded\n".encode())
    assert cli("check", ".") == (0, b"", "")
    assert cli("fix", "--in-place", "a.txt").status == 0
    assert Path("a.txt").read_text() == BAD
    Path("a.txt").write_text(BAD + "\nThe police fight arranged crime in the city.\n")
    run = cli("check", ".")
    assert run.status == 1
    assert run.out.count(b"\n") == 1
    assert b"a.txt:3:18 law/organized-crime" in run.out


@pytest.mark.parametrize("look", ["quick", "close"])
@pytest.mark.parametrize("quotes", ["auto", "keep"])
def test_no_finding_of_the_article_is_left(cli: Cli, look: str, quotes: str) -> None:
    shutil.copy(ROOT / "samples" / "article.txt", "a.txt")
    assert cli("baseline", "a.txt").status == 0
    assert cli("check", "a.txt", "--look", look, "--quotes", quotes) == (0, b"", "")
    assert cli("fix", "--diff", "a.txt").out == b""


def test_a_second_baseline_adds_what_is_new_and_no_more(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    cli("baseline", "a.txt")
    first = Path(NAME).read_bytes()
    cli("baseline", "a.txt")
    assert Path(NAME).read_bytes() == first
    Path("a.txt").write_text(BAD + "\nThe police fight arranged crime in the city.\n")
    cli("baseline", "a.txt")
    lines = Path(NAME).read_text().splitlines()
    assert set(first.decode().splitlines()) <= set(lines)
    assert lines.count("[[decision]]") == 2


def test_an_accepted_change_that_waits_to_be_made_is_not_put_into_the_baseline(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    text = 'version = 1\n[[decision]]\nverdict = "accept"\ntext = "arranged crime"\nreplacement = "gangs"\n'
    Path(NAME).write_text(text + "anywhere = true\n")
    assert b"0 findings recorded" in cli("baseline", "a.txt").out
    assert cli("check", "a.txt").status == 1


def test_prune_removes_what_fits_nowhere_any_more_and_keeps_the_rest(cli: Cli) -> None:
    for name in ("d/a.txt", "d/b.txt", "d/c.txt", "e.txt"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(BAD.replace("They", f"The {name[-5]} people"))
    assert cli("baseline", ".").status == 0
    kept = Path(NAME).read_text()
    assert cli("baseline", "--prune", ".").status == 0
    assert Path(NAME).read_text() == kept
    Path("d/a.txt").write_text(GOOD)
    Path("d/b.txt").unlink()
    Path("e.txt").write_text(GOOD)
    run = cli("baseline", "--prune", "d")
    assert (run.status, run.err) == (0, "")
    assert b"2 unused decisions removed" in run.out
    left = [line for line in Path(NAME).read_text().splitlines() if line.startswith("path")]
    assert left == ['path = "d/c.txt"', 'path = "e.txt"']
    assert "unused decision" in cli("check", ".").err


def test_of_two_files_that_read_the_same_each_has_entries_of_its_own(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    Path("b.txt").write_text(BAD)
    cli("baseline", ".")
    assert cli("check", ".").err == ""
    Path("b.txt").write_text(GOOD)
    assert "b.txt: unused decision" in cli("check", ".").err
    assert "a.txt: unused" not in cli("check", ".").err


def test_the_file_goes_beside_the_settings_or_where_it_is_told(cli: Cli) -> None:
    Path("d").mkdir()
    Path("d/a.txt").write_text(BAD)
    assert cli("baseline", "d", "--decisions", "mine.toml").status == 0
    assert [path.name for path in Path().iterdir() if path.is_file()] == ["mine.toml"]
    assert cli("check", "d", "--decisions", "mine.toml").status == 0
    Path("d/.cleanup.toml").write_text("min-confidence = 0.6\n")
    assert cli("baseline", "d").status == 0
    assert 'path = "a.txt"' in Path("d", NAME).read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-"], "standard input"),
        (["none.txt"], "none.txt"),
        (["a.txt", "--decisions", "no/such/d.toml"], "no/such"),
        (["a.txt", "--decisions", "e.json"], "export"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(cli: Cli, arguments: list[str], words: str) -> None:
    Path("a.txt").write_text(BAD)
    Path("e.json").write_text('{"format":"cleanup-decisions","version":1,"files":[]}')
    run = cli("baseline", *arguments)
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert words in run.err


def test_a_damaged_file_is_not_overwritten(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    Path(NAME).write_text("<<<<<<< ours\n")
    run = cli("baseline", "a.txt")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert Path(NAME).read_text() == "<<<<<<< ours\n"
