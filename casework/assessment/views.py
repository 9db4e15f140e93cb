"""The assessment of a case: cautions, the screening, and the three harms."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import StalePage
from casework.access.kinds import Compartment, permission_codename
from casework.access.rules import allowed
from casework.account.addresses import saved
from casework.assessment.actions import answer_screening, assess_harms, record_distribution
from casework.assessment.forms import DistributionForm, HarmsForm, ScreeningForm
from casework.assessment.rules import (
    check_can_assess_harms,
    check_can_caution,
    check_can_read_assessment,
    check_can_read_harms,
    check_can_screen,
)
from casework.assessment.selectors import distribution_of, harms_of, screening_of
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.drafts.form_pages import form_of, form_page, stale_page, with_field

READ_THERAPY = permission_codename(Compartment.THERAPY)
DISTRIBUTION_FIELDS = ("child_knows", "who_may_speak", "must_not_say", "version")
HARM_FIELDS = ("abuse", "filmed", "circulating", "version")


@require_safe
@opens(Case, may=check_can_read_assessment)
def assessment(request: MemberRequest, case: Case) -> HttpResponse:
    """Everything of it that the reader may read, the newest first, earlier versions folded away."""
    member = request.member
    context = {
        "frame": case_frame(member, case),
        "case": case,
        "current": "assessment",
        "screening": screening_of(member, case),
        "distribution": distribution_of(member, case),
        "harms": harms_of(member, case),
        "reads_harms": allowed(check_can_read_harms, member, case),
        "may_screen": allowed(check_can_screen, member, case),
        "may_caution": allowed(check_can_caution, member, case),
        "may_assess": allowed(check_can_assess_harms, member, case),
    }
    return TemplateResponse(request, "assessment/assessment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_screen)
def screening(request: MemberRequest, case: Case) -> HttpResponse:
    """Answer the screening from what is known; the child is never asked for it."""
    now = screening_of(request.member, case)
    form = form_of(request, ScreeningForm, **ScreeningForm.initial_of(now))
    context = {"case": case, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            answer_screening(case=case, by=request.member, answers=form.answers())
        except StalePage as stale:
            for each in now:
                form = with_field(form, f"{each.question.value}_version", each.version)
            return stale_page(request, "assessment/screening.html", {**context, "now": now}, stale)
        saved(request, _("The screening is saved."))
        return redirect("assessment:assessment", reference=case.reference)
    return form_page(request, "assessment/screening.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_caution)
def distribution(request: MemberRequest, case: Case) -> HttpResponse:
    """What the child knows of pictures, for everyone who is about to meet the child."""
    versions = distribution_of(request.member, case)
    return _versioned(
        request, case, DistributionForm, DISTRIBUTION_FIELDS, versions, record_distribution, "distribution"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_assess_harms, permission=READ_THERAPY)
def harms(request: MemberRequest, case: Case) -> HttpResponse:
    """The three harms, each apart."""
    return _versioned(request, case, HarmsForm, HARM_FIELDS, harms_of(request.member, case), assess_harms, "harms")


def _versioned(
    request: Any, case: Case, form_class: Any, names: tuple[str, ...], versions: list[Any], action: Any, page: str
) -> HttpResponse:
    """A form whose every save is a new version; whoever comes second sees what stands there by now."""
    newest = versions[0] if versions else None
    initial = {name: getattr(newest, name) for name in names} if newest else {"version": 0}
    form = form_of(request, form_class, **initial)
    template = f"assessment/{page}.html"
    context: dict[str, Any] = {"case": case, "form": form, "newest": newest}
    if request.method == "POST" and form.is_valid():
        try:
            action(case=case, by=request.member, **form.cleaned_data)
        except StalePage as stale:
            form = with_field(form, "version", newest.version if newest else 0)
            return stale_page(request, template, context, stale)
        saved(request, _("Saved. What was recorded before is kept."))
        return redirect("assessment:assessment", reference=case.reference)
    return form_page(request, template, context)
