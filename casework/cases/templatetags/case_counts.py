"""The counts of a case, for pages that have no frame of the case: `{% case_counts case %}`."""

from typing import Any

from django import template

from casework.cases.models import Case
from casework.cases.panels import account_counts

register = template.Library()


@register.inclusion_tag("cases/counts.html")
def case_counts(case: Case) -> dict[str, Any]:
    """How often the child has told, who heard and read it, and what was asked for more. One query."""
    return {"counts": account_counts([case.pk]).get(case.pk)}
