"""The only readers of requests for the identity. Member first."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection

from agencies.kinds import Role
from agencies.models import Member
from casework.access.actions import stands_behind_wall
from casework.access.database import database_now
from casework.access.models import CaseGrant
from casework.cases.days import day_before
from casework.cases.kinds import IdentityPart
from casework.cases.models import Case
from casework.cases.work import TOLD_FOR
from casework.custody.kinds import RequestState
from casework.custody.models import IdentityRequest
from casework.custody.states import state_of
from casework.vault.reading import note_rows

RELATED = ("case", "case__lead_agency", "agency")
SHOWN = 100
NO_END = datetime.datetime.max.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True)
class RequestRow:
    """A request in a list. `parts`, `given`: labels; `in_force`: something is given by it now; `last_day`: in UTC."""

    request: IdentityRequest
    state: RequestState
    parts: list[str]
    given: list[str]
    in_force: bool

    @property
    def last_day(self) -> datetime.date:
        return day_before(self.request.until)

    @property
    def given_last_day(self) -> datetime.date | None:
        return day_before(self.request.given_until) if self.request.given_until else None


def requests_of(member: Member, case: Case) -> list[RequestRow]:
    """The own requests on the case; for whoever keeps its identity, everybody's. Waiting ones first, then newest."""
    found = IdentityRequest.objects.visible_to(member).select_related(*RELATED).filter(case=case)
    rows = rows_of(list(found.order_by("-asked_at", "pk")[:SHOWN]))
    return sorted(rows, key=lambda row: row.state != RequestState.WAITING)


def rows_of(requests: list[IdentityRequest]) -> list[RequestRow]:
    """With labels, states and whether they are in force, in the order given. Two queries at most."""
    if not requests:
        return []
    now = database_now()
    live = list(CaseGrant.objects.live().filter(identity_request__in=[each.pk for each in requests]))
    note_rows(live)
    in_force = {grant.identity_request_id for grant in live}
    return [
        RequestRow(each, state_of(each, now), labels_of(each.parts), labels_of(each.given_parts), each.pk in in_force)
        for each in requests
    ]


def requests_to_decide(member: Member) -> list[IdentityRequest]:
    """What waits for this member's decision, the most urgent first. The database says of which cases."""
    if not member.has_role(Role.SUPERVISOR, Role.IDENTITY_CUSTODIAN):
        return []
    waiting = IdentityRequest.objects.visible_to(member).exclude(member_id=member.pk)
    rows = waiting.filter(state=RequestState.WAITING, until__gt=database_now(), case_id__in=kept_case_ids())
    return list(rows.select_related(*RELATED).order_by("until", "pk"))


def own_requests(member: Member) -> list[RequestRow]:
    """The own requests that wait, are in force, or had their outcome in the last seven days; newest first."""
    own = IdentityRequest.objects.visible_to(member).filter(member_id=member.pk).select_related(*RELATED)
    now = database_now()
    rows = rows_of(list(own.order_by("-asked_at", "pk")[:SHOWN]))
    return [row for row in rows if row.in_force or _is_news(row, now)]


def _is_news(row: RequestRow, now: datetime.datetime) -> bool:
    if row.state == RequestState.WAITING:
        return True
    if row.state == RequestState.WITHDRAWN or row.request.ended_by_id == row.request.member_id:
        return False
    came = row.request.decided_at or row.request.ended_at or row.request.until
    return came > now - TOLD_FOR


def kept_case_ids() -> list[int]:
    """Cases with requests whose identity the one who asks keeps."""
    with connection.cursor() as cursor:
        cursor.execute("select casework_kept_ids()")
        return list(cursor.fetchone()[0])


def custodian_ids(case: Case) -> set[int]:
    """Who decides on requests of this case now, for people on the case."""
    with connection.cursor() as cursor:
        cursor.execute("select casework_custodians_of(%s)", [case.pk])
        return {row[0] for row in cursor.fetchall()}


def custodians_beside(member: Member, case: Case) -> list[Member]:
    """Who could decide on a request of this member, by name."""
    people = Member.objects.select_related("agency").filter(pk__in=custodian_ids(case) - {member.pk})
    return list(people.order_by("name", "pk"))


def sees_case_until(member: Any, case: Case) -> datetime.datetime | None:
    """Until when this member sees the case by name (UTC): NO_END for the own caseload of the agency that leads.

    None for who sees it in an emergency only, or not at all: behind a wall nobody does.
    """
    if stands_behind_wall(member, case):
        return None
    seen = CaseGrant.objects.live().filter(user_id=member.pk, content_object=case, emergency=None)
    grants = list(seen.filter(permission__codename="read_overview"))
    note_rows(grants)
    return max((grant.ends_at or NO_END for grant in grants), default=None)


def latest_end(request: IdentityRequest) -> datetime.datetime:
    """How long it can be given at most (UTC): as asked, and no longer than who asked sees the case."""
    seen = sees_case_until(request.member, request.case)
    return request.until if seen is None else min(request.until, seen)


def labels_of(parts: list[str]) -> list[str]:
    """Parts of the identity in words, in their usual order."""
    return [str(each.label) for each in IdentityPart if each.value in parts]
