"""Pages of the account: the warning, the reader, the log, the seal, corrections."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from casework.access.checker import is_kept_from_record, purposes_held
from casework.access.decorators import MemberRequest, opens, state_purpose
from casework.access.rules import allowed
from casework.account import actions
from casework.account.forms import PurposeForm
from casework.account.reading import has_stated_purpose
from casework.account.rules import (
    READ_ACCOUNT,
    check_can_open_account,
    check_can_record_telling,
    check_can_seal_telling,
)
from casework.account.selectors import (
    account_of,
)
from casework.account.topics_asked import address_to_ask_topics
from casework.cases.frame import tab_bar
from casework.cases.models import Case
from casework.drafts.form_pages import form_page

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
    is_blinded = is_kept_from_record(request.member, case)
    is_whole = all(each.is_whole for each in tellings)
    context = {
        "bar": tab_bar(request.member, case),
        "case": case,
        "current": "account",
        "tellings": tellings,
        "asks_topics": "" if is_blinded or is_whole else address_to_ask_topics(request.member, case),
        "is_blinded": is_blinded,
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
