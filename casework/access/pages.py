"""Error pages: what happened, that nothing was lost where that is true, what to do, and a reference number."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from agencies.standing import administrators_of, missing_standing
from casework.access.refusals import case_to_return_to

PAGES = {400, 403, 404, 405, 411, 413, 415, 429, 500, 503}
SAME_PAGE = {405: "400.html", 411: "400.html"}


def ways_on(request: Any) -> dict[str, Any]:
    """Where an error page may lead: back to a case that is open to the reader, or to who can give the reader standing.

    Only inside a transaction in which the database knows who asks.
    """
    member = request.member
    if member is not None and missing_standing(member):
        return {"lacks_standing": True, "administrators": administrators_of(member), "nav": []}
    return {"case_reference": case_to_return_to(request)}


def error_page(request: Any, response: HttpResponse, ways: dict[str, Any] | None = None) -> HttpResponse:
    """Our page for this status, never anything of the view's own body. `ways`: see `ways_on`.

    A refusal by rule says why; not found looks the same whether or not the thing exists. A page of the reader's own
    fault stands in the usual frame; one of ours (5xx) asks neither database nor session.
    """
    status = response.status_code if response.status_code in PAGES else (500 if response.status_code >= 500 else 400)
    reason = request.refusal.reason if request.refusal is not None and status == 403 else ""
    if status == 403 and not reason:
        reason = _("You may not do this.")
    template = SAME_PAGE.get(status, f"{status}.html")
    context = {"reason": reason, "reference_number": request.reference_number, "status": status, **(ways or {})}
    if status >= 500:
        text = render_to_string(template, {**context, "demo": settings.DEMO})
    else:
        text = render_to_string(template, context, request)
    page = HttpResponse(text, status=status)
    for header in ("Allow", "Retry-After"):
        if header in response:
            page[header] = response[header]
    return page
