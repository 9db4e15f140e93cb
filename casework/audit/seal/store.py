"""What the sealer keeps in the database, read and written: logs, heads, leaves and nodes.

Leaves are kept one a row; above them only the nodes at heights 8, 16, 24, so that any node is made from one tile: the
at most 256 rows below it. A tile at the growing edge is simply shorter; nothing is ever changed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg.pq import ExecStatus

from casework.audit.seal.checkpoint import Checkpoint
from casework.audit.seal.tree import Frontier, Hash, hash_children
from casework.provision import connection_parameters

TILE = 8  # levels of one tile
NO_STEP = 64  # higher than any tree: no node is asked for
Connection = psycopg.Connection[tuple[Any, ...]]
# Further lines of a head, under its signature. So that who holds a head can name what is missing; and so that nobody
# who rules the database can say that more or less is sealed than is.
LAST_ENTRY, HORIZON = "last entry ", "horizon "


class SealProblem(Exception):
    """The record can't be sealed or verified here. One line: what is wrong, and what to do."""


@dataclass(frozen=True)
class Log:
    """One tree: from the first seal on, or from a restore into another cluster on. `previous`: the last head before."""

    epoch: int
    origin: str
    cluster: str
    previous: str | None


@dataclass(frozen=True)
class Head:
    """A signed head as it is kept. `horizon`: the entries of all transactions before it are in the tree."""

    epoch: int
    size: int
    horizon: int
    root: Hash
    peaks: bytes
    last_entry: int | None
    note: str


def number_in(head: Checkpoint, line: str) -> int | None:
    """What a further line of a head says: LAST_ENTRY or HORIZON; None where it has no such line."""
    said = [each.removeprefix(line) for each in head.extensions if each.startswith(line)]
    return int(said[0]) if said and said[0].isascii() and said[0].isdigit() else None


def is_as_signed(log: Log, head: Head, note: Checkpoint) -> bool:
    """Whether the columns of a head say what its note says, whose signature was checked.

    A head from before a further line was added has none, and says nothing of it.
    """
    horizon, last = number_in(note, HORIZON), number_in(note, LAST_ENTRY)
    try:
        frontier = Frontier.unpacked(head.size, head.peaks)
    except ValueError:
        return False
    return (
        (note.origin, note.size, note.root) == (log.origin, head.size, head.root)
        and frontier.root() == note.root
        and horizon in (None, head.horizon)
        and last in (None, head.last_entry or 0)
    )


@contextmanager
def sealer_connection() -> Iterator[Connection]:
    """As the role that seals, to the database in use. Raises: SealProblem."""
    database = settings.ENVIRONMENT.database_sealer
    if database is None:
        raise SealProblem("The record isn't sealed here: set DATABASE_SEALER_URL, SEAL_KEY_FILE and SEAL_FOLDER.")
    parameters = connection_parameters({**database, "NAME": connections["default"].settings_dict["NAME"]})
    try:
        connection = psycopg.connect(**parameters, application_name=f"casework sealer {os.getpid()}", autocommit=True)
    except psycopg.OperationalError as error:
        raise SealProblem(f"The role that seals can't connect ({_first_line(error)}). Is the server running?") from None
    try:
        yield connection
    finally:
        connection.close()  # also in the middle of a COPY, where ending the transaction first would fail


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


# Reading ------------------------------------------------------------------------------------------


def copy_lines(connection: Connection, query: str) -> Iterator[bytes]:
    """The lines of `COPY (query) TO STDOUT`, line feeds taken off.

    By libpq's own calls: psycopg's `copy` waits on the socket once a row, which made verifying half as fast.
    Raises: SealProblem when the server stops in the middle.
    """
    libpq = connection.pgconn
    begun = libpq.exec_(f"copy ({query}) to stdout".encode())
    if begun.status != ExecStatus.COPY_OUT:
        raise SealProblem(f"The record can't be read: {begun.get_error_message()}")
    while True:
        size, data = libpq.get_copy_data(0)
        if size <= 0:
            break
        yield bytes(data[:-1])
    complete = False
    while (ended := libpq.get_result()) is not None:
        complete = ended.status == ExecStatus.COMMAND_OK
        if not complete:
            raise SealProblem(f"The record can't be read to its end: {ended.get_error_message()}")
    if not complete:
        raise SealProblem("The record can't be read to its end: the connection is gone.")


HEAD = "epoch, size, horizon::text::bigint, root, peaks, last_entry, note"


def logs(connection: Connection) -> list[Log]:
    """Every tree there has been, oldest first."""
    rows = connection.execute("select epoch, origin, cluster, previous from audit_seal_log order by epoch")
    return [Log(*row) for row in rows]


def last_head(connection: Connection, epoch: int) -> Head | None:
    """The newest head of a tree."""
    return _head(
        connection.execute(f"select {HEAD} from audit_seal_head where epoch = %s order by size desc limit 1", [epoch])
    )


def heads(connection: Connection, epoch: int, after: int = 0) -> list[Head]:
    """The heads of a tree with more than `after` leaves, smallest first."""
    rows = connection.execute(
        f"select {HEAD} from audit_seal_head where epoch = %s and size > %s order by size", [epoch, after]
    )
    return [Head(*row) for row in rows]


def root_at(connection: Connection, epoch: int, size: int) -> Hash | None:
    """The root of the head over so many leaves; None where there is no such head."""
    row = connection.execute(
        "select root from audit_seal_head where epoch = %s and size = %s", [epoch, size]
    ).fetchone()
    return None if row is None else bytes(row[0])


def _head(cursor: Any) -> Head | None:
    row = cursor.fetchone()
    return None if row is None else Head(*row)


class StoredNodes:
    """Nodes of one tree from the database, a tile at a time. Call it as `tree.Nodes`."""

    def __init__(self, execute: Any, epoch: int) -> None:
        self.execute = execute  # of a psycopg connection, or of Django's cursor; gives rows back
        self.epoch = epoch
        self.tiles: dict[tuple[int, int], list[Hash]] = {}

    def __call__(self, height: int, index: int) -> Hash:
        base = height // TILE * TILE
        spread = height - base
        first = index << spread
        tile = self._tile(base, first >> TILE)
        start = first & ((1 << TILE) - 1)
        row = tile[start : start + (1 << spread)]
        if len(row) != 1 << spread:
            raise SealProblem(f"The tree has a hole: node {first} at height {base} is missing.")
        while len(row) > 1:
            row = [hash_children(row[at], row[at + 1]) for at in range(0, len(row), 2)]
        return row[0]

    def _tile(self, base: int, number: int) -> list[Hash]:
        if (base, number) not in self.tiles:
            first = number << TILE
            bounds = [self.epoch, first, first + (1 << TILE)]
            if base == 0:
                query = "select index, hash from audit_seal_leaf where epoch = %s and index >= %s and index < %s"
            else:
                query = (
                    "select index, hash from audit_seal_node where epoch = %s and index >= %s and index < %s"
                    f" and height = {base}"
                )
            rows = [(index, bytes(each)) for index, each in self.execute(f"{query} order by index", bounds)]
            if [index for index, _hash in rows] != list(range(first, first + len(rows))):
                raise SealProblem(f"The tree has a hole between nodes {first} and {first + 255} at height {base}.")
            self.tiles[base, number] = [each for _index, each in rows]
        return self.tiles[base, number]


def frontier_at(nodes: StoredNodes, size: int) -> Frontier:
    """The frontier of the first `size` leaves, from stored nodes. Raises: SealProblem for a hole."""
    peaks = [nodes(height, (size >> height) - 1) if size >> height & 1 else None for height in range(size.bit_length())]
    return Frontier(size, peaks)


# Writing ------------------------------------------------------------------------------------------


def write_log(connection: Connection, log: Log, reason: str) -> None:
    connection.execute(
        "insert into audit_seal_log (epoch, origin, cluster, previous, reason) values (%s, %s, %s, %s, %s)",
        [log.epoch, log.origin, log.cluster, log.previous, reason],
    )


def write_leaves(connection: Connection, epoch: int, first: int, leaves: list[tuple[int | None, Hash]]) -> None:
    """Append leaves from index `first` on, in one COPY."""
    head = b"%d\t" % epoch
    lines = [
        b"%s%d\t%s\t\\\\x%s\n" % (head, index, b"\\N" if entry is None else b"%d" % entry, leaf.hex().encode())
        for index, (entry, leaf) in enumerate(leaves, start=first)
    ]
    with connection.cursor().copy("copy audit_seal_leaf (epoch, index, entry_id, hash) from stdin") as copy:
        copy.write(b"".join(lines))


def write_nodes(connection: Connection, epoch: int, nodes: list[tuple[int, int, Hash]]) -> None:
    """Append the nodes that became full, as (height, index, hash)."""
    with connection.cursor().copy("copy audit_seal_node (epoch, height, index, hash) from stdin") as copy:
        for height, index, node in nodes:
            copy.write_row((epoch, height, index, node))


def write_head(connection: Connection, head: Head) -> None:
    connection.execute(
        "insert into audit_seal_head (epoch, size, horizon, root, peaks, last_entry, note)"
        " values (%s, %s, %s::text::xid8, %s, %s, %s, %s)",
        [head.epoch, head.size, str(head.horizon), head.root, head.peaks, head.last_entry, head.note],
    )
