"""The demonstration moves its stamps back before anything is sealed, and what the record says of a seal goes along."""

import datetime
from typing import Any

from casework.audit.management.commands.lock_audit import set_lock
from casework.demo.chronology import Chronology
from tests.conftest import admin_of, superuser

SEALS = "select count(*) from audit_auditentry where additional_data ? 'sealed' and additional_data ? 'rows'"


def test_no_telling_looks_changed_from_outside_because_its_day_was_moved(own_database: str, seeded: Any) -> None:
    set_lock(admin_of(own_database), locked=False)
    chronology = Chronology()
    with superuser(own_database) as admin:
        newest = admin.execute("select max(id), now() - interval '3 days' from audit_auditentry").fetchone()
        assert newest is not None
        chronology.moments = [(newest[0], newest[1])]
        chronology.move_stamps_back(admin)
        moved = admin.execute("select max(sealed_at) from casework_account_telling").fetchone()
        assert moved is not None and datetime.datetime.now(datetime.UTC) - moved[0] > datetime.timedelta(days=2)
        assert admin.execute(SEALS).fetchone() == (1,)
        assert admin.execute("select * from casework_tellings_not_as_sealed()").fetchall() == []


def test_who_is_heard_has_the_days_that_were_given_with_the_request(own_database: str, seeded: Any) -> None:
    set_lock(admin_of(own_database), locked=False)
    days = "select until - (requested_at at time zone 'UTC')::date from planning_hearing h"
    days += " join planning_furtherrequest r on r.id = h.request_id"
    chronology = Chronology()
    with superuser(own_database) as admin:
        before = admin.execute(days).fetchall()
        newest = admin.execute("select max(id), now() - interval '40 days' from audit_auditentry").fetchone()
        assert newest is not None and before
        chronology.moments = [(newest[0], newest[1])]
        chronology.move_stamps_back(admin)
        assert admin.execute(days).fetchall() == before
