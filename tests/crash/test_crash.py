"""Killed at random moments under load: no page without its entry, no save lost, nothing sealed twice or skipped.

In CI 20 kills; the long run: `python3 manage.py test tests/crash -m slow --kills 200 -s`.
"""

import json
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casework.server_process import prepare_account
from tests.crash.clients import SEATS, Client
from tests.crash.house import ROOT, House

PAUSE = (0.0, 0.8)  # seconds, by chance, between a house that serves again and the next kill
SERVES = 3  # pages that must have come since the last kill, so that each hits a house at work
pytestmark = pytest.mark.slow


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder with a short name, since sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="cw-crash-"))
    folder.chmod(0o755)  # the servers run as their own user
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def under_load(house: House, seed: int) -> Iterator[list[Client]]:
    """Eight clients at work, until the block ends."""
    over = threading.Event()
    clients = [Client(house, name, random.Random(seed + number)) for number, name in enumerate(SEATS)]
    threads = [threading.Thread(target=client.work, args=[over]) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


def pages_of(clients: list[Client]) -> int:
    """How many pages with content came so far."""
    return sum(len(client.pages) for client in clients)


def check_the_record(house: House, clients: list[Client]) -> dict[str, object]:
    """Every page has its committed entry, every save its row and its entry. Returns the counts."""
    house.wait(house.answers, "the house after it")
    pages = set().union(*(client.pages for client in clients))
    saved = set().union(*(client.saved for client in clients))
    written = {row[0] for row in house.rows("select cid from audit_auditentry where outcome = 'allowed'")}
    kept = {row[0] for row in house.rows("select id from cases_entry")}
    told = {row[0] for row in house.rows("select object_id from audit_auditentry where verb = 'created'")}
    counts = {
        "kills": dict(sorted(house.killed.items())),
        "pages with content": len(pages),
        "pages without an entry": len(pages - written),
        "saves told": len(saved),
        "saves lost": len(saved - kept),
        "saves without an entry": len(saved - told),
        "copies asked": sum(client.copies for client in clients),
        "answers 5xx": sum(client.refused for client in clients),
        "connections cut": sum(client.cut for client in clients),
        "entries": len(written),
    }
    print(f"\n{json.dumps(counts)}")
    assert counts["pages without an entry"] == counts["saves lost"] == counts["saves without an entry"] == 0
    return counts


def test_killed_under_load_nothing_is_shown_unrecorded_and_nothing_is_lost(
    var: Path, request: pytest.FixtureRequest
) -> None:
    kills, seed = request.config.getoption("kills"), random.randrange(10**6)
    chance = random.Random(seed)
    with House(var) as house:
        with under_load(house, seed) as clients:
            while sum(house.killed.values()) < kills:
                served = pages_of(clients)
                house.wait(lambda: pages_of(clients) >= served + SERVES, f"the house (seed {seed})")  # noqa: B023
                time.sleep(chance.uniform(*PAUSE))
                house.kill_one(chance)
            house.wait(house.answers, f"the house (seed {seed})")
        counts = check_the_record(house, clients)
        assert sum(house.killed.values()) == kills
        assert int(str(counts["pages with content"])) >= SERVES * kills
        assert int(str(counts["saves told"])) > 0
        check_the_seal(house)


def check_the_seal(house: House) -> None:
    """Sealed to the last entry, each once, and the whole of it verifies."""
    sealed = house.manage("seal_audit")
    assert sealed.returncode == 0, sealed.stdout + sealed.stderr
    verified = house.manage("verify_audit", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    ((twice,),) = house.rows("select count(entry_id) - count(distinct entry_id) from audit_seal_leaf")
    ((skipped,),) = house.rows(
        "select count(*) from audit_auditentry e"
        " where not exists (select from audit_seal_leaf l where l.entry_id = e.id)"
        " and e.xid < (select max(horizon::text::bigint)::text::xid8 from audit_seal_head)"
    )
    print(json.dumps({"sealed twice": twice, "skipped by the seal": skipped}))
    assert twice == skipped == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="a file system of its own is mounted by root")
def test_disk_full_shows_nothing_unrecorded_and_needs_no_repair(var: Path) -> None:
    """PostgreSQL on 320 MB of its own, filled to the last byte under load; then somebody makes room, that is all."""
    disk = var / "servers" / "postgres"
    disk.mkdir(parents=True)
    disk.parent.chmod(0o755)
    account = prepare_account(disk.parent)
    assert account is not None
    options = f"size=320m,mode=0700,uid={account.uid},gid={account.gid}"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with House(var) as house:
            with under_load(house, 7) as clients:
                time.sleep(4)
                before = pages_of(clients)
                ballast = disk / "ballast"
                fill(ballast)
                time.sleep(6)
                fill(ballast)  # what PostgreSQL gave back meanwhile
                time.sleep(6)
                shown = pages_of(clients)
                failed = sum(client.refused + client.cut for client in clients)
                ballast.unlink()
                house.wait(lambda: pages_of(clients) > shown + 8, "a page, with room again")
            check_the_record(house, clients)
            check_the_seal(house)
        assert before > 0
        assert failed > 0, "the disk was never full"
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def fill(ballast: Path) -> None:
    """Take every byte that is left."""
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def test_the_processes_are_those_of_the_readme() -> None:
    assert "gunicorn casework.wsgi:application" in (ROOT / "README.md").read_text()
