"""What the database itself puts into an entry, and which words it takes."""

import re

import psycopg
import pytest
from django.db import InternalError, ProgrammingError, connections
from pytest_django import DjangoAssertNumQueries

from casework.access.task import acting_as
from casework.audit.kinds import Outcome, Verb
from casework.audit.models import STAMPED
from casework.audit.record import record as record_entry
from casework.provision import connection_parameters
from tests.audit.conftest import Record
from tests.audit.test_stream import WRITE
from tests.cast import Cast
from tests.conftest import superuser


def asked_of_a_new_entry(record: Record) -> list[tuple[str, str]]:
    """Role and condition of each policy of writing."""
    with superuser(record.database) as admin:
        return admin.execute(
            "select polroles::regrole[]::text, pg_get_expr(polwithcheck, polrelid) from pg_policy"
            " where polrelid = 'audit_auditentry'::regclass and polcmd in ('a', '*')"
        ).fetchall()


def test_the_words_of_an_entry_are_those_of_the_code(record: Record) -> None:
    [(role, condition)] = asked_of_a_new_entry(record)
    assert role == "{casework_app}"
    for column, words in (("verb", Verb.values), ("outcome", Outcome.values)):
        listed = re.search(rf"\({column}\)::text = ANY \(+ARRAY\[([^]]+)\]", condition)
        assert listed is not None
        assert set(re.findall(r"'(\w+)'", listed[1])) == set(words)


@pytest.mark.parametrize(("word", "other"), [("'entered'", "'peeked'"), ("'allowed'", "'perhaps'"), (" 3,", " -1,")])
def test_an_entry_in_other_words_is_refused(record: Record, word: str, other: str) -> None:
    assert WRITE.count(word) == 1
    with psycopg.connect(**connection_parameters(connections["default"].settings_dict)) as application:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            application.execute(WRITE.replace(word, other))
        application.rollback()
        assert application.execute(WRITE).fetchone()


def test_no_check_is_parsed_for_each_entry(record: Record) -> None:
    """Measured: two check constraints cost as much as the rest of the insert."""
    with superuser(record.database) as admin:
        checks = admin.execute(
            "select conrelid::regclass::text, conname from pg_constraint where contype = 'c'"
            " and conrelid::regclass::text like 'audit\\_auditentry%'"
        ).fetchall()
    assert checks == []


def test_an_entry_names_nobody_but_who_asks(cast: Cast) -> None:
    with pytest.raises(InternalError), acting_as(cast.lead_worker.pk, route="test"):  # nothing follows, not even looks
        with pytest.raises(ProgrammingError, match="row-level security"):
            record_entry(Verb.LOOKED, actor_id=cast.stranger.pk)


@pytest.mark.parametrize("column", STAMPED)
def test_what_the_database_fills_can_not_be_named(record: Record, column: str) -> None:
    """Number, transaction and time; not even as what they would be anyway."""
    named = WRITE.replace("(verb,", f"({column}, verb,").replace("('entered',", "(default, 'entered',")
    with psycopg.connect(**connection_parameters(connections["default"].settings_dict)) as application:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            application.execute(named)
        application.rollback()
        assert application.execute(WRITE).fetchone()


def test_the_owner_writes_no_entry(record: Record) -> None:
    with psycopg.connect(**connection_parameters(connections["owner"].settings_dict)) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(WRITE)


def test_no_trigger_runs_for_each_entry(record: Record) -> None:
    """Measured: one in PL/pgSQL took a quarter of the insert, preparing its expressions anew in every transaction."""
    with superuser(record.database) as admin:
        named = admin.execute(
            "select tgname from pg_trigger where tgrelid::regclass::text like 'audit\\_auditentry%'"
            " and (tgtype & 4) > 0 and not tgisinternal"
        ).fetchall()
    assert named == []


def test_an_entry_is_written_without_asking_it_back(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with acting_as(cast.lead_worker.pk, route="test"), django_assert_num_queries(1) as caught:
        record_entry(Verb.ENTERED)
    assert "RETURNING" not in caught[0]["sql"].upper()


def test_an_entry_that_the_database_drops_is_an_error(record: Record) -> None:
    with superuser(record.database) as admin:
        admin.execute("set event_triggers = off")
        admin.execute("create function lost() returns trigger language plpgsql as $$ begin return null; end $$")
        admin.execute("create trigger lost before insert on audit_auditentry for each row execute function lost()")
    with pytest.raises(RuntimeError, match="did not keep"):
        record.write(1)
