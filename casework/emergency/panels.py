"""What emergency access shows elsewhere: everyone responsible is told on "My work", at once."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.kinds import Role
from agencies.models import Member
from casework.cases.work import WorkItem
from casework.emergency.kinds import EmergencyState
from casework.emergency.selectors import (
    emergencies_of_agency,
    noticed_emergencies,
    overseen_emergencies,
    own_emergencies,
)
from casework.emergency.states import EXPLAIN_WITHIN, over_since


def emergencies_told(member: Member) -> Iterable[WorkItem]:
    """To explain, to review, and to know of. Supervisors get the review, so no second notice of the same."""
    yield from _own(member)
    if member.has_role(Role.SUPERVISOR):
        yield from _to_review(member)
        yield from _of_own_people(member)
    else:
        yield from _on_own_cases(member)


def _own(member: Member) -> Iterable[WorkItem]:
    for row in own_emergencies(member):
        if row.state == EmergencyState.UNEXPLAINED:
            yield WorkItem(
                pseudonym=_("The case that you opened"),
                reference="",
                url=reverse("emergency:own", args=[row.emergency.pk]),
                what=_("Explain your emergency access"),
                due=(over_since(row.emergency) + EXPLAIN_WITHIN).date(),
            )


def _to_review(member: Member) -> Iterable[WorkItem]:
    words = {
        EmergencyState.RUNNING: _("Emergency access is running: %(name)s"),
        EmergencyState.UNEXPLAINED: _("Emergency access was used: %(name)s"),
        EmergencyState.EXPLAINED: _("Review the emergency access of %(name)s"),
    }
    for row in overseen_emergencies(member):
        access = row.emergency
        if row.state in words and access.member_id != member.pk:
            yield WorkItem(
                pseudonym=access.case.pseudonym,
                reference=access.case.reference,
                url=reverse("emergency:review", args=[access.case.reference, access.pk]),
                what=words[row.state] % {"name": access.member_label},
                due=(over_since(access) + EXPLAIN_WITHIN).date() if row.state == EmergencyState.EXPLAINED else None,
                waits_for=_("The member, who explains it") if row.state == EmergencyState.UNEXPLAINED else "",
            )


def _of_own_people(member: Member) -> Iterable[WorkItem]:
    seen = {row.emergency.pk for row in overseen_emergencies(member)}
    for row in emergencies_of_agency(member):
        access: Any = row.emergency
        if row.state != EmergencyState.REVIEWED and access.pk not in seen and access.member_id != member.pk:
            yield WorkItem(
                pseudonym=_("A case of another agency"),
                reference="",
                url=reverse("emergency:queue"),
                what=_("Emergency access was used: %(name)s") % {"name": access.member_label},
                waits_for=_("The agency that leads the case, which reviews it"),
            )


def _on_own_cases(member: Member) -> Iterable[WorkItem]:
    for access in noticed_emergencies(member):
        yield WorkItem(
            pseudonym=access.case.pseudonym,
            reference=access.case.reference,
            url=reverse("cases:who_can_see", args=[access.case.reference]),
            what=_("Opened in an emergency by %(name)s") % {"name": access.member_label},
            waits_for=_("A supervisor of your agency, who reviews it"),
        )
