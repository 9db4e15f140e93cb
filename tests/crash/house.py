"""The whole house as real processes in a private folder: web, worker, beat, PostgreSQL, Valkey. Killed, started again.

Only processes that were started here are ever ended, each by its number.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg

from casework.demo.servers import HOST, commands
from casework.embedded import describe_embedded

ROOT = Path(__file__).resolve().parents[2]
OTHERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "BROKER_URL", "CACHE_URL")
TARGETS = ("web worker", "web worker", "web", "celery", "celery child", "postgres", "postgres backend", "valkey")


@dataclass
class House:
    """`var`: its folder. `people`: keys of members by name, once seeded."""

    var: Path
    port: int = 0
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: dict[str, int] = field(default_factory=dict)
    seeded: dict[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name not in OTHERS}
        settings = {"CASEWORK_VAR": str(self.var), "CASEWORK_DEMO": "1", "PYTHONUNBUFFERED": "1"}
        return {**own, **settings, "DJANGO_SETTINGS_MODULE": "casework.settings"}

    def __enter__(self) -> Self:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self.start("keeper", [sys.executable, "-m", "tests.crash.keeper", str(self.var / "kept")])
        self.wait(lambda: (self.var / "kept").exists(), "the keeper")
        seed = [sys.executable, "-m", "tests.crash.seed"]
        done = subprocess.run(seed, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, check=True, timeout=300)
        self.seeded = json.loads(done.stdout)
        self.mend()
        self.wait(self.answers, "the web server")
        return self

    def __exit__(self, *problem: object) -> None:
        """Everything ends: first who serves, then the keeper, which is the last to use the servers and stops them."""
        for names in (("web", "worker", "beat"), ("keeper",)):
            for name in names:
                if name in self.running:
                    self._stop(self.running.pop(name))
        for left in [*self._processes("postgres"), *self._processes("valkey")]:  # of a keeper that ended too late
            left.kill()

    def start(self, name: str, command: list[str]) -> None:
        log = (self.var / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip

    def mend(self) -> None:
        """Start again what has ended, as a service manager would."""
        for name, command in commands(self.port).items():
            process = self.running.get(name)
            if process is None or process.poll() is not None:
                self.start(name, command)

    def kill_one(self, chance: random.Random) -> str:
        """SIGKILL to one process of the house, by chance. Returns which, or nothing when it was gone already."""
        target = chance.choice(TARGETS)
        found = self._processes(target)
        if not found:
            return ""
        try:
            chance.choice(found).send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return ""
        self.killed[target] = self.killed.get(target, 0) + 1
        return target

    def _processes(self, target: str) -> list[psutil.Process]:
        servers = self.var / "servers"
        try:
            if target in ("web", "celery"):
                return [psutil.Process(self.running[{"web": "web", "celery": "worker"}[target]].pid)]
            if target in ("web worker", "celery child"):
                parent = self.running[{"web worker": "web", "celery child": "worker"}[target]]
                return psutil.Process(parent.pid).children()
            if target == "valkey":
                return [psutil.Process(int((servers / "valkey" / "pid").read_text()))]
            postmaster = psutil.Process(int((servers / "postgres/data/postmaster.pid").read_text().split()[0]))
            return [postmaster] if target == "postgres" else postmaster.children()
        except (psutil.NoSuchProcess, OSError, ValueError):
            return []

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/sign-in/", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def wait(self, ready: Any, what: str, seconds: float = 90.0) -> None:
        """Wait for something, at most so long; what has ended meanwhile is started again."""
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                logs = "".join(f"\n{path.name}: {path.read_text()[-1500:]}" for path in self.var.glob("*.log"))
                raise AssertionError(f"{what} did not come up in {seconds} seconds.{logs}")
            time.sleep(0.1)
            if self.seeded:
                self.mend()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a superuser reads."""
        with psycopg.connect(describe_embedded(self.var).admin_url.replace("/postgres?", "/casework?")) as admin:
            return admin.execute(statement).fetchall()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of manage.py in this house."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300)

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
