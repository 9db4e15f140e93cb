"""Grants over time: what ends, what can be given again, and what plain SQL can't bring back."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from agencies.models import Member
from casework.access.actions import GrantTerms, grant_compartments
from casework.access.models import CaseGrant
from casework.access.task import acting_as
from casework.cases.models import Case
from casework.cases.people import who_can_see
from casework.cases.selectors import headcount
from tests.cast import OWN_TERMS, Cast, administered
from tests.conftest import superuser


def case_of(member: Member, cast: Cast) -> Case:
    case: Case = Case.objects.overseen_by(member).select_related("lead_agency").get(pk=cast.case.pk)
    return case


def test_access_that_ran_out_can_be_given_again(own_database: str, seeded: Cast) -> None:
    """A row that is over by the clock still stands; it is ended, and a new one begins."""
    supervisor, colleague = seeded.lead_supervisor, seeded.lead_colleague
    until = timezone.now() + datetime.timedelta(days=1)
    terms = GrantTerms(purpose="protect", legal_basis="public_task", ends_at=until)
    with acting_as(supervisor.pk, route="test"):
        case = case_of(supervisor, seeded)
        assert len(grant_compartments(
            case=case, member=colleague, by=supervisor, read=["overview"], write=[], terms=terms
        )) == 1  # fmt: skip
    with superuser(own_database) as admin:
        admin.execute(
            "update access_casegrant set granted_at = now() - interval '2 days', ends_at = now() - interval '1 day'"
            " where user_id = %s",
            [colleague.pk],
        )
    with acting_as(supervisor.pk, route="test"):
        case = case_of(supervisor, seeded)
        given = grant_compartments(
            case=case, member=colleague, by=supervisor, read=["overview"], write=[], terms=OWN_TERMS
        )
    assert len(given) == 1
    with acting_as(supervisor.pk, route="test"):
        rows = CaseGrant.objects.filter(user=colleague, content_object=seeded.case, emergency=None)
        assert sorted(row.ended_at is None for row in rows) == [False, True]


def test_plain_sql_revives_no_grant_that_has_ended(cast: Cast) -> None:
    revive = "update access_casegrant set ended_at = null, ended_by_id = null where user_id = %s"
    with acting_as(cast.lead_supervisor.pk, route="test"), connection.cursor() as cursor:
        cursor.execute(revive, [cast.expired_worker.pk])
        assert cursor.rowcount == 0
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("update access_casegrant set ends_at = null where user_id = %s", [cast.expired_worker.pk])


@pytest.mark.parametrize("key", ["lead_auditor", "lead_admin", "lapsed_worker", "walled_worker", "ended_member"])
def test_plain_sql_gives_nothing_to_whom_no_page_would(key: str, cast: Cast) -> None:
    """A supervisor of the lead agency, without the application's own checks."""
    with acting_as(cast.lead_supervisor.pk, route="test"):
        held = CaseGrant.objects.filter(content_object=cast.case, user=cast.lead_supervisor).first()
        assert held is not None
        given = CaseGrant(
            user=cast.people[key], content_object=cast.case, permission=held.permission, purpose="protect",
            legal_basis="public_task", granted_by=cast.lead_supervisor,
        )  # fmt: skip
        with pytest.raises((ProgrammingError, IntegrityError)) as caught, transaction.atomic():
            given.save(force_insert=True)
        assert "row-level security" in str(caught.value)


def test_people_without_standing_are_not_counted_and_the_walled_not_shown(cast: Cast) -> None:
    def seen_by(member: Member) -> tuple[int | None, set[str]]:
        with acting_as(member.pk, route="test"):
            scope: Any = Case.objects.visible_to(member) if member.has_role("social_worker") else None
            case = scope.get(pk=cast.case.pk) if scope is not None else case_of(member, cast)
            names = {person.member.name for group in who_can_see(case) for person in group.people}
            return headcount(case).can_see, names

    before, names = seen_by(cast.lead_worker)
    assert "Walled Worker" not in names
    assert "Lapsed Worker" in names, "said to be without standing"
    assert before == len(names) - len({"Lapsed Worker", "Ended Member"} & names)
    assert "Walled Worker" in seen_by(cast.lead_supervisor)[1], "who oversees the case knows of its walls"
    with administered(cast.investigator.agency):
        lapsing = Member.objects.get(pk=cast.investigator.pk)  # the cast is everybody's: it stays as it is
        lapsing.vetting_from, lapsing.vetting_until = datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)
        lapsing.save(update_fields=["vetting_from", "vetting_until"])
    assert seen_by(cast.lead_worker)[0] == (before or 0) - 1
