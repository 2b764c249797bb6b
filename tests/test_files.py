"""Reading and writing one file: nothing is lost, whatever fails."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup import files
from cleanup.errors import FileError
from cleanup.files import printable, read_bytes, sha256, write_atomic


def failing(number: int) -> Callable[..., Any]:
    def fail(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def names_in(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def one_line(caught: pytest.ExceptionInfo[FileError]) -> str:
    message = str(caught.value)
    assert "\n" not in message
    return message


@given(st.binary())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    write_atomic(path, data)
    assert read_bytes(path) == data


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "fchmod"])
@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "permission denied"),
        (errno.EIO, "input/output error"),
    ],
)
def test_a_failure_on_the_way_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, said: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    monkeypatch.setattr(os, call, failing(number))
    with pytest.raises(FileError, match="not written") as caught:
        write_atomic(path, b"after")
    assert one_line(caught) == f"{path}: not written: {said}"
    assert names_in(tmp_path) == ["a.txt"]
    assert path.read_bytes() == b"before"


def test_a_disk_that_fills_up_half_way_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    write = os.write

    def half(descriptor: int, data: bytes) -> int:
        if len(data) < 600:
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, data[:500])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(FileError, match="the disk is full"):
        write_atomic(path, b"x" * 1_000)
    assert (names_in(tmp_path), path.read_bytes()) == (["a.txt"], b"before")


def test_a_write_that_takes_only_part_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    write_atomic(tmp_path / "a.txt", b"0123456789")
    assert (tmp_path / "a.txt").read_bytes() == b"0123456789"


def test_an_interrupt_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")

    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"after")
    assert (names_in(tmp_path), path.read_bytes()) == (["a.txt"], b"before")


def test_a_directory_that_cannot_be_synced_does_not_undo_the_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not here")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    write_atomic(tmp_path / "a.txt", b"after")
    assert (tmp_path / "a.txt").read_bytes() == b"after"


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664, 0o4755])
def test_the_mode_of_the_old_file_is_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    path.chmod(mode)
    write_atomic(path, b"after")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_gets_the_mode_of_the_umask(tmp_path: Path) -> None:
    umask = os.umask(0o027)
    try:
        write_atomic(tmp_path / "a.txt", b"new")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_the_owner_is_asked_for_and_setuid_goes_when_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    path.chmod(0o4755)
    asked: list[tuple[int, int]] = []
    status = os.stat(path)

    def refuse(descriptor: int, user: int, group: int) -> None:
        asked.append((user, group))
        raise PermissionError(errno.EPERM, "no")

    def foreign(descriptor: int) -> os.stat_result:
        return os.stat_result((*status[:4], status.st_uid + 1, *status[5:]))

    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "fstat", foreign)
    write_atomic(path, b"after")
    assert asked == [(status.st_uid, status.st_gid), (-1, status.st_gid)]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o755
    assert path.read_bytes() == b"after"


def test_access_lists_and_other_attributes_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    given: dict[str, bytes] = {}
    monkeypatch.setattr(os, "listxattr", lambda path: ["user.source"], raising=False)
    monkeypatch.setattr(os, "getxattr", lambda path, name: b"the wire", raising=False)
    monkeypatch.setattr(os, "setxattr", lambda file, name, value: given.update({name: value}), raising=False)
    write_atomic(path, b"after")
    assert given == {"user.source": b"the wire"}


def test_a_symbolic_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    target, link, second = tmp_path / "inner" / "a.txt", tmp_path / "link.txt", tmp_path / "second.txt"
    target.write_bytes(b"before")
    link.symlink_to(os.path.join("inner", "a.txt"))
    second.symlink_to(link)
    write_atomic(second, b"after")
    assert target.read_bytes() == b"after"
    assert os.readlink(second) == str(link)
    assert os.readlink(link) == os.path.join("inner", "a.txt")
    assert names_in(tmp_path / "inner") == ["a.txt"]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"edited by hand")
    with pytest.raises(FileError, match="another program changed it meanwhile; run again") as caught:
        write_atomic(path, b"after", expected=b"before")
    one_line(caught)
    assert (names_in(tmp_path), path.read_bytes()) == (["a.txt"], b"edited by hand")
    write_atomic(path, b"after", expected=b"edited by hand")
    assert path.read_bytes() == b"after"


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    path.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write anywhere
    with pytest.raises(FileError, match=r"the file is read-only: allow writing with chmod u\+w") as caught:
        write_atomic(path, b"after")
    one_line(caught)
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize(
    ("number", "said"), [(errno.EACCES, "permission denied"), (errno.EROFS, "the file system is read-only")]
)
def test_a_directory_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    (tmp_path / "a.txt").write_bytes(b"before")
    monkeypatch.setattr(os, "open", failing(number))
    with pytest.raises(FileError) as caught:
        write_atomic(tmp_path / "a.txt", b"after")
    assert one_line(caught) == f"{tmp_path / 'a.txt'}: not written: {said}"
    assert (tmp_path / "a.txt").read_bytes() == b"before"


def test_a_directory_that_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not written: no such file or directory"):
        write_atomic(tmp_path / "no" / "a.txt", b"after")


@pytest.mark.parametrize("path", ["/dev/null", "/", "a\0b"])
def test_what_is_no_file_is_not_replaced(path: str) -> None:
    with pytest.raises(FileError) as caught:
        write_atomic(path, b"after")
    one_line(caught)
    assert not os.path.isfile("/dev/null")


def test_a_link_to_itself_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("a.txt")
    for act in (read_bytes, lambda path: write_atomic(path, b"after")):
        with pytest.raises(FileError, match="its symbolic links lead in a circle"):
            act(tmp_path / "a.txt")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        read_bytes(tmp_path / "a.txt")
    assert one_line(caught) == f"{tmp_path / 'a.txt'}: no such file or directory: check the path"


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for act in (read_bytes, lambda path: write_atomic(path, b"after")):
        with pytest.raises(FileError, match="is a named pipe, not a file") as caught:
            act(tmp_path / "pipe.txt")
        one_line(caught)


def test_a_file_that_turns_into_a_pipe_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "a.txt").write_bytes(b"")
    regular = os.stat(tmp_path / "a.txt")
    monkeypatch.setattr(os, "stat", lambda path: regular)
    with pytest.raises(FileError, match="is a named pipe"):
        read_bytes(tmp_path / "pipe.txt")


def test_directory_socket_and_device_are_named_for_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.txt")
        for path, said in ((".", "a directory"), ("s.txt", "a socket"), ("/dev/null", "a device")):
            with pytest.raises(FileError, match=f"is {said}, not a file"):
                read_bytes(path)


def test_a_file_without_permission_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(b"secret")
    monkeypatch.setattr(os, "open", failing(errno.EACCES))
    with pytest.raises(FileError) as caught:
        read_bytes(tmp_path / "a.txt")
    assert one_line(caught) == f"{tmp_path / 'a.txt'}: permission denied"


def test_a_name_that_is_no_utf8_is_read_written_and_printed(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    write_atomic(path, b"text")
    assert read_bytes(path) == b"text"
    os.unlink(path)
    with pytest.raises(FileError) as caught:
        read_bytes(path)
    one_line(caught).encode("utf-8")


@given(st.binary().filter(lambda name: b"\0" not in name))
def test_any_name_is_printable_on_one_line(name: bytes) -> None:
    shown = printable(os.fsdecode(name))
    assert shown.encode("utf-8").decode() == shown
    assert shown.isprintable()


def test_a_plain_name_is_printed_as_it_is() -> None:
    assert printable("docs/naïve café.txt") == "docs/naïve café.txt"
    assert printable("a\nb\x1b[31m") == "a\\nb\\x1b[31m"


def test_the_hash_is_that_of_the_standard() -> None:
    assert sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_public_names_are_all_there() -> None:
    assert all(hasattr(files, name) for name in files.__all__)
