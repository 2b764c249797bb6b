"""The review: decisions by keys, through lines and through a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from conftest import Cli
from test_decisions import export

from cleanup.cli.layout import columns, marked, wrapped
from cleanup.report.as_html import embedded_objects

ROOT = Path(__file__).parent.parent
BAD = "They fight arranged crime in all of the towns.\n"
GOOD = BAD.replace("arranged", "organized")
TWO = f"{BAD}\nThe police fight arranged crime in the city of Rome.\n"
NAME = ".cleanup-decisions.toml"


def verdicts() -> list[str]:
    lines = Path(NAME).read_text().splitlines()
    return [line.split('"')[1] for line in lines if line.startswith("verdict")]


# lines, where standard input is no terminal


def test_accepting_and_rejecting_writes_text_report_and_decisions(cli: Cli) -> None:
    Path("a.txt").write_text(TWO)
    run = cli("review", "a.txt", stdin=b"y\nn\n")
    assert (run.status, run.err) == (0, "")
    assert b"1 of 2, file 1 of 1" in run.out
    assert b"2 of 2, file 1 of 1" in run.out
    assert b"a.txt: 1 accepted, 1 rejected, 0 left undecided" in run.out
    assert Path("a.txt").read_text() == TWO
    assert Path("a.fixed.txt").read_text() == TWO.replace("arranged", "organized", 1)
    (report,) = embedded_objects(Path("a.report.html").read_text())
    assert len(report["edits"]) == 1  # type: ignore[arg-type]
    assert sorted(verdicts()) == ["accept", "reject"]
    assert cli("fix", "--diff", "a.txt").out.count(b"\n-They") == 1
    assert cli("undo", "a.report.html", "-o", "-").out == TWO.encode()


def test_a_review_goes_on_where_it_was_left(cli: Cli) -> None:
    Path("a.txt").write_text(TWO)
    Path("b.txt").write_text(BAD.replace("They", "We"))
    run = cli("review", "a.txt", "b.txt", stdin=b"y\nq\n")
    assert (run.status, run.err) == (0, "")
    assert Path("a.fixed.txt").read_text() == TWO.replace("arranged", "organized", 1)
    assert not Path("b.fixed.txt").exists(), "nothing was decided about it"
    run = cli("review", "a.txt", "b.txt", stdin=b"y\n")
    assert "1 of 2 decided before" in run.err
    assert run.out.count(b"accept it?") == 2
    assert b"2 of 2, file 1 of 2" in run.out
    assert b"1 of 1, file 2 of 2" in run.out
    assert Path("a.fixed.txt").read_text() == TWO.replace("arranged", "organized")
    run = cli("review", "a.txt", stdin=b"")
    assert b"accept it?" not in run.out
    assert "2 of 2 decided before" in run.err


def test_in_place_writes_the_file_and_the_decisions_hold_there(cli: Cli) -> None:
    Path("a.txt").write_text(TWO)
    assert cli("review", "--in-place", "a.txt", "--report", "r.json", stdin=b"y\nn\n").status == 0
    reviewed = TWO.replace("arranged", "organized", 1)
    assert Path("a.txt").read_text() == reviewed
    assert cli("check", "a.txt") == (0, b"", "")
    assert cli("fix", "--in-place", "a.txt").status == 0
    assert Path("a.txt").read_text() == reviewed
    assert cli("undo", "r.json").status == 0
    assert Path("a.txt").read_text() == TWO


def test_edit_all_rest_undo_and_skip(cli: Cli) -> None:
    Path("a.txt").write_text(TWO)
    assert cli("review", "a.txt", stdin="e\ngangs, café\nq\n".encode()).status == 0
    assert Path("a.fixed.txt").read_text() == TWO.replace("arranged crime", "gangs, café", 1)
    for keys, after in (
        (b"a\n", TWO.replace("arranged", "organized")),
        (b"d\n", TWO),
        (b"e\n-\nn\n", TWO.replace("arranged crime ", "", 1)),
        (b"e\narranged crime\nn\n", TWO),
        (b"y\nu\nn\nn\n", TWO),
        (b"y\nu\nd\n", TWO),
        (b"s\ny\n", TWO.replace("police fight arranged", "police fight organized")),
        (b"s\nu\ny\nn\n", TWO.replace("arranged", "organized", 1)),
        (b"u\nx\n?\ne\n\ny\nn\n", TWO.replace("arranged", "organized", 1)),
    ):
        Path(NAME).unlink()
        run = cli("review", "a.txt", stdin=keys)
        assert (run.status, run.err) == (0, ""), keys
        assert Path("a.fixed.txt").read_text() == after, keys


def test_undo_goes_back_into_the_file_before(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    Path("b.txt").write_text(BAD.replace("They", "We"))
    assert cli("review", "a.txt", "b.txt", stdin=b"y\nu\nn\ny\n").status == 0
    assert Path("a.fixed.txt").read_text() == BAD
    assert "organized" in Path("b.fixed.txt").read_text()


def test_again_asks_about_what_was_decided_before(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    cli("review", "a.txt", stdin=b"n\n")
    run = cli("review", "--again", "a.txt", stdin=b"y\n")
    assert b"rejected before" in run.out
    assert verdicts() == ["accept"]
    assert Path("a.fixed.txt").read_text() == GOOD


def test_a_review_works_a_baseline_off(cli: Cli) -> None:
    Path("a.txt").write_text(TWO)
    cli("baseline", "a.txt")
    run = cli("review", "a.txt", stdin=b"y\nq\n")
    assert b"known from the baseline" in run.out
    assert sorted(verdicts()) == ["accept", "baseline"]
    assert cli("check", "a.txt").out.count(b"\n") == 1


def test_what_reads_the_same_is_decided_once(cli: Cli) -> None:
    Path("a.txt").write_text(f"{BAD}\n{BAD}")
    run = cli("review", "a.txt", stdin=b"n\n")
    assert run.out.count(b"accept it?") == 1
    assert b"1 other that read the same" in run.out
    assert cli("check", "a.txt").status == 0
    assert cli("review", "a.txt", "--again", stdin=b"s\nu\ny\n").status == 0
    assert verdicts() == ["accept"]


def test_the_text_and_the_fix_that_follows_agree_on_the_article(cli: Cli) -> None:
    shutil.copy(ROOT / "samples" / "article.txt", "a.txt")
    run = cli("review", "--in-place", "a.txt", stdin=b"n\ny\n" * 10 + b"a\n")
    assert run.status == 0
    reviewed = Path("a.txt").read_bytes()
    assert run.out.count(b"accept it?") == 22, "one has no proposal"
    check = cli("check", "--look", "close", "a.txt")
    assert check.err.count("unused") == 0
    assert cli("fix", "--in-place", "a.txt").status == 0
    rejected = [line for line in Path(NAME).read_text().split("[[decision]]") if 'verdict = "reject"' in line]
    assert len(rejected) >= 10
    assert cli("review", "a.txt", stdin=b"q\n").status == 0
    assert reviewed.count(b"\n") == Path("a.txt").read_bytes().count(b"\n")


def test_a_warning_without_a_proposal_cannot_be_accepted(cli: Cli) -> None:
    Path("own.toml").write_text(
        'source = "t"\nlicence = "MIT"\n[[rule]]\nid = "kettle"\nspun = ["tea vessel"]\noriginal = []\n'
        'severity = "warning"\nmessage = "odd"\nfinds = ["A tea vessel sang in the dark."]\n'
    )
    Path("a.txt").write_text("A tea vessel sang in the dark of the night.\n")
    run = cli("review", "a.txt", "--rules", "own.toml", stdin=b"y\na\nn\n")
    assert b"nothing is proposed here" in run.out
    assert verdicts() == ["reject"]
    assert Path("a.fixed.txt").read_text() == Path("a.txt").read_text()


def test_a_replacement_that_cannot_be_written_is_refused(cli: Cli) -> None:
    Path("a.txt").write_bytes(("Café. " + BAD).encode("cp1252"))
    run = cli("review", "a.txt", stdin="e\n日本\ne\n\x1b[31m\nn\n".encode())
    assert "which cp1252 cannot write" in run.out.decode()
    assert "signs that can be seen" in run.out.decode()
    assert verdicts() == ["reject"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-"], "the keys come from standard input"),
        (["none.txt"], "none.txt"),
        (["a.txt", "--report", "a.txt"], "overwrite the text itself"),
        (["a.txt", "--report", "r.docx"], "end the name with"),
        (["a.txt", "--import", "none.json"], "none.json"),
        (["a.txt", "--import", "a.txt"], "a.txt"),
        (["a.txt", "--decisions", "no/such/d.toml"], "no/such"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(cli: Cli, arguments: list[str], words: str) -> None:
    Path("a.txt").write_text(BAD)
    run = cli("review", *arguments, stdin=b"y\n")
    assert run.status == 2
    assert run.err.startswith("cleanup: error: ")
    assert run.err.count("\n") == 1
    assert words in run.err
    assert Path("a.txt").read_text() == BAD


def test_a_file_that_is_not_ours_is_not_overwritten(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    Path("a.fixed.txt").write_text("mine")
    run = cli("review", "a.txt", stdin=b"y\n")
    assert run.status == 2
    assert Path("a.fixed.txt").read_text() == "mine"
    assert verdicts() == ["accept"], "the decision is kept"
    assert cli("review", "a.txt", "--force", stdin=b"").status == 0
    assert Path("a.fixed.txt").read_text() == GOOD


def test_a_decisions_file_that_changes_under_the_review_is_not_overwritten(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cleanup.cli import review

    Path("a.txt").write_text(TWO)
    shown = review.show_offer

    def meddle(*arguments: object, **more: object) -> str:
        if "2 of 2" in str(arguments[2]):
            Path(NAME).write_text("version = 1\n# a colleague's\n")
        return shown(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(review, "show_offer", meddle)
    run = cli("review", "a.txt", stdin=b"y\nn\n")
    assert run.status == 2
    assert "changed it meanwhile" in run.err
    assert Path(NAME).read_text() == "version = 1\n# a colleague's\n"


# the export of the page


def test_an_export_is_merged_into_the_decisions_that_last(cli: Cli) -> None:
    Path("a.txt").write_text(TWO)
    Path("e.json").write_text(
        export(TWO, {"verdict": "edit", "text": "arranged crime", "replacement": "gangs"})
    )
    run = cli("review", "a.txt", "--import", "e.json")
    assert (run.status, run.out, run.err) == (0, b"a.txt: 1 decision taken over\n", "")
    assert verdicts() == ["accept"]
    assert not Path("a.fixed.txt").exists()
    cli("fix", "a.txt")
    assert "They fight gangs in" in Path("a.fixed.txt").read_text()
    Path("a.txt").write_text("A plain line that nobody has touched at all.\n")
    run = cli("review", "a.txt", "--import", "e.json")
    assert "not taken over: “arranged crime”" in run.err


def test_an_export_finds_the_right_one_of_several_files(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    Path("b.txt").write_text(BAD)
    Path("e.json").write_text(export(BAD, {"verdict": "reject", "text": "arranged crime"}))
    run = cli("review", "a.txt", "b.txt", "--import", "e.json")
    assert run.out == b"a.txt: 1 decision taken over\nb.txt: 0 decisions taken over\n"


# how it is set


def test_lines_fit_the_width_whatever_signs_they_are_made_of() -> None:
    pieces = [("They fight 日本語の文章", ""), ("e\u0301" * 60, "added"), (" and so on.", "")]
    for width in (20, 40, 80):
        lines = wrapped(pieces, width, colour=False).splitlines()
        assert max(map(columns, lines)) <= width
        assert "".join("".join(lines).split()) == "".join("".join(text for text, _ in pieces).split())


def test_only_the_words_that_differ_are_marked() -> None:
    text = "".join(text for text, _ in marked("an arranged crime", "an organized crime", colour=False))
    assert text == "an [-arranged-]{+organized+} crime"
    assert [text for text, _ in marked("a b", None, colour=False)] == ["[-a b-]"]
    assert [style for _, style in marked("a b", "", colour=True)] == ["removed"]


def test_a_hostile_document_cannot_drive_the_terminal(cli: Cli) -> None:
    Path("a\x1b[31m.txt").write_text("\x1b]0;pwned\x07 \u202e " + BAD)
    run = cli("review", "a\x1b[31m.txt", stdin=b"?\n\x1b[31m\nn\n")
    assert run.status == 0
    assert b"\x1b" not in run.out
    assert "\u202e" not in run.out.decode()


# a terminal


class Screen:
    """A review in a pseudo-terminal of its own."""

    def __init__(self, *arguments: str, width: int = 80, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self.resize(width)
        self.mode = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.shown = self._pending = ""
        clean = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cleanup", "review", *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**clean, "TERM": "xterm", "PYTHONPATH": str(ROOT), **environment},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None,  # noqa: PLW1509 - we have no threads
        )  # fmt: skip

    def resize(self, width: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))

    def wait_for(self, text: str, seconds: float = 60) -> Self:
        """Read on until something is shown; what comes behind it is left for the next time."""
        end = time.monotonic() + seconds
        while text not in self._pending:
            assert time.monotonic() < end, f"{text!r} was not shown: {self._pending[-2000:]!r}"
            if select.select([self._ours], [], [], 1)[0]:
                try:
                    data = os.read(self._ours, 65_536)
                except OSError:  # closed
                    data = b""
                assert data, f"the end came before {text!r}: {self._pending[-2000:]!r}"
                self._pending += data.decode("utf-8", "replace")
                self.shown += data.decode("utf-8", "replace")
        self._pending = self._pending.split(text, 1)[1]
        return self

    def press(self, keys: str) -> Self:
        os.write(self._ours, keys.encode())
        return self

    def end(self) -> int:
        """The exit status, and what was shown last."""
        status = self.process.wait(60)
        while select.select([self._ours], [], [], 0.2)[0]:
            data = os.read(self._ours, 65_536)
            if not data:
                break
            self.shown += data.decode("utf-8", "replace")
        return status

    @property
    def is_sound(self) -> bool:
        """Whether the terminal is as it was before."""
        return termios.tcgetattr(self._theirs) == self.mode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
def screens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Screen]]:
    monkeypatch.chdir(tmp_path)
    opened: list[Screen] = []

    class Kept(Screen):
        def __init__(self, *arguments: str, **more: object) -> None:
            super().__init__(*arguments, **more)  # type: ignore[arg-type]
            opened.append(self)

    yield Kept
    for screen in opened:
        screen.close()


ASK = "q,?] "


def test_keys_work_without_enter_and_are_shown_once(screens: type[Screen]) -> None:
    Path("a.txt").write_text(TWO)
    screen = screens("a.txt").wait_for(ASK)
    assert not screen.is_sound, "keys come one by one"
    screen.press("y").wait_for("2 of 2").wait_for(ASK)
    assert verdicts() == ["accept"], "the decision is in the file before the next key"
    screen.press("u").wait_for("1 of 2").wait_for(ASK)
    assert verdicts() == []
    screen.press("n").wait_for("2 of 2").wait_for(ASK).press("?").wait_for("show this help").wait_for(ASK)
    screen.press("e").wait_for("empty goes back): ").press("the Mafio\x7fa, café\r")
    assert screen.end() == 0
    assert screen.is_sound
    assert "1 accepted, 1 rejected, 0 left" in screen.shown
    assert Path("a.fixed.txt").read_text() == TWO.replace(
        "police fight arranged crime", "police fight the Mafia, café"
    )
    assert "\x1b[31;9marranged\x1b[0m" in screen.shown


def test_arrow_and_function_keys_decide_nothing(screens: type[Screen]) -> None:
    Path("a.txt").write_text(BAD)
    screen = screens("a.txt").wait_for(ASK)
    screen.press("\x1b[A\x1b[a\x1b[15~\x1bOP\x1b[1;5d")
    time.sleep(0.5)
    screen.press("é").wait_for("show this help").wait_for(ASK).press("q")
    assert screen.end() == 0
    assert not Path(NAME).exists()


def test_ctrl_c_leaves_terminal_and_files_sound(screens: type[Screen]) -> None:
    Path("a.txt").write_text(TWO)
    screen = screens("a.txt").wait_for(ASK).press("y").wait_for(ASK).press("\x03")
    assert screen.end() == 130
    assert screen.is_sound
    assert "what was decided is kept" in screen.shown
    assert verdicts() == ["accept"]
    assert sorted(os.listdir()) == [NAME, "a.txt"]
    assert Path("a.txt").read_text() == TWO


def test_ctrl_d_ends_as_q_does(screens: type[Screen]) -> None:
    Path("a.txt").write_text(TWO)
    screen = screens("a.txt").wait_for(ASK).press("y").wait_for(ASK).press("\x04")
    assert screen.end() == 0
    assert screen.is_sound
    assert Path("a.fixed.txt").read_text() == TWO.replace("arranged", "organized", 1)


def test_ctrl_d_in_an_answer_goes_back_to_the_keys(screens: type[Screen]) -> None:
    Path("a.txt").write_text(BAD)
    screen = screens("a.txt").wait_for(ASK).press("e").wait_for("goes back): ").press("\x04").wait_for(ASK)
    screen.press("n")
    assert screen.end() == 0
    assert verdicts() == ["reject"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_it_leaves_the_terminal_sound(screens: type[Screen], number: int) -> None:
    Path("a.txt").write_text(BAD)
    screen = screens("a.txt").wait_for(ASK)
    screen.process.send_signal(number)
    assert screen.end() == -number
    assert screen.is_sound


def test_it_goes_on_after_it_was_stopped(screens: type[Screen]) -> None:
    Path("a.txt").write_text(BAD)
    screen = screens("a.txt").wait_for(ASK)
    screen.process.send_signal(signal.SIGSTOP)
    termios.tcsetattr(screen._theirs, termios.TCSANOW, screen.mode)  # what a shell does
    screen.process.send_signal(signal.SIGCONT)
    end = time.monotonic() + 60
    while screen.is_sound and time.monotonic() < end:
        time.sleep(0.05)
    screen.press("y")
    assert screen.end() == 0
    assert Path("a.fixed.txt").read_text() == GOOD


def test_no_color_means_none_and_forty_columns_are_enough(screens: type[Screen]) -> None:
    long = "Wir 日本語の文章と" * 3 + " "
    Path("a.txt").write_text(f"{long}{BAD}\nThe police fight arranged crime in the city of Rome.\n")
    screen = screens("a.txt", width=40, NO_COLOR="1").wait_for(ASK)
    screen.resize(30)
    screen.press("n").wait_for("2 of 2").wait_for(ASK).press("q")
    assert screen.end() == 0
    assert "\x1b" not in screen.shown
    first, second = screen.shown.split("2 of 2")
    assert max(columns(line.rstrip("\r")) for line in first.splitlines()) <= 40
    assert max(columns(line.rstrip("\r")) for line in second.splitlines()[1:-2]) <= 40


def test_what_the_json_report_says_of_a_review_is_what_was_decided(cli: Cli) -> None:
    Path("a.txt").write_text(TWO)
    cli("review", "a.txt", "--report", "r.json", stdin=b"y\nq\n")
    report = json.loads(Path("r.json").read_text())
    assert [edit["replacement"] for edit in report["edits"]] == ["organized crime"]
    assert [finding["text"] for finding in report["findings"]] == ["arranged crime"]


def test_an_export_with_half_a_surrogate_pair_is_taken_over_without_it(cli: Cli) -> None:
    Path("a.txt").write_text(BAD)
    choice = {"verdict": "edit", "text": "arranged crime", "replacement": "organized \ud800crime"}
    Path("e.json").write_text(export(BAD, choice))
    run = cli("review", "a.txt", "--import", "e.json")
    assert (run.status, run.err) == (0, "")
    assert 'replacement = "organized crime"' in Path(NAME).read_text()
