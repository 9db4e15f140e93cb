"""The record can't be written, in every way a database has of failing: no content, 503 with a number, work undone.

Faults are real ones of PostgreSQL, raised where the entry is inserted, or only at the commit, when the page is made.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connections

from casework.access.checks import check_nothing_streams
from casework.access.task import acting_as
from casework.cases.models import Entry
from casework.provision import connection_parameters
from tests.access.test_matrix import address
from tests.cast import ANSWER, SOCIAL_NOTE, Cast
from tests.conftest import admin_of, superuser

FAULTS = {
    "trigger error": "raise exception 'broken'",
    "disk full": "raise exception 'could not extend file' using errcode = '53100'",
    "serialisation failure": "raise exception 'could not serialize access' using errcode = '40001'",
    "deadlock": "raise exception 'deadlock detected' using errcode = '40P01'",
    "statement timeout": "perform pg_sleep(20)",
    "connection lost": "perform pg_terminate_backend(pg_backend_pid())",
    "out of memory": "raise exception 'out of memory' using errcode = '53200'",
}
PLACES = {
    "at the insert": "create trigger z_fault before insert on audit_auditentry for each row",
    "at the commit": "create constraint trigger z_fault after insert on audit_auditentry deferrable initially deferred"
    " for each row",
}
NUMBER = re.compile(r"Reference number:? *(?:<[^>]+>)*\s*[0-9A-F]{8}")


@pytest.fixture
def faulty(own_database: str, seeded: Cast) -> Iterator[Callable[..., Any]]:
    """A context in which a fault sits on the audit table of a copy of the database, as its superuser put it there."""
    with superuser(own_database) as admin:
        admin.execute("drop event trigger casework_ddl; drop event trigger casework_drop")
        for name in ("lock_timeout", "statement_timeout"):
            admin.execute(f"alter role casework_app in database {own_database} set {name} = '300ms'")
    connections["default"].close()

    @contextmanager
    def fault(body: str, place: str) -> Iterator[None]:
        with superuser(own_database) as admin:
            admin.execute(
                f"create function z_fault() returns trigger language plpgsql as $$ begin {body}; return new; end $$;"
                f"{place} execute function z_fault()"
            )
            try:
                yield
            finally:
                admin.execute("drop trigger z_fault on audit_auditentry; drop function z_fault()")

    yield fault
    connections["default"].close()


def participants(database: str) -> int:
    with superuser(database) as admin:
        row = admin.execute("select count(*) from cases_participant").fetchone()
    assert row is not None
    return int(row[0])


def ask(client: Any, cast: Cast) -> list[Any]:
    """A page with content, and a change."""
    page = client.get(address("cases:entry", cast))
    change = client.post(address("cases:agencies", cast), {"agency": cast.agencies["quiet_house"].pk})
    return [page, change]


def check_nothing_left(answers: list[Any], cast: Cast) -> None:
    for answer in answers:
        body = answer.content.decode()
        assert answer.status_code == 503
        assert NUMBER.search(body), body
        for secret in (SOCIAL_NOTE, ANSWER, cast.case.pseudonym, cast.case.reference):
            assert secret not in body


# PostgreSQL stops its own clock of a statement once the commit has begun: a slow commit is waited for, and good.
MEETINGS = [
    (fault, place) for fault in FAULTS for place in PLACES if (fault, place) != ("statement timeout", "at the commit")
]


@pytest.mark.parametrize(("fault", "place"), MEETINGS)
def test_no_entry_no_content_no_change(
    fault: str, place: str, faulty: Any, own_database: str, seeded: Cast, client_of: Callable[..., Any]
) -> None:
    client = client_of(seeded.lead_worker)
    before = participants(own_database)
    with faulty(FAULTS[fault], PLACES[place]):
        check_nothing_left(ask(client, seeded), seeded)
        assert participants(own_database) == before
    page, change = ask(client, seeded)
    assert SOCIAL_NOTE in page.content.decode(), "all is well again, without repair"
    assert change.status_code == 302
    assert participants(own_database) == before + 1


def test_entry_that_is_silently_not_stored_is_noticed(
    faulty: Any, own_database: str, seeded: Cast, client_of: Callable[..., Any]
) -> None:
    """A rule or trigger of somebody's that swallows the row raises no error in PostgreSQL."""
    client = client_of(seeded.lead_worker)
    before = participants(own_database)
    with faulty("return null", PLACES["at the insert"]):
        check_nothing_left(ask(client, seeded), seeded)
    assert participants(own_database) == before


def test_locked_audit_table_shows_nothing(
    faulty: Any, own_database: str, seeded: Cast, client_of: Callable[..., Any]
) -> None:
    client = client_of(seeded.lead_worker)
    with psycopg.connect(**connection_parameters(admin_of(own_database))) as admin:
        admin.execute("lock table audit_auditentry in access exclusive mode")
        check_nothing_left(ask(client, seeded), seeded)
        admin.rollback()
    assert [answer.status_code for answer in ask(client, seeded)] == [200, 302]


def test_database_that_is_gone_before_anybody_is_known_shows_nothing(
    faulty: Any, own_database: str, seeded: Cast, client_of: Callable[..., Any]
) -> None:
    client = client_of(seeded.lead_worker)
    name = connections["default"].settings_dict["NAME"]
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = "no_such_database"
    try:
        check_nothing_left([client.get(address("cases:entry", seeded))], seeded)
    finally:
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = name


def test_connection_that_is_cut_while_the_page_is_made_shows_nothing(
    faulty: Any, own_database: str, seeded: Cast, client_of: Callable[..., Any]
) -> None:
    """From outside, at any moment, by somebody who ends every connection of the application again and again."""
    client, over = client_of(seeded.lead_worker), threading.Event()

    def cut() -> None:
        with superuser(own_database) as admin:
            while not over.wait(0.003):
                admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'casework_app'")

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        answers = [client.get(address("cases:entry", seeded)) for _turn in range(25)]
    finally:
        over.set()
        thread.join()
    with superuser(own_database) as admin:
        written = {row[0] for row in admin.execute("select cid from audit_auditentry where outcome = 'allowed'")}
    shown = [answer for answer in answers if SOCIAL_NOTE in answer.content.decode()]
    assert all(answer["Correlation-Id"] in written for answer in shown)
    assert len(shown) < len(answers), "nothing was cut: the test tests nothing"


def test_a_task_delivers_nothing_without_its_entry(faulty: Any, seeded: Cast) -> None:
    delivered = []

    def work() -> None:
        with acting_as(seeded.lead_worker.pk, route="test"):
            text = "".join(entry.text for entry in Entry.objects.visible_to(seeded.lead_worker))
        delivered.append(text)

    for place in PLACES.values():
        with faulty(FAULTS["disk full"], place), pytest.raises(Exception, match="could not extend"):
            work()
    assert delivered == []
    work()
    assert SOCIAL_NOTE in delivered[0]


def test_system_check_refuses_views_that_could_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_nothing_streams() == []
    monkeypatch.setattr("casework.access.checks.STREAMS", ("TemplateResponse",))
    assert "access.E004" in {problem.id for problem in check_nothing_streams()}
