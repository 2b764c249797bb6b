"""The command line as a user types it: outputs, exit statuses, and what is left untouched."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli, Outcome

ROOT = Path(__file__).parent.parent
BAD = "They fight arranged crime in all of the towns.\n"
GOOD = "They fight organized crime in all of the towns.\n"
CLEAN = "Nobody has touched a word of this plain line.\n"


def write(name: str, text: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# fix


def test_fix_leaves_its_input_and_writes_text_and_report(cli: Cli) -> None:
    write("a.txt", BAD)
    run = cli("fix", "a.txt")
    assert (run.status, run.err) == (0, "")
    assert Path("a.txt").read_text() == BAD
    assert Path("a.fixed.txt").read_text() == GOOD
    assert "arranged crime" in Path("a.report.html").read_text()
    assert b"a.txt:1:12 law/organized-crime" in run.out
    assert b"a.txt: 1 change, 0 left" in run.out


def test_fix_of_the_sample_article(cli: Cli) -> None:
    shutil.copy(ROOT / "samples" / "article.txt", "article.txt")
    assert cli("fix", "article.txt").status == 0
    after = Path("article.fixed.txt").read_text()
    assert "organized crime" in after
    assert "a very broad reaching agenda" in after


def test_fix_reads_stdin_and_writes_only_the_text(cli: Cli) -> None:
    run = cli("fix", "-", stdin=BAD.encode())
    assert (run.status, run.out) == (0, GOOD.encode())
    assert "1 change" in run.err
    assert cli("fix", "-", "--quiet", stdin=BAD.encode()) == Outcome(0, GOOD.encode(), "")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"plain\r\nlines", b"\xef\xbb\xbfwith mark\n", b"caf\xe9 au lait\n"]
)
def test_stdin_that_needs_nothing_comes_back_byte_for_byte(cli: Cli, data: bytes) -> None:
    assert cli("fix", "-", stdin=data).out == data


def test_fix_in_place_prints_what_it_changed(cli: Cli) -> None:
    path = write("a.txt", BAD)
    path.chmod(0o640)
    run = cli("fix", "--in-place", "a.txt", "--quiet")
    assert path.read_text() == GOOD
    assert path.stat().st_mode & 0o777 == 0o640
    assert b"organized-crime" in run.out
    assert [entry.name for entry in Path().iterdir()] == ["a.txt"]


def test_fix_diff_writes_nothing_and_patch_accepts_it(cli: Cli) -> None:
    write("a.txt", CLEAN + BAD)
    run = cli("fix", "--diff", "a.txt")
    assert [entry.name for entry in Path().iterdir()] == ["a.txt"]
    subprocess.run(["patch", "--quiet", "a.txt"], input=run.out, check=True)
    assert Path("a.txt").read_text() == CLEAN + GOOD


SHAPES = {
    "crlf": (BAD.replace("\n", "\r\n"), GOOD.replace("\n", "\r\n")),
    "no final newline": (BAD.strip(), GOOD.strip()),
    "mark": ("\ufeff" + BAD, "\ufeff" + GOOD),
    "accents": ("Café. " + BAD, "Café. " + GOOD),
}
ENCODINGS = ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


@pytest.mark.parametrize(
    ("shape", "encoding"),
    [
        (shape, encoding)
        for shape in SHAPES
        for encoding in ENCODINGS
        if (shape, encoding) != ("mark", "cp1252")
    ],
)
def test_everything_outside_an_edit_comes_back(cli: Cli, shape: str, encoding: str) -> None:
    before, after = SHAPES[shape]
    write("a.txt", before.encode(encoding))
    assert cli("fix", "a.txt").status == 0
    assert Path("a.fixed.txt").read_bytes() == after.encode(encoding)


def test_output_and_report_go_where_they_are_told(cli: Cli) -> None:
    write("a.txt", BAD)
    assert cli("fix", "a.txt", "-o", "b.txt", "--report", "r.json").status == 0
    assert Path("b.txt").read_text() == GOOD
    (edit,) = json.loads(Path("r.json").read_text())["edits"]
    assert (edit["text"], edit["replacement"], edit["start"]) == ("arranged crime", "organized crime", 11)
    assert not Path("a.report.html").exists()


@pytest.mark.parametrize("ending", ["html", "json", "diff", "txt"])
def test_the_ending_says_which_report(cli: Cli, ending: str) -> None:
    write("a.txt", BAD)
    assert cli("fix", "a.txt", "--report", f"r.{ending}").status == 0
    assert "organized" in Path(f"r.{ending}").read_text()


def test_a_stranger_is_not_overwritten(cli: Cli) -> None:
    write("a.txt", BAD)
    write("a.fixed.txt", "my own text\n")
    run = cli("fix", "a.txt")
    assert (run.status, Path("a.fixed.txt").read_text()) == (2, "my own text\n")
    assert "a.fixed.txt: exists" in run.err
    assert not Path("a.report.html").exists()
    assert cli("fix", "a.txt", "--force").status == 0
    assert Path("a.fixed.txt").read_text() == GOOD


def test_our_own_output_is_replaced_but_not_once_somebody_changed_it(cli: Cli) -> None:
    write("a.txt", BAD)
    assert cli("fix", "a.txt").status == 0
    write("a.txt", BAD + CLEAN)
    assert cli("fix", "a.txt").status == 0
    assert Path("a.fixed.txt").read_text() == GOOD + CLEAN
    write("a.fixed.txt", "edited by hand\n")
    assert cli("fix", "a.txt").status == 2
    assert Path("a.fixed.txt").read_text() == "edited by hand\n"


def test_a_strange_report_is_not_overwritten(cli: Cli) -> None:
    write("a.txt", BAD)
    write("a.report.html", "<p>mine</p>")
    assert cli("fix", "a.txt").status == 2
    assert Path("a.report.html").read_text() == "<p>mine</p>"
    assert not Path("a.fixed.txt").exists()


def test_reports_of_files_with_one_stem_do_not_collide(cli: Cli) -> None:
    write("a.txt", BAD)
    write("a.jsonl", "{}")
    assert cli("fix", "a.txt").status == 0
    assert Path("a.report.html").exists()  # a data file is no rival
    write("a.md", BAD)
    assert cli("fix", "a.txt", "a.md").status == 0
    assert Path("a.txt.report.html").exists()
    assert Path("a.md.report.html").exists()


def test_our_own_outputs_are_never_inputs(cli: Cli) -> None:
    write("d/a.txt", BAD)
    cli("fix", "d")
    before = sorted(path.name for path in Path("d").iterdir())
    assert before == ["a.fixed.txt", "a.report.html", "a.txt"]
    assert cli("fix", "d").status == 0
    assert sorted(path.name for path in Path("d").iterdir()) == before


def shut(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    """Make a directory one that nobody may look into, also for a user who may look into any."""
    inside = f"{directory.absolute()}{os.sep}"

    def refusing(call: Callable[..., object], *, itself: bool) -> Callable[..., object]:
        def checked(path: object, *args: object, **kwargs: object) -> object:
            name = os.path.abspath(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else ""
            if name.startswith(inside) or (itself and name + os.sep == inside):
                raise PermissionError(errno.EACCES, "Permission denied", os.fsdecode(path))
            return call(path, *args, **kwargs)

        return checked

    for name in ("stat", "lstat", "open"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name), itself=False))
    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name), itself=True))


@pytest.mark.parametrize("command", ["check", "score", "fix", "screen"])
def test_a_directory_that_nobody_may_look_into_is_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    write("d/a.txt", BAD)
    write("a.txt", BAD)
    with monkeypatch.context() as patched:
        shut(patched, Path("d"))
        outcome = cli(command, "d", "a.txt", "-q")
    assert outcome.status == 2
    assert outcome.err == "cleanup: error: d/: permission denied\n"
    assert b"a.txt" in outcome.out
    with monkeypatch.context() as patched:
        shut(patched, Path("d"))
        outcome = cli(command, "d/a.txt")
    assert (outcome.status, outcome.out) == (2, b"")
    assert outcome.err.splitlines()[0] == "cleanup: error: d/a.txt: permission denied"


def test_rules_that_nobody_may_read_are_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    write("d/r.toml", "")
    write("a.txt", BAD)
    shut(monkeypatch, Path("d"))
    outcome = cli("check", "a.txt", "--rules", "d/r.toml")
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert "d/r.toml: permission denied" in outcome.err


def test_a_mistake_of_the_system_that_nobody_answers_for_is_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "somewhere")

    monkeypatch.setattr("cleanup.cli.check.check_paths", refused)
    assert cli("check", "a.txt") == (2, b"", "cleanup: error: somewhere: permission denied\n")


def test_a_report_of_ours_is_no_input_under_whatever_name(cli: Cli) -> None:
    write("d/a.txt", BAD)
    cli("fix", "d/a.txt", "--report", "d/page.html")
    write("d/other.html", "<html><head><title>x</title></head><body><p>" + BAD + "</p></body></html>")
    outcome = cli("check", "d")
    assert b"d/page.html" not in outcome.out
    assert "d/page.html: skipped: a report of cleanup" in outcome.err
    assert b"d/other.html" in outcome.out


def test_fix_of_a_directory_writes_only_beside_what_changed(cli: Cli) -> None:
    write("d/a.txt", BAD)
    write("d/b.txt", CLEAN)
    write("d/c.md", BAD)
    cli("fix", "d")
    assert sorted(path.name for path in Path("d").glob("*.fixed.*")) == ["a.fixed.txt", "c.fixed.md"]


def test_unfixed_findings_set_the_status_only_when_asked(cli: Cli) -> None:
    write("a.txt", "Leave a Comment\n\nNobody has touched a word of this plain line.\n")
    assert cli("fix", "a.txt").status == 0
    assert cli("fix", "a.txt", "--fail-on-unfixed").status == 1


def test_a_report_takes_no_texts_place(cli: Cli) -> None:
    write("d/page.html", f"<p>{BAD}</p>")
    assert cli("fix", "--diff", "--report", "d/page.html", "d").status == 2
    assert BAD in Path("d/page.html").read_text()
    write("d/a.txt", BAD)  # other documents do not bring the report about after all
    write("d/z.txt", BAD)
    assert cli("fix", "--diff", "--report", "d/page.html", "d").status == 2
    assert BAD in Path("d/page.html").read_text()
    write("x.txt", BAD)
    assert cli("fix", "--report", "x.fixed.txt", "x.txt").status == 2
    assert not Path("x.fixed.txt").exists()


def test_a_link_to_the_input_is_not_written_through(cli: Cli) -> None:
    write("x.txt", BAD)
    Path("x.fixed.txt").symlink_to("x.txt")
    assert cli("fix", "--force", "x.txt").status == 2
    assert Path("x.txt").read_text() == BAD


def test_a_filter_hands_on_what_it_cannot_read(cli: Cli) -> None:
    data = b"They fight arranged crime.\0\n"
    run = cli("fix", "-", stdin=data)
    assert (run.status, run.out) == (0, data)
    assert "binary" in run.err


def test_stdin_is_stdin_whatever_its_name(cli: Cli) -> None:
    write("page.md", CLEAN)
    assert cli("fix", "-", "--stdin-filename", "page.md", stdin=BAD.encode()).out == GOOD.encode()
    assert [path.name for path in Path().iterdir()] == ["page.md"]
    assert cli("fix", "page.md", "-o", "-").out == CLEAN.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + BAD.encode(),
        f"Café: {BAD}".encode("cp1252"),
        BAD.replace("\n", "\r\n").encode(),
        BAD.strip().encode(),
    ],
    ids=["mark", "cp1252", "crlf", "no final newline"],
)
def test_the_diff_applies_in_the_encoding_of_the_file(cli: Cli, data: bytes) -> None:
    path = write("a.txt", data)
    diff = cli("fix", "--diff", "a.txt").out
    subprocess.run(["patch", "--quiet", "--binary", "a.txt"], input=diff, check=True)
    assert path.read_bytes() == data.replace(b"arranged", b"organized")
    subprocess.run(["patch", "--quiet", "--binary", "-R", "a.txt"], input=diff, check=True)
    assert path.read_bytes() == data


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", "<&- >&-"])
@pytest.mark.parametrize("command", ["check a.txt", "fix -", "rules list", "--help"])
def test_output_that_cannot_be_written_is_one_clear_line(cli: Cli, redirection: str, command: str) -> None:
    write("a.txt", BAD)
    program = f"echo '{BAD.strip()}' | {sys.executable} -m cleanup {command} {redirection}"
    run = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False)
    if command == "--help" and ">&-" in redirection:
        return  # nothing to print to, and nothing lost
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.startswith("cleanup: error: standard ")


def test_a_slow_pattern_names_its_rule_and_stops_one_file_only(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanup.rulebook.patterns.TIME_LIMIT_SECONDS", 0.05)
    head = 'source = "test"\nlicence = "MIT"\n[[rule]]\nid = "kettle"\nspun = ["tea vessel"]\noriginal = ["kettle"]\n'
    write(
        "own.toml",
        head
        + 'unless = "(?:a|aa)+$"\nfixes = [["A tea vessel sang in the dark.", "A kettle sang in the dark."]]\n',
    )
    write("d/m.txt", f"The tea vessel {'a' * 90}!\n")
    write("d/z.txt", BAD)
    run = cli("fix", "-i", "--rules", "own.toml", "d")
    assert run.status == 2
    assert "d/m.txt: rule own/kettle: the pattern" in run.err
    assert Path("d/z.txt").read_text() == GOOD


# check


def test_check_reports_and_writes_nothing(cli: Cli) -> None:
    write("a.txt", CLEAN + BAD)
    run = cli("check", "a.txt")
    assert run.status == 1
    assert run.out.startswith("a.txt:2:12 law/organized-crime “arranged crime” looks spun".encode())
    assert "1 finding in 1 of 1 file" in run.err
    assert [entry.name for entry in Path().iterdir()] == ["a.txt"]


def test_check_statuses(cli: Cli) -> None:
    write("bad.txt", BAD)
    write("clean.txt", CLEAN)
    write("warn.txt", "Leave a Comment\n\n" + CLEAN)
    assert cli("check", "clean.txt").status == 0
    assert cli("check", "bad.txt", "--exit-zero").status == 0
    assert cli("check", "bad.txt", "--fail-on", "never").status == 0
    assert cli("check", "warn.txt").status == 0
    assert cli("check", "warn.txt", "--fail-on", "warning").status == 1
    assert cli("check", "bad.txt", "--fail-on", "sometimes").status == 2


def test_check_json_is_one_object_a_document(cli: Cli) -> None:
    write("a.txt", BAD)
    write("b.txt", CLEAN)
    lines = cli("check", "a.txt", "b.txt", "--format", "json").out.decode().splitlines()
    first, second = map(json.loads, lines)
    (finding,) = first["findings"]
    assert (finding["start"], finding["end"], finding["text"]) == (11, 25, "arranged crime")
    assert finding["rule"] == "law/organized-crime"
    assert finding["severity"] == "error"
    assert 0 < finding["confidence"] < 1
    assert finding["candidates"][0]["text"] == "organized crime"
    assert {"path", "spin_score", "spin_rate", "findings", "edits"} <= set(first)
    assert (second["path"], second["findings"]) == ("b.txt", [])


def test_check_shows_as_a_diff_what_fix_would_do(cli: Cli) -> None:
    write("a.txt", BAD)
    assert cli("check", "a.txt", "--format", "diff").out == cli("fix", "a.txt", "--diff").out != b""


def test_min_confidence_zero_shows_all_that_was_considered(cli: Cli) -> None:
    write("a.txt", "The witness stated her name for the record and left.\n")
    assert cli("check", "a.txt").out == b""
    run = cli("check", "a.txt", "--min-confidence", "0")
    assert b"stated" in run.out
    assert run.status == 0


def test_stdin_filename_sets_markup_and_messages(cli: Cli) -> None:
    text = f"`arranged crime` in code. {BAD}".encode()
    run = cli("check", "-", "--stdin-filename", "docs/x.md", stdin=text)
    assert run.out.startswith(b"docs/x.md:1:")
    assert run.out.count(b"\n") == 1


def test_rules_can_be_added_selected_and_left_out(cli: Cli) -> None:
    write("a.txt", BAD + "She filled the tea vessel twice.\n")
    write(
        "own.toml",
        'source = "test"\nlicence = "MIT"\n[[rule]]\nid = "kettle"\nspun = ["tea vessel"]\noriginal = ["kettle"]\n'
        'fixes = [["A tea vessel sang in the dark.", "A kettle sang in the dark."]]\n',
    )
    rules = ["--rules", "own.toml"]
    assert cli("check", "a.txt", *rules).out.count(b"\n") == 2
    assert b"kettle" in cli("check", "a.txt", *rules, "--select", "own").out
    assert b"organized" not in cli("check", "a.txt", *rules, "--select", "own/kettle").out
    assert b"organized" not in cli("check", "a.txt", *rules, "--ignore", "sports,law").out
    assert cli("check", "a.txt", "--select", "nonsense").status == 2


def test_configuration_is_found_and_named(cli: Cli) -> None:
    write("p/pyproject.toml", "[tool.cleanup]\nignore = ['law/organized-crime']\n")
    write("p/d/a.txt", BAD)
    run = cli("check", "-v", "p/d/a.txt")
    assert (run.status, run.out) == (0, b"")
    assert "configuration: " in run.err
    assert "p/pyproject.toml" in run.err


def test_gitignore_and_excludes_are_honoured_in_walks(cli: Cli) -> None:
    subprocess.run(["git", "init", "--quiet", "."], check=True)
    write(".gitignore", "out/\n")
    for name in ("a.txt", "out/b.txt", "drafts/c.txt", "e.py"):
        write(name, BAD)
    names = lambda run: {line.split(b":")[0] for line in run.out.splitlines()}  # noqa: E731
    assert {name.removeprefix(b"./") for name in names(cli("check", "."))} == {b"a.txt", b"drafts/c.txt"}
    assert len(names(cli("check", ".", "--exclude", "drafts/"))) == 1
    assert len(names(cli("check", "drafts/c.txt", "--exclude", "drafts/"))) == 1
    assert names(cli("check", "drafts/c.txt", "--exclude", "drafts/", "--force-exclude")) == set()
    assert len(names(cli("check", ".", "--include", "*.py"))) == 3


# score, explain, rules


def test_score_in_text_and_json(cli: Cli) -> None:
    shutil.copy(ROOT / "samples" / "article.txt", "article.txt")
    write("clean.txt", CLEAN)
    lines = cli("score", "article.txt", "clean.txt", "--format", "json").out.decode().splitlines()
    spun, clean = map(json.loads, lines)
    assert spun["spin_score"] > 0.9 > 0.01 > clean["spin_score"]
    assert spun["path"] == "article.txt"
    assert spun["evidence"]
    assert b"spin score" in cli("score", "article.txt").out


def test_explain_shows_candidates_evidence_and_protection(cli: Cli) -> None:
    write("a.txt", "“We fight arranged crime,” he said.\n\n" + BAD)
    out = cli("explain", "a.txt:3").out.decode()
    assert "candidate “organized crime”: score" in out
    assert "confidence" in out
    out = cli("explain", "a.txt:1").out.decode()
    assert "protected as quotation" in out
    assert "repaired as" not in out
    assert "nothing was suspected in line 2" in cli("explain", "a.txt:2").out.decode()
    assert cli("explain", "a.txt:99").status == 2


def test_rules_commands(cli: Cli) -> None:
    assert b"news" in cli("rules", "list").out
    assert b"law/organized-crime" in cli("rules", "list", "--pack", "law").out
    assert b"arranged crime" in cli("rules", "show", "law/organized-crime").out
    assert cli("rules", "test", "law/organized-crime").status == 0
    assert cli("rules", "lint").status == 0
    assert cli("rules", "show", "none/such").status == 2
    assert cli("rules", "test", "none/such").status == 2


def test_a_failing_example_is_shown(cli: Cli) -> None:
    write(
        "own.toml",
        'source = "test"\nlicence = "MIT"\n[[rule]]\nid = "kettle"\nspun = ["tea vessel"]\noriginal = ["kettle"]\n'
        'fixes = [["A tea vessel sang in the dark.", "A pot sang in the dark."]]\n',
    )
    run = cli("rules", "test", "own", "--rules", "own.toml")
    assert run.status == 1
    assert b"wanted  A pot sang in the dark." in run.out


# bad input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "missing.txt"], "missing.txt"),
        (["fix", "missing.txt"], "missing.txt"),
        (["check"], "Missing argument"),
        (["check", "--nonsense", "x"], "--nonsense"),
        (["frobnicate"], "frobnicate"),
        (["fix", "a.txt", "--format", "docx"], "docx"),
        (["check", "a.txt", "--min-confidence", "7"], "less than or equal to 1"),
        (["fix", "a.txt", "-o", "a.txt"], "is the input itself"),
        (["fix", "a.txt", "--report", "a.txt"], "overwrite the text itself"),
        (["fix", "a.txt", "--report", "r.docx"], "end the name with"),
        (["fix", "a.txt", "a.txt", "-o", "b.txt"], "takes one file"),
        (["fix", "-", "--in-place"], "standard input"),
        (["fix", "a.txt", "--in-place", "--diff"], "choose one"),
        (["fix", "a.txt", "-o", "no/such/dir/b.txt"], "no/such/dir"),
        (["check", "a.txt", "--rules", "none.toml"], "none.toml"),
        (["explain", "missing.txt:3"], "missing.txt"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(cli: Cli, arguments: list[str], words: str) -> None:
    write("a.txt", BAD)
    run = cli(*arguments)
    assert run.status == 2
    assert run.err.count("\n") == 1
    assert run.err.startswith("cleanup: error: ")
    assert words in run.err
    assert Path("a.txt").read_text() == BAD


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (".cleanup.toml", b"[broken\n", "not valid TOML"),
        (".cleanup.toml", b"nonsense = 1\n", "unknown key 'nonsense'"),
        ("pyproject.toml", b"[tool.cleanup]\nignore = 3\n", "a list of strings"),
        (".cleanup.toml", b"ignore = ['nothing-like-it']\n", "no rule or pack is called"),
        (".cleanup.toml", b"rules = ['none.toml']\n", "none.toml"),
    ],
)
def test_a_broken_configuration_is_one_clear_line(cli: Cli, name: str, content: bytes, words: str) -> None:
    write("a.txt", BAD)
    write(name, content)
    run = cli("check", "a.txt")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert words in run.err


def test_one_bad_file_of_many_does_not_stop_the_others(cli: Cli) -> None:
    write("a.txt", BAD)
    run = cli("fix", "missing.txt", "a.txt")
    assert run.status == 2
    assert Path("a.fixed.txt").read_text() == GOOD
    assert run.err.count("\n") == 1


def test_binary_files_are_skipped_with_a_note(cli: Cli) -> None:
    write("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0")
    run = cli("check", "a.txt")
    assert (run.status, run.out) == (0, b"")
    assert "skipped: binary" in run.err


def test_an_empty_file_is_fine(cli: Cli) -> None:
    write("a.txt", b"")
    assert cli("check", "a.txt") == Outcome(0, b"", "")
    assert cli("fix", "a.txt").status == 0


# the terminal


def test_colour_only_on_a_terminal_and_never_with_no_color(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.txt", BAD)
    assert b"\x1b" not in cli("check", "a.txt").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert b"\x1b[" in cli("check", "a.txt").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert b"\x1b" not in cli("check", "a.txt").out


def test_a_hostile_document_cannot_drive_the_terminal(cli: Cli) -> None:
    write("a\x1b[31m.txt", "\x1b]0;pwned\x07 " + BAD)
    for command in ("check", "fix", "score"):
        run = cli(command, "a\x1b[31m.txt")
        assert b"\x1b" not in run.out
        assert "\x1b" not in run.err


def test_version_is_answered_without_typer() -> None:
    code = "import sys; sys.argv = ['cleanup', '--version']; from cleanup.__main__ import main; main(); print('typer' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[1] == "False"


def test_check_of_a_clean_file_loads_nothing_heavy(cli: Cli) -> None:
    write("a.txt", CLEAN)
    code = (
        "import sys; sys.argv = ['cleanup', 'check', 'a.txt']; from cleanup.__main__ import main; main();"
        "print([m for m in ('rich', 'numpy', 'wordfreq', 'regex', 'cleanup.report.as_html', 'charset_normalizer',"
        " 'pathspec', 'markdown_it', 'tomllib') if m in sys.modules])"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)  # fills the cache of rules
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_completion_is_there() -> None:
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from cleanup.__main__ import main; sys.exit(main())",
            "--show-completion",
            "bash",
        ],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert "COMP_WORDS" in script.stdout
    run = subprocess.run(
        [sys.executable, "-m", "cleanup", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "--install-completion" in run.stdout
    assert "Exit status" in run.stdout


def test_the_same_command_twice_gives_the_same_bytes(cli: Cli) -> None:
    shutil.copy(ROOT / "samples" / "article.txt", "article.txt")
    for directory in ("one", "two"):
        Path(directory).mkdir()
        shutil.copy("article.txt", f"{directory}/article.txt")
    outputs = []
    for directory in ("one", "two"):
        code = (
            f"import os; os.chdir({directory!r}); import sys; sys.argv = ['cleanup', 'fix', 'article.txt'];"
        )
        code += "from cleanup.__main__ import main; main()"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        outputs.append(
            (
                run.stdout,
                Path(directory, "article.fixed.txt").read_bytes(),
                Path(directory, "article.report.html").read_bytes(),
            )
        )
    assert outputs[0] == outputs[1]
