"""Pages round signing in that are ours: first password, second factor, staying signed in, and the demo's people."""

from typing import Any

from allauth.account import views as account_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn_views
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.actions import UsedLink, set_up_password
from agencies.forms import SetUpForm
from agencies.rules import (
    check_demo_on_this_machine,
    check_has_password,
    check_keeps_a_factor,
    is_demo_on_this_machine,
)
from agencies.selectors import demo_people, demo_person
from agencies.set_up import member_of_token
from agencies.sign_in import confirm_at_one_click, sign_in_at_one_click
from casework.access.decorators import MemberRequest, open_to_all, requires
from casework.access.errors import UNPROCESSABLE
from casework.access.gate import owns_app, owns_factor
from casework.access.hidden import hidden_page
from casework.access.idle import session_ends
from casework.access.middleware import client_address
from casework.access.rules import check_has_standing_only

OK = 200  # a form of django-allauth that is shown again with its errors


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all("Sets the first password, for whoever holds a one-time link that is not used yet.")
def set_up(request: Any, token: str) -> HttpResponse:
    """The first password. A link that is used, replaced or old says so, and nothing else."""
    member = member_of_token(token)
    if member is None:
        request.turned_away = "set_up_link"
        return TemplateResponse(request, "agencies/link_used.html", {}, status=UNPROCESSABLE)
    form = SetUpForm(request.POST if request.method == "POST" else None, member=member)
    if request.method != "POST":
        return TemplateResponse(request, "agencies/set_up.html", {"form": form})
    if not form.is_valid():
        return TemplateResponse(request, "agencies/set_up.html", {"form": form}, status=UNPROCESSABLE)
    try:
        set_up_password(token=token, password=form.cleaned_data["password"])
    except UsedLink:
        return TemplateResponse(request, "agencies/link_used.html", {}, status=UNPROCESSABLE)
    return redirect("account_login")


@require_safe
@open_to_all("Says that a second factor is needed, to whoever has signed in by password only; shows nothing.")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Why a second factor is needed, and the two ways to set one up; who has one signs in again with it."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return TemplateResponse(request, "agencies/second_factor.html", {"has_one": owns_factor(request.user)})


@require_POST
@requires(check_has_standing_only)
def stay(request: MemberRequest) -> HttpResponse:
    """Push the end of the session back, and say when it is now (UTC)."""
    unrecorded: Any = request
    unrecorded.nothing_to_record = True
    return JsonResponse({"session_ends": session_ends(request).isoformat()})


@requires(check_has_password)
def change_password(request: MemberRequest) -> HttpResponse:
    """Change the own password."""
    answer: HttpResponse = account_views.password_change(request)
    if request.method == "POST" and answer.status_code == OK:
        refused: Any = request
        refused.turned_away = "password_not_changed"
    return answer


@requires(check_keeps_a_factor)
def remove_app(request: MemberRequest) -> HttpResponse:
    """Remove the authenticator app, while a security key stays."""
    answer: HttpResponse = totp_views.deactivate_totp(request)
    return answer


@requires(check_keeps_a_factor)
def remove_key(request: MemberRequest, pk: int) -> HttpResponse:
    """Remove one security key, while another factor stays."""
    answer: HttpResponse = webauthn_views.remove_webauthn(request, pk=pk)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_has_standing_only)
def confirm(request: MemberRequest) -> HttpResponse:
    """Confirm that it is still you, before something leaves the house; then go on where you were.

    By password or second factor, or by second factor alone, on the page of django-allauth; the demo's people by one
    click.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    onward = wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else reverse("cases:my_work")
    if not is_demo_on_this_machine(client_address(request)):
        route = "account_reauthenticate"
        if request.GET.get("by") == "factor":
            route = "mfa_reauthenticate" if owns_app(request.member) else "mfa_reauthenticate_webauthn"
        return redirect(f"{reverse(route)}?{urlencode({'next': onward})}")
    if request.method != "POST":
        return TemplateResponse(request, "agencies/confirm.html", {"next": onward})
    confirm_at_one_click(request)
    return redirect(onward)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all("The demo's invented people, on this machine only; 404 anywhere else.")
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the invented people at one click."""
    check_demo_on_this_machine(client_address(request))
    if request.method != "POST":
        return TemplateResponse(request, "agencies/demo.html", {"agencies": demo_people()})
    number = request.POST.get("member", "")
    member = demo_person(int(number) if number.isdecimal() and len(number) <= 18 else 0)
    if not member.is_active:
        why = _("This member may not sign in for the time being.")
        if member.membership_ended_on is not None:
            why = _("This membership has ended: signing in is refused.")
        refused: Any = request
        refused.turned_away = "standing"
        context = {"agencies": demo_people(), "problem": why}
        return TemplateResponse(request, "agencies/demo.html", context, status=UNPROCESSABLE)
    sign_in_at_one_click(request, member)
    return redirect(hidden_page(request) or "cases:my_work")
