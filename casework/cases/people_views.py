"""Who can see a case; naming members of the lead agency, ending their access, and agencies that take part."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, AccessDenied, NotVisible
from casework.access.rules import allowed, check_sees_case
from casework.cases.frame import case_frame
from casework.cases.leaving import still_held
from casework.cases.models import Case, Participant
from casework.cases.panels import ways_in
from casework.cases.people import agencies_to_add, members_who_can_be_named, who_can_see
from casework.cases.people_actions import add_participant, end_access, name_member, participant_leaves
from casework.cases.people_forms import AddParticipantForm, NameMemberForm
from casework.cases.rules import (
    check_can_change_participants,
    check_can_end_access,
    check_can_name_people,
    check_can_remove_participant,
)
from casework.cases.selectors import participants_of

BY_PARTICIPANT = {"case__reference": "reference", "pk": "participant"}
WITH_AGENCY = ("case", "case__lead_agency", "agency")


@require_safe
@opens(Case, may=check_sees_case)
def who(request: MemberRequest, case: Case) -> HttpResponse:
    """Everyone who can see the case: by agency, what for, what, until when."""
    context = {
        "frame": case_frame(request.member, case),
        "case": case,
        "current": "who_can_see",
        "groups": who_can_see(case),
        "participants": participants_of(request.member, case),
        "ways_in": ways_in(request.member, case),
    }
    return TemplateResponse(request, "cases/who_can_see.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_end_access, reach="overseen_by")
def people(request: MemberRequest, case: Case) -> HttpResponse:
    """For supervisors of the lead agency, also without access of their own: name a member, end an access."""
    members = members_who_can_be_named(request.member)
    if request.method != "POST":
        return _people_page(request, case, NameMemberForm(members=members))
    check_can_name_people(request.member, case)
    form = NameMemberForm(request.POST, members=members)
    if not form.is_valid():
        return _people_page(request, case, form, status=UNPROCESSABLE)
    chosen = form.cleaned_data
    try:
        given = name_member(
            case=case,
            member=chosen["member"],
            by=request.member,
            read=chosen["read"],
            write=chosen["write"],
            terms=form.terms(),
        )
    except AccessDenied as refusal:
        form.add_error("member", refusal.reason)
        return _people_page(request, case, form, status=UNPROCESSABLE)
    messages.success(request, _said(chosen["member"].name, len(given)))
    return redirect("cases:people", reference=case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_end_access, reach="overseen_by")
def end(request: MemberRequest, case: Case) -> HttpResponse:
    """End what the lead agency gave one member: first in words and numbers, then done."""
    number = request.POST.get("member") or request.GET.get("member", "")
    own = [person for group in who_can_see(case) if group.is_lead for person in group.people if person.by_own_agency]
    person = next((each for each in own if str(each.member.pk) == number), None)
    if person is None:
        raise NotVisible
    if request.method != "POST":
        return TemplateResponse(request, "cases/end_access.html", {"case": case, "person": person})
    ended = end_access(case=case, member=person.member, by=request.member)
    words = ngettext(
        "%(count)d permission of %(name)s has ended.", "%(count)d permissions of %(name)s have ended.", ended
    )
    messages.success(request, words % {"count": ended, "name": person.member.name})
    return redirect("cases:people", reference=case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_change_participants)
def agencies(request: MemberRequest, case: Case) -> HttpResponse:
    """Which agencies take part; taking part gives no access by itself."""
    present = participants_of(request.member, case)
    choices = agencies_to_add(case, [each.agency_id for each in present])
    form = AddParticipantForm(request.POST if request.method == "POST" else None, agencies=choices)
    context: dict[str, Any] = {"case": case, "participants": present, "form": form}
    if request.method != "POST":
        return TemplateResponse(request, "cases/agencies.html", context)
    if not form.is_valid():
        return TemplateResponse(request, "cases/agencies.html", context, status=UNPROCESSABLE)
    agency = form.cleaned_data["agency"]
    add_participant(case=case, agency=agency, by=request.member)
    words = _("%(name)s takes part now, and sees nothing until something is shared.")
    messages.success(request, words % {"name": agency.name})
    return redirect("cases:agencies", reference=case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Participant, may=check_can_remove_participant, by=BY_PARTICIPANT, related=WITH_AGENCY)
def agency_leaves(request: MemberRequest, participant: Participant) -> HttpResponse:
    """An agency takes part no longer: first who there sees what, and what has to be withdrawn; then done."""
    case, problem = participant.case, ""
    if participant.left_at is not None:
        raise NotVisible
    if request.method == "POST":
        try:
            participant_leaves(case=case, participant_id=participant.pk, by=request.member)
        except AccessDenied as refusal:
            problem = refusal.reason
        else:
            messages.success(request, _("%(name)s takes part no longer.") % {"name": participant.agency.name})
            return redirect("cases:agencies", reference=case.reference)
    groups = [group for group in who_can_see(case) if group.agency.pk == participant.agency_id]
    held = still_held(request.member, participant)
    context = {"case": case, "agency": participant.agency, "groups": groups, "held": held, "problem": problem}
    status = UNPROCESSABLE if problem else 200
    return TemplateResponse(request, "cases/agency_leaves.html", context, status=status)


def _people_page(request: Any, case: Case, form: NameMemberForm, *, status: int = 200) -> HttpResponse:
    context = {
        "case": case,
        "groups": who_can_see(case),
        "form": form,
        "can_name": allowed(check_can_name_people, request.member, case),
    }
    return TemplateResponse(request, "cases/people.html", context, status=status)


def _said(name: str, given: int) -> str:
    if given == 0:
        return _("%(name)s had all of this already.") % {"name": name}
    return _("%(name)s is named, and may read what you chose from now on.") % {"name": name}
