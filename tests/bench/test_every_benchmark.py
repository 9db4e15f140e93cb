"""Each benchmark runs, small, as it is called, and says what was agreed. What it measures is asserted nowhere."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.bench.management.commands.bench import benchmarks

ROOT = Path(__file__).resolve().parent.parent.parent
AGREED = {
    "access": {"list_vs_generic", "list_growth", "rls_cost", "check_vs_generic", "list_ms_p95"},
    "already_told": {
        "recall_at_3", "recall_at_3_no_shared_word", "mrr", "bm25_recall_at_3", "bm25_recall_at_3_no_shared_word",
        "latency_ms_p95_500",
    },
    "audit": {
        "append_vs_bare_8", "append_vs_logaccessmixin_8", "append_vs_row_chain_8", "seal_per_s", "verify_per_s",
        "verify_increment_growth", "audited_page_ratio",
    },
    "guard": {"recall", "false_alarms_per_100k", "ms_per_20kb"},
}  # fmt: skip


@pytest.fixture
def folder() -> Iterator[str]:
    """Servers of its own: a benchmark makes and drops databases. A short path, since it holds a socket."""
    name = tempfile.mkdtemp(prefix="casework-bench-")
    yield name
    shutil.rmtree(name, ignore_errors=True)


def test_no_benchmark_is_without_its_rows() -> None:
    assert set(AGREED) == benchmarks()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(AGREED))
def test_benchmark_runs_small_and_says_what_was_agreed(name: str, folder: str) -> None:
    hidden = ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "PYTHONPATH")
    environment = {key: value for key, value in os.environ.items() if key not in hidden} | {"CASEWORK_VAR": folder}
    command = [sys.executable, "manage.py", "bench", name, "--scale", "small", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout)
    assert (told["bench"], told["scale"]) == (name, "small")
    assert AGREED[name] <= {row["name"] for row in told["rows"]}
    assert all(isinstance(row["value"], int | float) for row in told["rows"])
