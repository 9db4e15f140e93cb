"""Pages of the agency that receives: what is offered, deciding on it, naming members and taking them off."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import UNPROCESSABLE, AccessDenied, NotVisible, StalePage
from casework.access.rules import check_is_supervisor
from casework.drafts.actions import discard_draft
from casework.drafts.selectors import draft_of
from casework.sharing import actions, selectors
from casework.sharing.forms import EndNamingForm, NamingForm, ReasonForm
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share
from casework.sharing.rules import check_receives_share
from casework.sharing.views import BY_SHARE, WITH_AGENCIES, show_again

REASON_ID = "reason_%s"  # two forms stand on one page


@require_safe
@requires(check_is_supervisor)
def inbox(request: MemberRequest) -> HttpResponse:
    """What other agencies share with mine, waiting ones first."""
    return TemplateResponse(request, "sharing/inbox.html", {"shares": selectors.inbox(request.member)})


@require_safe
@opens(Share, may=check_receives_share, by=BY_SHARE, reach="offered_to", related=WITH_AGENCIES)
def received(request: MemberRequest, share: Share) -> HttpResponse:
    """One share, without any content of its case."""
    return _received_page(request, share)


@require_POST
@opens(Share, may=check_receives_share, by=BY_SHARE, reach="offered_to", related=WITH_AGENCIES)
def accept(request: MemberRequest, share: Share) -> HttpResponse:
    """Accept and name members, or name more on one that is accepted."""
    form = NamingForm(request.POST, candidates=selectors.candidates(share))
    if not form.is_valid():
        return _received_page(request, share, naming=form, status=UNPROCESSABLE)
    version, members = form.cleaned_data["version"], list(form.cleaned_data["members"])
    is_named_more = share.state == ShareState.ACCEPTED
    act = actions.name_members if is_named_more else actions.accept_share
    try:
        act(share=share, by=request.member, version=version, members=members)
    except (AccessDenied, StalePage) as problem:
        show_again(request, form, share, problem)
        return _received_page(request, share, naming=form, status=UNPROCESSABLE)
    named = ngettext("%(number)d member is named.", "%(number)d members are named.", len(members))
    messages.success(request, named % {"number": len(members)})
    return redirect("sharing:received", share.case.reference, share.pk)


@require_POST
@opens(Share, may=check_receives_share, by=BY_SHARE, reach="offered_to", related=WITH_AGENCIES)
def reject(request: MemberRequest, share: Share) -> HttpResponse:
    """Decline, with a reason for the lead agency."""
    form = ReasonForm(request.POST, auto_id=REASON_ID)
    if form.is_valid():
        try:
            actions.reject_share(share=share, by=request.member, **form.cleaned_data)
        except StalePage as problem:
            show_again(request, form, share, problem)
    if form.errors:
        return _received_page(request, share, reason=form, status=UNPROCESSABLE)
    discard_draft(member=request.member, path=_page_of(share))
    messages.success(request, _("Declined. The other agency reads your reason."))
    return redirect("sharing:inbox")


@require_POST
@opens(Share, may=check_receives_share, by=BY_SHARE, reach="offered_to", related=WITH_AGENCIES)
def end_naming(request: MemberRequest, share: Share) -> HttpResponse:
    """Take one member off, at once. Somebody who is not named on this share is not found."""
    form = EndNamingForm(request.POST)
    wanted = form.cleaned_data["member"] if form.is_valid() else None
    named = {each.member.pk: each.member for each in selectors.candidates(share) if each.is_named}
    if wanted not in named:
        raise NotVisible
    member = named[wanted]
    actions.end_naming(share=share, by=request.member, member=member)
    messages.success(request, _("%(name)s sees nothing of this share any more.") % {"name": member.name})
    return redirect("sharing:received", share.case.reference, share.pk)


def _received_page(
    request: MemberRequest,
    share: Share,
    naming: NamingForm | None = None,
    reason: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    candidates = selectors.candidates(share)
    initial = {"version": share.version}
    draft = draft_of(request, _page_of(share))
    typed = draft.initial_for(ReasonForm) if draft else {}
    is_in_time = selectors.is_in_time(share)
    is_waiting = is_in_time and share.state == ShareState.OFFERED
    is_accepted = is_in_time and share.state == ShareState.ACCEPTED
    can_name = (is_waiting or is_accepted) and any(each.fits and not each.is_named for each in candidates)
    context = {
        "share": share,
        "case": share.case,
        "what": selectors.what_is_shared(share),
        "writes": selectors.labels_of(share.may_write),
        "is_waiting": is_waiting,
        "is_accepted": is_accepted,
        "sees_case": any(each.is_named and each.member.pk == request.member.pk for each in candidates),
        "named": [each for each in candidates if each.is_named],
        "can_name": can_name,
        "naming": naming or NamingForm(candidates=candidates, initial=initial),
        "reason": reason or ReasonForm(initial={**initial, **typed}, auto_id=REASON_ID),
        "problems": _unseen_errors(None if can_name else naming, None if is_waiting else reason),
    }
    return TemplateResponse(request, "sharing/received.html", context, status=status)


def _page_of(share: Share) -> str:
    """The page on which both forms stand: what is typed into them is kept by its address."""
    return reverse("sharing:received", args=[share.case.reference, share.pk])


def _unseen_errors(*forms: NamingForm | ReasonForm | None) -> list[str]:
    """Messages of forms that this page does not show any more, such as of a decline that came too late."""
    return [str(each) for form in forms if form is not None for errors in form.errors.values() for each in errors]
