"""The page of the seal: the first of two signs, the second seals, and whoever signed can take it back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import AccessDenied, StalePage
from casework.account.addresses import BY_TELLING, address_of, number_in, sealed_already, version_now
from casework.account.forms import SealForm
from casework.account.models import Telling
from casework.account.rules import READ_ACCOUNT, check_can_seal_telling, check_is_second_of_two
from casework.account.seal_actions import seal_telling, sign_telling, take_back_signature, what_stops_the_seal
from casework.account.selectors import agencies_of, passages_of
from casework.account.tally import tally_of
from casework.drafts.form_pages import form_page, stale_page, with_field

WITH_PEOPLE = ("case", "case__lead_agency", "sealed_by", "signed_by__agency", "interviewer__agency")


@require_http_methods(["GET", "POST"])
@opens(Telling, may=check_can_seal_telling, by=BY_TELLING, permission=READ_ACCOUNT, related=WITH_PEOPLE)
def seal(request: MemberRequest, telling: Telling) -> HttpResponse:
    """Sign or seal, as far as this telling is: the page says which, and what follows from it."""
    if request.method != "POST" and telling.is_sealed:
        return sealed_already(request, telling)
    if request.POST.get("act") == "take_back":
        return _take_back(request, telling)
    form = SealForm(request.POST if request.method == "POST" else None, initial=_announced(telling))
    context = _context(request, telling, form)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, "account/seal.html", context)
    act = sign_telling if form.cleaned_data["step"] == "sign" else seal_telling
    try:
        telling = act(telling=telling, by=request.member, version=form.cleaned_data["version"])
    except StalePage as stale:
        telling.refresh_from_db()
        form = with_field(with_field(form, "version", version_now(telling)), "step", _announced(telling)["step"])
        return stale_page(request, "account/seal.html", _context(request, telling, form), stale)
    words = (
        _("%(label)s is sealed.") if telling.is_sealed else _("%(label)s bears your signature. A second person seals.")
    )
    messages.success(request, words % {"label": telling.label})
    return redirect(address_of(telling))


def _take_back(request: MemberRequest, telling: Telling) -> HttpResponse:
    try:
        take_back_signature(telling=telling, by=request.member, version=number_in(request.POST.get("version"), 0))
    except StalePage as stale:
        form = SealForm(initial=_announced(telling))
        return stale_page(request, "account/seal.html", _context(request, telling, form), stale)
    messages.success(request, _("Your signature is taken back. %(label)s can be changed.") % {"label": telling.label})
    return redirect(address_of(telling))


def _announced(telling: Telling) -> dict[str, Any]:
    return {"version": telling.version, "step": "seal" if telling.is_signed else "sign"}


def _context(request: MemberRequest, telling: Telling, form: SealForm) -> dict[str, Any]:
    passages = list(passages_of(request.member, telling))
    return {
        "case": telling.case,
        "telling": telling,
        "form": form,
        "passage_count": len(passages),
        "tally": tally_of(passages),
        "problem": what_stops_the_seal(telling, passages, agencies_of(request.member, telling.case)),
        "is_mine": telling.is_signed and telling.signed_by_id == request.member.pk,
        "why_not": _why_not(request, telling) if telling.is_signed else "",
    }


def _why_not(request: MemberRequest, telling: Telling) -> str:
    """Why this member is not the second of the two; empty for whoever can be."""
    try:
        check_is_second_of_two(request.member, telling)
    except AccessDenied as refusal:
        return refusal.reason
    return ""
