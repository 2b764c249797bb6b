"""Where a batch writes: no two inputs to one place, nothing through a link; and what an estimate cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Cli

BAD = "They fight arranged crime in the city."
GOOD = "They fight organized crime in the city."


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def record(text: str = BAD) -> str:
    return json.dumps({"text": text}) + "\n"


def batch(cli: Cli, *arguments: str, status: int = 0) -> str:
    run = cli("batch", "-j", "1", "-q", *arguments)
    assert run.status == status, run.err
    return run.err


@pytest.mark.parametrize(
    ("texts", "flags", "names"),
    [
        (
            {"a.jsonl": record(), "a.csv": f"text\n{BAD}\n", "a.jsonl.jsonl": record()},
            [],
            ("a.jsonl", "a.jsonl.jsonl"),
        ),
        (
            {"a.html": f"<p>{BAD}</p>", "a.txt": BAD, "a.html.txt": BAD},
            ["--extract"],
            ("a.html", "a.html.txt"),
        ),
    ],
)
def test_two_inputs_for_one_output_are_refused(
    cli: Cli, texts: dict[str, str], flags: list[str], names: tuple[str, str]
) -> None:
    for name, text in texts.items():
        write(f"in/{name}", text)
    said = batch(cli, "in", "out", *flags, status=2)
    assert said.count("\n") == 1
    assert f"in/{names[0]} and in/{names[1]} would both be written to" in said
    assert not Path("out").exists()
    Path("in", names[1]).unlink()
    batch(cli, "in", "out", *flags)


def test_no_text_is_written_through_a_link_below_the_output(cli: Cli) -> None:
    text = write("in/sub/a.txt", BAD)
    Path("out").mkdir()
    Path("out/sub").symlink_to("../in/sub")
    said = batch(cli, "in", "out", "--force", status=2)
    assert "out/sub: leads out of out" in said
    assert text.read_text() == BAD
    assert [path.name for path in Path("out").iterdir()] == ["sub"]


@pytest.mark.parametrize("name", ["c", ".cleanup-batch"])
def test_no_shard_and_no_journal_is_written_through_a_link(cli: Cli, name: str) -> None:
    write("in/c.jsonl", record())
    write("other/part-00000.jsonl", "kept")
    Path("out").mkdir()
    Path("out", name).symlink_to("../other")
    assert f"out/{name}: leads out of out" in batch(cli, "in", "out", "--force", status=2)
    assert [path.read_text() for path in Path("other").iterdir()] == ["kept"]


def test_nothing_is_removed_through_a_link(cli: Cli) -> None:
    write("in/sub/a.txt", BAD)
    write("in/b.txt", BAD)
    batch(cli, "in", "out")
    Path("out/sub").rename("moved")
    Path("out/sub").symlink_to("../moved")
    Path("in/sub/a.txt").unlink()
    assert "out/sub: leads out of out" in batch(cli, "in", "out", "--force", status=2)
    assert Path("moved/a.txt").read_text() == GOOD


def test_a_file_takes_the_place_of_a_link(cli: Cli) -> None:
    text = write("in/a.txt", BAD)
    Path("out/.cleanup-batch").mkdir(parents=True)
    for name in ("a.txt", "manifest.json", "documents.jsonl", ".cleanup-batch/run.json"):
        Path("out", name).symlink_to(text.absolute())
    batch(cli, "in", "out", "--force")
    assert text.read_text() == BAD
    assert Path("out/a.txt").read_text() == GOOD
    assert not any(path.is_symlink() for path in Path("out").rglob("*"))


def test_an_output_that_is_itself_a_link_is_written(cli: Cli) -> None:
    write("in/sub/a.txt", BAD)
    Path("real").mkdir()
    Path("out").symlink_to("real")
    batch(cli, "in", "out")
    assert Path("real/sub/a.txt").read_text() == GOOD


def test_a_dry_run_says_what_cannot_be_read(cli: Cli) -> None:
    write("in/bad.jsonl.gz", "garbage\n")
    run = cli("batch", "-j", "1", "in/bad.jsonl.gz", "--dry-run")
    assert run.status == 2
    assert "1 of what was read would be set aside, first bad.jsonl.gz: " in run.err
    write("in/broken.jsonl", "{\n" + record())
    run = cli("batch", "-j", "1", "in", "--dry-run")
    assert run.status == 0
    assert "2 of what was read would be set aside" in run.err
    assert not batch(cli, "in", "--dry-run")
