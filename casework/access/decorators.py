"""How a view declares its rule, and gets its object already checked. A view that declares none is refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import models
from django.http import HttpRequest, HttpResponse

from agencies.models import Member
from casework.access.checker import note_right
from casework.access.errors import AccessDenied, NotVisible
from casework.access.kinds import permission_codename

View = Callable[..., HttpResponse]
REACHES = ("visible_to", "overseen_by", "offered_to", "given_by")


class MemberRequest(HttpRequest):
    """A request of a signed-in member with standing. For annotations only."""

    member: Member
    purpose: str


def opens(
    model: Any,
    *,
    may: Callable[[Any, Any], None],
    by: dict[str, str] | None = None,
    reach: str = "visible_to",
    related: tuple[str, ...] = (),
    permission: str = "",
) -> Callable[[View], View]:
    """Load the object that the address names, among those the member can see, and check the rule.

    `by`: look-up to URL argument, such as {"case__reference": "reference", "number": "telling"}; every argument of the
    address must be in it, so that a part of an address can't name another case's object.
    `reach`: `visible_to` (live grants), `overseen_by` or `offered_to` (supervisors), `given_by` (the sharing agency).
    `permission`: the codename whose grant the audit entry names; by default reading the object's compartment.
    The view gets the object as its second argument. Raises: NotVisible (404), or AccessDenied (403) by `may`.
    """
    lookups = by or {"reference": "reference"}
    if reach not in REACHES:
        raise ValueError(f"reach is one of {', '.join(REACHES)}")

    def declare(view: View) -> View:
        @wraps(view)
        def checked(request: Any, **arguments: Any) -> HttpResponse:
            subject: Any = find(model, request.member, lookups, arguments, reach, related)
            try:
                may(request.member, subject)
            except AccessDenied as refusal:
                refusal.case_id = subject.audited_case_id  # so that the agency that leads reads of it
                raise
            if reach == "visible_to":
                remember_right(request, subject, permission)
            return view(request, subject)

        checked.access_rule = may.__name__  # type: ignore[attr-defined]
        checked.opens_model = model  # type: ignore[attr-defined]
        return checked

    return declare


def requires(may: Callable[[Any], None]) -> Callable[[View], View]:
    """Check a rule that asks about the member alone, for pages that open no single object."""

    def declare(view: View) -> View:
        @wraps(view)
        def checked(request: Any, **arguments: Any) -> HttpResponse:
            may(request.member)
            return view(request, **arguments)

        checked.access_rule = may.__name__  # type: ignore[attr-defined]
        return checked

    return declare


def open_to_all(reason: str) -> Callable[[View], View]:
    """A page that needs no sign-in and shows nothing of any case. `reason` stands in the list of exemptions."""

    def declare(view: View) -> View:
        exempt: Any = login_not_required(view)
        exempt.access_rule = "open_to_all"
        exempt.open_to_all = reason
        return exempt  # type: ignore[no-any-return]

    return declare


def find(
    model: Any,
    member: Member,
    lookups: dict[str, str],
    arguments: dict[str, Any],
    reach: str,
    related: tuple[str, ...],
) -> models.Model:
    """The one object that the address names, or NotVisible."""
    if set(arguments) != set(lookups.values()):
        raise ValueError("Every argument of the address must be looked up.")
    rows = getattr(model.objects, reach)(member)
    wanted = {lookup: arguments[name] for lookup, name in lookups.items()}
    loaded = rows.select_related(*(related or default_related(model))).filter(**wanted)
    found = list(loaded[:2])
    if len(found) != 1:
        raise NotVisible
    return found[0]  # type: ignore[no-any-return]


def default_related(model: Any) -> tuple[str, ...]:
    """The case and its lead agency come with the object, in the same query."""
    return ("lead_agency",) if model._meta.label_lower == "cases.case" else ("case", "case__lead_agency")


def remember_right(request: Any, subject: Any, permission: str) -> None:
    """Note the grant by which this object is open, for its audit entry."""
    case = subject if subject._meta.label_lower == "cases.case" else subject.case
    codename = permission or permission_codename(str(getattr(subject, "compartment", "overview")))
    note_right(request.member, case, codename, stated_purpose(request, case))


def stated_purpose(request: Any, case: Any) -> str:
    """The purpose that the member stated for this case in this session, as a code; empty when none was."""
    return str(request.session.get("purposes", {}).get(str(case.pk), ""))


def state_purpose(request: Any, case: Any, purpose: str) -> None:
    """Keep the stated purpose for this session. Ids and codes only: sessions hold no content."""
    request.session["purposes"] = {**request.session.get("purposes", {}), str(case.pk): purpose}
