"""Already told? One box, the passages that answer best, and the topics under which everything else stands."""

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, opens, remember_right, state_purpose
from casework.access.errors import UNPROCESSABLE
from casework.access.kinds import Compartment, permission_codename
from casework.access.rules import allowed
from casework.account.reading import purposes_to_state
from casework.account.rules import READ_ACCOUNT, check_can_open_account
from casework.account.topics_asked import address_to_ask_topics
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.search.forms import QuestionForm
from casework.search.rules import check_can_ask
from casework.search.selectors import already_told, passages_by_topic


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_ask)
def ask(request: MemberRequest, case: Case) -> HttpResponse:
    """The question goes by POST, so that it stands in no address, no log and no history of the browser."""
    may_read = allowed(check_can_open_account, request.member, case)
    purposes = purposes_to_state(request, case)
    must_say_why = bool(purposes)
    form = QuestionForm(purposes, request.POST) if request.method == "POST" else QuestionForm(purposes)
    context: dict[str, Any] = {
        "case": case,
        "frame": case_frame(request.member, case),
        "current": "search",
        "form": form,
        "may_read": may_read,
        "must_say_why": must_say_why,
    }
    status = 200
    if form.is_valid():
        if must_say_why:
            state_purpose(request, case, form.cleaned_data["purpose"])
            context["form"] = QuestionForm([], request.POST)
        codename = READ_ACCOUNT if may_read else permission_codename(Compartment.OVERVIEW)
        remember_right(request, case, codename)
        context["answer"] = answer = already_told(request.member, case, form.cleaned_data["question"])
        context["asks_topics"] = address_to_ask_topics(request.member, case) if answer.elsewhere else ""
    elif form.is_bound:
        status = UNPROCESSABLE
    if may_read:
        context["topics"] = passages_by_topic(request.member, case)
    return TemplateResponse(request, "search/ask.html", context, status=status)
