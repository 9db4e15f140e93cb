"""The cautions of a case, on every page from which somebody may go and meet the child."""

from typing import Any

from django import template

from casework.cases.panels import cautions_of

register = template.Library()


@register.inclusion_tag("cases/cautions.html", takes_context=True)
def cautions(context: Any) -> dict[str, Any]:
    """Those that upper parts record, and those of the case itself; for the reader of the page."""
    case = context["case"]
    return {"case": case, "recorded": cautions_of(context["request"].member, case)}
