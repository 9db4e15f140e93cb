"""What stands round every page of a case: the identity bar, the tabs, and what the reader may do next."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from casework.access.kinds import Compartment
from casework.access.rules import allowed
from casework.cases.models import Case
from casework.cases.panels import AccountCounts, Tab, account_counts, tabs_of
from casework.cases.rules import (
    check_can_change_case,
    check_can_change_participants,
    check_can_close_case,
    check_can_name_people,
    check_can_reopen_case,
    check_can_write_somewhere,
    readable_compartments,
)
from casework.cases.selectors import Headcount, headcount

OWN_PAGES = (Compartment.POLICE, Compartment.SOCIAL, Compartment.THERAPY, Compartment.MEDICAL, Compartment.LEGAL)


@dataclass(frozen=True)
class TabBar:
    """The tabs of a case for one reader."""

    tabs: tuple[Tab, ...]

    @property
    def closed_tabs(self) -> list[Tab]:
        """What the reader has no access to: named, so that it can be asked for."""
        return [tab for tab in self.tabs if not tab.is_open]


@dataclass(frozen=True)
class CaseFrame(TabBar):
    """`counts`: how often the child has told, None when it is not known. The booleans show or hide links only."""

    case: Case
    counts: AccountCounts | None
    headcount: Headcount
    can_change: bool
    can_write: bool
    can_close: bool
    can_reopen: bool
    can_name: bool
    can_add_agencies: bool


def case_frame(member: Any, case: Case) -> CaseFrame:
    """The frame of a case for this reader. Two queries and those of the upper parts' tabs."""
    return CaseFrame(
        case=case,
        counts=account_counts([case.pk]).get(case.pk),
        headcount=headcount(case),
        tabs=tuple(_tabs(member, case)),
        can_change=allowed(check_can_change_case, member, case),
        can_write=allowed(check_can_write_somewhere, member, case),
        can_close=allowed(check_can_close_case, member, case),
        can_reopen=allowed(check_can_reopen_case, member, case),
        can_name=allowed(check_can_name_people, member, case),
        can_add_agencies=allowed(check_can_change_participants, member, case),
    )


def tab_bar(member: Any, case: Case) -> TabBar:
    """The tabs alone, for a page whose own reading is long. No query beside those of the upper parts' tabs."""
    return TabBar(tuple(_tabs(member, case)))


def _tabs(member: Any, case: Case) -> list[Tab]:
    readable = readable_compartments(member, case)
    return [
        _tab("case", _("Overview"), case, is_open=True),
        _tab("identity", Compartment.IDENTITY.label, case, is_open=Compartment.IDENTITY in readable),
        *tabs_of(member, case),
        *(_tab(each.value, each.label, case, is_open=each.value in readable) for each in OWN_PAGES),
        _tab("attendance", _("Attendance"), case, is_open=True),
        _tab("who_can_see", _("Who can see"), case, is_open=True),
    ]


def _tab(name: str, label: Any, case: Case, *, is_open: bool) -> Tab:
    return Tab(label=label, url=reverse(f"cases:{name}", args=[case.reference]), is_open=is_open, name=name)
