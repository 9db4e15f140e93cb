"""Sealing: what is committed for good goes into the tree, the tree's head is signed. SECURITY.md, section 2.

First the horizon, the oldest transaction still in flight anywhere in the cluster; then, in a later statement, the
entries of all transactions before it. An id would not do: a slow transaction's entry has a low id and appears late.
Nobody waits for the sealer, and the sealer for nobody but the slow.

What it goes on from is what it reads in the database, so it is checked first: whoever rewrote rows and tree together
would otherwise get a true signature under the next head, without ever touching the key.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.audit.leaf import columns_sql, leaf_hash
from casework.audit.seal import store
from casework.audit.seal.checkpoint import Checkpoint, NoteProblem, VerifierKey, sign_checkpoint
from casework.audit.seal.keys import KnownKey, known_keys, learn_key, open_known, seal_folder
from casework.audit.seal.signed import is_extended, keep_signed
from casework.audit.seal.store import HORIZON, LAST_ENTRY, Connection, Head, Log, SealProblem, is_as_signed
from casework.audit.seal.tree import Frontier, Hash, hash_leaf

BATCH = 20_000  # entries under one head; a stopped sealer catches up by many heads
PREVIOUS = b"casework-log-1\t"  # before the last head of the log before, which is the first leaf of the next log
Leaves = list[tuple[int | None, Hash]]
REWRITTEN = (
    "The newest head is not as it was signed, or not one that extends what was signed here before: the record was"
    " rewritten or set back. Nothing is sealed on top of it. Run verify_audit; after a restore, seal_audit --new-log."
)


class RecordRewritten(SealProblem):
    """What is in the database is not what our key has signed: it is not signed on."""


@dataclass(frozen=True)
class Sealed:
    """What one pass has done. `entries`: sealed now; `more`: whether others wait behind them."""

    epoch: int
    size: int
    entries: int
    more: bool


def seal_waiting(connection: Connection, key: Ed25519PrivateKey, say: Callable[[int], object] = lambda _n: None) -> int:
    """Seal everything that can be sealed now. Returns how many entries; `say` is told the sum after each head."""
    total = 0
    while (sealed := seal_once(connection, key)) is not None:
        total += sealed.entries
        say(total)
        if not sealed.more:
            break
    return total


def seal_once(connection: Connection, key: Ed25519PrivateKey, batch: int = BATCH) -> Sealed | None:
    """One head over at most about `batch` further entries; None when there are none, or another sealer is at it.

    Whatever fails, nothing is kept: leaves, nodes and head are one transaction. Raises: psycopg.Error, SealProblem.
    """
    with connection.transaction():
        if not _alone(connection):
            return None
        log, head = _log_and_head(connection, key)
        _check_past(connection, key, log, head)
        horizon = int(_value(connection, "select pg_snapshot_xmin(pg_current_snapshot())::text"))
        since = head.horizon if head else 0
        leaves: Leaves = []
        if head is None and log.previous is not None:
            leaves.append((None, hash_leaf(PREVIOUS + log.previous.encode())))
        from_before = _from_before(connection, batch) if log.epoch > 1 and since == 0 else []
        if from_before:
            leaves, until, more = leaves + from_before, since, True
        else:
            found, until, more = _in_window(connection, since, horizon, batch, again=log.epoch > 1)
            leaves += found
        if not leaves:
            return None
        signed = _append(connection, key, log, head, leaves, until)
    _trust(log, key)
    keep_signed(seal_folder(), signed)
    return Sealed(log.epoch, signed.size, sum(entry is not None for entry, _leaf in leaves), more)


def _alone(connection: Connection) -> bool:
    return bool(_value(connection, "select pg_try_advisory_xact_lock(hashtext('casework seal'))"))


def _value(connection: Connection, query: str) -> str:
    row = connection.execute(query).fetchone()
    return str(row[0]) if row and row[0] is not False else ""


# Which entries ------------------------------------------------------------------------------------


def _in_window(
    connection: Connection, since: int, horizon: int, batch: int, *, again: bool
) -> tuple[Leaves, int, bool]:
    """Leaves of the entries of transactions from `since` to before the horizon, whole transactions only.

    Returns them, the horizon that they reach, and whether more wait. `again`: leave out what an earlier log has sealed.
    """
    unsealed = "and not exists (select from audit_seal_leaf l where l.entry_id = e.id)" if again else ""
    where = f"e.xid >= '{since}'::xid8 and e.xid < '{horizon}'::xid8 {unsealed}"
    rows = _rows(connection, where, f"limit {batch + 1}")
    if len(rows) <= batch:
        return [(entry, leaf) for _xid, entry, leaf in rows], horizon, False
    last = rows[-1][0]
    if rows[0][0] == last:  # one transaction wrote more than a batch
        rows = _rows(connection, f"e.xid = '{last}'::xid8 {unsealed}", "")
        return [(entry, leaf) for _xid, entry, leaf in rows], last + 1, True
    return [(entry, leaf) for xid, entry, leaf in rows if xid != last], last, True


def _from_before(connection: Connection, batch: int) -> Leaves:
    """Entries that were restored from another cluster, with numbers of transactions that this one has not reached."""
    where = "e.xid >= pg_snapshot_xmax(pg_current_snapshot())"
    unsealed = "not exists (select from audit_seal_leaf l where l.entry_id = e.id)"
    return [(entry, leaf) for _xid, entry, leaf in _rows(connection, f"{where} and {unsealed}", f"limit {batch}")]


def _rows(connection: Connection, where: str, limit: str) -> list[tuple[int, int, Hash]]:
    """Transaction, id and leaf of entries, in the order in which they are sealed."""
    query = f"select {columns_sql()} from audit_auditentry e where {where} order by e.xid, e.id {limit}"
    rows = []
    for line in store.copy_lines(connection, query):
        entry, xid, _rest = line.split(b"\t", 2)
        rows.append((int(xid), int(entry), leaf_hash(line)))
    return rows


# Which log, and what is added ---------------------------------------------------------------------


def _log_and_head(connection: Connection, key: Ed25519PrivateKey) -> tuple[Log, Head | None]:
    """The log to go on with: a new one at the very start, and where this is another cluster than the log's."""
    all_logs = store.logs(connection)
    cluster = _value(connection, "select system_identifier::text from pg_control_system()")
    if not all_logs:
        return _start(connection, Log(1, f"casework-{secrets.token_hex(4)}/1", cluster, None), "the first"), None
    log = all_logs[-1]
    head = store.last_head(connection, log.epoch)
    now = int(_value(connection, "select pg_snapshot_xmax(pg_current_snapshot())::text"))
    if log.cluster == cluster and (head is None or head.horizon <= now):
        return log, head
    reason = "another cluster" if log.cluster != cluster else "transactions count from the start again"
    return _start(connection, _following(log, head, cluster), reason), None


def begin_log(connection: Connection, key: Ed25519PrivateKey, reason: str) -> Log:
    """Leave the log behind and begin the next, which starts with its last head.

    For after a restore from a backup: the witnesses have kept heads of the old log that its present state does not
    extend, and will never take another of it. Raises: SealProblem when nothing has been sealed yet.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('casework seal'))")
        all_logs = store.logs(connection)
        if not all_logs:
            raise SealProblem("Nothing has been sealed yet, so there is no log to leave behind.")
        cluster = _value(connection, "select system_identifier::text from pg_control_system()")
        head = store.last_head(connection, all_logs[-1].epoch)
        log = _start(connection, _following(all_logs[-1], head, cluster), reason)
    _trust(log, key)
    return log


def _check_past(connection: Connection, key: Ed25519PrivateKey, log: Log, head: Head | None) -> None:
    """The head to go on from is as one of our keys has signed it, and extends what was signed here before it.

    Raises: SealProblem when the tree was rewritten, or set back, since then: no key of ours signs on top of that.
    """
    folder = seal_folder()
    if head is not None:
        try:
            note = open_known(head.note, [*known_keys(folder), KnownKey(VerifierKey.of(log.origin, key))])
        except NoteProblem:
            note = None
        if note is None or not is_as_signed(log, head, note):
            raise RecordRewritten(REWRITTEN)
    if not is_extended(folder, log.origin, lambda size: store.root_at(connection, log.epoch, size)):
        raise RecordRewritten(REWRITTEN)


def _following(log: Log, head: Head | None, cluster: str) -> Log:
    previous = head.note if head else log.previous
    return Log(log.epoch + 1, f"{log.origin.rpartition('/')[0]}/{log.epoch + 1}", cluster, previous or "")


def _start(connection: Connection, log: Log, reason: str) -> Log:
    store.write_log(connection, log, reason)
    return log


def _trust(log: Log, key: Ed25519PrivateKey) -> None:
    """Know our own key for this log. After the commit: of a log that a full disk rolled back, nothing may be known.

    On every pass, since a machine may stop between the commit and this. The key of a log that is gone stays known.
    """
    own = VerifierKey.of(log.origin, key)
    if all(known.key != own for known in known_keys(seal_folder())):
        learn_key(seal_folder(), own)


def _append(
    connection: Connection, key: Ed25519PrivateKey, log: Log, head: Head | None, leaves: Leaves, horizon: int
) -> Checkpoint:
    """Write leaves, full nodes and the signed head, which is returned."""
    first = head.size if head else 0
    frontier = Frontier.unpacked(first, head.peaks) if head else Frontier()
    full = frontier.extend([leaf for _entry, leaf in leaves], store.TILE)
    entries = [entry for entry, _leaf in leaves if entry is not None]
    last = max([*entries, (head.last_entry or 0) if head else 0])
    checkpoint = Checkpoint(log.origin, frontier.size, frontier.root(), (f"{LAST_ENTRY}{last}", f"{HORIZON}{horizon}"))
    note = sign_checkpoint(checkpoint, key)
    store.write_leaves(connection, log.epoch, first, leaves)
    store.write_nodes(connection, log.epoch, full)
    store.write_head(
        connection,
        Head(log.epoch, frontier.size, horizon, checkpoint.root, frontier.packed(), last or None, note),
    )
    return checkpoint
