"""The same through a running gunicorn with raw HTTP: what no form sends, and a body of 50 MB."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from tests.conftest import superuser

FORM = "application/x-www-form-urlencoded"
MEGABYTE = 1024 * 1024
pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def server(own_database: str, tmp_path: Path) -> Iterator[tuple[int, psutil.Process, Path]]:
    """Port, process and log of a gunicorn that serves a copy of the test database."""
    port, log = free_port(), tmp_path / "web.log"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.guard.serving_settings",
        "CASEWORK_VAR": str(settings.VAR),
        "GUARD_TEST_DATABASE": own_database,
    }
    command = [
        sys.executable, "-m", "gunicorn", "casework.wsgi:application", "--bind", f"127.0.0.1:{port}",
        "--workers", "1", "--threads", "4", "--log-level", "warning",
    ]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 120
        while not answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield port, psutil.Process(process.pid), log
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(port: int) -> bool:
    try:
        return b" 200 " in raw(port, b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    except OSError:
        return False


def raw(port: int, head: bytes, body: Iterator[bytes] | None = None) -> bytes:
    """The first line and the rest of the answer to these bytes; the server may hang up while we still send."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as peer:
        peer.sendall(head)
        try:
            for piece in body or ():
                peer.sendall(piece)
        except OSError:
            pass
        answer = b""
        try:
            while piece := peer.recv(65536):
                answer += piece
        except OSError:
            pass
    return answer


def post(port: int, headers: dict[str, str], body: Iterator[bytes] | None = None) -> int:
    lines = {"Host": "localhost", "Connection": "close", **headers}
    head = "POST /sign-in/ HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    answer = raw(port, head.encode(), body)
    return int(answer.split(b" ", 2)[1]) if answer else 0


def memory_of(server: psutil.Process) -> int:
    """Bytes resident in the master and its workers."""
    return sum(process.memory_info().rss for process in (server, *server.children(recursive=True)))


def test_raw_requests_are_refused_before_they_are_read(
    own_database: str, server: tuple[int, psutil.Process, Path]
) -> None:
    port, _process, log = server
    small = b"--x\r\nContent-Disposition: form-data; name=f; filename=meadow.png\r\n\r\n\x89PNG meadow\r\n--x--\r\n"
    length = {"Content-Length": str(len(small))}
    asked = {
        "multipart": ({"Content-Type": "multipart/form-data; boundary=x", **length}, 415),
        "json": ({"Content-Type": "application/json", **length}, 415),
        "picture": ({"Content-Type": "image/png", **length}, 415),
        "charset": ({"Content-Type": f"{FORM}; charset=utf-16", **length}, 415),
        "gzip": ({"Content-Type": FORM, "Content-Encoding": "gzip", **length}, 415),
        "too long": ({"Content-Type": FORM, "Content-Length": str(5 * MEGABYTE)}, 413),
    }
    refused = {name: post(port, headers, iter([small])) for name, (headers, _status) in asked.items()}
    assert refused == {name: status for name, (_headers, status) in asked.items()}
    chunks = iter([b"5\r\nwords\r\n", b"0\r\n\r\n"])
    assert post(port, {"Content-Type": FORM, "Transfer-Encoding": "chunked"}, chunks) == 411
    with superuser(own_database) as admin:
        entries = admin.execute(
            "select rule, additional_data from audit_auditentry where rule like 'guard%'"
        ).fetchall()
    rules = {rule for rule, _data in entries}
    assert all(data["refused"][0]["kind"] for _rule, data in entries)
    assert rules == {
        f"guard_{kind}" for kind in ("content_type", "charset", "content_encoding", "too_large", "chunked")
    }
    assert "meadow" not in log.read_text()


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", FORM, "video/mp4"])
def test_memory_stays_flat_with_a_body_of_50_megabytes(
    content_type: str, server: tuple[int, psutil.Process, Path]
) -> None:
    port, process, _log = server
    answers(port)
    before, most = memory_of(process), 0

    def film() -> Iterator[bytes]:
        nonlocal most
        for _megabyte in range(50):
            most = max(most, memory_of(process))
            yield b"\x00" * MEGABYTE

    headers = {"Content-Type": content_type, "Content-Length": str(50 * MEGABYTE)}
    status = post(port, headers, film())
    most = max(most, memory_of(process))
    assert status in (0, 413, 415), "0: the server hung up on the body, and its answer was lost on the way"
    assert most - before < 8 * MEGABYTE
    assert answers(port)
