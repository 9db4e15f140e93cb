"""What requests for the identity show elsewhere: a tab on the case page, and lines in "My work" for both sides."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.kinds import Role
from agencies.models import Member
from casework.access.kinds import Compartment
from casework.access.roles import readable
from casework.cases.days import day_before
from casework.cases.identity_parts import requests_behind
from casework.cases.models import Case
from casework.cases.panels import Tab
from casework.cases.work import WorkItem
from casework.custody.kinds import RequestState
from casework.custody.models import IdentityRequest
from casework.custody.selectors import RequestRow, own_requests, requests_to_decide


def requests_tab(member: Member, case: Case) -> list[Tab]:
    """For who reads no identity by name: where it is asked for. For those who may decide: the requests. No query."""
    url = reverse("custody:of_case", args=[case.reference])
    keeps = member.agency_id == case.lead_agency_id and member.has_role(Role.SUPERVISOR, Role.IDENTITY_CUSTODIAN)
    if keeps:
        return [Tab(_("Requests for the identity"), url, name="custody")]
    if requests_behind(member, case) is None or Compartment.IDENTITY not in readable(member.roles):
        return []
    return [Tab(_("Ask who the child is"), url, name="custody")]


def work_on_requests(member: Member) -> Iterable[WorkItem]:
    """Requests to decide, own ones that wait, and what became of them, for seven days. Seven queries at most."""
    for request in requests_to_decide(member):
        what = _("Decide who may see the identity: %(name)s") % {"name": request.member_label}
        yield _item(request, what, due=True)
    for row in own_requests(member):
        if row.state == RequestState.WAITING:
            yield _item(row.request, _("Your request for the identity"), waits_for=_("The identity custodian"))
        else:
            yield _item(row.request, _outcome(row))


def _outcome(row: RequestRow) -> str:
    if row.in_force:
        words = _("The identity is given to you until %(day)s: %(parts)s")
        return str(words) % {"day": f"{row.given_last_day:%-d %b %Y}", "parts": ", ".join(row.given)}
    words = {
        RequestState.GIVEN: _("What you were given of the identity has ended"),
        RequestState.DECLINED: _("Your request for the identity was declined"),
    }.get(row.state, _("Nobody decided on your request for the identity in time"))
    return str(words)


def _item(request: IdentityRequest, what: object, *, due: bool = False, waits_for: object = "") -> WorkItem:
    return WorkItem(
        pseudonym=request.case.pseudonym,
        reference=request.case.reference,
        url=reverse("custody:request", args=[request.case.reference, request.pk]),
        what=str(what),
        due=day_before(request.until) if due else None,
        waits_for=str(waits_for),
    )
