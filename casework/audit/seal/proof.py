"""One entry's seal: in which head it stands, and a file that proves it to somebody who trusts nothing here."""

import base64
import datetime
import json
from dataclasses import dataclass

from django.db import connection

from casework.audit.leaf import leaf_data_sql
from casework.audit.seal.checkpoint import parse_checkpoint
from casework.audit.seal.store import StoredNodes
from casework.audit.seal.tree import hash_leaf, prove_consistency, prove_inclusion, proves_inclusion

FORMAT = "casework-proof-1"


@dataclass(frozen=True)
class EntrySeal:
    """How one entry is sealed. `index`: its leaf, from 0; `sealed_at`: of the first head over it, UTC.

    `is_intact`: its columns give the leaf that was sealed, and the leaf stands in the tree of the newest head.
    """

    epoch: int
    origin: str
    index: int
    size: int
    sealed_at: datetime.datetime
    is_intact: bool
    file: str


def seal_of(entry: int) -> EntrySeal | None:
    """The seal of an entry that the database shows us; None while it waits for one.

    `file`: the proof, as JSON, against the newest head of its log. Raises: SealProblem when the tree has a hole.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.epoch, l.index, l.hash, g.origin, h.size, h.root, h.note, f.sealed_at"
            " from audit_seal_leaf l join audit_seal_log g using (epoch) cross join lateral"
            " (select * from audit_seal_head h where h.epoch = l.epoch order by h.size desc limit 1) h"
            " cross join lateral (select sealed_at from audit_seal_head f where f.epoch = l.epoch and f.size > l.index"
            " order by f.size limit 1) f"
            " where l.entry_id = %s order by l.epoch, l.index limit 1",
            [entry],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        epoch, index, leaf, origin, size, root, note, sealed_at = row
        cursor.execute(f"select {leaf_data_sql()} from audit_auditentry e where e.id = %s", [entry])
        data = bytes((cursor.fetchone() or (b"",))[0])
        path = prove_inclusion(_nodes(cursor, epoch), index, size)
    is_intact = hash_leaf(data) == bytes(leaf) and proves_inclusion(hash_leaf(data), index, size, path, bytes(root))
    file = {
        "format": FORMAT,
        "entry": data.decode(),
        "index": index,
        "path": [base64.b64encode(step).decode() for step in path],
        "checkpoint": note,
    }
    return EntrySeal(epoch, origin, index, size, sealed_at, is_intact, json.dumps(file, ensure_ascii=False, indent=1))


def _nodes(cursor: object, epoch: int) -> StoredNodes:
    def execute(query: str, bounds: list[int]) -> list[tuple[int, bytes]]:
        cursor.execute(query, bounds)  # type: ignore[attr-defined]  # Django's
        return cursor.fetchall()  # type: ignore[attr-defined,no-any-return]

    return StoredNodes(execute, epoch)


def consistency_file(epoch: int, old: int, new: int) -> str:
    """A file that proves that the head over `new` leaves extends the one over `old`.

    Raises: ValueError when there is no such head.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select size, note from audit_seal_head where epoch = %s and size in (%s, %s)", [epoch, old, new]
        )
        notes = dict(cursor.fetchall())
        if old not in notes or new not in notes or old > new:
            raise ValueError("There is no head of that size.")
        path = prove_consistency(_nodes(cursor, epoch), old, new)
    assert parse_checkpoint(notes[new]).size == new
    file = {
        "format": FORMAT,
        "old": notes[old],
        "checkpoint": notes[new],
        "path": [base64.b64encode(step).decode() for step in path],
    }
    return json.dumps(file, ensure_ascii=False, indent=1)
