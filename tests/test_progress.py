"""What shows how far a command is leaves the terminal as it was, whatever becomes of the command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

HIDDEN, SHOWN = b"\x1b[?25l", b"\x1b[?25h"
PROGRAM = """
import sys
from cleanup import cli
from cleanup.cli import check, progress
from cleanup.errors import ConfigError

progress._SECONDS_BEFORE_BAR = 0

def interrupted(*_):
    told = progress.questions_for(quiet=False)
    told(0, 5)
    told(1, 5)
    raise {error}

check.check_paths = interrupted
sys.exit(cli.run([{arguments}]))
"""


@pytest.mark.parametrize("arguments", ["'check', 'a.txt'", "'check', 'a.txt', '-f', 'text'"])
@pytest.mark.parametrize(
    ("error", "status"),
    [("KeyboardInterrupt", 130), ("ConfigError('it broke')", 2), ("OSError(5, 'bad', 'x')", 2)],
)
def test_a_bar_goes_when_its_command_is_broken_off(error: str, status: int, arguments: str) -> None:
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(error=error, arguments=arguments)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # nobody is at the other end any more
            break
        if not more:
            break
        seen += more
    os.close(ours)
    run.communicate()
    assert run.returncode == status
    assert seen.count(HIDDEN) == seen.count(SHOWN) == 1
    assert b"cleanup: error" not in seen[: seen.index(SHOWN)]
    assert (b"cleanup: error" in seen) == (status == 2)


# Waits with a bar on the terminal for what is to come; prints what became of it afterwards.
WAITING = """
import contextlib, fcntl, os, signal, sys, termios, time
from cleanup import cli
from cleanup.cli import check, progress
from cleanup.cli.keys import keys

progress._SECONDS_BEFORE_BAR = 0
fcntl.ioctl(0, termios.TIOCSCTTY, 0)

def wait(paths, *_):
    told = progress.questions_for(quiet=False)
    try:
        if "ignored" in paths:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with keys() if "-" in paths else contextlib.nullcontext():
            told(0, 5)
            told(1, 5)
            if "fork" in paths:
                ready, is_up = os.pipe()
                child = os.fork()
                if not child:
                    os.write(is_up, b".")
                else:
                    os.read(ready, 1)
                    os.kill(child, signal.SIGTERM)
                    os.write(1, str(os.waitpid(child, 0)[1]).encode())
            time.sleep(600 if "ignored" not in paths else 1)
            told(5, 5)
            if "over" in paths:
                time.sleep(600)
    finally:
        os.write(1, b"tidied")
    return 0

check.check_paths = wait
sys.exit(cli.run(["check", *sys.argv[1:]]))
"""


def waiting(*paths: str) -> tuple[subprocess.Popen[bytes], int]:
    """A command that shows a bar on a terminal of its own, and our end of that."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", WAITING, *paths],
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    return run, ours


def read_until(ours: int, wanted: bytes) -> bytes:
    """What comes from a terminal until it shows something, or nobody writes to it any more."""
    seen = b""
    while wanted not in seen:
        try:
            more = os.read(ours, 65536)
        except OSError:
            return seen
        seen += more
    return seen


@pytest.mark.parametrize("paths", [("a",), ("-",)])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_ends_a_command_leaves_the_terminal_as_it_was(
    number: signal.Signals, paths: tuple[str, ...]
) -> None:
    """And the command ends of it, after all that was begun is tidied up; it may come while the bar is drawn."""
    run, ours = waiting(*paths)
    before = termios.tcgetattr(ours)
    assert HIDDEN in read_until(ours, HIDDEN)
    run.send_signal(number)
    seen = read_until(ours, b"never")
    assert run.communicate() == (b"tidied", None)
    assert run.returncode == (130 if number == signal.SIGINT else -number)
    assert seen.count(SHOWN) == 1
    assert termios.tcgetattr(ours) == before
    os.close(ours)


def test_a_window_that_is_closed_ends_a_command_as_ever() -> None:
    run, ours = waiting("a")
    read_until(ours, HIDDEN)
    os.close(ours)
    assert run.communicate() == (b"tidied", None)
    assert run.returncode == -signal.SIGHUP


def test_what_a_command_was_told_to_ignore_it_ignores() -> None:
    run, ours = waiting("ignored")
    read_until(ours, HIDDEN)
    run.send_signal(signal.SIGHUP)
    assert SHOWN in read_until(ours, SHOWN)
    assert run.communicate() == (b"tidied", None)
    assert run.returncode == 0
    os.close(ours)


def test_a_process_that_was_split_off_dies_of_a_signal_at_once() -> None:
    run, ours = waiting("fork")
    read_until(ours, HIDDEN)
    assert run.stdout is not None
    assert run.stdout.read(2) == b"15"
    run.send_signal(signal.SIGTERM)
    read_until(ours, b"never")
    assert run.communicate() == (b"tidied", None)
    assert run.returncode == -signal.SIGTERM
    os.close(ours)


def test_when_the_bar_is_gone_a_signal_does_what_it_did_before() -> None:
    """So nothing waits for it, and nobody tidies up."""
    run, ours = waiting("ignored", "over")
    read_until(ours, SHOWN)
    run.send_signal(signal.SIGTERM)
    read_until(ours, b"never")
    run.communicate()
    assert run.returncode == -signal.SIGTERM
    os.close(ours)
