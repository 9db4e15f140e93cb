"""For supervisors and auditors: which emergency accesses there were, and the review by somebody else."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.kinds import Role
from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import UNPROCESSABLE, StalePage
from casework.access.rules import allowed, check_oversees
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import with_field
from casework.drafts.selectors import draft_initial
from casework.emergency import actions, selectors
from casework.emergency.forms import ReviewForm
from casework.emergency.models import EmergencyAccess
from casework.emergency.rules import check_can_review, check_oversees_emergency
from casework.emergency.states import EXPLAIN_WITHIN

BY_EMERGENCY = {"case__reference": "reference", "pk": "emergency"}


@require_safe
@requires(check_oversees)
def queue(request: MemberRequest) -> HttpResponse:
    """What waits for a review, oldest first; then what is reviewed, and what the own people did elsewhere."""
    context = {
        "rows": selectors.overseen_emergencies(request.member),
        "may_open": request.member.has_role(Role.SUPERVISOR),
        "of_agency": selectors.emergencies_of_agency(request.member),
    }
    return TemplateResponse(request, "emergency/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(
    EmergencyAccess,
    may=check_oversees_emergency,
    by=BY_EMERGENCY,
    reach="overseen_by",
    related=selectors.RELATED,
)
def show(request: MemberRequest, access: EmergencyAccess) -> HttpResponse:
    """One of them: who, what, why, the member's explanation, and the review."""
    now = selectors.database_now()
    may_review = allowed(check_can_review, request.member, access, now)
    if request.method != "POST":
        form = ReviewForm(initial=draft_initial(request, ReviewForm, version=access.version))
        return _page(request, access, form if may_review else None)
    check_can_review(request.member, access, now)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, access, form, UNPROCESSABLE)
    try:
        actions.review(emergency=access, by=request.member, **form.cleaned_data)
    except StalePage:
        return _page(request, access, with_field(form, "version", access.version), UNPROCESSABLE, stale=True)
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("The review is closed. The member can read its outcome."))
    return redirect("emergency:queue")


@require_POST
@opens(
    EmergencyAccess,
    may=check_oversees_emergency,
    by=BY_EMERGENCY,
    reach="overseen_by",
    related=selectors.RELATED,
)
def end(request: MemberRequest, access: EmergencyAccess) -> HttpResponse:
    """End it at once, for the agency that leads the case."""
    actions.end_emergency(emergency=access, by=request.member)
    messages.success(request, _("Ended. The member sees the case no longer by this."))
    return redirect("emergency:review", access.case.reference, access.pk)


def _page(
    request: Any, access: EmergencyAccess, form: ReviewForm | None, status: int = 200, *, stale: bool = False
) -> HttpResponse:
    (row,) = selectors.rows_of([access])
    context = {
        "access": access,
        "case": access.case,
        "row": row,
        "form": form,
        "stale": stale,
        "looks": selectors.looks_in_emergency(access),
        "days": EXPLAIN_WITHIN.days,
        "is_own": access.member_id == request.member.pk,
    }
    return TemplateResponse(request, "emergency/review.html", context, status=status)
