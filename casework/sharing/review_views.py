"""Pages of the review, of who opened what, and the small answer by which an open page learns that it has ended."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import UNPROCESSABLE, AccessDenied, NotVisible, StalePage
from casework.access.rules import check_has_standing_only
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.drafts.actions import discard_draft
from casework.drafts.selectors import draft_of
from casework.sharing.forms import ReviewForm
from casework.sharing.review_actions import review_people
from casework.sharing.reviewing import Reviewed, openings_of, past_reviews, people_under_review
from casework.sharing.rules import check_can_review_people, check_reads_openings
from casework.sharing.selectors import still_open


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_review_people, reach="overseen_by")
def review(request: MemberRequest, case: Case) -> HttpResponse:
    """Who is on the case, person by person: stays until the next review, or comes off now."""
    people = people_under_review(case)
    form = ReviewForm(request.POST, people=people) if request.method == "POST" else _begun(request, people)
    if request.method == "POST" and form.is_valid():
        try:
            off = review_people(case=case, by=request.member, decisions=form.decisions())
        except (AccessDenied, StalePage) as problem:
            form.add_error(None, str(problem))
        else:
            discard_draft(member=request.member, path=request.path)
            messages.success(request, _("Reviewed. %(off)d came off the case.") % {"off": off})
            return redirect("sharing:review", case.reference)
    context = {"case": case, "form": form, "past": past_reviews(request.member, case)}
    return TemplateResponse(request, "sharing/review.html", context, status=UNPROCESSABLE if form.errors else 200)


def _begun(request: MemberRequest, people: list[Reviewed]) -> ReviewForm:
    """A fresh form, with what was answered here before."""
    draft = draft_of(request)
    return ReviewForm(initial=draft.firsts if draft is not None else {}, people=people)


@require_safe
@opens(Case, may=check_reads_openings)
def opened(request: MemberRequest, case: Case) -> HttpResponse:
    """Who of others opened the account and the identity; what is new since this page was last read comes marked."""
    context = {
        "case": case,
        "frame": case_frame(request.member, case),
        "current": "opened",
        "openings": openings_of(case),
    }
    return TemplateResponse(request, "sharing/opened.html", context)


@require_safe
@requires(check_has_standing_only)
def still(request: MemberRequest, reference: str, part: str) -> HttpResponse:
    """204 while this member may read this part of this case, else 404. Shows nothing, so that it is no look.

    Asked by open pages, which blank themselves on a 404; that is on the record, as any refusal.
    """
    if not still_open(reference, part):
        raise NotVisible
    request.nothing_to_record = True  # type: ignore[attr-defined]
    return HttpResponse(status=204)
