"""Pages of the shares of a case, and withdrawing them. Giving: giving_views; receiving: receiving_views."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, StalePage
from casework.access.rules import allowed, check_sees_case
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_of
from casework.sharing import actions, requesting, selectors
from casework.sharing.forms import AgreeForm, NamingForm, ReasonForm
from casework.sharing.models import Share
from casework.sharing.rules import (
    check_can_ask_topics,
    check_can_revoke,
    check_can_share,
    check_withdraws_for_agency,
)
from casework.sharing.withdrawing import loss_by_withdrawing

BY_SHARE = {"case__reference": "reference", "pk": "share"}
WITH_AGENCIES = ("case", "case__lead_agency", "from_agency", "to_agency")


@require_safe
@opens(Case, may=check_sees_case)
def of_case(request: MemberRequest, case: Case) -> HttpResponse:
    """With whom this case is shared, for everyone who sees it."""
    context = {
        "case": case,
        "frame": case_frame(request.member, case),
        "current": "sharing",
        "rows": selectors.shares_of_case(request.member, case),
        "may_share": allowed(check_can_share, request.member, case),
        "revoke_route": "sharing:revoke",
        "requests": requesting.requests_of(request.member, case),
        "may_ask": allowed(check_can_ask_topics, request.member, case),
    }
    return TemplateResponse(request, "sharing/of_case.html", context)


@require_safe
@opens(Case, may=check_withdraws_for_agency, reach="overseen_by")
def overseen(request: MemberRequest, case: Case) -> HttpResponse:
    """The same list for a supervisor of the lead agency who is not named on the case: no content, only the shares."""
    context = {
        "case": case,
        "rows": selectors.overseen_shares(request.member, case),
        "revoke_route": "sharing:revoke_overseen",
    }
    return TemplateResponse(request, "sharing/overseen.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Share, may=check_can_revoke, by=BY_SHARE, related=WITH_AGENCIES)
def revoke(request: MemberRequest, share: Share) -> HttpResponse:
    """Withdraw a share, by whoever may share."""
    return _revoke_page(request, share, back="sharing:of_case")


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Share, may=check_can_revoke, by=BY_SHARE, reach="overseen_by", related=WITH_AGENCIES)
def revoke_overseen(request: MemberRequest, share: Share) -> HttpResponse:
    """Withdraw a share, by a supervisor of the lead agency without access to the case."""
    return _revoke_page(request, share, back="sharing:overseen")


def show_again(
    request: MemberRequest, form: NamingForm | ReasonForm | AgreeForm, share: Share, problem: Exception
) -> None:
    """Say what stopped it and keep what was entered; sent again, it counts for the share as it is shown now."""
    form.add_error(None, str(problem))
    entered = request.POST.copy()
    entered["version"] = str(share.version)
    form.data = entered


def _revoke_page(request: MemberRequest, share: Share, back: str) -> HttpResponse:
    form = form_of(request, ReasonForm, version=share.version)
    if request.method == "POST" and form.is_valid():
        try:
            actions.revoke_share(share=share, by=request.member, **form.cleaned_data)
        except StalePage as problem:
            show_again(request, form, share, problem)
        else:
            discard_draft(member=request.member, path=request.path)
            messages.success(request, _("Withdrawn. What it gave is ended, at once."))
            return redirect(back, share.case.reference)
    context = {
        "case": share.case,
        "share": share,
        "form": form,
        "loss": loss_by_withdrawing(share),
        "what": selectors.what_is_shared(share),
        "back": back,
    }
    status = UNPROCESSABLE if form.errors else 200
    return TemplateResponse(request, "sharing/revoke.html", context, status=status)
