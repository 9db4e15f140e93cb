"""Error pages: what happened, that nothing was lost where that is true, what to do, and a reference number."""

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

PAGES = {400, 403, 404, 405, 411, 413, 415, 429, 500, 503}
SAME_PAGE = {405: "400.html", 411: "400.html"}


def error_page(request: Any, response: HttpResponse) -> HttpResponse:
    """Our page for this status, never anything of the view's own body.

    A refusal by rule says why; not found looks the same whether or not the thing exists.
    """
    status = response.status_code if response.status_code in PAGES else (500 if response.status_code >= 500 else 400)
    reason = request.refusal.reason if request.refusal is not None and status == 403 else ""
    if status == 403 and not reason:
        reason = _("You may not do this.")
    template = SAME_PAGE.get(status, f"{status}.html")
    context = {
        "reason": reason,
        "reference_number": request.reference_number,
        "status": status,
        "signed_in": request.member is not None,
    }
    page = HttpResponse(render_to_string(template, context), status=status)
    for header in ("Allow", "Retry-After"):
        if header in response:
            page[header] = response[header]
    return page
