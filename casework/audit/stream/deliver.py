"""Where the lines go: a file, or a syslog server over TLS (RFC 5424 in the framing of RFC 5425).

Each `deliver` returns only when the lines are kept: on the disk, or acknowledged by the other machine. Syslog has no
answer of its own, so what counts there is that the receiver's TCP has acknowledged every byte.
"""

import fcntl
import os
import socket
import ssl
import struct
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from casework.audit.kinds import Outcome
from casework.audit.stream.follow import StreamProblem

LOG_AUDIT = 13  # facility of RFC 5424
SEVERITY = {Outcome.ALLOWED: 6, Outcome.REFUSED: 4, Outcome.FAILED: 3}  # informational, warning, error
SECONDS = 30.0


@dataclass(frozen=True)
class Line:
    """One entry, ready to go. `row`: its columns, for the header of syslog."""

    text: str
    row: dict[str, Any]


class ToFile:
    """Lines at the end of a file. Opened anew for each delivery, so that it may be moved away meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def deliver(self, lines: Sequence[Line]) -> None:
        """Append, and wait until the disk has it. A line that a crash cut short is ended first."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                text = "".join(f"{line.text}\n" for line in lines).encode("ascii")
                file.seek(0, os.SEEK_END)
                if file.tell():
                    file.seek(-1, os.SEEK_END)
                    text = text if file.read(1) == b"\n" else b"\n" + text
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise StreamProblem(f"{self.path} can't be written ({problem.strerror}).") from problem


class ToSyslog:
    """Frames to one server. `context`: checks its certificate and name; there is no way without."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        self.host, self.port, self.context = host, port, context
        self.raw: socket.socket | None = None
        self.connection: ssl.SSLSocket | None = None

    def __enter__(self) -> Self:
        try:
            self.raw = socket.create_connection((self.host, self.port), timeout=SECONDS)
            self.connection = self.context.wrap_socket(self.raw, server_hostname=self.host)
        except OSError as problem:
            raise StreamProblem(f"{self.host}:{self.port} is not to be had: {problem}") from problem
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: object, trace: TracebackType | None) -> None:
        if self.connection is not None:
            self.connection.close()

    def deliver(self, lines: Sequence[Line]) -> None:
        """Send, and wait until the other side has acknowledged all of it."""
        if self.connection is None:
            raise StreamProblem("The connection is not open.")
        try:
            self.connection.sendall(b"".join(frame(line) for line in lines))
            deadline = time.monotonic() + SECONDS
            while _unacknowledged(self.connection):
                if time.monotonic() > deadline:
                    raise StreamProblem(f"{self.host}:{self.port} takes nothing any more.")
                time.sleep(0.01)
        except OSError as problem:
            raise StreamProblem(f"{self.host}:{self.port} went away: {problem}") from problem


def frame(line: Line) -> bytes:
    """One message: its length in bytes, a blank, the header, and the line."""
    row = line.row
    priority = LOG_AUDIT * 8 + SEVERITY[row["outcome"]]
    when = row["timestamp"].isoformat(timespec="microseconds")
    header = f"<{priority}>1 {when} {_host()} casework - {row['verb']} - "
    message = (header + line.text).encode("ascii")
    return b"%d %s" % (len(message), message)


def _host() -> str:
    name = "".join(letter for letter in socket.gethostname() if letter.isascii() and letter.isprintable())
    return name.replace(" ", "")[:255] or "-"


def _unacknowledged(connection: socket.socket) -> int:
    """Bytes that the other machine has not acknowledged yet (Linux: SIOCOUTQ, which is TIOCOUTQ)."""
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])
