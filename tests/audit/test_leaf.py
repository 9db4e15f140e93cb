"""What is sealed of an entry: every column, in the same bytes from Python and from SQL."""

from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.access.task import acting_as
from casework.audit import leaf
from casework.audit.kinds import Verb
from casework.audit.models import AuditEntry
from casework.audit.record import Look, record, record_looks
from tests.cast import Cast

NASTY = "tab\t line\n return\r back\\slash \\N \\. \b\v\f quote\"' ä 漢字 \U0001f54a"


def test_every_column_of_an_entry_is_sealed() -> None:
    """Whoever adds a column adds it to LATER, at the end: what is sealed already stays as it was."""
    sealed = [*leaf.FIRST, *(later.name for later in leaf.LATER)]
    assert len(sealed) == len(set(sealed))
    assert set(sealed) == {field.column for field in AuditEntry._meta.concrete_fields}


def test_the_table_has_no_column_that_the_model_does_not_know(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select column_name from information_schema.columns where table_name = 'audit_auditentry'")
        columns = {row[0] for row in cursor.fetchall()}
    assert columns == {*leaf.FIRST, *(later.name for later in leaf.LATER)}


def test_what_was_sealed_over_first_is_for_good() -> None:
    """A change here would break every seal there is: there is no good reason for one."""
    assert sha256("\n".join(leaf.FIRST).encode()).hexdigest() == (
        "221fc7906c8b0b275f44b9e62741aee622dd0c8b4a2f0ce9f5fa9805800bee43"
    )


def lines_and_bytes(where: str) -> list[tuple[bytes, bytes]]:
    """For each entry, the line that COPY gives, and the bytes that the database builds alone."""
    with connection.cursor() as cursor:
        with cursor.copy(
            f"copy (select {leaf.columns_sql()} from audit_auditentry e where {where} order by id) to stdout"
        ) as rows:
            lines = b"".join(bytes(block) for block in rows).split(b"\n")[:-1]
        cursor.execute(f"select {leaf.leaf_data_sql()} from audit_auditentry e where {where} order by id")
        return list(zip(lines, (bytes(row[0]) for row in cursor.fetchall()), strict=True))


@pytest.fixture
def written(cast: Cast) -> Any:
    """An acting member, so that entries can be written and, in the same transaction, read."""
    with acting_as(cast.lead_worker.pk, route="test"):
        yield cast


def test_python_and_sql_build_the_same_bytes(written: Cast) -> None:
    record(
        Verb.CHANGED,
        rule=NASTY[:120],
        details={"words": NASTY, "none": None, "number": 1.50, "list": [1, {"a": []}]},
        changes={"title": ["<encrypted>", "<encrypted>"]},
        actor_name=NASTY[:120],
        actor_roles=["a b", 'c"d', "e,f", "null", ""],
        remote_addr="2001:db8::1",
    )
    record_looks([Look(listed_case_ids=[1, 2, 3], shown={"cases.case": [1]}), Look(case_id=2**62, purpose="protect")])
    found = lines_and_bytes("xid = pg_current_xact_id()")
    assert len(found) == 3
    for line, by_sql in found:
        assert leaf.leaf_data(line) == by_sql
        fields = leaf.fields_of(by_sql)
        assert leaf.line_of([*(fields[name] for name in leaf.FIRST), *(None for _later in leaf.LATER)]) == line
    first = leaf.fields_of(found[0][1])
    assert (first["rule"], first["case_id"], first["remote_addr"]) == (NASTY[:120], None, "2001:db8::1/128")
    assert first["timestamp"].endswith("Z") and len(first["timestamp"]) == len("2026-01-01T00:00:00.000000Z")


def test_the_session_changes_nothing(written: Cast) -> None:
    """Times, numbers and bytes look the same in every session: they are sealed in one and verified in another."""
    record(Verb.ENTERED, details={"number": 0.1})
    before = lines_and_bytes("xid = pg_current_xact_id()")
    with connection.cursor() as cursor:
        cursor.execute("set local timezone = 'Asia/Kathmandu'; set local datestyle = 'German'")
        cursor.execute("set local intervalstyle = 'iso_8601'; set local extra_float_digits = 0")
    assert lines_and_bytes("xid = pg_current_xact_id()") == before


@given(
    st.lists(
        st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8")),
        min_size=len(leaf.FIRST),
        max_size=len(leaf.FIRST),
    )
)
@settings(max_examples=200, deadline=None)
def test_no_two_entries_have_the_same_bytes(values: list[str | None]) -> None:
    """What is read back is what was written: so two different entries can't share one line."""
    line = leaf.line_of(values)
    assert b"\n" not in line and line.count(b"\t") == len(values) - 1
    assert list(leaf.fields_of(leaf.MARK + line).values()) == values


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=60))
@settings(max_examples=60, deadline=None)
def test_postgresql_escapes_as_we_do(text: str) -> None:
    with connection.cursor() as cursor:
        with cursor.copy("copy (select %s::text) to stdout", [text]) as rows:
            line = b"".join(bytes(block) for block in rows)[:-1]
        cursor.execute(f"select {leaf._escaped('%s::text')}", [text])
        by_sql = cursor.fetchone()[0].encode()
    assert line == leaf.line_of([text]) == by_sql


def test_a_later_column_changes_no_old_leaf_and_hides_in_none(written: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """`session` and `emergency_id` stand for columns of a later release, with what older entries would hold."""
    record(Verb.ENTERED, details={"which": "old"}, session="")
    record(Verb.ENTERED, details={"which": "new"}, session=NASTY[:16], emergency_id=7)
    first = tuple(name for name in leaf.FIRST if name not in ("session", "emergency_id"))
    monkeypatch.setattr(leaf, "FIRST", first)
    monkeypatch.setattr(leaf, "LATER", ())
    monkeypatch.setattr(leaf, "AS_BEFORE", b"")
    before = lines_and_bytes("xid = pg_current_xact_id()")
    monkeypatch.setattr(leaf, "LATER", (leaf.Later("session", ""), leaf.Later("emergency_id", None)))
    monkeypatch.setattr(leaf, "AS_BEFORE", b"\t\\N\t\\N")
    after = lines_and_bytes("xid = pg_current_xact_id()")
    for line, by_sql in after:
        assert leaf.leaf_data(line) == by_sql
    assert leaf.leaf_data(after[0][0]) == before[0][1], "the old entry is sealed as it always was"
    new = leaf.fields_of(after[1][1])
    assert (new["session"], new["emergency_id"]) == (NASTY[:16], "7")
    assert leaf.leaf_data(after[1][0]) != before[1][1]


def test_what_is_no_entry_is_refused() -> None:
    for data in (b"", b"something else\t1", leaf.MARK + b"1\t2"):
        with pytest.raises(ValueError, match="no sealed entry"):
            leaf.fields_of(data)


def test_bytes_are_sealed_as_digits_in_every_session(written: Cast) -> None:
    """A stated reason is kept as ciphertext; how bytes are shown is a setting of the session."""
    record(Verb.ENTERED, reason="A stated reason of the test")
    ((line, by_sql),) = lines_and_bytes("xid = pg_current_xact_id()")
    assert leaf.leaf_data(line) == by_sql
    assert len(leaf.fields_of(by_sql)["reason_sealed"]) > 40
    with connection.cursor() as cursor:
        cursor.execute("set local bytea_output = 'escape'")
    assert lines_and_bytes("xid = pg_current_xact_id()") == [(line, by_sql)]
