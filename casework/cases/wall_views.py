"""Conflicts of interest: declared by a member or for one, listed and lifted by supervisors of the lead agency."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.kinds import Role
from casework.access.actions import lift_wall, raise_wall, raise_wall_by_reference
from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import UNPROCESSABLE, AccessDenied, NotVisible
from casework.access.rules import check_has_standing_only, check_sees_case
from casework.cases.models import Case
from casework.cases.people import members_to_name, members_to_wall
from casework.cases.rules import check_can_keep_walls
from casework.cases.wall_forms import ConflictByReferenceForm, ConflictForm, LiftWallForm, RaiseWallForm
from casework.cases.walls import likenesses, standing_wall, walls_of
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_of
from casework.drafts.selectors import draft_initial


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_sees_case)
def declare(request: MemberRequest, case: Case) -> HttpResponse:
    """A member says that this case touches them. From then on it does not exist for them."""
    form = form_of(request, ConflictForm)
    if request.method != "POST" or not form.is_valid():
        status = UNPROCESSABLE if form.is_bound else 200
        return TemplateResponse(request, "cases/declare_wall.html", {"case": case, "form": form}, status=status)
    raise_wall(case=case, member=request.member, by=request.member, **form.cleaned_data)
    discard_draft(member=request.member, path=request.path)
    messages.success(
        request, _("Recorded. You no longer see this case. Supervisors of its lead agency find it in their work.")
    )
    return redirect("cases:my_work")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_has_standing_only)
def declare_by_reference(request: MemberRequest) -> HttpResponse:
    """By reference, for whoever must not learn more: the same answer whether or not there is such a case."""
    members = members_to_name(request.member) if request.member.has_role(Role.SUPERVISOR) else None
    form = ConflictByReferenceForm(request.POST if request.method == "POST" else None, members=members)
    if request.method != "POST" or not form.is_valid():
        status = UNPROCESSABLE if form.is_bound else 200
        return TemplateResponse(request, "cases/declare_by_reference.html", {"form": form}, status=status)
    member = form.cleaned_data.get("member") or request.member
    raise_wall_by_reference(
        reference=form.cleaned_data["reference"],
        member=member,
        by=request.member,
        kind=form.cleaned_data["kind"],
    )
    if member.pk == request.member.pk:
        words = _("Recorded. If there is such a case, it does not exist for you from now on.")
    else:
        words = _("Recorded. If there is such a case, it does not exist for this member from now on.")
    messages.success(request, words)
    return redirect("cases:my_work")


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_keep_walls, reach="overseen_by")
def walls(request: MemberRequest, case: Case) -> HttpResponse:
    """Who is behind a wall, and who perhaps should be; a supervisor raises one for somebody."""
    members = members_to_wall(request.member, case)
    initial = draft_initial(request, RaiseWallForm) if request.method != "POST" else {}
    form = RaiseWallForm(request.POST if request.method == "POST" else None, members=members, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _walls_page(request, case, form)
    chosen = form.cleaned_data
    raise_wall(case=case, by=request.member, **chosen)
    discard_draft(member=request.member, path=request.path)
    name = chosen["member"].name
    messages.success(request, _("From now on this case does not exist for %(name)s.") % {"name": name})
    if chosen["member"].pk == request.member.pk:
        return redirect("cases:my_work")
    return redirect("cases:walls", reference=case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_keep_walls, reach="overseen_by")
def lift(request: MemberRequest, case: Case) -> HttpResponse:
    """Take a wall down again: by somebody else than its member, with a reason."""
    number = request.POST.get("wall") or request.GET.get("wall", "")
    wall = standing_wall(case, number)
    if wall is None:
        raise NotVisible
    form = LiftWallForm(request.POST if request.method == "POST" else None, initial={"wall": number})
    if request.method == "POST" and form.is_valid():
        try:
            lift_wall(wall=wall, by=request.member, reason=form.cleaned_data["reason"])
        except AccessDenied as refusal:
            form.add_error(None, refusal.reason)
        else:
            words = _("Lifted. Permissions that %(name)s still holds count again.")
            messages.success(request, words % {"name": wall.member.name})
            return redirect("cases:walls", reference=case.reference)
    context: dict[str, Any] = {"case": case, "wall": wall, "form": form}
    status = UNPROCESSABLE if form.is_bound else 200
    return TemplateResponse(request, "cases/lift_wall.html", context, status=status)


def _walls_page(request: MemberRequest, case: Case, form: RaiseWallForm) -> HttpResponse:
    context = {
        "case": case,
        "rows": walls_of(case),
        "comparison": likenesses(request.member, case),
        "form": form,
    }
    return TemplateResponse(request, "cases/walls.html", context, status=UNPROCESSABLE if form.is_bound else 200)
