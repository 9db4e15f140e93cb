"""Members of an agency, for its administrator."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.actions import (
    TakenAddress,
    add_member,
    change_dates,
    change_roles,
    end_membership,
    make_set_up_link,
    record_address,
    set_may_sign_in,
)
from agencies.forms import AddMemberForm, AddressForm, DatesForm, RolesForm
from agencies.models import Member
from agencies.rules import check_can_change_member, check_is_administrator
from agencies.selectors import member_of_agency, members_of_agency
from agencies.standing import missing_standing
from casework.access.decorators import MemberRequest, requires
from casework.access.errors import UNPROCESSABLE
from casework.access.rules import allowed


@require_safe
@requires(check_is_administrator)
def list_members(request: MemberRequest) -> HttpResponse:
    """Everybody of the agency, with what is missing for standing."""
    rows = members_of_agency(request.member)
    return TemplateResponse(request, "agencies/members.html", {"rows": rows})


@require_safe
@requires(check_is_administrator)
def show_member(request: MemberRequest, number: int) -> HttpResponse:
    """One member: roles, dates, and what may be done."""
    member = member_of_agency(request.member, number)
    return _member_page(request, member)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_is_administrator)
def add(request: MemberRequest) -> HttpResponse:
    """Add a member; the answer shows the one-time link, once."""
    form = AddMemberForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return TemplateResponse(request, "agencies/add.html", {"form": form})
    if not form.is_valid():
        return TemplateResponse(request, "agencies/add.html", {"form": form}, status=UNPROCESSABLE)
    entered = form.cleaned_data
    try:
        member, token = add_member(
            by=request.member,
            name=entered["name"],
            email=entered["email"],
            roles=entered["roles"],
            dates=form.dates(),
        )
    except TakenAddress:
        form.add_error("email", _("Somebody signs in with this address already."))
        return TemplateResponse(request, "agencies/add.html", {"form": form}, status=UNPROCESSABLE)
    return _link_page(request, member, token)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_is_administrator)
def roles(request: MemberRequest, number: int) -> HttpResponse:
    """What a member does."""
    member = _to_change(request, number)
    before = tuple(member.roles)
    if request.method != "POST":
        form = RolesForm(before=before, initial={"roles": member.roles})
        return _form_page(request, "agencies/roles.html", member, form)
    form = RolesForm(request.POST, before=before)
    if not form.is_valid():
        return _form_page(request, "agencies/roles.html", member, form, UNPROCESSABLE)
    change_roles(member=member, by=request.member, roles=form.cleaned_data["roles"])
    messages.success(request, _("The roles are changed."))
    return redirect("agencies:member", number=member.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_is_administrator)
def dates(request: MemberRequest, number: int) -> HttpResponse:
    """Vetting and training."""
    member = _to_change(request, number)
    if request.method != "POST":
        form = DatesForm(initial={name: getattr(member, name) for name in DatesForm.base_fields})
        return _form_page(request, "agencies/dates.html", member, form)
    form = DatesForm(request.POST)
    if not form.is_valid():
        return _form_page(request, "agencies/dates.html", member, form, UNPROCESSABLE)
    change_dates(member=member, by=request.member, dates=form.dates())
    messages.success(request, _("The dates are changed."))
    return redirect("agencies:member", number=member.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_is_administrator)
def address(request: MemberRequest, number: int) -> HttpResponse:
    """Where a member lives, for the comparison with where a child lives; what is on record is never shown."""
    member = _to_change(request, number)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _form_page(request, "agencies/address.html", member, form)
    if not form.is_valid():
        return _form_page(request, "agencies/address.html", member, form, UNPROCESSABLE)
    record_address(member=member, by=request.member, address=form.cleaned_data["address"])
    messages.success(request, _("Changed. The address itself is not kept."))
    return redirect("agencies:member", number=member.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_is_administrator)
def end(request: MemberRequest, number: int) -> HttpResponse:
    """End a membership, after saying what that means."""
    member = _to_change(request, number)
    if request.method != "POST":
        return TemplateResponse(request, "agencies/end.html", {"person": member})
    end_membership(member=member, by=request.member)
    messages.success(request, _("The membership has ended."))
    return redirect("agencies:member", number=member.pk)


@require_POST
@requires(check_is_administrator)
def sign_in_allowed(request: MemberRequest, number: int) -> HttpResponse:
    """Let a member sign in again, or not for the time being."""
    member = _to_change(request, number)
    set_may_sign_in(member=member, by=request.member, may=request.POST.get("may") == "yes")
    messages.success(request, _("Changed."))
    return redirect("agencies:member", number=member.pk)


@require_POST
@requires(check_is_administrator)
def new_link(request: MemberRequest, number: int) -> HttpResponse:
    """A new one-time link to set a password; shown once."""
    member = _to_change(request, number)
    return _link_page(request, member, make_set_up_link(member=member, by=request.member))


def _to_change(request: Any, number: int) -> Member:
    member = member_of_agency(request.member, number)
    check_can_change_member(request.member, member)
    return member


def _member_page(request: Any, member: Member) -> HttpResponse:
    context = {
        "person": member,
        "missing": missing_standing(member, to_another=True),
        "can_change": allowed(check_can_change_member, request.member, member),
    }
    return TemplateResponse(request, "agencies/member.html", context)


def _link_page(request: Any, member: Member, token: str) -> HttpResponse:
    link = request.build_absolute_uri(reverse("agencies:set_up", args=[token]))
    return TemplateResponse(request, "agencies/link.html", {"person": member, "link": link})


def _form_page(request: Any, template: str, member: Member, form: Any, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, template, {"person": member, "form": form}, status=status)
