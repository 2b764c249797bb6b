"""What shows how far a command is leaves the terminal as it was, whatever becomes of the command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty")

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
