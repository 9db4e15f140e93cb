"""What the account shows on the case page and in the case list: its tab, and how often the child has told."""

from collections.abc import Sequence

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from casework.access.rules import allowed
from casework.account.rules import check_can_open_account
from casework.cases.models import Case
from casework.cases.panels import Tab


def account_tab(member: Member, case: Case) -> list[Tab]:
    """One tab; its label alone for who may not read the account. No query beyond the reader's permissions."""
    url = reverse("account:account", args=[case.reference])
    return [Tab(_("Account"), url, is_open=allowed(check_can_open_account, member, case), name="account")]


def tellings_by_case(case_ids: Sequence[int]) -> dict[int, int]:
    """How often each child has told, for cases that the reader sees; cases without a telling are left out.

    One query. Everyone who sees a case sees this number, also without the account (DESIGN.md, section 4.2).
    """
    with connection.cursor() as cursor:
        cursor.execute("select case_id, tellings from casework_count_tellings(%s)", [list(case_ids)])
        return dict(cursor.fetchall())
