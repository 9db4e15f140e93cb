"""Verification: every leaf is recomputed from its row, in Python, and held against tree, signatures and witnesses.

Two streams of one snapshot go side by side: entries by (transaction, id), and leaves by index, which is the same
order. Where the record is as it was sealed they never part; where they part, what is left over is named.
"""

import datetime
import time
from binascii import unhexlify
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice

from casework.audit.leaf import NULL, columns_sql, leaf_hash
from casework.audit.seal import store
from casework.audit.seal.archive import Archives
from casework.audit.seal.findings import Finding, Kind, Range, Report, ranges
from casework.audit.seal.head_check import HeadCheck, Kept, horizon_of
from casework.audit.seal.kept import kept_outside
from casework.audit.seal.keys import KnownKey
from casework.audit.seal.matching import Clock, Leaf, Matcher, Row
from casework.audit.seal.sealer import PREVIOUS
from casework.audit.seal.store import Connection, Log, SealProblem, StoredNodes, frontier_at, sealer_connection
from casework.audit.seal.tree import Frontier, hash_leaf
from casework.audit.seal.verified import Verified
from casework.audit.seal.witnesses import Witness

Progress = Callable[[int, int], object]  # (leaves done, of)
STEP = 20_000  # leaves that are held at a time


def verify(
    *,
    keys: list[KnownKey],
    witnesses: list[Witness],
    archives: Archives,
    before: Verified | None = None,
    whole: bool = True,
    progress: Progress = lambda _done, _of: None,
) -> tuple[Report, Verified | None]:
    """Verify everything, or what came after `before`: how far this machine has been, None for nowhere yet.

    An increment recomputes no older entry and finds no row that was slipped in among them; only the whole does.
    Returns the report, and where the next increment starts, None unless all is well.
    Raises: SealProblem, psycopg.Error.
    """
    began = time.monotonic()
    with _three_connections() as connections:
        here = {log.origin for log in store.logs(connections[0])}
        since = before if before is not None and before.origin in here and not whole else None
        run = _Run(connections, keys, archives, since, progress)
        for log in run.logs:
            if since is None or log.epoch >= since.epoch:
                kept = kept_outside(run.connection, log, keys, witnesses, before)
                run.found += kept.findings
                run.verify_log(log, kept.kept)
        run.finish()
    seconds = time.monotonic() - began
    report = Report(since is None, run.matcher.compared, run.done, run.waiting, seconds, tuple(run.found))
    return report, run.reached if report.is_well else None


@contextmanager
def _three_connections() -> Iterator[list[Connection]]:
    """Connections that see one and the same moment, and change nothing: for the rows, the leaves, and the rest."""
    with ExitStack() as stack:
        each = [stack.enter_context(sealer_connection()) for _number in range(3)]
        for connection in each:
            connection.execute("begin isolation level repeatable read read only")
        exported = each[0].execute("select pg_export_snapshot()").fetchone()
        snapshot = exported[0] if exported else ""
        for connection in each[1:]:
            connection.execute(f"set transaction snapshot '{snapshot}'")
        yield each


class _Run:
    """One verification: its two streams, and what was found so far."""

    def __init__(
        self,
        connections: list[Connection],
        keys: list[KnownKey],
        archives: Archives,
        since: Verified | None,
        progress: Progress,
    ) -> None:
        rows, self.leaves, self.connection = connections
        self.keys, self.archives = keys, archives
        self.since, self.progress = since, progress
        self.logs = store.logs(self.connection)
        self.matcher = Matcher(in_order=len(self.logs) < 2)
        self.rows = _rows(rows, since)
        self.horizon = since.horizon if since else 0
        self.reached = since
        self.found: list[Finding] = []
        self.done = self.waiting = 0
        self.of = self._number(
            "select coalesce(sum(size), 0) from (select max(size) as size from audit_seal_head group by epoch) as sizes"
        ) - (since.size if since else 0)

    def _number(self, query: str) -> int:
        row = self.connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def verify_log(self, log: Log, kept: list[Kept]) -> None:
        """The leaves of one log beside the rows, and its heads beside the tree over them."""
        start = self.since.size if self.since and self.since.epoch == log.epoch else 0
        check = HeadCheck(log, store.heads(self.connection, log.epoch, start), kept, self.keys, start)
        frontier = self._start(log, start)
        leaves = _leaves(self.leaves, log.epoch, start)
        entries: Range | None = None
        for stop in check.stops:
            while frontier.size < stop:
                batch = self._batch(log, leaves, frontier.size, min(stop, frontier.size + STEP))
                if not batch:
                    break
                frontier.extend([leaf.hash for leaf in batch], store.NO_STEP)
                self.matcher.match(batch, self.rows, log.epoch, self.archives)
                entries = _joined(entries, batch)
                self.done += len(batch)
                self.progress(self.done, self.of)
            if frontier.size < stop:
                check.is_short(frontier.size)
                break
            frontier = check.at(frontier, entries)
            entries = None if check.last_good == frontier.size else entries
        self._close(log, check, leaves)

    def _start(self, log: Log, start: int) -> Frontier:
        """The tree as it was verified before, from its stored nodes, which have to give the same root again."""
        if start == 0:
            return Frontier()
        try:
            frontier = frontier_at(StoredNodes(self.connection.execute, log.epoch), start)
            why = "is another one than was verified before"
        except SealProblem:
            frontier, why = Frontier(start), "is no longer there"
        if self.since and frontier.root() != self.since.root:
            text = f"The tree over the first {start:,} leaves {why}. Verify the whole."
            self.found.append(Finding(Kind.TREE, text))
        return frontier

    def _batch(self, log: Log, leaves: Iterator[Leaf], first: int, end: int) -> list[Leaf]:
        """The leaves from `first` to before `end`; fewer at the end of the tree, and none from a hole on."""
        batch = list(islice(leaves, end - first))
        places = [leaf.place for leaf in batch]
        if places != list(range(first, first + len(batch))):
            hole = next(at for at, place in enumerate(places, start=first) if at != place)
            text = f"The leaf {hole:,} of {log.origin} is missing from the tree's own table."
            self.found.append(Finding(Kind.TREE, text))
            self.matcher.match(batch, self.rows, log.epoch, self.archives)
            return []
        if batch and first == 0 and log.previous is not None:
            self._check_link(log, batch[0])
        self._check_named(log, batch)
        return batch

    def _check_named(self, log: Log, batch: list[Leaf]) -> None:
        """Every leaf says whose it is, but for the one that links two logs: no hash covers the number beside a leaf."""
        for leaf in (leaf for leaf in batch if leaf.entry is None):
            if leaf.place > 0 or log.previous is None:
                text = f"The leaf {leaf.place:,} of {log.origin} no longer says which entry was sealed as it."
                self.found.append(Finding(Kind.TREE, text, ranges(self._between(log, leaf.place))))

    def _between(self, log: Log, place: int) -> range:
        """The numbers between those of the leaves on either side: where entries came one by one, the one missing."""
        query = "select entry_id from audit_seal_leaf where epoch = %s and index in (%s, %s) and entry_id is not null"
        beside = [row[0] for row in self.connection.execute(query, [log.epoch, place - 1, place + 1])]
        return range(min(beside, default=0) + 1, max(beside, default=0))

    def _check_link(self, log: Log, leaf: Leaf) -> None:
        """The first leaf of a later log is the last head of the log before."""
        earlier = next((each for each in self.logs if each.epoch == log.epoch - 1), None)
        last = store.last_head(self.connection, earlier.epoch) if earlier else None
        note = last.note if last else ""
        if leaf.entry is not None or leaf.hash != hash_leaf(PREVIOUS + note.encode()) or log.previous != note:
            text = f"The log {log.origin} does not begin with the last head of the log before it."
            self.found.append(Finding(Kind.TREE, text))

    def _close(self, log: Log, check: HeadCheck, leaves: Iterator[Leaf]) -> None:
        extra = [leaf for leaf in leaves if leaf.entry is not None]
        if extra:
            self.found.append(Finding(Kind.TREE, f"{len(extra):,} leaves stand behind the last signed head."))
            self.matcher.match(extra, self.rows, log.epoch, self.archives)
        self.found += check.finish()
        newest = check.newest
        if newest is not None:
            self.horizon = horizon_of(newest)
            last = newest.last_entry or 0
            self.reached = Verified(log.origin, log.epoch, newest.size, newest.root, self.horizon, last)

    def finish(self) -> None:
        """What is left over on either side, in words."""
        now = self.connection.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint, now()").fetchone()
        left = self.matcher.finish(
            self.rows, self.horizon, Clock.at(*(now or (0, datetime.datetime.now(datetime.UTC))))
        )
        self.waiting = left.waiting
        self.found += [*self.matcher.findings(), *left.findings()]
        self.found += self.archives.findings()
        origins = {log.origin for log in self.logs}
        for name in sorted({known.key.name for known in self.keys} - origins):
            text = f"The log {name}, whose key is known here, is not in the database."
            self.found.append(Finding(Kind.TREE, text))


def _joined(entries: Range | None, batch: list[Leaf]) -> Range | None:
    ids = [leaf.entry for leaf in batch if leaf.entry is not None]
    if not ids:
        return entries
    low, high = min(ids), max(ids)
    return (low, high) if entries is None else (min(low, entries[0]), max(high, entries[1]))


def _rows(connection: Connection, since: Verified | None) -> Iterator[Row]:
    """Every entry of transactions from the horizon of `since` on, in the order in which they are sealed.

    In a log that began after a restore, entries of the cluster before may carry later transactions than any of this
    one: those that were verified already are left out by their leaf.
    """
    which = f"(e.xid >= '{since.horizon if since else 0}'::xid8 or e.xid is null)"
    if since is not None and since.epoch > 1:
        which += (
            " and not exists (select from audit_seal_leaf l where l.entry_id = e.id"
            f" and (l.epoch < {since.epoch} or l.epoch = {since.epoch} and l.index < {since.size}))"
        )
    query = f"select {columns_sql()} from audit_auditentry e where {which} order by e.xid, e.id"
    made = tuple.__new__  # what Row(...) does, in a third of its time
    for line in store.copy_lines(connection, query):
        entry, xid, _rest = line.split(b"\t", 2)
        yield made(Row, (_key(entry), _key(xid), leaf_hash(line), line))


def _key(field: bytes) -> int:
    """A number as COPY gives it. -1 for null, which only a table without its constraints holds: older than all."""
    return -1 if field == NULL else int(field)


def _leaves(connection: Connection, epoch: int, start: int) -> Iterator[Leaf]:
    """The leaves of a log from index `start` on."""
    query = (
        f"select index, entry_id, hash from audit_seal_leaf where epoch = {epoch} and index >= {start} order by index"
    )
    made = tuple.__new__
    for line in store.copy_lines(connection, query):
        index, entry, leaf = line.split(b"\t")
        yield made(Leaf, (int(index), None if entry == NULL else int(entry), unhexlify(leaf[3:])))
