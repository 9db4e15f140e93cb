"""The whole house as one would run it: `manage.py demo` in a folder of its own, with both engines, worker and beat."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240


@dataclass(frozen=True)
class House:
    """A running demonstration. `address`: without a slash at its end; `var`: its folder."""

    address: str
    var: Path
    process: subprocess.Popen[str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Started once for all journeys, stopped by Ctrl-C as a person would, which must leave nothing behind."""
    var, port = Path(tempfile.mkdtemp(prefix="casework-journeys-")), free_port()
    environment = {**os.environ, "CASEWORK_VAR": str(var), "PYTHONUNBUFFERED": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)  # the demonstration has its own settings, not the suite's
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said: list[str] = []
    deadline = time.monotonic() + START_SECONDS
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C stops everything" in line:
            break
        assert time.monotonic() < deadline, "".join(said)
    assert process.poll() is None, "".join(said)
    try:
        yield House(f"http://127.0.0.1:{port}", var, process)
    finally:
        process.send_signal(signal.SIGINT)
        rest, _nothing = process.communicate(timeout=60)
        shutil.rmtree(var, ignore_errors=True)
    assert process.returncode == 0, rest
    assert "Stopped." in rest
