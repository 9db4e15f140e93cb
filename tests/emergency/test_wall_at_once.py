"""A wall and an emergency at the same moment, on connections that commit: the identity is open beside no wall."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connections

from casework.access.actions import lift_wall
from casework.access.database import member_token
from casework.access.models import Wall
from casework.access.task import acting_as
from casework.emergency.actions import NothingOpened
from casework.emergency.models import EmergencyAccess
from casework.provision import connection_parameters
from tests.cast import Cast
from tests.conftest import superuser
from tests.emergency.test_breaking_glass import opened

WALL = (
    "insert into access_wall (id, member_id, case_id, kind, note_sealed, raised_by_id, raised_at,"
    " lifting_reason_sealed) values (77, %(member)s, %(case)s, 'other', '', %(member)s, now(), '')"
)
GRANT = (
    "insert into access_casegrant (id, user_id, content_object_id, permission_id, purpose, legal_basis, granted_by_id,"
    " granted_at, ends_at, emergency_id) select 78, %(member)s, %(case)s, p.id, 'protect', 'vital_interests',"
    " %(member)s, now(), %(ends_at)s, %(emergency)s from auth_permission p where p.codename = 'read_identity'"
)
OF_IDENTITY = "permission_id = (select id from auth_permission where codename = 'read_identity')"


@contextmanager
def asking(member: Any, isolation: str = "read committed") -> Iterator[psycopg.Connection[Any]]:
    """A connection of the application's role with a transaction begun, in which this member asks by plain SQL."""
    with psycopg.connect(**connection_parameters(connections["default"].settings_dict)) as connection:
        connection.execute(f"set transaction isolation level {isolation}")
        connection.execute("select set_config('casework.member', %s, true)", [member_token(member.pk)])
        yield connection


@pytest.fixture
def database(own_database: str, seeded: Cast) -> str:
    """The one wall of the cast's case is lifted, so that its identity can be opened at all."""
    with acting_as(seeded.lead_supervisor.pk, route="test"):
        wall = Wall.objects.get(case=seeded.case, lifted_at=None)
        lift_wall(wall=wall, by=seeded.lead_supervisor, reason="Another family")
    return own_database


@pytest.fixture
def emergency(database: str, seeded: Cast) -> EmergencyAccess:
    """Opened for the identity too, which its member has not given to themselves yet: plain SQL can do so later."""
    made = opened(seeded, "stranger", "identity")
    with superuser(database) as admin:
        admin.execute(f"delete from access_casegrant where emergency_id = %s and {OF_IDENTITY}", [made.pk])
    return made


def given(cast: Cast, emergency: EmergencyAccess) -> dict[str, Any]:
    own = {"member": cast.stranger.pk, "case": cast.case.pk}
    return {**own, "ends_at": emergency.ends_at, "emergency": emergency.pk}


def wall_of(cast: Cast) -> dict[str, Any]:
    return {"member": cast.lead_colleague.pk, "case": cast.case.pk}


def open_identities(database: str) -> int:
    with superuser(database) as admin:
        row = admin.execute(
            "select count(*) from access_casegrant"
            f" where emergency_id is not null and ended_at is null and {OF_IDENTITY}"
        ).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def meanwhile(database: str, act: Callable[[], None]) -> Iterator[None]:
    """Run `act` in a thread and enter the block once it waits for the lock; ends with it."""
    thread = threading.Thread(target=act)
    thread.start()
    waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    with superuser(database) as admin:
        end = time.monotonic() + 20
        while admin.execute(waits).fetchone() == (0,):
            assert time.monotonic() < end, "it did not wait"
            time.sleep(0.02)
    yield
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_wall_waits_for_the_identity_that_is_being_given_and_ends_it(
    database: str, seeded: Cast, emergency: EmergencyAccess
) -> None:
    def wall() -> None:
        with asking(seeded.lead_colleague) as other:
            other.execute(WALL, wall_of(seeded))

    with asking(seeded.stranger) as one:
        one.execute(GRANT, given(seeded, emergency))
        with meanwhile(database, wall):
            one.commit()
    assert open_identities(database) == 0


def test_the_identity_waits_for_a_wall_that_is_being_raised_and_stays_shut(
    database: str, seeded: Cast, emergency: EmergencyAccess
) -> None:
    refused = []

    def give() -> None:
        with asking(seeded.stranger) as other:
            try:
                other.execute(GRANT, given(seeded, emergency))
            except psycopg.errors.InsufficientPrivilege as problem:
                refused.append(str(problem))

    with asking(seeded.lead_colleague) as one:
        one.execute(WALL, wall_of(seeded))
        with meanwhile(database, give):
            one.commit()
    assert len(refused) == 1 and "no_shut_identity" in refused[0]
    assert open_identities(database) == 0


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_a_transaction_that_can_not_see_the_wall_gives_no_identity(
    isolation: str, database: str, seeded: Cast, emergency: EmergencyAccess
) -> None:
    with asking(seeded.stranger, isolation) as one:
        with asking(seeded.lead_colleague) as other:
            other.execute(WALL, wall_of(seeded))
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no_shut_identity"):
            one.execute(GRANT, given(seeded, emergency))
        one.rollback()
    assert open_identities(database) == 0


def test_a_wall_is_raised_by_who_sees_what_it_ends(database: str, seeded: Cast, emergency: EmergencyAccess) -> None:
    with asking(seeded.lead_colleague, "repeatable read") as one:
        one.execute("select 1")
        with asking(seeded.stranger) as other:
            other.execute(GRANT, given(seeded, emergency))
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="what it has to end"):
            one.execute(WALL, wall_of(seeded))
        one.rollback()
    assert open_identities(database) == 1


def test_breaking_the_glass_while_a_wall_is_raised_opens_nothing_and_says_no_more(
    database: str, seeded: Cast, django_db_blocker: Any
) -> None:
    said: list[Exception] = []

    def break_it() -> None:
        try:
            with django_db_blocker.unblock():
                opened(seeded, "stranger", "identity")
        except Exception as problem:
            said.append(problem)
        finally:
            connections.close_all()

    with asking(seeded.lead_colleague) as one:
        one.execute(WALL, wall_of(seeded))
        with meanwhile(database, break_it):
            one.commit()
    assert [type(each) for each in said] == [NothingOpened]
    assert open_identities(database) == 0


@pytest.mark.parametrize("person", ["lead_worker", "lead_colleague", "walled_worker"])
def test_whether_a_case_has_a_wall_is_told_to_nobody_without_an_emergency(person: str, cast: Cast) -> None:
    """The same answer for a case with a wall, one without, and none."""
    with acting_as(cast.people[person].pk, route="test"), connections["default"].cursor() as cursor:
        for case in (cast.case.pk, cast.other_case.pk, 5):
            cursor.execute("select casework_identity_is_shut(%s, 1)", [case])
            assert cursor.fetchone() == (True,)
