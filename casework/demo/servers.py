"""Starts the web server, a worker and beat; stops all of them together, cleanly."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SECONDS = 20.0
START_SECONDS = 60.0
HOST = "127.0.0.1"
Say = Callable[[str], object]


class ServersProblem(Exception):
    """One line: what could not be started or did not stay up, and what to do."""


@dataclass
class Servers:
    """The processes of one demo, by name. `logs`: folder of their output, one file each."""

    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: list[str]) -> None:
        """Start one process in a session of its own, so that Ctrl-C reaches it only through us."""
        log = (self.logs / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )

    def ended(self) -> str | None:
        """The name of a process that ended by itself, or None."""
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """Ask each to finish what it does, wait, and end what is left. Ends only processes started here."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def check_port_is_free(port: int) -> None:
    """Raises: ServersProblem when something listens on this port already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            raise ServersProblem(
                f"Port {port} is in use. Stop what uses it, or choose another: python3 manage.py demo --port 8001"
            ) from problem


def commands(port: int, web_processes: int = 2) -> dict[str, list[str]]:
    """What is started: web server, worker and beat, each with this Python."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "casework"]
    return {
        "web": [
            *python, "gunicorn", "casework.wsgi:application", "--bind", f"{HOST}:{port}",
            "--workers", str(web_processes), "--threads", "4", "--timeout", "60", "--log-level", "warning",
        ],
        "worker": [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "1"],
        "beat": [*celery, "beat", "--loglevel", "WARNING"],
    }  # fmt: skip


def start_servers(port: int, logs: Path) -> Servers:
    """Start all three and wait until the web server answers.

    Raises: ServersProblem naming the process and its log; what was started is stopped first.
    """
    check_port_is_free(port)
    logs.mkdir(parents=True, exist_ok=True)
    servers = Servers(logs)
    for name, command in commands(port).items():
        servers.start(name, command)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        ended = servers.ended()
        if ended or time.monotonic() > deadline:
            servers.stop()
            name = ended or "web"
            raise ServersProblem(f"The {name} server did not start. See {logs / name}.log.")
        time.sleep(0.2)
    return servers


def serve_until_stopped(servers: Servers) -> str | None:
    """Wait for Ctrl-C or SIGTERM, then stop everything. Returns the name of a process that ended by itself."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    ended = None
    try:
        while not stopping and ended is None:
            time.sleep(0.2)
            ended = servers.ended()
    finally:
        servers.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
    return None if stopping else ended


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/sign-in/", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True
    except (OSError, urllib.error.URLError):
        return False
