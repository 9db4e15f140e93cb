"""Opening a case: the form, then a page that says who will be able to see it, then the case."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, requires
from casework.access.errors import UNPROCESSABLE
from casework.access.kinds import Compartment
from casework.cases.actions import open_case, opener_reads
from casework.cases.forms import OpenCaseForm
from casework.cases.models import Case
from casework.cases.names import pseudonym_is_taken, suggest_pseudonym
from casework.cases.opening import page_after_opening
from casework.cases.rules import check_can_open_case
from casework.cases.submission import AlreadySaved, new_submission, row_of
from casework.drafts.actions import NOT_TYPED, discard_draft
from casework.drafts.selectors import draft_initial


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_can_open_case)
def open_new(request: MemberRequest) -> HttpResponse:
    """GET: the form. POST: check and confirm; with `confirmed`, open the case; with `change`, back to the form."""
    if request.method != "POST":
        initial = draft_initial(request, OpenCaseForm, pseudonym=suggest_pseudonym(), submission=new_submission())
        return _form_page(request, OpenCaseForm(initial=initial))
    form = OpenCaseForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=UNPROCESSABLE)
    if "change" in request.POST:
        return _form_page(request, form)
    this = row_of(form.cleaned_data["submission"])
    if pseudonym_is_taken(request.member, form.cleaned_data["pseudonym"], apart_from=this):
        form.add_error("pseudonym", _("Another case of yours has this pseudonym already. Choose another."))
        return _form_page(request, form, status=UNPROCESSABLE)
    if "confirmed" not in request.POST:
        return _confirmation(request, form)
    return _open(request, form)


def _open(request: Any, form: OpenCaseForm) -> HttpResponse:
    names = ("pseudonym", "concern", "risk", "age_band", "cautions")
    try:
        case = open_case(
            by=request.member,
            child=form.identity(),
            case_id=row_of(form.cleaned_data["submission"]),
            **{name: form.cleaned_data[name] for name in names},
        )
    except AlreadySaved as saved:
        case = Case.objects.visible_to(request.member).get(pk=saved.row_id)
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("The case is open. Nobody else can see it until somebody is named."))
    return redirect(page_after_opening(request.member, case) or reverse("cases:case", args=[case.reference]))


def _confirmation(request: Any, form: OpenCaseForm) -> HttpResponse:
    kept = [(name, value) for name, values in request.POST.lists() if name not in NOT_TYPED for value in values]
    context = {
        "form": form,
        "kept": kept,
        "compartments": [Compartment(each).label for each in opener_reads(request.member)],
    }
    return TemplateResponse(request, "cases/open_confirm.html", context)


def _form_page(request: Any, form: OpenCaseForm, *, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, "cases/open.html", {"form": form}, status=status)
