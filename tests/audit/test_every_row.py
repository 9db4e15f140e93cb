"""Below everything: triggers of a superuser note each row that any statement writes, and each must have its entry.

The whole story of the cast is played with them on, so that an action, a bulk write, plain SQL or a function of the
database that changed a row in silence would be found, whoever wrote it.
"""

from collections.abc import Iterator

import psycopg
import pytest
from auditlog.registry import auditlog
from django.core.management import call_command

from agencies.actions import change_roles
from agencies.models import Member
from casework.access.task import acting_as
from casework.provision import create_database, drop_database
from casework.summaries.models import SummaryCopy
from casework.summaries.tasks import build_copy
from tests.cast import Cast, seed_cast
from tests.conftest import TEST_DATABASE, superuser, use_database

NAME = "casework_test_watched"
SPY = """
create table z_written (label text, pk bigint, xid text);
grant insert on z_written to public;
create function z_spy() returns trigger language plpgsql security definer as $$
begin
  insert into public.z_written
    values (tg_argv[0], coalesce(new.id, old.id), pg_current_xact_id()::text);
  return null;
end $$;
"""
# Founded by the operator over the owner's connection; the entry is written by the application, in its own transaction.
ELSEWHERE = {"agencies.agency", "agencies.member"}
# Changed without an entry on purpose; `test_changes` lists it with its reason.
PROGRESS = "summaries.summarycopy"


@pytest.fixture
def watched(seeded: Cast) -> Iterator[psycopg.Connection[object]]:
    """A fresh database, migrated, with a spy on every table that the record watches."""
    with superuser() as admin:
        drop_database(admin, NAME)
        create_database(admin, NAME)
    use_database(NAME)
    try:
        call_command("migrate", verbosity=0)
        with superuser(NAME) as admin:
            admin.execute(SPY)
            for model in auditlog.get_models():
                admin.execute(
                    f"create trigger z_spy after insert or update or delete on {model._meta.db_table}"
                    f" for each row execute function z_spy('{model._meta.label_lower}')"
                )
            yield admin
    finally:
        use_database(TEST_DATABASE)
        with superuser() as admin:
            drop_database(admin, NAME)


@pytest.mark.slow
def test_every_row_that_was_written_is_named_by_an_entry_of_its_transaction(
    watched: psycopg.Connection[tuple[str, int, str]],
) -> None:
    cast = seed_cast()
    with acting_as(cast.prosecutor.pk, route="test"):
        copy = SummaryCopy.objects.visible_to(cast.prosecutor).get(case=cast.case)
    build_copy(copy.pk, cast.prosecutor.pk)
    worker = Member.objects.get(pk=cast.lead_worker.pk)
    with acting_as(cast.lead_admin.pk, route="test"):
        change_roles(member=worker, by=cast.lead_admin, roles=["victim_advocate"])  # grants end, by plain SQL
    written = set(watched.execute("select label, pk, xid from z_written").fetchall())
    named: set[tuple[str, int, str]] = set()
    rows = watched.execute(
        "select object_repr, object_id, grant_id, shown, xid::text from audit_auditentry"
        " where verb in ('created', 'changed', 'factor_changed')"
    )
    for subject, key, grant, shown, xid in rows.fetchall():  # type: ignore[misc]
        named.add((subject.split(":")[0], key, xid))
        named.add(("access.casegrant", grant, xid))
        named |= {(label, each, xid) for label, keys in shown.items() for each in keys}
    silent = {row for row in written - named if row[0] not in ELSEWHERE | {PROGRESS}}
    known = {row[:2] for row in named}
    silent |= {row for row in written if row[0] in ELSEWHERE and row[:2] not in known}
    assert len({label for label, _key, _xid in written}) > 10
    assert {label for label, _key, _xid in written} >= {"casework_account.passage", "summaries.summaryitem"}
    assert silent == set()
