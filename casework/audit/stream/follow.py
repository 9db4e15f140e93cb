"""Which entries come next: in the order of transactions, up to a horizon behind which nothing is under way.

By number alone an entry could be passed over for good: its transaction took the number early and commits late
(SECURITY.md, section 2). So the horizon is asked for first, and the entries before it in a later statement.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from casework.audit.stream.lines import COLUMNS

BATCH = 500


class StreamProblem(Exception):
    """The stream can't go on. What is wrong and what to do, in a line."""


@dataclass(frozen=True)
class Place:
    """The last entry that was delivered: the transaction it came with, and its number."""

    xid: int = 0
    id: int = 0


def next_entries(database: psycopg.Connection[Any], after: Place, limit: int = BATCH) -> list[dict[str, Any]]:
    """The entries behind `after`, at most `limit`, as COLUMNS to values; empty when none is safe to take yet.

    `database`: in autocommit mode, of a role that reads every entry.
    Raises: StreamProblem when the database is older than the place, as after a restore to another server.
    """
    found = database.execute("select pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
    horizon = int(found[0]) if found is not None else 0
    if horizon < after.xid:
        raise StreamProblem(
            "The database is behind the last entry that was delivered: it was restored, or is another one. "
            "Compare the two, then start again with --from-start, or with a new --state file."
        )
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in COLUMNS)
    query = sql.SQL(
        "select {} from audit_auditentry where (xid, id) > (%s::xid8, %s) and xid < %s::xid8 order by xid, id limit %s"
    ).format(columns)
    with database.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [str(after.xid), after.id, str(horizon), limit]).fetchall()


def place_behind(database: psycopg.Connection[Any], sequence: int) -> Place:
    """Where the stream stands for somebody whose last entry is this one. Raises: StreamProblem when there is none."""
    found = database.execute("select xid::text from audit_auditentry where id = %s", [sequence]).fetchone()
    if found is None:
        raise StreamProblem(f"There is no entry {sequence} here: it lies in an archive, or in another record.")
    return Place(int(found[0]), sequence)


def place_of(row: dict[str, Any]) -> Place:
    """Where the stream stands once this entry is delivered."""
    return Place(int(row["xid"]), int(row["id"]))


@contextmanager
def kept_place(path: Path) -> Iterator["PlaceFile"]:
    """The file that keeps the place, locked: two streams with one file would pass entries over.

    Raises: StreamProblem when another stream holds it, or it can't be read.
    """
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StreamProblem(f"Another stream keeps its place in {path}. End it, or name another file.") from None
        yield PlaceFile(path)


class PlaceFile:
    """Read once, replaced whole after each delivery, and on the disk before the next: a crash repeats, never skips."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Place:
        """The place; the beginning without a file. Raises: StreamProblem for a file that is none of ours."""
        if not self.path.exists():
            return Place()
        try:
            content = json.loads(self.path.read_text())
            return Place(int(content["xid"]), int(content["id"]))
        except (ValueError, KeyError, TypeError) as problem:
            raise StreamProblem(f"{self.path} is no file of a stream. Name another one, or remove it.") from problem

    def write(self, place: Place) -> None:
        """Keep the place."""
        draft = self.path.with_name(f"{self.path.name}.new")
        with draft.open("w") as file:
            file.write(json.dumps(asdict(place)))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
