"""What planning shows elsewhere: a tab on the case page, and what waits under My work."""

from collections import Counter

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import Member
from agencies.standing import today
from casework.access.rules import allowed, check_sees_case
from casework.cases.models import Case
from casework.cases.panels import Tab
from casework.cases.work import WorkItem
from casework.planning.kinds import WITH_PASSAGES, HearingAnswer, QuestionOutcome
from casework.planning.models import FurtherRequest, Hearing, Plan, Question, Signature
from casework.planning.pool import unsearched
from casework.planning.requests import waiting_requests
from casework.planning.rules import check_can_check_again, check_can_decide_request, check_takes_part
from casework.search.panels import AskedBefore


def planning_tab(member: Member, case: Case) -> list[Tab]:
    """One tab, open to everybody who sees the case. No query beyond the reader's permissions."""
    url = reverse("planning:interview", args=[case.reference])
    is_open = allowed(check_sees_case, member, case)
    return [Tab(gettext_lazy("Plan and questions"), url, is_open=is_open, name="planning")]


def answered_questions(member: Member, case: Case) -> list[AskedBefore]:
    """The pooled questions of a case that are answered in the record; their words are everybody's on the case."""
    rows = Question.objects.visible_to(member).select_related("case", "agency", "plan")
    answered = rows.filter(case=case, outcome__in=WITH_PASSAGES).order_by("plan__number", "number")
    return [
        AskedBefore(
            agency=question.agency.name,
            text=question.text,
            url=reverse("planning:question", args=[case.reference, question.plan.number, question.number]),
        )
        for question in answered
    ]


def requests_to_work_on(member: Member) -> list[WorkItem]:
    """Requests for a further telling: to be heard about, to be decided, and the own ones that wait. Two queries."""
    waiting = waiting_requests(member)
    if not waiting:
        return []
    heard = Hearing.objects.visible_to(member).filter(request__in=waiting, answer=HearingAnswer.WAITS)
    hearings = {each.request_id: each for each in heard.filter(member=member, until__gte=today())}
    items = []
    for request in waiting:
        number = {"number": request.number}
        if request.pk in hearings:
            what = _("Say whether you object to request %(number)d for a further telling") % number
            items.append(_of_request(request, what, due=hearings[request.pk].until))
        if allowed(check_can_decide_request, member, request):
            items.append(_of_request(request, _("Decide on request %(number)d for a further telling") % number))
        elif request.requested_by_id == member.pk:
            what = _("Your request %(number)d for a further telling") % number
            items.append(_of_request(request, what, waits_for=_("a supervisor of the lead agency")))
    return items


def _of_request(request: FurtherRequest, what: str, **more: object) -> WorkItem:
    return WorkItem(
        pseudonym=request.case.pseudonym,
        reference=request.case.reference,
        url=reverse("planning:request", args=[request.case.reference, request.number]),
        what=what,
        **more,  # type: ignore[arg-type]
    )


def planning_to_work_on(member: Member) -> list[WorkItem]:
    """Questions without an outcome, of those who asked, interview or check them; and plans to be signed."""
    rows = Plan.objects.visible_to(member).select_related("case", "case__lead_agency").filter(closed_at=None)
    plans = {plan.pk: plan for plan in rows.exclude(case__stage="closed").order_by("pk")}
    if not plans:
        return []
    waiting = Question.objects.visible_to(member).filter(plan__in=plans, outcome=QuestionOutcome.OPEN, merged_into=None)
    questions = list(waiting.select_related("case").order_by("due_on", "pk"))
    items = [_asked(question, plans[question.plan_id]) for question in questions if question.asked_by_id == member.pk]
    owed = Counter(question.plan_id for question in questions)
    for key, plan in plans.items():
        if owed[key] and plan.telling_id and member.pk in (plan.lead_interviewer_id, plan.second_interviewer_id):
            due = min(question.due_on for question in questions if question.plan_id == key)
            items.append(_item(plan, _interviewed(owed[key], plan), due=due))
    return items + _to_check(member, plans, questions) + _to_sign(member, plans)


def _to_check(member: Member, plans: dict[int, Plan], questions: list[Question]) -> list[WorkItem]:
    """Questions that nobody has held against the record, for the agency that leads."""
    waiting = unsearched(member, questions)
    items = []
    for question in questions:
        plan = plans[question.plan_id]
        question.case = plan.case
        if question.pk in waiting and allowed(check_can_check_again, member, question):
            number = {"question": question.number, "plan": plan.number}
            what = _("Hold question %(question)d of plan %(plan)d against the record") % number
            items.append(_item(plan, what, due=plan.interview_on or question.due_on))
    return items


def _to_sign(member: Member, plans: dict[int, Plan]) -> list[WorkItem]:
    live = Signature.objects.visible_to(member).filter(plan__in=plans, withdrawn_at=None, agency_id=member.agency_id)
    signed = {signature.plan_id for signature in live.order_by("pk")}
    return [
        _item(plan, _("Sign plan %(number)d for your agency") % {"number": plan.number}, due=plan.interview_on)
        for plan in plans.values()
        if plan.pk not in signed and plan.telling_id is None and allowed(check_takes_part, member, plan.case)
    ]


def _interviewed(count: int, plan: Plan) -> str:
    return ngettext(
        "Say what became of %(count)d question of plan %(number)d",
        "Say what became of %(count)d questions of plan %(number)d",
        count,
    ) % {"count": count, "number": plan.number}


def _asked(question: Question, plan: Plan) -> WorkItem:
    words = _("Your question %(question)d of plan %(plan)d has no outcome yet")
    if plan.telling_id is not None:
        words = _("Say what became of your question %(question)d of plan %(plan)d")
    names = {"question": question.number, "plan": plan.number}
    address = reverse("planning:question", args=[plan.case.reference, plan.number, question.number])
    return WorkItem(
        pseudonym=plan.case.pseudonym,
        reference=plan.case.reference,
        url=address,
        what=words % names,
        due=question.due_on,
    )


def _item(plan: Plan, what: str, **more: object) -> WorkItem:
    return WorkItem(
        pseudonym=plan.case.pseudonym,
        reference=plan.case.reference,
        url=reverse("planning:plan", args=[plan.case.reference, plan.number]),
        what=what,
        **more,  # type: ignore[arg-type]
    )
