"""A file of heads that is only ever added to: one JSON object a line, with the time and the whole signed note.

The file witness is one, wherever it lies; the HTTP witness keeps one for each log.
"""

import datetime
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casework.audit.seal.checkpoint import Checkpoint, NoteProblem, parse_checkpoint

TAIL = 64 * 1024  # bytes, many heads


class HeadFileProblem(Exception):
    """The file can't be read, can't be written, or holds something else. One line."""


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Nobody else adds to this file meanwhile."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def last_head(path: Path, origin: str) -> Checkpoint | None:
    """The newest head of this log in the file, or None. Raises: HeadFileProblem."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - TAIL))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HeadFileProblem(f"{path} can't be read ({error.strerror}).") from None
    for line in reversed(lines[1:] if end > TAIL else lines):
        head = _head(line, origin, path) if line else None
        if head is not None:
            return head
    return next(reversed(all_heads(path, origin)), None) if end > TAIL else None


def all_heads(path: Path, origin: str) -> list[Checkpoint]:
    """Every head of this log in the file, in the order in which they came. Raises: HeadFileProblem."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise HeadFileProblem(f"{path} can't be read ({error.strerror}).") from None
    return heads_in(lines, origin, path)


def heads_in(lines: list[bytes], origin: str, where: object) -> list[Checkpoint]:
    """The heads of this log among lines of this form. `where`: for the problem's words. Raises: HeadFileProblem."""
    found = [_head(line, origin, where) for line in lines if line]
    return [head for head in found if head is not None]


def _head(line: bytes, origin: str, where: object) -> Checkpoint | None:
    try:
        head = parse_checkpoint(json.loads(line)["note"])
    except (ValueError, KeyError, TypeError, NoteProblem):
        raise HeadFileProblem(f"{where} holds a line that is no head: somebody has changed it.") from None
    return head if head.origin == origin else None


def append_head(path: Path, note: str) -> None:
    """Add a head and wait until the disk has it. Raises: HeadFileProblem."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    line = json.dumps({"at": now, "note": note}, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            end = os.lseek(descriptor, 0, os.SEEK_END)
            torn = end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"  # the machine stopped in the middle of a line
            if torn:
                raise HeadFileProblem(f"{path} ends in the middle of a line: cut that line off, then all is well.")
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HeadFileProblem(f"{path} can't be written ({error.strerror}).") from None
