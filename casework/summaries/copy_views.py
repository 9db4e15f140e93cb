"""Pages of copies: ask for one, watch it being built, take it out."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import UNPROCESSABLE, StalePage
from casework.access.gate import confirm_first, has_confirmed_recently
from casework.access.rules import allowed, check_has_standing_only
from casework.summaries import copies
from casework.summaries.forms import CopyForm
from casework.summaries.kinds import CopyState
from casework.summaries.models import Summary, SummaryCopy
from casework.summaries.rules import (
    check_can_make_copy,
    check_can_open_copy,
    check_can_take_out,
    check_can_try_again,
)
from casework.summaries.selectors import CopyProgress, progress_of
from casework.summaries.states import copy_allows
from casework.summaries.views import BY_SUMMARY, summary_context

BY_COPY = {"case__reference": "reference", "summary__number": "number", "number": "copy"}
WITH_SUMMARY = ("case", "case__lead_agency", "summary", "summary__case")


@require_POST
@opens(Summary, may=check_can_make_copy, by=BY_SUMMARY)
def new_copy(request: MemberRequest, summary: Summary) -> HttpResponse:
    form = CopyForm(request.POST)
    try:
        number = form.cleaned_data["number"] if form.is_valid() else 0
        copy = copies.ask_copy(summary=summary, by=request.member, number=number)
    except StalePage as stale:
        context = {**summary_context(request.member, summary), "stale": str(stale)}
        return TemplateResponse(request, "summaries/summary.html", context, status=UNPROCESSABLE)
    return to_copy(copy)


@require_safe
@opens(SummaryCopy, may=check_can_open_copy, by=BY_COPY, related=WITH_SUMMARY)
def copy(request: MemberRequest, copy: SummaryCopy) -> HttpResponse:
    return TemplateResponse(request, "summaries/copy.html", _context(request, copy))


@require_safe
@requires(check_has_standing_only)
def progress(request: MemberRequest, reference: str, number: int, copy: int) -> HttpResponse:
    """The part of the page that changes while a copy is built: a state and a percentage, asked for every second.

    It shows nothing of the case, and leaves no entry; the page that it is part of has left one.
    """
    found = progress_of(request.member, reference, number, copy)
    request.nothing_to_record = True  # type: ignore[attr-defined]
    copy_url = reverse("summaries:copy", args=[reference, number, copy])
    return TemplateResponse(request, "summaries/progress.html", {"progress": found, "copy_url": copy_url})


@require_POST
@opens(SummaryCopy, may=check_can_take_out, by=BY_COPY, related=WITH_SUMMARY)
def download(request: MemberRequest, copy: SummaryCopy) -> HttpResponse:
    """The PDF. A desk left unattended takes nothing out: who has not signed in just now confirms first."""
    if not has_confirmed_recently(request):
        messages.info(request, _("Confirm that it is you; then press “Download the PDF” again."))
        return confirm_first(to_copy(copy)["Location"])
    try:
        document = copies.take_out(copy=copy, by=request.member)
    except StalePage as stale:
        context = {**_context(request, copy), "stale": str(stale)}
        return TemplateResponse(request, "summaries/copy.html", context, status=UNPROCESSABLE)
    name = f"{copy.case.reference}-{copy.summary.label}-copy-{copy.number}.pdf"
    return HttpResponse(
        document,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@require_POST
@opens(SummaryCopy, may=check_can_try_again, by=BY_COPY, related=WITH_SUMMARY)
def retry(request: MemberRequest, copy: SummaryCopy) -> HttpResponse:
    try:
        copies.try_again(copy=copy, by=request.member)
    except StalePage as stale:
        messages.warning(request, str(stale))
    return to_copy(copy)


def to_copy(copy: SummaryCopy) -> HttpResponse:
    """To the page of the copy."""
    return redirect("summaries:copy", reference=copy.case.reference, number=copy.summary.number, copy=copy.number)


def _context(request: Any, copy: SummaryCopy) -> dict[str, Any]:
    progress = CopyProgress(copy.state, copy.progress)
    stuck = copy.state == CopyState.FAILED or copies.is_overdue(copy) or copies.is_stalled(copy)
    address = [copy.case.reference, copy.summary.number, copy.number]
    return {
        "case": copy.case,
        "summary": copy.summary,
        "copy": copy,
        "progress": progress,
        "copy_url": reverse("summaries:copy", args=address),
        "is_ready": copy_allows(copy.state, "take_out"),
        "may_take_out": allowed(check_can_take_out, request.member, copy),
        "may_try_again": stuck and allowed(check_can_try_again, request.member, copy),
    }
