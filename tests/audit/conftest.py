"""A used database that is sealed, witnessed, and then attacked."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from casework.access.task import acting_as
from casework.audit.kinds import Verb
from casework.audit.seal import store
from casework.audit.seal.archive import Archives
from casework.audit.seal.findings import Finding, Kind, Report
from casework.audit.seal.keys import known_keys, seal_folder, signing_key
from casework.audit.seal.running import ARCHIVES, archived, verify_now
from casework.audit.seal.sealer import seal_once
from casework.audit.seal.store import sealer_connection
from casework.audit.seal.telling import tell_witnesses
from casework.audit.seal.verify import verify
from casework.audit.seal.witnesses import FileWitness, Witness, witnesses
from tests.cast import Cast
from tests.conftest import recorded, superuser

TABLES = (
    "audit_auditentry", "audit_seal_log", "audit_seal_head", "audit_seal_leaf", "audit_seal_node",
    "audit_witness_answer", "audit_verification", "audit_archive",
)  # fmt: skip


@dataclasses.dataclass
class Record:
    """The record of one database, and the places outside of it."""

    database: str
    folder: Path
    heads: Path
    cast: Cast

    def seal(self, batch: int = 20_000) -> int:
        """Seal what waits, under heads of about `batch` entries, the witnesses told of each. How many entries."""
        total, key = 0, signing_key()
        with sealer_connection() as connection:
            while (sealed := seal_once(connection, key, batch)) is not None:
                total += sealed.entries
                tell_witnesses(connection, witnesses())
                if not sealed.more:
                    break
        return total

    def verify(self, *, whole: bool = True, among: list[Witness] | None = None) -> Report:
        """As the command does it; `among`: with other witnesses than those of the setting."""
        if among is None:
            return verify_now(whole=whole)
        with sealer_connection() as connection:
            archives = Archives(seal_folder() / ARCHIVES, archived(connection))
        return verify(keys=known_keys(self.folder), witnesses=among, archives=archives)[0]

    def ids(self) -> list[int]:
        """Of every entry, in the order in which they are sealed."""
        with superuser(self.database) as admin:
            return [row[0] for row in admin.execute("select id from audit_auditentry order by xid, id").fetchall()]

    def attack(self, *sentences: str) -> None:
        """As the superuser, with every trigger off."""
        with superuser(self.database) as admin:
            admin.execute("drop event trigger if exists casework_ddl; drop event trigger if exists casework_drop")
            partitions = admin.execute(
                "select inhrelid::regclass::text from pg_inherits i join pg_class c on"
                " c.oid = inhparent where relname = 'audit_auditentry'"
            ).fetchall()
            for table in (*TABLES, *(row[0] for row in partitions)):
                admin.execute(f"alter table {table} disable trigger all")
            for sentence in sentences:
                admin.execute(sentence)

    def write(self, entries: int) -> list[int]:
        """Entries as the application writes them, each in a transaction of its own. Their ids."""
        written = []
        for _number in range(entries):
            with acting_as(self.cast.lead_worker.pk, route="test"):
                written.append(recorded(Verb.ENTERED).pk)
        return written

    def heads_kept(self) -> list[store.Head]:
        with sealer_connection() as connection:
            return store.heads(connection, 1)


def of_kind(report: Report, kind: Kind) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind == kind]


@pytest.fixture
def record(own_database: str, seeded: Cast, settings: Any, tmp_path: Path) -> Iterator[Record]:
    """A copy of the used database, not sealed yet, with key, folder and file witness of its own."""
    settings.ENVIRONMENT = dataclasses.replace(
        settings.ENVIRONMENT,
        seal_folder=tmp_path / "seal",
        seal_key_file=tmp_path / "seal" / "seal.pem",
        seal_witnesses=f"file:{tmp_path / 'elsewhere' / 'heads.txt'}",
    )
    yield Record(own_database, tmp_path / "seal", tmp_path / "elsewhere" / "heads.txt", seeded)
    for alias in ("default", "owner"):
        connections[alias].close()


@pytest.fixture
def sealed(record: Record) -> Record:
    """Sealed under several heads, each kept by the file witness, and verified once on this machine."""
    assert record.seal(batch=15) > 100
    assert len(record.heads_kept()) > 5
    report = record.verify()
    assert report.is_well, report.findings
    return record


@pytest.fixture
def file_witness(record: Record) -> FileWitness:
    return FileWitness(record.heads)
