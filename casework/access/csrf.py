"""A form whose anti-forgery token does not fit."""

from typing import Any

from django.http import HttpResponse, HttpResponseForbidden
from django.utils.translation import gettext as _

from casework.access.errors import AccessDenied


def failed(request: Any, reason: str = "") -> HttpResponse:
    """Refused with a way on; the middleware puts its own page and entry in place of this answer."""
    request.refusal = AccessDenied(
        _("This form was open for too long, or was opened in another way. Go back, load the page again and send it."),
        rule="csrf",
    )
    return HttpResponseForbidden()
