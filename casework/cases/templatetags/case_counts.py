"""The counts of a case, for pages that have no frame of the case: `{% case_counts case %}`."""

from dataclasses import dataclass
from typing import Any

from django import template

from casework.cases.models import Case
from casework.cases.panels import AccountCounts, account_counts
from casework.cases.selectors import Headcount, headcount

register = template.Library()


@register.inclusion_tag("cases/counts.html")
def case_counts(case: Case) -> dict[str, Any]:
    """How often the child has told, who heard and read it, and what was asked for more. One query."""
    return {"counts": account_counts([case.pk]).get(case.pk)}


@dataclass(frozen=True)
class CaseNumbers:
    """What the bar of a case says beside its name. `counts`: None when it is not known."""

    counts: AccountCounts | None
    headcount: Headcount


@register.simple_tag
def case_numbers(case: Case) -> CaseNumbers:
    """The counts, and how many people can see the case and have: for a bar without a frame. Two queries."""
    return CaseNumbers(account_counts([case.pk]).get(case.pk), headcount(case))
