"""The only readers of requests for a further telling."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max

from agencies.kinds import Role
from agencies.models import Member
from agencies.standing import today
from casework.account.kinds import TellingKind
from casework.account.models import Telling
from casework.cases.models import Case
from casework.cases.people import who_can_see
from casework.planning.kinds import HearingAnswer, RequestState
from casework.planning.models import RecordCheck
from casework.planning.pool import Place, places_of
from casework.planning.request_models import FurtherRequest, Hearing

SPEAKS_FOR_CHILD = (Role.THERAPIST, Role.VICTIM_ADVOCATE)


@dataclass(frozen=True)
class Gate:
    """How the case stands before a further telling.

    `last`: number of the last formal telling, 0 without one; `interviewer_id`: who held it. `authorised`: number of the
    request under which a further one may be held now, 0 without one.
    """

    last: int
    interviewer_id: int | None
    authorised: int


@dataclass(frozen=True)
class RequestReading:
    """A request with who is heard, where the record answers it, and what the search found.

    `hidden`: passages that the reader may not read; `check`, `found`: None and empty without the account.
    """

    request: FurtherRequest
    hearings: tuple[Hearing, ...]
    answers: tuple[Place, ...]
    hidden: int
    check: RecordCheck | None
    found: tuple[Place, ...]

    @property
    def waits_for(self) -> tuple[Hearing, ...]:
        """Who is still heard."""
        return tuple(open_hearings(self.hearings))


def requests_of(member: Member, case: Case) -> list[FurtherRequest]:
    """The requests of a case, newest first."""
    rows = FurtherRequest.objects.visible_to(member).select_related("case", "case__lead_agency", "telling")
    return list(rows.filter(case=case).order_by("-number"))


def last_request_number(member: Member, case: Case) -> int:
    """The number of the last request; 0 without one."""
    return FurtherRequest.objects.visible_to(member).filter(case=case).aggregate(last=Max("number"))["last"] or 0


def request_reading(member: Member, request: FurtherRequest) -> RequestReading:
    """A request as this member may read it. Three queries."""
    check = RecordCheck.objects.visible_to(member).select_related("case").filter(request=request).first()
    places = places_of(member, {*request.passage_keys, *(check.passage_keys if check else ())})
    answers = [places[key] for key in request.passage_keys if key in places]
    return RequestReading(
        request=request,
        hearings=tuple(hearings_of(member, request)),
        answers=tuple(sorted(answers, key=lambda place: (place.passage.telling.number, place.passage.number))),
        hidden=len(request.passage_keys) - len(answers),
        check=check,
        found=tuple(places[key] for key in check.passage_keys if key in places) if check else (),
    )


def hearings_of(member: Member, request: FurtherRequest) -> list[Hearing]:
    """Who is heard about a request, by name."""
    rows = Hearing.objects.visible_to(member).select_related("case", "case__lead_agency", "request")
    return list(rows.filter(request=request).order_by("member_label", "pk"))


def open_hearings(hearings: Iterable[Hearing]) -> list[Hearing]:
    """Those that have neither been answered nor run out."""
    return [each for each in hearings if each.answer == HearingAnswer.WAITS and each.until >= today()]


def speaks_for_child(case: Case) -> list[Member]:
    """The child's therapists and advocates who are named on the case, by name."""
    people = [person.member for group in who_can_see(case) for person in group.people if person.has_standing]
    return sorted((each for each in people if each.has_role(*SPEAKS_FOR_CHILD)), key=lambda each: each.name)


def gate_of(case: Case) -> Gate:
    """How the case stands before a further telling, also for who may not read the account. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select last, interviewer_id, authorised from casework_gate(%s)", [case.pk])
        row: Any = cursor.fetchone()
    return Gate(row[0] or 0, row[1], row[2] or 0)


def prior_accounts(member: Member, case: Case) -> list[Telling]:
    """What was told to an adult outside of interviews: the evidence is that adult's. Empty without the account."""
    rows = Telling.objects.visible_to(member).select_related("case").filter(case=case, kind=TellingKind.PRIOR)
    return list(rows.order_by("number"))


def waiting_requests(member: Member) -> list[FurtherRequest]:
    """Requests of open cases that wait for a decision, with their cases."""
    rows = FurtherRequest.objects.visible_to(member).select_related("case", "case__lead_agency")
    return list(rows.filter(state=RequestState.ASKED).exclude(case__stage="closed").order_by("pk"))
