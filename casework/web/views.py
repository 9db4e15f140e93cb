"""Leaving in a hurry: the session ends, drafts stay, and the screen shows something else."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from casework.access.decorators import open_to_all
from casework.access.hidden import HIDDEN, hidden_by


@require_safe
@open_to_all("Ends the session and shows nothing.")
def leave(request: HttpRequest) -> HttpResponse:
    """Lock the session and go to a neutral page. A link and not a form, so that it works at once.

    The session that begins then, of nobody, keeps who left which page: signing in again leads back to it.
    """
    if request.user.is_authenticated:
        left = hidden_by(request.user, request.GET.get("from", ""))
        logout(request)
        if left is not None:
            request.session[HIDDEN] = left
    answer = redirect("web:blank")
    answer.status_code = 303
    answer["Clear-Site-Data"] = '"cache"'
    return answer


@require_safe
@open_to_all("A neutral page without any content of ours.")
def blank(request: HttpRequest) -> HttpResponse:
    return render(request, "web/almanac.html")
