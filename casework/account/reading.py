"""Before reading what a child has told: a warning, and the purpose of this reading, once per session and case."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from casework.access.checker import purposes_held
from casework.access.decorators import remember_right, stated_purpose
from casework.access.rules import allowed
from casework.account.rules import READ_ACCOUNT, check_can_open_account, check_can_read_for

View = Callable[..., HttpResponse]


def has_stated_purpose(request: Any, case: Any) -> bool:
    """True when this session named a purpose for this case for which the reader still holds a grant."""
    return allowed(check_can_read_for, request.member, case, stated_purpose(request, case))


def purposes_to_state(request: Any, case: Any) -> list[str]:
    """The purposes to choose from before passages are shown; none once one was stated, and for who may not read."""
    if has_stated_purpose(request, case):
        return []
    return purposes_held(request.member, case, READ_ACCOUNT)


def remember_account(request: Any, case: Any) -> None:
    """Let the entry of this page name the reader's grant on the account, where there is one: the page quotes it."""
    if allowed(check_can_open_account, request.member, case):
        remember_right(request, case, READ_ACCOUNT)


def after_stating_purpose(view: View) -> View:
    """Send a reader without a purpose to the warning first. What was sent by POST is never thrown away for that."""

    @wraps(view)
    def checked(request: Any, subject: Any) -> HttpResponse:
        case = getattr(subject, "case", subject)
        if request.method != "POST" and not has_stated_purpose(request, case):
            return redirect("account:account", reference=case.reference)
        return view(request, subject)

    return checked
