"""The first question after a case is opened: has the child told anybody already? Each occasion counts."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import StalePage
from casework.account.addresses import saved
from casework.account.kinds import PriorAnswer, TellingKind
from casework.account.prior_actions import answer_told_before, record_prior_account
from casework.account.prior_forms import PriorForm
from casework.account.rules import READ_ACCOUNT, check_can_record_telling
from casework.account.selectors import last_answer, last_telling_number, tellings_of_case
from casework.cases.models import Case
from casework.drafts.form_pages import form_of, form_page, stale_page, with_field

PAGE = "account/told_before.html"


@require_http_methods(["GET", "POST"])
@opens(Case, may=check_can_record_telling, permission=READ_ACCOUNT)
def told_before(request: MemberRequest, case: Case) -> HttpResponse:
    """The answer, and one occasion at a time; `another` comes back here for the next."""
    prior = list(tellings_of_case(request.member, case).filter(kind=TellingKind.PRIOR))
    answer = last_answer(request.member, case)
    number = last_telling_number(request.member, case) + 1
    form = form_of(request, PriorForm, number=number, answer=_first_answer(answer, prior))
    context = {"case": case, "form": form, "prior": prior, "answer": answer, "number": number}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, PAGE, context)
    try:
        words = _save(request, case, form)
    except StalePage as stale:
        return stale_page(request, PAGE, {**context, "form": with_field(form, "number", number)}, stale)
    saved(request, words)
    if "another" in request.POST:
        return redirect("account:told_before", reference=case.reference)
    return redirect("cases:case", reference=case.reference)


def _save(request: Any, case: Case, form: PriorForm) -> str:
    typed = form.cleaned_data
    if typed["answer"] != PriorAnswer.YES:
        answer_told_before(case=case, by=request.member, answer=typed["answer"])
        if typed["answer"] == PriorAnswer.UNKNOWN:
            return _("Kept as not known yet. It stands in your work until it is answered.")
        return _("Kept: as far as anybody knows, the child has told nobody before.")
    telling = record_prior_account(
        case=case, by=request.member, number=typed["number"] or 0, log=form.log(), words=typed["words"]
    )
    return _("%(label)s is recorded as told before. It counts.") % {"label": telling.label}


def _first_answer(answer: Any, prior: list[Any]) -> str:
    """Nothing is chosen for the reader, but that which was answered already."""
    if prior:
        return PriorAnswer.YES.value
    return str(answer.answer) if answer else ""
