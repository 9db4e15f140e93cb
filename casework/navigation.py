"""What every page's frame shows: who is signed in, where one can go, and when the session ends."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from agencies.rules import check_is_administrator
from casework.access.roles import readable
from casework.access.rules import allowed, check_is_supervisor, check_oversees
from casework.emergency.rules import check_can_break_glass

OF_OVERSIGHT = {"emergency:queue", "emergency:review"}  # the review of what others did


@dataclass(frozen=True)
class Link:
    """One entry of the main navigation."""

    url: str
    label: str | Promise
    current: bool


def frame(request: Any) -> dict[str, Any]:
    """Context of the frame. No query: everything stands on the member that is loaded already."""
    member = getattr(request, "member", None)
    return {
        "member": member,
        "nav": _links(request, member) if member is not None else [],
        "emergency": getattr(request, "emergency", None),
        "session_ends": getattr(request, "session_ends", None),
        "demo": settings.DEMO,
    }


def _links(request: Any, member: Member) -> list[Link]:
    entries: list[tuple[str, str | Promise, bool]] = [
        ("cases:my_work", _("My work"), True),
        ("cases:list", _("Cases"), bool(readable(member.roles))),
        ("sharing:inbox", _("Shares"), allowed(check_is_supervisor, member)),
        ("oversight:cases", _("Oversight"), allowed(check_oversees, member)),
        ("emergency:start", _("Emergency access"), allowed(check_can_break_glass, member)),
        ("agencies:members", _("Agency"), allowed(check_is_administrator, member)),
    ]
    route = request.resolver_match.view_name if request.resolver_match else ""
    part = _part_of(request, route)
    return [
        Link(
            reverse(name),
            label,
            current=name == route or (name.split(":")[0] == part and "cases:my_work" not in (name, route)),
        )
        for name, label, is_open in entries
        if is_open
    ]


def _part_of(request: Any, route: str) -> str:
    """The entry under which a page stands: every page of a case under the cases, whichever part of the house it is."""
    part = route.split(":", maxsplit=1)[0]
    if route in OF_OVERSIGHT or part == "oversight":
        return "oversight"
    of_case = request.resolver_match is not None and "reference" in request.resolver_match.kwargs
    return "cases" if of_case else part
