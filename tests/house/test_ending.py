"""A test run that is told to end leaves nothing behind: no server, no folder."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
ANY_TEST = "tests/access/test_existence.py"
START_SECONDS = 60


def test_suite_that_is_told_to_end_stops_its_servers_and_takes_its_folder_along() -> None:
    folder = Path(tempfile.mkdtemp(prefix="cw-end-"))
    environment = {**os.environ, "TMPDIR": str(folder)}
    suite = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ANY_TEST],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        server = _server_of(folder, suite)
        time.sleep(1)  # into the making of the database
        suite.send_signal(signal.SIGTERM)
        said, _nothing = suite.communicate(timeout=START_SECONDS)
    finally:
        suite.kill()
    assert suite.returncode > 0, said  # by itself, not by the signal
    assert not _runs(server)
    left = [each.name for each in folder.iterdir()]
    shutil.rmtree(folder, ignore_errors=True)
    assert left == [], said


def _runs(process: int) -> bool:
    """False as well for one that has ended and that nobody has asked for its answer yet."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _server_of(folder: Path, suite: subprocess.Popen[str]) -> int:
    """The process id of the suite's PostgreSQL, once it and the broker run."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and suite.poll() is None:
        found = list(folder.glob("casework-tests-*/servers/postgres*/**/postmaster.pid"))
        if found and list(folder.glob("casework-tests-*/**/valkey.sock")) + list(
            folder.glob("casework-tests-*/**/pid")
        ):
            return int(found[0].read_text().split()[0])
        time.sleep(0.1)
    raise AssertionError("no server came")
