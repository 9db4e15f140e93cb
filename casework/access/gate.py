"""May this request go on to this view? Sign-in, second factor, standing, and a declared rule."""

import time
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.access.errors import AccessDenied
from casework.access.refusals import NO_SECOND_FACTOR, NOT_SIGNED_IN
from casework.access.rules import check_standing
from casework.access.third_party import BEFORE_SECOND_FACTOR, BEFORE_SIGN_IN, FOR_MEMBERS, SETS_UP_FACTOR

SECOND_FACTORS = {"mfa", "webauthn"}


def check_may_enter(request: Any, view: Any) -> HttpResponse | None:
    """None to go on, or a redirect to what is missing.

    Raises: AccessDenied when the member has no standing, or when the view declares no rule.
    """
    route = request.resolver_match.view_name
    rule = getattr(view, "access_rule", None)
    if rule == "open_to_all" or route in BEFORE_SIGN_IN:
        return None
    if rule is None and route not in BEFORE_SECOND_FACTOR | FOR_MEMBERS:
        raise AccessDenied(_("This page declares no access rule."), rule="undeclared")
    if request.member is None:
        request.turned_away = NOT_SIGNED_IN
        return HttpResponseRedirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': request.path})}")
    if route in BEFORE_SECOND_FACTOR:
        is_shut = route in SETS_UP_FACTOR and not has_second_factor(request) and owns_factor(request.member)
        return _to_second_factor(request) if is_shut else None
    if not has_second_factor(request):
        return _to_second_factor(request)
    check_standing(request.member)
    return None


def _to_second_factor(request: Any) -> HttpResponse:
    request.turned_away = NO_SECOND_FACTOR
    return HttpResponseRedirect(reverse("agencies:second_factor"))


def has_confirmed_recently(request: Any) -> bool:
    """True when the member signed in, or confirmed to be there, within the last five minutes."""
    records = get_authentication_records(request, request.user)
    newest = max((record.get("at", 0) for record in records), default=0)
    return bool(time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def has_confirmed_factor_recently(request: Any) -> bool:
    """True when a second factor (or, in the demo on loopback, one click) was given within the last five minutes."""
    accepted = SECOND_FACTORS | ({"demo"} if settings.DEMO else set())
    records = get_authentication_records(request, request.user)
    newest = max((record.get("at", 0) for record in records if record.get("method") in accepted), default=0)
    return bool(time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def confirm_factor_first(back: str) -> HttpResponse:
    """As `confirm_first`, by second factor alone: a password is not enough for what follows."""
    return HttpResponseRedirect(f"{reverse('agencies:confirm')}?{urlencode({'next': back, 'by': 'factor'})}")


def confirm_first(back: str) -> HttpResponse:
    """To the page that asks whether it is still the same person; from there to `back`, an address of ours."""
    return HttpResponseRedirect(f"{reverse('agencies:confirm')}?{urlencode({'next': back})}")


def owns_factor(member: Any) -> bool:
    """True when the member has set up an authenticator app or a security key, in whichever session."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=member.pk, type__in=kinds).exists())


def owns_app(member: Any) -> bool:
    """True when the member has set up an authenticator app, in whichever session."""
    return bool(Authenticator.objects.filter(user_id=member.pk, type=Authenticator.Type.TOTP).exists())


def has_second_factor(request: Any) -> bool:
    """True when this session was opened with a second factor (or, in the demo on loopback, at one click)."""
    methods = {record.get("method") for record in get_authentication_records(request, request.user)}
    return bool(methods & SECOND_FACTORS) or (settings.DEMO and "demo" in methods)
