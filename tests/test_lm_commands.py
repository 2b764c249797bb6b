"""The options ``--lm``, ``--no-lm`` and ``--lm-model`` of every command that has them, and what `explain` tells."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

import pytest
from conftest import Cli
from lm_samples import FACTS, tensors, write_gguf
from test_lm_judge import SPUN, WordModel

from cleanup.evidence import nats
from cleanup.lm import judge
from cleanup.readings import MOST_MARGIN

TEXT = f"{SPUN} They fight arranged crime at the White Home and on Wall Road, officers stated. " * 3

#: What each command is given, and how its text looks where a model was heard.
COMMANDS = {
    "fix": ("--diff",),
    "check": (),
    "score": (),
    "explain": (),
    "baseline": ("--decisions", "known.toml"),
    "review": ("--decisions", "known.toml"),
    "screen": (),
}


@pytest.fixture
def place(cli: Cli, tmp_path: Path) -> Path:
    """A directory with a spun text and a tiny model."""
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were opened, by name."""
    names: list[str] = []

    def opened(name: str) -> WordModel:
        names.append(Path(name).name)
        return WordModel({"prices": -1.0, "costs": -40.0, "higher": -40.0, "larger": -3.0})

    monkeypatch.setattr(judge, "load_model", opened)
    return names


def configure(place: Path, text: str) -> None:
    (place / ".cleanup.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize(
    ("setting", "options", "is_heard"),
    [
        ("", (), False),
        ("", ("--lm-model", "tiny.gguf"), True),
        ("", ("--lm-model", "tiny.gguf", "--lm"), True),
        ("", ("--lm-model", "tiny.gguf", "--no-lm"), False),
        ('lm = true\nlm-model = "tiny.gguf"', (), True),
        ('lm = true\nlm-model = "tiny.gguf"', ("--no-lm",), False),
        ('lm-model = "tiny.gguf"', (), False),
        ('lm-model = "tiny.gguf"', ("--lm",), True),
        ('lm-model = "other.gguf"', ("--lm-model", "tiny.gguf"), True),
    ],
)
def test_each_command_hears_the_model_when_it_is_told_to(
    setting: str,
    options: tuple[str, ...],
    is_heard: bool,
    command: str,
    place: Path,
    asked: list[str],
    cli: Cli,
) -> None:
    configure(place, setting)
    outcome = cli(command, "text.txt", *COMMANDS[command], *options, stdin=b"q\n")
    assert outcome.status in (0, 1), outcome.err
    assert asked == ["tiny.gguf"] * is_heard


@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_file_that_is_not_there_is_told_where_a_model_is_to_be_heard(
    command: str, place: Path, cli: Cli
) -> None:
    configure(place, 'lm-model = "nowhere.gguf"')
    arguments = (command, "text.txt", *COMMANDS[command])
    assert cli(*arguments, stdin=b"q\n").status in (0, 1)
    outcome = cli(*arguments, "--lm", stdin=b"q\n")
    assert outcome.status == 2
    assert outcome.err.startswith("cleanup: error: ")
    assert "nowhere.gguf: there is no such file" in outcome.err
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "ending"),
    [*itertools.product(("pipe", "circle", "device"), ("", ".gguf")), ("directory", ".gguf")],
)
def test_what_is_there_but_no_model_is_called_what_it_is(
    kind: str, ending: str, place: Path, cli: Cli
) -> None:
    """Not a file that is missing, and not a hub id, though it may look like one."""
    name = f"models/one{ending}"
    (place / "models").mkdir()
    if kind == "pipe":
        os.mkfifo(place / name)
        wanted = "is a named pipe, not a file"
    elif kind == "circle":
        (place / name).symlink_to(place / name)
        wanted = "its symbolic links lead in a circle"
    elif kind == "device":
        (place / name).symlink_to("/dev/null")
        wanted = "is a device, not a file"
    else:
        (place / name).mkdir()
        wanted = "is a directory, not a file"
    outcome = cli("fix", "text.txt", "--diff", "--lm-model", name)
    assert (outcome.status, outcome.out, len(outcome.err.splitlines())) == (2, b"", 1)
    assert outcome.err.startswith(f"cleanup: error: lm-model: {name}: {wanted}")


def test_a_model_is_looked_for_beside_the_configuration_file_that_names_it(place: Path, cli: Cli) -> None:
    below = place / "below"
    below.mkdir()
    (below / "text.txt").write_text(TEXT, encoding="utf-8")
    configure(below, 'lm = true\nlm-model = "tiny.gguf"')
    outcome = cli("score", "below/text.txt")
    assert outcome.status == 2
    assert "below/tiny.gguf: there is no such file" in outcome.err
    (place / "tiny.gguf").rename(below / "tiny.gguf")
    assert cli("score", "below/text.txt").status == 0


def test_a_baseline_with_the_model_leaves_a_check_with_it_nothing_new(place: Path, cli: Cli) -> None:
    model = ("--lm-model", "tiny.gguf", "--min-confidence", "0.05")
    (place / "text.txt").write_text(TEXT[: len(TEXT) // 3], encoding="utf-8")  # no place looks like another
    check = ("check", "text.txt", "--look", "close", "--fail-on", "warning", *model)
    assert cli(*check).status == 1
    outcome = cli("baseline", "text.txt", *model)
    assert outcome.status == 0
    assert not outcome.out.endswith(b": 0 findings recorded\n")
    assert cli(*check) == (0, b"", "")


# What `explain` tells


def test_explain_tells_the_margin_of_every_reading_that_was_asked_about(
    place: Path, asked: list[str], cli: Cli
) -> None:
    out = cli("explain", "text.txt", "--lm-model", "tiny.gguf").out.decode()
    lines = [line for line in out.splitlines() if line.startswith("  candidate ")]
    assert asked
    strong = {"organized crime", "organised crime", "White House"}  # not weighed, so nobody need be asked
    untold = {re.split("[“”]", line)[1] for line in lines if "; the model: " not in line}
    assert untold <= strong
    said = {re.split("[“”]", line)[1]: line.rpartition("; the model: ")[2].rstrip("]") for line in lines}
    assert said["prices"] == "+12 nats or more"
    assert said["greater"] == "-5.0 nats"
    assert said["economy"] == "+8.0 nats"
    assert said["told"] == "+0.0 nats"
    assert "a language model finds the sentence likelier with it, by 12 nats or more" in out


def test_margin_is_the_name_of_the_models_figure_alone(place: Path, cli: Cli) -> None:
    outcome = cli("explain", "text.txt").out.decode()
    assert "nats ahead of the next best reading" in outcome
    assert "the model:" not in outcome
    assert "margin" not in outcome


def test_a_margin_says_where_it_was_cut_off() -> None:
    assert [nats(at * MOST_MARGIN) for at in (-1, -0.5, 0.5, 1)] == [
        "-12 nats or less", "-6.0 nats", "+6.0 nats", "+12 nats or more"
    ]  # fmt: skip
