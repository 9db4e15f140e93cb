"""Months: where entries lie changes nothing about who reads them, how they are sealed, and that they are verified."""

import gzip
import re

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.audit.seal.findings import Kind, ranges
from casework.provision import create_database, drop_database
from tests.audit.conftest import Record, of_kind
from tests.conftest import superuser, use_database

ENTRY = (
    "insert into audit_auditentry (id, timestamp, verb, outcome, action, rule, object_pk, object_repr, cid, actor_name,"
    " actor_roles, actor_agency, listed_case_ids, compartments, shown, purpose, legal_basis, session, route, method)"
    " select nextval('audit_auditentry_id_seq'), %s, 'entered', 'allowed', 3, '', '', '', '', 'Of that month', '{}',"
    " '', '{}', '{}', '{}', '', '', '', '', '' from generate_series(1, %s) returning id"
)


def write_at(record: Record, moment: str, entries: int = 1) -> list[int]:
    """Entries as of another time, as they would be there had the clock stood so."""
    with superuser(record.database) as admin:
        admin.execute("set event_triggers = off")
        return [row[0] for row in admin.execute(ENTRY, [moment, entries]).fetchall()]


def partition_of(record: Record, entry: int) -> str:
    with superuser(record.database) as admin:
        row = admin.execute("select tableoid::regclass::text from audit_auditentry where id = %s", [entry]).fetchone()
    assert row is not None
    return str(row[0])


def add_month(month: str) -> bool:
    with connections["owner"].cursor() as cursor:
        cursor.execute("select audit_add_month(%s)", [month])
        return bool(cursor.fetchone()[0])


def test_an_entry_is_never_refused_for_want_of_a_month(record: Record) -> None:
    (entry,) = write_at(record, "2031-05-05")
    assert partition_of(record, entry) == "audit_auditentry_rest"
    assert not add_month("2031-05-01"), "its entries lie elsewhere, and are not moved"
    assert add_month("2031-06-01")
    (later,) = write_at(record, "2031-06-30 23:59:59.999999+00")
    assert partition_of(record, later) == "audit_auditentry_2031_06"
    record.seal()
    assert not [finding for finding in record.verify().findings if finding.kind != Kind.WAITING]


def test_walls_hold_for_each_month_alone(record: Record) -> None:
    """Nobody goes round the entries' policies by way of the table of a month."""
    month = partition_of(record, record.ids()[0])
    assert re.fullmatch(r"audit_auditentry_\d{4}_\d\d", month)
    with connections["default"].cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute(f"select * from {month}")
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"select count(*) from {month}")
        assert cursor.fetchone() == (0,), "row-level security is forced on the owner"
    with superuser(record.database) as admin:
        for sentence in (f"update {month} set purpose = 'x'", f"delete from {month}", f"truncate {month}"):
            with pytest.raises(psycopg.Error, match="never changed"):
                admin.execute(sentence)
    with acting_as(record.cast.lead_supervisor.pk, route="test"):
        seen = set(AuditEntry.objects.filter(case_id=record.cast.case.pk).values_list("case_id", flat=True))
    assert seen == {record.cast.case.pk}


@pytest.mark.parametrize(
    "sentence",
    [
        "create table mine partition of audit_auditentry for values from ('2040-01-01') to ('2041-01-01')",
        "create unlogged table audit_mine (id int)",
        "alter table audit_auditentry detach partition audit_auditentry_rest",
        "drop table audit_auditentry_rest",
        "alter table audit_auditentry_rest disable trigger all",
        "set casework.adding_month = 'on'; alter table audit_auditentry_rest disable row level security",
        "create or replace function audit_add_month(month date) returns boolean language sql as 'select true'",
        "drop table audit_seal_node",
        "alter table audit_seal_head disable trigger audit_seal_head_frozen",
        "grant insert on audit_seal_head to casework_app",
    ],
)
def test_while_locked_the_owner_changes_no_month_and_no_seal(record: Record, sentence: str) -> None:
    with connections["owner"].cursor() as cursor, pytest.raises(Exception, match="locked|must be owner"):
        cursor.execute(sentence)


@pytest.fixture
def archived(record: Record) -> tuple[Record, list[int]]:
    """March 2025, sealed among the others and archived."""
    assert add_month("2025-03-01")
    old = write_at(record, "2025-03-14 12:00+00", 3)
    record.write(2)
    old += write_at(record, "2025-03-15 12:00+00", 2)
    record.seal(batch=30)
    call_command("archive_audit", "2025-03")
    return record, old


def test_an_archived_month_is_verified_from_its_file(archived: tuple[Record, list[int]]) -> None:
    record, old = archived
    assert not set(old) & set(record.ids())
    report = record.verify()
    assert report.is_well, report.findings
    assert report.entries == len(record.ids()) + len(old)
    with superuser(record.database) as admin:
        locked = admin.execute("select count(*) from pg_event_trigger where evtname like 'casework%'").fetchone()
        assert locked == (2,), "the lock is on again"
        assert admin.execute("select to_char(month, 'YYYY-MM'), entries from audit_archive").fetchall() == [
            ("2025-03", 5)
        ]
    record.write(1)
    record.seal()
    assert record.verify(whole=False).is_well


def test_an_archive_that_was_changed_or_lost_is_found(archived: tuple[Record, list[int]]) -> None:
    record, old = archived
    path = record.folder / "archives" / "2025-03.entries.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join([lines[0].replace(b"Of that month", b"Of another"), *lines[1:]])))
    assert [finding.entries for finding in of_kind(record.verify(), Kind.ALTERED)] == [ranges(old[:1])]
    path.write_bytes(gzip.compress(b"".join(lines[1:])))
    report = record.verify()
    assert [finding.entries for finding in of_kind(report, Kind.REMOVED)] == [ranges(old[:1])]
    assert of_kind(report, Kind.ARCHIVE)
    path.write_bytes(b"no archive")
    assert any("can't be read" in finding.text for finding in of_kind(record.verify(), Kind.ARCHIVE))
    path.unlink()
    report = record.verify()
    assert [finding.entries for finding in of_kind(report, Kind.REMOVED)] == [ranges(old)]
    assert any("2025-03 should hold 5" in finding.text for finding in of_kind(report, Kind.ARCHIVE))


@pytest.mark.parametrize(
    ("month", "says"), [("2025-3", "2025-01"), ("2024-01", "no partition"), ("2999-01", "not over")]
)
def test_what_can_not_be_archived_is_one_line(record: Record, month: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("archive_audit", month)


def test_a_month_that_is_not_sealed_or_not_as_it_was_sealed_stays(record: Record) -> None:
    assert add_month("2025-03-01")
    (entry,) = write_at(record, "2025-03-14")
    with pytest.raises(CommandError, match="Not every entry"):
        call_command("archive_audit", "2025-03")
    record.seal()
    record.attack(f"update audit_auditentry set purpose = 'x' where id = {entry}")
    with pytest.raises(CommandError, match="not as it was sealed"):
        call_command("archive_audit", "2025-03")
    assert entry in record.ids()


@pytest.mark.slow
def test_entries_from_before_the_months_stay_and_are_sealed(record: Record) -> None:
    """A database of the release before, with entries in it, becomes one of months."""
    name = f"{record.database}_before"
    with superuser() as admin:
        drop_database(admin, name)
        create_database(admin, name)
    try:
        use_database(name)
        call_command("migrate", "audit", "0003", verbosity=0)
        call_command("migrate", "access", "0008", verbosity=0)
        old = Record(name, record.folder, record.heads, record.cast)
        with superuser(name) as admin:
            values = ENTRY.replace("id, timestamp, ", "").replace("nextval('audit_auditentry_id_seq'), %s, ", "")
            ids = [row[0] for row in admin.execute(values, [3]).fetchall()]
            before = admin.execute("select * from audit_auditentry order by id").fetchall()
        call_command("migrate", verbosity=0)
        with superuser(name) as admin:
            assert admin.execute("select * from audit_auditentry order by id").fetchall() == before
            (new,) = admin.execute(values, [1]).fetchone() or (0,)
        assert new > max(ids)
        assert partition_of(old, ids[0]) == "audit_auditentry_before"
        assert old.seal() == 4
        assert old.verify().is_well
    finally:
        use_database(record.database)
        with superuser() as admin:
            drop_database(admin, name)
