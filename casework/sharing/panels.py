"""What sharing shows elsewhere: its tab on the case page, and shares that wait for a supervisor."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agencies.kinds import Role
from agencies.models import Agency, Member
from casework.access.rules import allowed
from casework.cases.days import day_before
from casework.cases.leaving import StillHeld
from casework.cases.models import Case, Participant
from casework.cases.panels import Tab
from casework.cases.work import WorkItem
from casework.sharing.kinds import ShareState, TopicRequestState
from casework.sharing.models import Share, TopicRequest
from casework.sharing.requesting import own_requests, requests_to_answer
from casework.sharing.reviewing import cases_to_review, new_openings
from casework.sharing.rules import check_can_ask_topics, check_can_revoke
from casework.sharing.selectors import (
    newly_named,
    open_shares_with,
    own_waiting,
    proposed_shares,
    waiting_shares,
    what_is_shared,
)

NAMED = 3  # of those who opened something; the page behind it names all


def shares_tab(member: Member, case: Case) -> list[Tab]:
    """The shares, open to everyone who sees the case; for the lead agency, who opened account and identity."""
    tabs = [Tab(_("Shares"), reverse("sharing:of_case", args=[case.reference]), name="sharing")]
    if member.agency_id == case.lead_agency_id:
        tabs.append(Tab(_("Who opened it"), reverse("sharing:opened", args=[case.reference]), name="opened"))
    return tabs


def shares_held_by(member: Member, participant: Participant) -> list[StillHeld]:
    """Every share with the agency of this participant that is in force or could come into force. One query."""
    held = []
    for share in open_shares_with(member, participant.case, participant.agency_id):
        may_end = allowed(check_can_revoke, member, share)
        url = reverse("sharing:revoke", args=[share.case.reference, share.pk]) if may_end else ""
        words = _("%(what)s, from %(agency)s: %(state)s")
        names = {"what": ", ".join(what_is_shared(share)), "agency": share.from_agency.name}
        held.append(StillHeld(words % {**names, "state": share.get_state_display()}, day_before(share.until), url))
    return held


def work_on_shares(member: Member) -> Iterable[WorkItem]:
    """Shares that wait for this member: to agree to, to decide on, to change; and own ones that wait for others.

    Without a date: nothing says by when it has to be decided, and the day on which it would end is no such day.
    Three queries.
    """
    for share in waiting_shares(member):
        yield _item(share, "received", _("Decide on the share of %(agency)s"), share.from_agency)
    for share in proposed_shares(member):
        yield _item(share, "second", _("Agree, or not, to the share with %(agency)s"), share.to_agency)
    for share in own_waiting(member):
        if share.state == ShareState.NOT_AGREED:
            yield _item(share, "change", _("Change the share with %(agency)s: it was not agreed to"), share.to_agency)
        else:
            waits_for = (
                _("a second person of your agency") if share.state == ShareState.PROPOSED else share.to_agency.name
            )
            yield _item(share, "of_case", _("The share with %(agency)s"), share.to_agency, waits_for)


def cases_to_begin(member: Member) -> Iterable[WorkItem]:
    """Cases that were shared, and on which the member was named, until they are opened. Three queries."""
    for case in newly_named(member):
        yield WorkItem(
            pseudonym=case.pseudonym,
            reference=case.reference,
            url=reverse("cases:case", args=[case.reference]),
            what=_("You were named on this case: open it"),
        )


def work_on_topic_requests(member: Member) -> Iterable[WorkItem]:
    """Requests for topics: to be answered, the own ones that wait, and what became of them, for seven days.

    Two queries.
    """
    for request in requests_to_answer(member):
        yield _of_request(request, _("Answer %(name)s, who asks for topics of the account"), name=request.member_label)
    for request in own_requests(member):
        if request.state == TopicRequestState.WAITING:
            agency = request.case.lead_agency.name
            yield _of_request(request, _("Your request for topics of the account"), waits_for=agency)
        else:
            state = request.get_state_display()
            yield _of_request(request, _("Your request for topics of the account: %(state)s"), state=state)


def where_topics_are_asked_for(member: Member, case: Case) -> str:
    """The page of asking, for the search; empty for who may not ask."""
    if not allowed(check_can_ask_topics, member, case):
        return ""
    return reverse("sharing:ask_topics", args=[case.reference])


def topics_way_in(member: Member, case: Case) -> list[Tab]:
    """The same page, on the page of who can see the case."""
    url = where_topics_are_asked_for(member, case)
    return [Tab(_("Ask for topics of the account"), url, name="ask_topics")] if url else []


def _of_request(request: TopicRequest, what: Any, *, waits_for: str = "", **names: str) -> WorkItem:
    return WorkItem(
        pseudonym=request.case.pseudonym,
        reference=request.case.reference,
        url=reverse("sharing:topic_request", args=[request.case.reference, request.pk]),
        what=str(what) % names,
        waits_for=waits_for,
    )


def reviews_due(member: Member) -> Iterable[WorkItem]:
    """Cases whose people are to be confirmed, two weeks ahead and until it is done, for supervisors. One query."""
    if not member.has_role(Role.SUPERVISOR):
        return
    for case in cases_to_review(member):
        yield WorkItem(
            pseudonym=case.pseudonym,
            reference=case.reference,
            url=reverse("sharing:review", args=[case.reference]),
            what=_("Confirm who is on the case: whoever is not confirmed falls off"),
            due=case.review_due.date(),
        )


def openings_to_read(member: Member) -> Iterable[WorkItem]:
    """What a lead worker is told each day: on which cases who opened the account or the identity. Two queries."""
    for case, people in new_openings(member):
        named, more = people[:NAMED], len(people) - NAMED
        if more > 0:
            named = [*named, ngettext("%(count)d person more", "%(count)d people more", more) % {"count": more}]
        words = _("Account or identity was opened since you last looked, by %(people)s")
        yield WorkItem(
            pseudonym=case.pseudonym,
            reference=case.reference,
            url=reverse("sharing:opened", args=[case.reference]),
            what=words % {"people": "; ".join(named)},
        )


def _item(share: Share, page: str, what: Any, agency: Agency, waits_for: Any = "") -> WorkItem:
    place = [share.case.reference] if page == "of_case" else [share.case.reference, share.pk]
    return WorkItem(
        pseudonym=share.case.pseudonym,
        reference=share.case.reference,
        url=reverse(f"sharing:{page}", args=place),
        what=what % {"agency": agency.name},
        waits_for=waits_for,
    )
