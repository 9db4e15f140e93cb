"""Sealing and verifying: entries a second, and whether an increment costs more in a large tree than in a small one."""

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from casework.audit.seal import store
from casework.audit.seal.archive import Archives
from casework.audit.seal.checkpoint import Checkpoint, VerifierKey, sign_checkpoint
from casework.audit.seal.findings import Report
from casework.audit.seal.keys import known_keys, learn_key, seal_folder, signing_key
from casework.audit.seal.sealer import seal_waiting
from casework.audit.seal.store import Connection, Head, Log, sealer_connection
from casework.audit.seal.tree import Frontier
from casework.audit.seal.verified import Verified
from casework.audit.seal.verify import verify
from casework.bench._audit_append import COLUMNS, INSERT, PLACES, ROW
from casework.bench.rows import Row, Say, Scale
from casework.bench.scratch import scratch_database, superuser

NEW = 1_000  # entries of the increment
LOT = 100_000  # synthetic leaves written at a time
ORIGIN = "casework-bench/1"


def run(scale: Scale, say: Say, blank: str) -> list[Row]:
    """Rates over the same entries, and the growth of an increment from the smallest tree to the largest."""
    entries, sizes, repeats = (
        (20_000, (10_000, 50_000), 3) if scale is Scale.SMALL else (1_000_000, (10_000, 10_000_000), 9)
    )
    rows = _rates(blank, entries, repeats, say)
    times = {size: _increment(blank, size, repeats, say) for size in sizes}
    small, large = (times[size] for size in sizes)
    note = (
        f"{1000 * small:.1f} ms at {sizes[0]:,}, {1000 * large:.1f} ms at {sizes[-1]:,} leaves, for {NEW:,} new entries"
    )
    return [*rows, Row("verify_increment_growth", large / small, "ratio", note)]


@contextmanager
def _folder() -> Iterator[Path]:
    """Keys and what was signed, of one tree of the benchmark's own and not of this house."""
    before = settings.ENVIRONMENT
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings.ENVIRONMENT = dataclasses.replace(
            before, seal_folder=folder, seal_key_file=folder / "seal.pem", seal_witnesses=""
        )
        try:
            yield folder
        finally:
            settings.ENVIRONMENT = before


def _rates(blank: str, entries: int, repeats: int, say: Say) -> list[Row]:
    with _folder(), scratch_database(locked=False, like=blank) as name:
        say(f"writing {entries:,} entries")
        _write_entries(name, entries)
        say(f"sealing {entries:,} entries")
        with sealer_connection() as connection:
            began = time.perf_counter()
            sealed = seal_waiting(connection, signing_key())
            sealing = sealed / (time.perf_counter() - began)
        rates = []
        for number in range(min(repeats, 3)):
            say(f"verifying {entries:,} entries, {number + 1} of {min(repeats, 3)}")
            report, _reached = _verified()
            rates.append(report.entries / report.seconds)
    return [
        Row("seal_per_s", sealing, "per s", f"{sealed:,} entries that waited; bar 50,000"),
        Row(
            "verify_per_s",
            max(rates),
            "per s",
            f"best of {len(rates)}, median {statistics.median(rates):,.0f}; bar 100,000",
        ),
    ]


def _verified(before: Verified | None = None) -> tuple[Report, Verified | None]:
    keys = known_keys(seal_folder())
    report, reached = verify(
        keys=keys, witnesses=[], archives=Archives(Path("/nowhere")), before=before, whole=before is None
    )
    assert report.is_well, report.findings
    return report, reached


def _write_entries(name: str, entries: int) -> None:
    """Entries of many transactions, all of them over, as the superuser, who may say of which."""
    with superuser(name) as admin:
        admin.execute(
            f"insert into audit_auditentry (id, xid, {', '.join(COLUMNS)})"  # noqa: S608 - constants
            f" select n, least(3 + n / 100, pg_current_xact_id()::text::bigint)::text::xid8, {PLACES}"
            f" from generate_series(1, {entries}) n",
            ROW,
        )
        admin.execute("vacuum analyze audit_auditentry")


def _increment(blank: str, size: int, repeats: int, say: Say) -> float:
    """Seconds to verify 1,000 new entries on top of a tree of this size, median."""
    with _folder(), scratch_database(locked=False, like=blank) as name:
        say(f"making a tree of {size:,} leaves")
        key = signing_key()
        learn_key(seal_folder(), VerifierKey.of(ORIGIN, key))
        with sealer_connection() as connection:
            before = _synthetic(connection, size)
            with superuser(name) as admin:
                admin.execute("vacuum analyze audit_seal_leaf")
                for _entry in range(NEW):
                    admin.execute(f"insert into audit_auditentry {INSERT}", ROW)
            assert seal_waiting(connection, key) == NEW
        times = []
        for number in range(repeats):
            say(f"verifying the increment on {size:,}, {number + 1} of {repeats}")
            times.append(_verified(before)[0].seconds)
        return statistics.median(times)


def _synthetic(connection: Connection, size: int) -> Verified:
    """A whole and signed tree over leaves of nothing, written as the sealer writes."""
    horizon = connection.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone()
    cluster = connection.execute("select system_identifier::text from pg_control_system()").fetchone()
    store.write_log(connection, Log(1, ORIGIN, str(cluster[0]) if cluster else "", None), "benchmark")
    frontier = Frontier()
    for first in range(0, size, LOT):
        leaves = [sha256(b"%d" % index).digest() for index in range(first, min(size, first + LOT))]
        full = frontier.extend(leaves, store.TILE)
        store.write_leaves(
            connection, 1, first, list(zip(range(-first - 1, -first - 1 - len(leaves), -1), leaves, strict=True))
        )
        store.write_nodes(connection, 1, full)
    root, until = frontier.root(), int(horizon[0]) if horizon else 0
    note = sign_checkpoint(Checkpoint(ORIGIN, size, root), signing_key())
    store.write_head(connection, Head(1, size, until, root, frontier.packed(), None, note))
    return Verified(ORIGIN, 1, size, root, until)
