"""What the account shows elsewhere: its tab, how often the child has told, what waits, and what a new case is asked."""

import datetime
from collections.abc import Iterable, Sequence

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from casework.access.rules import allowed
from casework.account.rules import check_can_open_account, check_can_record_telling
from casework.account.selectors import cases_to_ask, tellings_to_seal
from casework.cases.models import Case
from casework.cases.panels import AccountCounts, Tab
from casework.cases.work import WorkItem

ANSWER_WITHIN = datetime.timedelta(days=7)  # from the opening of the case


def account_tab(member: Member, case: Case) -> list[Tab]:
    """One tab; its label alone for who may not read the account. No query beyond the reader's permissions."""
    url = reverse("account:account", args=[case.reference])
    return [Tab(_("Account"), url, is_open=allowed(check_can_open_account, member, case), name="account")]


def counts_by_case(case_ids: Sequence[int]) -> dict[int, AccountCounts]:
    """How often each child has told, and to how many, for cases that the reader sees; others are left out.

    One query. Everyone who sees a case sees these numbers, also without the account (DESIGN.md, section 4.2).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select case_id, formal, informal, heard, read, asked, answered from casework_account_counts(%s)",
            [list(case_ids)],
        )
        return {case_id: AccountCounts(*numbers) for case_id, *numbers in cursor.fetchall()}


def ask_whether_told_before(member: Member, case: Case) -> str | None:
    """The page that asks whether the child has told already, for whoever may write down what was told."""
    if not allowed(check_can_record_telling, member, case):
        return None
    return reverse("account:told_before", args=[case.reference])


def work_of_account(member: Member) -> Iterable[WorkItem]:
    """Whether the child had told before, where the own agency leads and nobody knows yet; and seals that wait."""
    for case in cases_to_ask(member):
        yield WorkItem(
            pseudonym=case.pseudonym,
            reference=case.reference,
            url=reverse("account:told_before", args=[case.reference]),
            what=_("Find out whether the child has told anybody already"),
            due=(case.opened_at + ANSWER_WITHIN).date(),
        )
    for telling in tellings_to_seal(member):
        yield WorkItem(
            pseudonym=telling.case.pseudonym,
            reference=telling.case.reference,
            url=reverse("account:seal", args=[telling.case.reference, telling.number]),
            what=_("Compare and seal %(label)s, signed by %(name)s")
            % {"label": telling.label, "name": telling.signed_by_label},
        )
