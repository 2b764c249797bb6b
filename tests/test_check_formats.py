"""``--format``, ``--output`` and ``--report`` of ``check`` and ``fix``: one valid document, whatever is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Cli
from test_report_formats import commands_of
from test_report_sarif import VALIDATOR

from cleanup.report import CHECKERS, ENDINGS
from cleanup.report.as_json import undo

BAD = "They fight arranged crime in all of the towns.\n"
CLEAN = "Nobody has touched a word of this plain line.\n"
COUNTS = {
    "sarif": lambda out: len(json.loads(out)["runs"][0]["results"]),
    "gitlab": lambda out: len(json.loads(out)),
    "github": lambda out: len(commands_of(out.decode("utf-8", "surrogateescape"))),
    "jsonl": lambda out: len([json.loads(line) for line in out.splitlines()]),
    "json": lambda out: sum(len(json.loads(line)["findings"]) for line in out.splitlines()),
    "markdown": lambda out: out.count(b"`law/organized-crime`"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two spun files, a clean one, and names that want to be something else."""
    texts = {"a.txt": BAD, "docs/b c.md": f"# Title\n\n{BAD}", "docs/ä.txt": CLEAN}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", COUNTS)
def test_many_files_make_one_document(cli: Cli, tree: Path, name: str) -> None:
    run = cli("check", ".", "--format", name)
    assert (run.status, COUNTS[name](run.out)) == (1, 2)
    assert run.err == ""
    assert cli("check", ".", "--format", name, "--exit-zero").status == 0


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_to_read_makes_an_empty_document(cli: Cli, tree: Path, name: str) -> None:
    (tree / "empty").mkdir()
    run = cli("check", "empty", "--format", name)
    assert (run.status, COUNTS[name](run.out)) == (0, 0)


@pytest.mark.parametrize("name", COUNTS)
def test_a_file_that_cannot_be_read_spoils_no_document(cli: Cli, tree: Path, name: str) -> None:
    run = cli("check", "a.txt", "gone.txt", "docs", "--format", name)
    assert (run.status, COUNTS[name](run.out)) == (2, 2)
    assert run.err.startswith("cleanup: error: gone.txt")


@pytest.mark.parametrize("data", [b"\0\1\2" * 100, b"caf\xe9 \x81\x8d" * 3, b""])
@pytest.mark.parametrize("option", ["-o", "--report"])
def test_a_report_replaces_no_file_that_was_named_even_where_that_is_no_text(
    cli: Cli, tree: Path, data: bytes, option: str
) -> None:
    named = tree / "page.txt"
    named.write_bytes(data)
    run = cli("check", "page.txt", option, "./page.txt")
    assert run.status == 2
    assert (
        run.err == "cleanup: error: ./page.txt would overwrite a text: choose another name for the report\n"
    )
    assert named.read_bytes() == data


@pytest.mark.parametrize("name", ["sarif", "gitlab", "github", "jsonl", "markdown"])
def test_fix_prints_the_same_formats(cli: Cli, tree: Path, name: str) -> None:
    run = cli("fix", "-i", ".", "--format", name)
    count = COUNTS[name](run.out)
    assert (run.status, count) == (0, 2)
    assert "organized crime" in (tree / "a.txt").read_text()
    if name == "jsonl":
        assert all(json.loads(line)["repaired"] for line in run.out.splitlines())
    if name == "sarif":
        assert all(each["properties"]["repaired"] for each in json.loads(run.out)["runs"][0]["results"])


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_ending_of_the_output_says_the_format(cli: Cli, tree: Path, ending: str) -> None:
    name = ENDINGS[ending]
    printed = cli("check", ".", "--format", name)
    run = cli("check", ".", "-o", f"out/findings.report{ending}")
    assert (run.status, run.out) == (2, b"")  # there is no such directory
    assert "findings.report" in run.err
    run = cli("check", ".", "-o", f"x.report{ending}")
    assert (run.status, run.out) == (1, b"")
    assert (tree / f"x.report{ending}").read_bytes() == printed.out
    assert cli("check", ".", "-o", "other", "--format", name).status == 1
    assert (tree / "other").read_bytes() == printed.out
    assert cli("check", ".", "-o", "-", "--format", name).out == printed.out


def test_reports_come_beside_what_is_printed(cli: Cli, tree: Path) -> None:
    run = cli("check", ".", "-f", "github", "--report", "x.report.sarif", "--report", "x.report.md")
    assert (run.status, len(commands_of(run.out.decode()))) == (1, 2)
    log = json.loads((tree / "x.report.sarif").read_bytes())
    VALIDATOR.validate(log)
    artifacts = log["runs"][0]["artifacts"]
    assert [each["location"]["uri"] for each in artifacts] == ["a.txt", "docs/b%20c.md", "docs/%C3%A4.txt"]
    assert all(len(each["hashes"]["sha-256"]) == 64 and each["encoding"] for each in artifacts)
    assert (tree / "x.report.md").read_bytes() == cli("check", ".", "-f", "md").out
    text = cli("check", ".", "--report", "x.report.jsonl")
    assert text.out.count(b"law/organized-crime") == 2
    assert "2 findings in 2 of 3 files" in text.err


@pytest.mark.parametrize("ending", [".sarif", ".md", ".jsonl"])
def test_fix_writes_the_report_that_the_ending_names(cli: Cli, tree: Path, ending: str) -> None:
    assert cli("fix", ".", "--report", f"x.report{ending}").status == 0
    assert COUNTS[ENDINGS[ending]]((tree / f"x.report{ending}").read_bytes()) == 2
    run = cli("fix", "-", "--report", f"y.report{ending}", stdin=BAD.encode())
    assert run.out == BAD.replace("arranged", "organized").encode()
    assert COUNTS[ENDINGS[ending]]((tree / f"y.report{ending}").read_bytes()) == 1


@pytest.mark.parametrize("arguments", [["-o", "a.txt"], ["-o", "./docs/../a.txt"], ["--report", "a.txt"]])
def test_a_report_takes_no_texts_place(cli: Cli, tree: Path, arguments: list[str]) -> None:
    run = cli("check", ".", *arguments)
    assert run.status == 2
    assert "would overwrite a text" in run.err
    assert (tree / "a.txt").read_text() == BAD


def test_a_report_with_no_known_ending_is_refused(cli: Cli, tree: Path) -> None:
    run = cli("check", ".", "--report", "x.docx")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "end the name with one of .html, .json, .jsonl" in run.err


def test_standard_input_has_a_place_in_every_format(cli: Cli) -> None:
    for name, count in COUNTS.items():
        run = cli("check", "-", "-f", name, "--stdin-filename", "docs/x.md", stdin=BAD.encode())
        assert (run.status, count(run.out)) == (1, 1)
        assert b"docs/x.md" in run.out


def test_names_that_are_no_text_reach_every_format(cli: Cli, tmp_path: Path) -> None:
    Path(os.fsdecode(b"caf\xe9\n::error::.txt")).write_text(BAD)
    for name, count in COUNTS.items():
        run = cli("check", ".", "-f", name)
        assert (run.status, count(run.out)) == (1, 1)
        assert not any(line.startswith(b"::error::") for line in run.out.splitlines())


def test_unknown_schemas_and_formats_are_one_line(cli: Cli) -> None:
    for arguments in (["schema", "xml"], ["check", ".", "-f", "xml"], ["fix", ".", "-f", "xml"]):
        run = cli(*arguments)
        assert (run.status, run.err.count("\n")) == (2, 1)
    assert json.loads(cli("schema", "jsonl").out)["type"] == "object"


@pytest.mark.parametrize("name", CHECKERS)
def test_a_format_loads_only_its_own_writer(name: str, tree: Path) -> None:
    code = (
        "import sys; sys.argv[1:] = ['check', 'docs/ä.txt', '-f', sys.argv[1]]; from cleanup.__main__ import main;"
        "main(); print([m for m in sys.modules if m.startswith('cleanup.report.as_')], file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, name],
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    loaded = {each.removeprefix("cleanup.report.as_") for each in eval(run.stderr.splitlines()[-1])}
    assert loaded <= {"text", "json", name}


def test_a_file_named_like_an_option_is_a_file_behind_two_dashes(cli: Cli, tmp_path: Path) -> None:
    for name in ("-dash.md", "--in-place"):
        (tmp_path / name).write_text(BAD)
    run = cli("check", "--force-exclude", "--quotes=keep", "--", "-dash.md", "--in-place")
    assert (run.status, run.out.count(b"law/organized-crime")) == (1, 2)
    assert cli("fix", "--in-place", "--", "-dash.md").status == 0
    assert "organized" in (tmp_path / "-dash.md").read_text()
    assert cli("check", "--", "--in-place", "-f").status == 2  # and what follows is no option either
    code = "import sys; from cleanup.cli import run; run(sys.argv[1:]); print('typer' in sys.modules)"
    command = [sys.executable, "-c", code, "check", "--force-exclude", "--quotes=keep", "--", "-dash.md"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"  # hooks still go the short way


@pytest.mark.parametrize(
    "arguments", [["fix", "--in-place", "--report", "all.json"], ["check", "-f", "jsonl"]]
)
def test_a_reader_that_leaves_is_told_by_the_status_and_the_report_is_written(
    tmp_path: Path, arguments: list[str]
) -> None:
    """What was repaired until then can be undone only with the report."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(BAD, encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "cleanup", *arguments, "a.txt", "b.txt"]
    done = subprocess.run(command, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")
    if arguments[0] == "fix":
        (line,) = (tmp_path / "all.json").read_text(encoding="utf-8").splitlines()
        report = json.loads(line)
        after = (tmp_path / "a.txt").read_text(encoding="utf-8")
        assert after != BAD
        assert undo(after, report) == BAD
        assert (tmp_path / "b.txt").read_text(encoding="utf-8") == BAD


def test_a_report_that_has_no_place_stops_the_repair_before_it_begins(cli: Cli, tree: Path) -> None:
    run = cli("fix", "--in-place", "a.txt", "--report", "none/all.json")
    assert run.status == 2
    assert run.err == "cleanup: error: --report none/all.json: there is no such directory: make it first\n"
    assert (tree / "a.txt").read_text(encoding="utf-8") == BAD


def test_a_file_that_is_named_in_several_ways_is_read_once(cli: Cli, tree: Path) -> None:
    run = cli("check", "a.txt", "./a.txt", ".//a.txt", ".", "docs", "--format", "gitlab")
    paths = [entry["location"]["path"] for entry in json.loads(run.out)]
    assert paths == ["a.txt", "docs/b c.md"]
