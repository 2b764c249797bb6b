"""The original bytes come back, or the command says exactly why they cannot; then nothing is changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conftest import Cli
from hypothesis import assume, given
from hypothesis import strategies as st
from report_samples import results

from cleanup.cli.undo import Repair, original_bytes
from cleanup.datatypes import Result
from cleanup.decoding import Decoded
from cleanup.errors import FileError
from cleanup.files import sha256
from cleanup.report import WRITERS
from cleanup.report.as_html import embedded_objects

ROOT = Path(__file__).parent.parent
BAD = "They fight arranged crime in all of the towns.\n"
GOOD = BAD.replace("arranged", "organized")

ORIGINALS = {
    "utf-8": BAD.encode(),
    "crlf": BAD.replace("\n", "\r\n").encode(),
    "no last newline": BAD.strip().encode(),
    "utf-8 mark": b"\xef\xbb\xbf" + BAD.encode(),
    "utf-16 mark": BAD.encode("utf-16"),
    "utf-16-be mark": b"\xfe\xff" + BAD.encode("utf-16-be"),
    "utf-16 without mark": BAD.encode("utf-16-le"),
    "utf-32 mark": BAD.encode("utf-32"),
    "cp1252": ("Caf\u00e9 \u2013 \u201cquoted\u201d. " + BAD).encode("cp1252"),
    "undecodable bytes": "Naïve café. ".encode() + b"A stray \xff byte. " + BAD.encode(),
    "odd signs": ("\u2028A sign.\u0085 " + BAD).encode(),
}


@pytest.mark.parametrize("kind", ["json", "html"])
@pytest.mark.parametrize("name", ORIGINALS)
def test_a_repair_in_place_is_undone_byte_for_byte(cli: Cli, name: str, kind: str) -> None:
    path = Path("a.txt")
    path.write_bytes(ORIGINALS[name])
    path.chmod(0o640)
    assert cli("fix", "--in-place", "a.txt", "--report", f"r.{kind}").status == 0
    assert path.read_bytes() != ORIGINALS[name]
    run = cli("undo", f"r.{kind}")
    assert (run.status, run.err) == (0, "a.txt: holds the original bytes again\n")
    assert path.read_bytes() == ORIGINALS[name]
    assert path.stat().st_mode & 0o777 == 0o640
    assert "nothing to undo" in cli("undo", f"r.{kind}").err


def test_the_article_is_undone_from_the_page_beside_it(cli: Cli) -> None:
    shutil.copy(ROOT / "samples" / "article.txt", "a.txt")
    before = Path("a.txt").read_bytes()
    cli("fix", "a.txt")
    assert "holds the original bytes already" in cli("undo", "a.report.html").err
    assert cli("undo", "a.report.html", "-o", "b.txt").status == 0
    assert Path("b.txt").read_bytes() == before
    assert cli("undo", "a.report.html", "-o", "-").out == before
    assert cli("undo", "a.report.html", "a.fixed.txt", "-o", "-").out == before
    Path("a.txt").unlink()
    assert cli("undo", "a.report.html").status == 0
    assert Path("a.txt").read_bytes() == before
    shutil.move("a.fixed.txt", "a.txt")
    assert cli("undo", "a.report.html").status == 0
    assert Path("a.txt").read_bytes() == before


def test_a_moved_file_and_a_moved_report_find_each_other(cli: Cli) -> None:
    Path("d").mkdir()
    Path("d/a.txt").write_text(BAD)
    cli("fix", "--in-place", "d/a.txt", "--report", "r.json")
    shutil.move("r.json", "d/r.json")
    shutil.move("d/a.txt", "d/b.txt")
    run = cli("undo", "d/r.json")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "name the corrected file" in run.err
    assert cli("undo", "d/r.json", "d/b.txt").status == 0
    assert Path("d/b.txt").read_text() == BAD
    shutil.move("d/b.txt", "d/a.txt")
    Path("d/a.txt").write_text(GOOD)
    assert cli("undo", "d/r.json").status == 0
    assert Path("d/a.txt").read_text() == BAD


def test_standard_input_is_undone_from_what_was_written_of_it(cli: Cli) -> None:
    cli("fix", "-", "-o", "a.txt", "--report", "r.json", stdin=BAD.encode())
    run = cli("undo", "r.json")
    assert run.status == 2
    assert "came from standard input" in run.err
    assert cli("undo", "r.json", "a.txt", "-o", "-").out == BAD.encode()


def test_of_several_documents_all_are_undone_or_those_that_are_named(cli: Cli) -> None:
    names = ["a.txt", "b.txt", "c.txt"]
    for name in names:
        Path(name).write_text(f"A {name} line. {BAD}")
    cli("fix", "--in-place", *names, "--report", "r.html")
    assert cli("undo", "r.html", "b.txt").status == 0
    assert [BAD in Path(name).read_text() for name in names] == [False, True, False]
    Path("a.txt").write_text("Something else.")
    run = cli("undo", "r.html")
    assert run.status == 2
    assert run.err.count("error") == 1
    assert Path("a.txt").read_text() == "Something else."
    assert BAD in Path("c.txt").read_text()
    assert "takes one document" in cli("undo", "r.html", "-o", "x.txt").err
    assert "the report is not about it" in cli("undo", "r.html", "none.txt").err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("organized", "organised"), "edit 1 wrote 'organized crime' at 11, not"),
        (lambda text: text[:14], "does not fit"),
        (lambda text: text.replace("towns", "cities"), "changed outside the edits"),
        (lambda text: "One more word. " + text, "edit 1 wrote 'organized crime' at 11"),
        (lambda text: "", "edit 1"),
    ],
)
@pytest.mark.parametrize("more", [[], ["-o", "b.txt"]])
def test_a_file_that_was_changed_since_is_left_alone(
    cli: Cli, change: object, words: str, more: list[str]
) -> None:
    Path("a.txt").write_text(BAD)
    cli("fix", "--in-place", "a.txt", "--report", "r.json")
    Path("a.txt").write_text(change(GOOD))  # type: ignore[operator]
    run = cli("undo", "r.json", *more)
    assert (run.status, run.out, run.err.count("\n")) == (2, b"", 1)
    assert run.err.startswith("cleanup: error: a.txt: ")
    assert words in run.err
    assert Path("a.txt").read_text() == change(GOOD)  # type: ignore[operator]
    assert not Path("b.txt").exists()


def test_a_changed_original_beside_a_copy_is_left_alone(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    cli("fix", "a.txt")
    Path("a.txt").write_text("Something else.\n")
    run = cli("undo", "a.report.html")
    assert run.status == 2
    assert Path("a.txt").read_text() == "Something else.\n"
    assert cli("undo", "a.report.html", "-o", "old.txt").status == 0
    assert Path("old.txt").read_text() == BAD


def test_an_output_that_is_there_needs_force(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    Path("b.txt").write_text("mine")
    cli("fix", "--in-place", "a.txt", "--report", "r.json")
    assert "is there already" in cli("undo", "r.json", "-o", "b.txt").err
    assert Path("b.txt").read_text() == "mine"
    assert cli("undo", "r.json", "-o", "b.txt", "--force").status == 0
    assert Path("b.txt").read_text() == BAD
    assert "what is read" in cli("undo", "r.json", "-o", "r.json", "--force").err


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[1]",
        b"3\n",
        b"{}\n[1]\n",
        b"\xff\xfe",
        b"plain text",
        b"<html></html>",
        b'{"path": "a.txt", "edits": []}',
        b'{"path": 3, "sha256_before": "", "sha256_after": "", "encoding": ""}',
        b'{"path": "a.txt", "sha256_before": "", "sha256_after": "", "encoding": "nonsense", "edits": []}',
        b'{"path": "a.txt", "sha256_before": "", "sha256_after": "", "encoding": "rot13", "edits": []}',
        b'{"path": "a.txt", "sha256_before": "", "sha256_after": "", "encoding": "a\\u0000", "edits": []}',
        b'{"path": "a\\u0000", "sha256_before": "", "sha256_after": "", "encoding": "utf-8", "edits": 3}',
        b'{"path": "\\ud800", "sha256_before": "", "sha256_after": "", "encoding": "utf-8", "edits": 3}',
        b'{"path": "", "sha256_before": "", "sha256_after": "", "encoding": "utf-8", "edits": 3}',
        b'{"a":' * 50_000,
    ],
)
@pytest.mark.parametrize("more", [[], ["a.txt"]])
def test_a_report_that_is_none_is_one_clear_line(cli: Cli, data: bytes, more: list[str]) -> None:
    Path("r").write_bytes(data)
    Path("a.txt").write_text(BAD)
    run = cli("undo", "r", *more)
    assert (run.status, run.out, run.err.count("\n")) == (2, b"", 1)
    assert run.err.startswith("cleanup: error: ")
    assert Path("a.txt").read_text() == BAD


def test_the_report_of_a_check_says_that_it_undoes_nothing(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    Path("r.json").write_bytes(cli("check", "a.txt", "--format", "json").out)
    assert "a report of `cleanup check` undoes nothing" in cli("undo", "r.json").err


@given(
    results("ab é\u2013\n\r\x85\u2028<&"),
    st.sampled_from(
        [
            ("utf-8", b""),
            ("utf-8", b"\xef\xbb\xbf"),
            ("utf-16-le", b"\xff\xfe"),
            ("utf-16-be", b"\xfe\xff"),
            ("utf-32-le", b"\xff\xfe\0\0"),
            ("cp1252", b""),
        ]
    ),
    st.sampled_from(["json", "html"]),
)
def test_both_reports_lead_back_in_every_encoding(
    result: Result, coding: tuple[str, bytes], kind: str
) -> None:
    decoded = Decoded(result.before, *coding)
    try:
        before, after = decoded.encode(result.before), decoded.encode(result.after)
    except FileError:  # the encoding has no such sign
        assume(False)
    digests = {"sha256_before": sha256(before), "sha256_after": sha256(after), "encoding": coding[0]}
    text = WRITERS[kind]([result], {result.path: digests})
    text = text.encode("utf-8", "replace").decode()
    (report,) = [json.loads(text)] if kind == "json" else embedded_objects(text)
    repair = Repair(result.path, *digests.values(), report)
    assert original_bytes(repair, after, "a.txt") == before


@given(results("ab \udc80\udcff\n"))
def test_undecodable_bytes_come_back(result: Result) -> None:
    decoded = Decoded(result.before, "utf-8")
    before, after = decoded.encode(result.before), decoded.encode(result.after)
    digests = {"sha256_before": sha256(before), "sha256_after": sha256(after), "encoding": "utf-8"}
    report = json.loads(WRITERS["json"]([result], {result.path: digests}))
    try:  # what was broken apart by an edit may have become a letter
        assert original_bytes(Repair(result.path, *digests.values(), report), after, "a.txt") == before
    except FileError as error:
        assert after.decode("utf-8", "surrogateescape") != result.after, error  # noqa: PT017
