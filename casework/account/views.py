"""Pages of the account: the warning, the reader, the log, the seal, corrections."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from casework.access.checker import purposes_held
from casework.access.decorators import MemberRequest, opens, state_purpose
from casework.access.errors import StalePage
from casework.access.rules import allowed
from casework.account import actions
from casework.account.forms import CorrectionForm, PassageForm, PurposeForm, SealForm, TellingForm
from casework.account.models import Passage, Telling
from casework.account.reading import after_stating_purpose, has_stated_purpose
from casework.account.rules import (
    READ_ACCOUNT,
    check_can_change_telling,
    check_can_correct_passage,
    check_can_open_account,
    check_can_record_telling,
    check_can_seal_telling,
)
from casework.account.selectors import (
    account_of,
    anchor_of,
    corrections_of,
    earlier_wordings,
    label_of,
    last_passage_number,
    last_telling_number,
)
from casework.cases.models import Case
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_of, form_page, stale_page, with_field

LOG_FIELDS = (*actions.PLAIN, *actions.SEALED_TEXTS, "version")
BY_TELLING = {"case__reference": "reference", "number": "telling"}
BY_PASSAGE = {"case__reference": "reference", "telling__number": "telling", "number": "passage"}
WITH_TELLING = ("case", "case__lead_agency", "telling", "telling__sealed_by")


@require_GET
@opens(Case, may=check_can_open_account, permission=READ_ACCOUNT)
def account(request: MemberRequest, case: Case) -> HttpResponse:
    if not has_stated_purpose(request, case):
        form = PurposeForm(purposes_held(request.member, case, READ_ACCOUNT))
        return TemplateResponse(request, "account/before_reading.html", {"case": case, "form": form})
    tellings = account_of(request.member, case)
    context = {
        "case": case,
        "tellings": tellings,
        "told_times": len(tellings),
        "may_write": allowed(check_can_record_telling, request.member, case),
        "may_seal": bool(tellings) and allowed(check_can_seal_telling, request.member, tellings[0].telling),
    }
    return TemplateResponse(request, "account/account.html", context)


@require_POST
@opens(Case, may=check_can_open_account, permission=READ_ACCOUNT)
def purpose(request: MemberRequest, case: Case) -> HttpResponse:
    form = PurposeForm(purposes_held(request.member, case, READ_ACCOUNT), request.POST)
    if not form.is_valid():
        return form_page(request, "account/before_reading.html", {"case": case, "form": form})
    state_purpose(request, case, form.cleaned_data["purpose"])
    return redirect("account:account", reference=case.reference)


@require_http_methods(["GET", "POST"])
@opens(Case, may=check_can_record_telling, permission=READ_ACCOUNT)
def new_telling(request: MemberRequest, case: Case) -> HttpResponse:
    number = last_telling_number(request.member, case) + 1
    form = form_of(request, TellingForm, number=number)
    context = {"case": case, "form": form, "number": number}
    if request.method == "POST" and form.is_valid():
        try:
            telling = actions.record_telling(
                case=case, by=request.member, number=form.cleaned_data["number"] or 0, log=form.log()
            )
        except StalePage as stale:
            form = with_field(form, "number", number)
            return stale_page(request, "account/telling_form.html", {**context, "form": form}, stale)
        saved(request, _("%(label)s is recorded. Now paste the transcript.") % {"label": telling.label})
        return redirect("account:paste", reference=case.reference, telling=telling.number)
    return form_page(request, "account/telling_form.html", context)


@require_http_methods(["GET", "POST"])
@opens(Telling, may=check_can_change_telling, by=BY_TELLING, permission=READ_ACCOUNT)
@after_stating_purpose
def change_log(request: MemberRequest, telling: Telling) -> HttpResponse:
    if request.method != "POST" and telling.is_sealed:
        return sealed_already(request, telling)
    form = form_of(request, TellingForm, **{name: getattr(telling, name) for name in LOG_FIELDS})
    context = {"case": telling.case, "telling": telling, "form": form, "number": telling.number}
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_log(
                telling=telling, by=request.member, version=form.cleaned_data["version"] or 0, log=form.log()
            )
        except StalePage as stale:
            form = with_field(form, "version", version_now(telling))
            return stale_page(request, "account/telling_form.html", {**context, "form": form}, stale)
        saved(request, _("The log of %(label)s is saved.") % {"label": telling.label})
        return redirect(address_of(telling))
    return form_page(request, "account/telling_form.html", context)


@require_http_methods(["GET", "POST"])
@opens(Telling, may=check_can_seal_telling, by=BY_TELLING, permission=READ_ACCOUNT)
def seal(request: MemberRequest, telling: Telling) -> HttpResponse:
    if request.method != "POST" and telling.is_sealed:
        return sealed_already(request, telling)
    form = SealForm(request.POST if request.method == "POST" else None, initial={"version": telling.version})
    context = {
        "case": telling.case,
        "telling": telling,
        "form": form,
        "passage_count": last_passage_number(request.member, telling),
    }
    if request.method == "POST" and form.is_valid():
        try:
            actions.seal_telling(telling=telling, by=request.member, version=form.cleaned_data["version"])
        except StalePage as stale:
            form = with_field(form, "version", version_now(telling))
            return stale_page(request, "account/seal.html", {**context, "form": form}, stale)
        messages.success(request, _("%(label)s is sealed.") % {"label": telling.label})
        return redirect(address_of(telling))
    return form_page(request, "account/seal.html", context)


@require_http_methods(["GET", "POST"])
@opens(Passage, may=check_can_correct_passage, by=BY_PASSAGE, permission=READ_ACCOUNT, related=WITH_TELLING)
@after_stating_purpose
def passage(request: MemberRequest, passage: Passage) -> HttpResponse:
    """Put a passage right while its telling is open; add a correction beside it once it is sealed."""
    if passage.telling.is_sealed and "answer" not in request.POST:
        return _correct(request, passage)
    return _change(request, passage)


def _correct(request: MemberRequest, passage: Passage) -> HttpResponse:
    form = form_of(request, CorrectionForm)
    context = {**_of_passage(request, passage), "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_passage(passage=passage, by=request.member, **form.cleaned_data)
        except StalePage as stale:
            return stale_page(request, "account/correct.html", context, stale)
        saved(request, _("The correction stands beside the passage."))
        return redirect(address_of(passage.telling, passage))
    return form_page(request, "account/correct.html", context)


def _change(request: MemberRequest, passage: Passage) -> HttpResponse:
    form = form_of(
        request,
        PassageForm,
        version=passage.telling.version,
        question=passage.question,
        answer=passage.answer,
    )
    context = {**_of_passage(request, passage), "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_passage(passage=passage, by=request.member, **form.cleaned_data)
        except StalePage as stale:
            form = with_field(form, "version", version_now(passage.telling))
            return stale_page(request, "account/change_passage.html", {**context, "form": form}, stale)
        saved(request, _("The passage is saved."))
        return redirect(address_of(passage.telling, passage))
    return form_page(request, "account/change_passage.html", context)


def _of_passage(request: MemberRequest, passage: Passage) -> dict[str, Any]:
    return {
        "case": passage.case,
        "telling": passage.telling,
        "passage": passage,
        "label": label_of(passage.telling.number, passage.number),
        "corrections": corrections_of(request.member, passage),
        "earlier": earlier_wordings(request.member, passage),
        "back_url": address_of(passage.telling, passage),
    }


def address_of(telling: Telling, passage: Passage | None = None) -> str:
    """Where a telling, or one of its passages, stands on the page of the account."""
    anchor = anchor_of(telling.number, passage.number) if passage is not None else f"t{telling.number}"
    return f"{reverse('account:account', args=[telling.case.reference])}#{anchor}"


def sealed_already(request: Any, telling: Telling) -> HttpResponse:
    """Back to the reader, with the reason: this page changes what is not sealed."""
    messages.warning(request, actions.sealed_meanwhile(telling))
    return redirect(address_of(telling))


def saved(request: Any, words: str) -> None:
    """Say that it is saved, and forget the draft of this page."""
    discard_draft(member=request.member, path=request.path)
    messages.success(request, words)


def version_now(telling: Telling) -> int:
    """The version after somebody else's change, so that the page shown again can be sent again."""
    telling.refresh_from_db(fields=["version"])
    return telling.version
