"""What summaries show elsewhere: a tab on the case page, and what waits under My work."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.kinds import Role
from agencies.models import Member
from casework.access.rules import allowed
from casework.cases.models import Case
from casework.cases.panels import Tab
from casework.cases.work import Words, WorkItem
from casework.summaries.kinds import SummaryState
from casework.summaries.models import Summary
from casework.summaries.rules import check_can_read_summaries


def summaries_tab(member: Member, case: Case) -> list[Tab]:
    """One tab; its label alone for who may not read them. No query beyond the reader's permissions."""
    url = reverse("summaries:list", args=[case.reference])
    is_open = allowed(check_can_read_summaries, member, case)
    return [Tab(_("Summaries"), url, is_open=is_open, name="summaries")]


def summaries_to_work_on(member: Member) -> list[WorkItem]:
    """Summaries that wait for this member, or that the member has asked somebody to approve. One query."""
    waiting = Summary.objects.visible_to(member).filter(state__in=[SummaryState.ASKED, SummaryState.RETURNED])
    items = (_work_item(member, summary) for summary in waiting.select_related("case").order_by("number"))
    return [item for item in items if item is not None]


def _work_item(member: Member, summary: Summary) -> WorkItem | None:
    is_mine = summary.made_by_id == member.pk
    what: Words = ""
    waits_for: Words = ""
    if summary.state == SummaryState.RETURNED and is_mine:
        what = _("Change summary %(label)s, which was returned")
    elif summary.state == SummaryState.ASKED and is_mine:
        what, waits_for = _("Approval of summary %(label)s"), _("a supervisor")
    elif summary.state == SummaryState.ASKED and member.has_role(Role.SUPERVISOR):
        what = _("Approve summary %(label)s or return it")
    if not what:
        return None
    case = summary.case
    return WorkItem(
        pseudonym=case.pseudonym,
        reference=case.reference,
        url=reverse("summaries:summary", args=[case.reference, summary.number]),
        what=what % {"label": summary.label},
        waits_for=waits_for,
    )
