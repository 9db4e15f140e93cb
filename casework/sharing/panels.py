"""What sharing shows elsewhere: its tab on the case page, and shares that wait for a supervisor."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from casework.cases.models import Case
from casework.cases.panels import Tab
from casework.cases.work import WorkItem
from casework.sharing.selectors import waiting_shares


def shares_tab(member: Member, case: Case) -> list[Tab]:
    """One tab, open to everyone who sees the case: whom it is shared with is no secret on it."""
    return [Tab(_("Shares"), reverse("sharing:of_case", args=[case.reference]), name="sharing")]


def shares_to_decide(member: Member) -> Iterable[WorkItem]:
    """Shares offered to the agency of this supervisor; due on the day on which they would end."""
    for share in waiting_shares(member):
        yield WorkItem(
            pseudonym=share.case.pseudonym,
            reference=share.case.reference,
            url=reverse("sharing:received", args=[share.case.reference, share.pk]),
            what=_("Decide on the share of %(agency)s") % {"agency": share.from_agency.name},
            due=share.until.date(),
        )
