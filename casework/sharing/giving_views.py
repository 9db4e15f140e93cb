"""Pages of the agency that gives: one question a step, the check page, changing the terms, and the second person."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, AccessDenied, StalePage
from casework.cases.models import Case
from casework.cases.submission import AlreadySaved, new_submission, row_of
from casework.drafts.actions import discard_draft
from casework.drafts.selectors import draft_of
from casework.sharing import actions, giving, requesting, steps
from casework.sharing.forms import AgreeForm, RefusalForm, ShareForm
from casework.sharing.models import Share
from casework.sharing.rules import check_can_agree, check_can_change_share, check_can_share
from casework.sharing.terms import check_terms
from casework.sharing.views import BY_SHARE, WITH_AGENCIES, show_again

# The answer that has to change when a share is refused, by the rule that refuses it.
FIELD_OF_RULE = {
    "give": "compartments",
    "give_writing": "may_write",
    "share_with_another": "to",
    "receiver_has_supervisor": "to",
    "receiver_takes_part": "to",
    "share_ends": "until",
    "topics": "topics",
    "enquiry": "enquiry",
    "consent_from": "consent_from",
    "consent_on": "consent_on",
    "withheld": "withheld",
    "withheld_because": "withheld_because",
}
REASON_ID = "reason_%s"  # two forms stand on one page


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_share)
def offer(request: MemberRequest, case: Case) -> HttpResponse:
    """Share with another agency: question by question, then checked in words and numbers, then sent."""
    return _Asking(request, case, None).answer()


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Share, may=check_can_change_share, by=BY_SHARE, reach="given_by", related=WITH_AGENCIES)
def change(request: MemberRequest, share: Share) -> HttpResponse:
    """The same questions about a share that is not decided on. What was agreed to before is agreed to no longer."""
    return _Asking(request, share.case, share).answer()


@require_safe
@opens(Share, may=check_can_agree, by=BY_SHARE, reach="given_by", related=WITH_AGENCIES)
def second(request: MemberRequest, share: Share) -> HttpResponse:
    """What the second person reads before agreeing: everything that the check page said."""
    return _second_page(request, share)


@require_POST
@opens(Share, may=check_can_agree, by=BY_SHARE, reach="given_by", related=WITH_AGENCIES)
def agree(request: MemberRequest, share: Share) -> HttpResponse:
    """Agree to exactly these terms, which are sent by that."""
    form = AgreeForm(request.POST)
    if form.is_valid():
        try:
            actions.agree_to_share(share=share, by=request.member, **form.cleaned_data)
        except StalePage as problem:
            show_again(request, form, share, problem)
        else:
            messages.success(request, _("Agreed. It is sent: a supervisor there decides now."))
            return redirect("cases:my_work")
    return _second_page(request, share, agreeing=form)


@require_POST
@opens(Share, may=check_can_agree, by=BY_SHARE, reach="given_by", related=WITH_AGENCIES)
def refuse(request: MemberRequest, share: Share) -> HttpResponse:
    """Not agree, with a reason for who proposed it."""
    form = RefusalForm(request.POST, auto_id=REASON_ID)
    if form.is_valid():
        try:
            actions.refuse_to_agree(share=share, by=request.member, **form.cleaned_data)
        except StalePage as problem:
            show_again(request, form, share, problem)
        else:
            discard_draft(member=request.member, path=_page_of(share))
            messages.success(request, _("Not agreed. Nothing was sent; who proposed it reads your reason."))
            return redirect("cases:my_work")
    return _second_page(request, share, refusing=form)


def _second_page(
    request: MemberRequest, share: Share, agreeing: AgreeForm | None = None, refusing: RefusalForm | None = None
) -> HttpResponse:
    initial = {"version": share.version}
    draft = draft_of(request, _page_of(share))
    typed = draft.initial_for(RefusalForm) if draft is not None else {}
    forms = [form for form in (agreeing, refusing) if form is not None]
    context = {
        "case": share.case,
        "share": share,
        "what": giving.meaning_of_share(request.member, share),
        "agreeing": agreeing or AgreeForm(initial=initial),
        "refusing": refusing or RefusalForm(initial={**typed, **initial}, auto_id=REASON_ID),
        "problems": [str(each) for form in forms for each in form.non_field_errors()],
    }
    status = UNPROCESSABLE if any(form.errors for form in forms) else 200
    return TemplateResponse(request, "sharing/second.html", context, status=status)


def _page_of(share: Share) -> str:
    """The page on which both forms stand: what is typed into them is kept by its address."""
    return reverse("sharing:second", args=[share.case.reference, share.pk])


class _Asking:
    """One request of the questions: which page follows on what was sent."""

    def __init__(self, request: MemberRequest, case: Case, share: Share | None) -> None:
        self.request, self.case, self.share = request, case, share
        self.choices = giving.choices_for(request.member, case)
        self.sent: QueryDict = request.POST

    def answer(self) -> HttpResponse:
        """The page for what was pressed: the next question, the one before, the check page, or where it was sent to."""
        if self.request.method != "POST":
            return self._page(self._begun(), "")
        data, pressed = self.sent, self.sent.get("step", "")
        if pressed.startswith("back-") or pressed == "change":
            before = steps.neighbour(self._steps(data), pressed.removeprefix("back-"), -1)
            return self._page(data, before.name if before else "")
        form = self._form(data)
        asked = next((step for step in steps.STEPS if step.name == pressed), None)
        if asked is not None and not set(asked.fields) & set(form.errors):
            following = steps.neighbour(self._steps(data), asked.name, 1)
            if following is not None:
                return self._page(data, following.name)
        if not form.is_valid():
            return self._page(data, asked.name if asked else self._first_with_errors(form), form)
        return self._finished(form, pressed)

    def _finished(self, form: ShareForm, pressed: str) -> HttpResponse:
        to = form.cleaned_data["to"] if self.share is None else self.share.to_agency
        try:
            check_terms(case=self.case, to=to, by=self.request.member, terms=form.terms())
            if pressed != steps.SEND:
                return self._check_page(form, to)
            share = self._save(form, to)
        except AccessDenied as refusal:
            form.add_error(FIELD_OF_RULE.get(refusal.rule), refusal.reason)
            return self._page(self.sent, self._first_with_errors(form), form)
        except StalePage as problem:
            form.add_error(None, str(problem))
            again = self.sent.copy()
            again["version"] = str(self.share.version if self.share else "")
            return self._page(again, "", form)
        except AlreadySaved:
            messages.info(self.request, _("This share was sent already. It stands in the list once."))
            return redirect("sharing:of_case", self.case.reference)
        discard_draft(member=self.request.member, path=self.request.path)
        messages.success(self.request, giving.what_follows(share))
        return redirect("sharing:of_case", self.case.reference)

    def _save(self, form: ShareForm, to: Any) -> Share:
        by, terms = self.request.member, form.terms()
        if self.share is not None:
            version = form.cleaned_data["version"] or 0
            return actions.change_share(share=self.share, by=by, version=version, terms=terms)
        share_id = row_of(form.cleaned_data["submission"])
        return actions.offer_share(case=self.case, to=to, by=by, terms=terms, share_id=share_id)

    def _form(self, data: QueryDict) -> ShareForm:
        form = ShareForm(data, **self.choices)
        if self.share is not None:
            del form.fields["to"]
        return form

    def _begun(self) -> QueryDict:
        """What was typed here before, else the terms as they are, else what a new share begins with.

        Whoever comes from a request for topics begins with what it asks for, whatever was typed here before.
        """
        draft, asked = draft_of(self.request), None
        if self.share is None and "asked" in self.request.GET:
            asked = requesting.asked_for(self.request.member, self.case, self.request.GET["asked"])
        if draft is not None and asked is None:
            return steps.as_data(draft.typed)
        if self.share is not None:
            return steps.as_data(giving.answers_of(self.share))
        return steps.as_data({**giving.first_answers(self.case, asked), "submission": [new_submission()]})

    def _steps(self, data: QueryDict) -> list[steps.Step]:
        answers = {**data.dict(), "compartments": data.getlist("compartments")}
        enquires = giving.asks_for_enquiry(self.share.to_agency_id if self.share else answers.get("to"))
        return steps.steps_for(answers, asks_for_enquiry=enquires, is_new=self.share is None)

    def _first_with_errors(self, form: ShareForm) -> str:
        wrong = {steps.STEP_OF_FIELD.get(name, "") for name in form.errors}
        return next((step.name for step in steps.STEPS if step.name in wrong), "")

    def _page(self, data: QueryDict, name: str, form: ShareForm | None = None) -> HttpResponse:
        asked = self._steps(data)
        step = next((each for each in asked if each.name == name), None) or next(
            (each for each in steps.STEPS if each.name == name), asked[0]
        )
        shown = form or self._form(data)
        fields = [shown[field] for field in step.fields if field in shown.fields]
        if form is None:
            shown.forget_errors()  # nothing is wrong with what was not asked for yet
        context = {
            "case": self.case,
            "share": self.share,
            "form": shown,
            "step": step,
            "fields": fields,
            "problems": shown.non_field_errors() if form is not None else [],
            "carried": steps.carried(data.lists(), step.fields),
            "number": asked.index(step) + 1 if step in asked else 1,
            "total": len(asked),
            "is_first": step == asked[0],
        }
        status = UNPROCESSABLE if form is not None else 200
        return TemplateResponse(self.request, "sharing/ask.html", context, status=status)

    def _check_page(self, form: ShareForm, to: Any) -> HttpResponse:
        context = {
            "case": self.case,
            "share": self.share,
            "form": form,
            "what": giving.meaning_of(self.request.member, self.case, to, form.terms()),
            "steps": self._steps(self.sent),
            "carried": steps.carried(self.sent.lists(), ()),
        }
        return TemplateResponse(self.request, "sharing/check.html", context)
