"""Taking a month out: first the file, checked against the tree, then the partition goes, in one transaction."""

import datetime
import gzip
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.utils import timezone

from casework.audit.leaf import columns_sql, leaf_hash
from casework.audit.management.commands.lock_audit import set_lock
from casework.audit.seal.archive import SUFFIX
from casework.audit.seal.keys import seal_folder
from casework.audit.seal.running import ARCHIVES
from casework.audit.seal.store import SealProblem, copy_lines
from casework.provision import connection_parameters


def archive_month(month: str) -> tuple[Path, int]:
    """Move the entries of a month such as "2025-01" into a file. Returns it, and how many there were.

    Whatever fails, the entries stay in the database. Raises: SealProblem, psycopg.Error.
    """
    first = datetime.date.fromisoformat(f"{month}-01")
    if first >= timezone.now().date().replace(day=1):
        raise SealProblem("This month is not over yet.")
    admin = {**(settings.ENVIRONMENT.database_admin or {}), "NAME": connections["default"].settings_dict["NAME"]}
    with psycopg.connect(**connection_parameters(admin), autocommit=True) as superuser:
        table = f"audit_auditentry_{first:%Y_%m}"
        if not _value(superuser, "select to_regclass(%s) is not null", [f"public.{table}"]):
            raise SealProblem(f"There is no partition of {month}: its entries lie in another one, and stay there.")
        locked = bool(_value(superuser, "select count(*) from pg_event_trigger where evtname = 'casework_ddl'", []))
        folder = seal_folder() / ARCHIVES
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{month}{SUFFIX}"
        draft = path.with_name(f".{path.name}.new")
        entries = _write(superuser, table, draft)
        digest = sha256(draft.read_bytes()).hexdigest()
        draft.replace(path)
    set_lock(admin, locked=False)
    try:
        _drop(admin, table, first, entries, digest)
    finally:
        set_lock(admin, locked=locked)
    return path, entries


def _value(connection: "psycopg.Connection[tuple[Any, ...]]", query: str, values: list[Any]) -> Any:
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None


def _write(superuser: "psycopg.Connection[tuple[Any, ...]]", table: str, path: Path) -> int:
    """Write the file and wait until the disk has it. Every entry must give the leaf that was sealed."""
    entries = 0
    with path.open("wb") as plain:
        with gzip.GzipFile(fileobj=plain, mode="wb", mtime=0) as file:
            for epoch, index, leaf, line in _sealed_lines(superuser, table):
                if leaf_hash(line) != leaf:
                    raise SealProblem(
                        f"An entry of {table} is not as it was sealed: run verify_audit. Nothing was moved."
                    )
                file.write(b"%s\t%s\t%s\n" % (epoch, index, line))
                entries += 1
        plain.flush()
        os.fsync(plain.fileno())
    if entries != _value(superuser, f"select count(*) from {table}", []):
        raise SealProblem(f"Not every entry of {table} is sealed. Run seal_audit, then this again. Nothing was moved.")
    return entries


def _sealed_lines(
    superuser: "psycopg.Connection[tuple[Any, ...]]", table: str
) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    query = (
        f"select l.epoch, l.index, encode(l.hash, 'hex'), {columns_sql()} from {table} e"
        " join audit_seal_leaf l on l.entry_id = e.id order by l.epoch, l.index"
    )
    for row in copy_lines(superuser, query):
        epoch, index, leaf, line = row.split(b"\t", 3)
        yield epoch, index, bytes.fromhex(leaf.decode()), line


def _drop(admin: dict[str, Any], table: str, first: datetime.date, entries: int, digest: str) -> None:
    """Register the archive, and let the partition go, unless an entry has come meanwhile."""
    with psycopg.connect(**connection_parameters(admin)) as superuser:
        superuser.execute("set local lock_timeout = '5s'")
        superuser.execute(f"alter table audit_auditentry detach partition {table}")
        if _value(superuser, f"select count(*) from {table}", []) != entries:
            raise SealProblem(f"{table} has changed meanwhile. Nothing was moved; try again.")
        superuser.execute(
            "insert into audit_archive (month, entries, sha256) values (%s, %s, %s)", [first, entries, digest]
        )
        superuser.execute(f"drop table {table}")
