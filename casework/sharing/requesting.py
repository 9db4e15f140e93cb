"""The only readers of requests for topics of the account. Member first."""

from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from agencies.kinds import Role
from agencies.models import Member
from casework.cases.models import Case
from casework.cases.people import who_can_see
from casework.cases.work import TOLD_FOR
from casework.sharing.kinds import TopicRequestState
from casework.sharing.models import TopicRequest
from casework.sharing.request_actions import RELATED
from casework.vault.ids import id_of

SHOWN = 100


def requests_of(member: Member, case: Case) -> list[TopicRequest]:
    """The own requests on the case; for the agency that leads it, everybody's. Waiting ones first, then newest."""
    rows = TopicRequest.objects.visible_to(member).select_related(*RELATED).filter(case=case)
    found = list(rows.order_by("-asked_at", "pk")[:SHOWN])
    return sorted(found, key=lambda request: request.state != TopicRequestState.WAITING)


def requests_to_answer(member: Member) -> list[TopicRequest]:
    """What waits for this supervisor on the cases that the own agency leads, oldest first. One query."""
    if not member.has_role(Role.SUPERVISOR):
        return []
    rows = TopicRequest.objects.visible_to(member).select_related(*RELATED).filter(state=TopicRequestState.WAITING)
    return list(rows.filter(case__lead_agency_id=member.agency_id).order_by("asked_at", "pk"))


def own_requests(member: Member) -> list[TopicRequest]:
    """The own requests that wait, or had their answer in the last seven days; newest first. One query."""
    rows = TopicRequest.objects.visible_to(member).select_related(*RELATED).filter(member_id=member.pk)
    news = rows.exclude(state=TopicRequestState.WITHDRAWN).annotate(came_at=Coalesce("decided_at", "ended_at"))
    told = news.filter(Q(state=TopicRequestState.WAITING) | Q(came_at__gt=Now() - TOLD_FOR))
    return list(told.order_by("-asked_at", "pk")[:SHOWN])


def own_waiting(member: Member, case: Case) -> TopicRequest | None:
    """The own request on this case that waits, if there is one."""
    rows = TopicRequest.objects.visible_to(member).filter(case=case, member_id=member.pk)
    found: TopicRequest | None = rows.filter(state=TopicRequestState.WAITING).first()
    return found


def asked_for(member: Member, case: Case, key: str) -> TopicRequest | None:
    """The waiting request of this case with this key, as an address names it; None for any other."""
    rows = TopicRequest.objects.visible_to(member).filter(case=case, pk=id_of(key), state=TopicRequestState.WAITING)
    found: TopicRequest | None = rows.first()
    return found


def who_answers(case: Case) -> list[Member]:
    """The supervisors of the lead agency who are on the case, by name."""
    people = [person for group in who_can_see(case) if group.is_lead for person in group.people if person.has_standing]
    return sorted((each.member for each in people if each.member.has_role(Role.SUPERVISOR)), key=lambda each: each.name)
