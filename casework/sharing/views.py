"""Pages of sharing: the shares of a case, offering, deciding, naming members, withdrawing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agencies.models import Member
from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.kinds import Compartment
from casework.access.rules import allowed, check_is_supervisor, check_sees_case
from casework.cases.models import Case
from casework.sharing import actions, selectors
from casework.sharing.forms import EndNamingForm, NamingForm, ReasonForm, ShareForm
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share
from casework.sharing.rules import check_can_revoke, check_can_share, check_receives_share

UNPROCESSABLE = 422
BY_SHARE = {"case__reference": "reference", "pk": "share"}
WITH_AGENCIES = ("case", "case__lead_agency", "from_agency", "to_agency")


@require_GET
@opens(Case, may=check_sees_case)
def of_case(request: MemberRequest, case: Case) -> HttpResponse:
    shares = selectors.shares_of_case(request.member, case)
    context = {
        "case": case,
        "shares": [
            {"share": each, "what": _labels(each.compartments), "may_revoke": _may_revoke(request.member, each)}
            for each in shares
        ],
        "may_share": allowed(check_can_share, request.member, case),
    }
    return TemplateResponse(request, "sharing/of_case.html", context)


@require_http_methods(["GET", "POST"])
@opens(Case, may=check_can_share)
def offer(request: MemberRequest, case: Case) -> HttpResponse:
    """Enter, check in words and numbers, then send; going back keeps what was entered."""
    choices: dict[str, Any] = {"agencies": selectors.agencies_to_share_with(case)}
    if request.method == "GET":
        initial = {"until": selectors.default_end(), "compartments": [Compartment.OVERVIEW]}
        return _offer_page(request, case, ShareForm(initial=initial, **choices))
    form = ShareForm(request.POST, **choices)
    if not form.is_valid():
        return _offer_page(request, case, form, status=UNPROCESSABLE)
    if request.POST.get("step") == "change":
        return _offer_page(request, case, form)
    data = form.cleaned_data
    try:
        if request.POST.get("step") != "send":
            consequence = selectors.consequence_of(case, data["compartments"], data["may_write"])
            context = {"case": case, "form": form, "to": data["to"], "what": consequence, "until": data["until"]}
            return TemplateResponse(request, "sharing/check.html", {**context, "words": _in_words(form)})
        actions.offer_share(case=case, to=data["to"], by=request.member, terms=form.terms())
    except AccessDenied as refusal:
        form.add_error(None, refusal.reason)
        return _offer_page(request, case, form, status=UNPROCESSABLE)
    messages.success(request, _("Sent. Nobody sees anything until a supervisor there accepts and names people."))
    return redirect("sharing:of_case", case.reference)


@require_GET
@requires(check_is_supervisor)
def inbox(request: MemberRequest) -> HttpResponse:
    return TemplateResponse(request, "sharing/inbox.html", {"shares": selectors.inbox(request.member)})


@require_GET
@opens(Share, may=check_receives_share, by=BY_SHARE, reach="offered_to", related=WITH_AGENCIES)
def received(request: MemberRequest, share: Share) -> HttpResponse:
    return _received_page(request, share)


@require_POST
@opens(Share, may=check_receives_share, by=BY_SHARE, reach="offered_to", related=WITH_AGENCIES)
def accept(request: MemberRequest, share: Share) -> HttpResponse:
    form = NamingForm(request.POST, candidates=selectors.candidates(share))
    if not form.is_valid():
        return _received_page(request, share, naming=form, status=UNPROCESSABLE)
    members = list(form.cleaned_data["members"])
    try:
        if share.state == ShareState.ACCEPTED:
            actions.name_members(share=share, by=request.member, members=members)
        else:
            version = form.cleaned_data["version"]
            actions.accept_share(share=share, by=request.member, version=version, members=members)
    except (AccessDenied, StalePage) as problem:
        form.add_error(None, str(problem))
        return _received_page(request, share, naming=form, status=UNPROCESSABLE)
    named = ngettext("%(number)d member is named.", "%(number)d members are named.", len(members))
    messages.success(request, named % {"number": len(members)})
    return redirect("sharing:received", share.case.reference, share.pk)


@require_POST
@opens(Share, may=check_receives_share, by=BY_SHARE, reach="offered_to", related=WITH_AGENCIES)
def reject(request: MemberRequest, share: Share) -> HttpResponse:
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.reject_share(share=share, by=request.member, **form.cleaned_data)
        except StalePage as problem:
            form.add_error(None, str(problem))
    if form.errors:
        return _received_page(request, share, reason=form, status=UNPROCESSABLE)
    messages.success(request, _("Declined. The other agency reads your reason."))
    return redirect("sharing:inbox")


@require_POST
@opens(Share, may=check_receives_share, by=BY_SHARE, reach="offered_to", related=WITH_AGENCIES)
def end_naming(request: MemberRequest, share: Share) -> HttpResponse:
    form = EndNamingForm(request.POST)
    member = Member.objects.filter(pk=form.cleaned_data["member"], agency_id=share.to_agency_id).first() if (
        form.is_valid()
    ) else None
    if member is None:
        raise NotVisible
    actions.end_naming(share=share, by=request.member, member=member)
    messages.success(request, _("%(name)s sees nothing of this share any more.") % {"name": member.name})
    return redirect("sharing:received", share.case.reference, share.pk)


@require_http_methods(["GET", "POST"])
@opens(Share, may=check_can_revoke, by=BY_SHARE, related=WITH_AGENCIES)
def revoke(request: MemberRequest, share: Share) -> HttpResponse:
    form = ReasonForm(request.POST or None, initial={"version": share.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.revoke_share(share=share, by=request.member, **form.cleaned_data)
        except StalePage as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Withdrawn. What it gave is ended, at once."))
            return redirect("sharing:of_case", share.case.reference)
    context = {"case": share.case, "share": share, "form": form, "people": selectors.named_on(share)}
    status = UNPROCESSABLE if form.errors else 200
    return TemplateResponse(request, "sharing/revoke.html", {**context, "what": _labels(share.compartments)}, status=status)


def _offer_page(request: MemberRequest, case: Case, form: ShareForm, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, "sharing/offer.html", {"case": case, "form": form}, status=status)


def _received_page(
    request: MemberRequest,
    share: Share,
    naming: NamingForm | None = None,
    reason: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    candidates = selectors.candidates(share)
    initial = {"version": share.version}
    context = {
        "share": share,
        "case": share.case,
        "what": _labels(share.compartments),
        "writes": _labels(share.may_write),
        "is_waiting": share.state == ShareState.OFFERED,
        "named": [each for each in candidates if each.is_named],
        "can_name": any(not each.is_named for each in candidates),
        "naming": naming or NamingForm(candidates=candidates, initial=initial),
        "reason": reason or ReasonForm(initial=initial),
    }
    return TemplateResponse(request, "sharing/received.html", context, status=status)


def _labels(codes: list[str]) -> list[str]:
    return [str(Compartment(code).label) for code in codes]


def _may_revoke(member: Member, share: Share) -> bool:
    return share.state in ("offered", "accepted") and allowed(check_can_revoke, member, share)


def _in_words(form: ShareForm) -> dict[str, str]:
    """Purpose and basis as people say them, and the entered values for the hidden fields of the check page."""
    return {
        "purpose": str(dict(form.fields["purpose"].choices)[form.cleaned_data["purpose"]]),  # type: ignore[attr-defined]
        "legal_basis": str(dict(form.fields["legal_basis"].choices)[form.cleaned_data["legal_basis"]]),  # type: ignore[attr-defined]
    }
