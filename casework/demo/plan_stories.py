"""Plans of the invented stories: prepared, signed, asked for; and further tellings that were asked for."""

import datetime
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.utils import timezone

from casework.access.task import acting_as
from casework.demo.chronology import Chronology
from casework.demo.stories import CaseStory
from casework.demo.stories.planning import PlanStory, QuestionStory, RequestStory
from casework.demo.telling_stories import case_of
from casework.planning.actions import prepare_plan, sign_plan
from casework.planning.contents import PlanContent
from casework.planning.models import Plan, Question
from casework.planning.pool import passages_named
from casework.planning.question_actions import (
    Outcome,
    QuestionContent,
    RecordSearch,
    ask_question,
    merge_questions,
    set_outcome,
)
from casework.planning.request_actions import RequestContent, ask_further_telling, take_answer
from casework.planning.request_models import FurtherRequest
from casework.planning.step_actions import StepContent, add_step

MORNING, NOON, EVENING = 9 * 60 + 30, 11 * 60, 17 * 60 + 10  # outcomes before a telling is signed, at twenty past five


def add_plan(chronology: Chronology, house: Any, story: CaseStory, number: int, plan: PlanStory) -> None:
    """Prepared, signed and asked for, each on its day; the outcomes in the order of the questions."""
    chronology.add(plan.prepared_days_ago, lambda: _prepare(house, story, number, plan), minute=MORNING)
    for member, day in plan.signed:
        chronology.add(day, partial(_sign, house, story, number, member), minute=MORNING + 40)
    for place, question in enumerate(plan.questions, start=1):
        chronology.add(question.days_ago, partial(_ask, house, story, number, question), minute=NOON + place)
        if question.merged_into:
            merge = partial(_merge, house, story, number, plan, place, question)
            chronology.add(question.days_ago, merge, minute=NOON + 40)
        if question.decided_by:
            decide = partial(_decide, house, story, number, place, question)
            chronology.add(question.decided_days_ago, decide, minute=EVENING)


def add_request(chronology: Chronology, house: Any, story: CaseStory, number: int, request: RequestStory) -> None:
    """Asked for, and answered from the record where the story says so."""
    chronology.add(request.days_ago, lambda: _request(house, story, request), minute=NOON)
    if request.passages:
        chronology.add(request.answered_days_ago, lambda: _take(house, story, number, request), minute=NOON + 30)


def _prepare(house: Any, story: CaseStory, number: int, plan: PlanStory) -> None:
    by = house.members[plan.prepared_by]
    with acting_as(by.pk, route="planning:new_plan"):
        content = PlanContent(
            **plan.says,  # type: ignore[arg-type] # codes and texts alone
            lead_interviewer=house.members[plan.lead_interviewer],
            interview_on=_day(-plan.interview_days_ago),
        )
        made = prepare_plan(case=case_of(house, story, by), by=by, number=number, content=content)
        for place, (what, agency, who, due) in enumerate(plan.steps, start=1):
            step = StepContent(what, who, house.agencies[agency], _day(due))
            add_step(plan=made, by=by, number=place, step=step)


def _sign(house: Any, story: CaseStory, number: int, member: str) -> None:
    by = house.members[member]
    with acting_as(by.pk, route="planning:sign_plan"):
        plan = _plan(house, story, number, by)
        sign_plan(plan=plan, by=by, version=plan.version)


def _ask(house: Any, story: CaseStory, number: int, question: QuestionStory) -> None:
    by = house.members[question.by]
    with acting_as(by.pk, route="planning:ask"):
        content = QuestionContent(question.text, question.why, _day(question.due_days))
        ask_question(plan=_plan(house, story, number, by), by=by, content=content, search=RecordSearch())


def _merge(house: Any, story: CaseStory, number: int, plan: PlanStory, place: int, question: QuestionStory) -> None:
    by = house.members[plan.prepared_by]
    with acting_as(by.pk, route="planning:merge"):
        merge_questions(plan=_plan(house, story, number, by), by=by, keep=question.merged_into, others=[place])


def _decide(house: Any, story: CaseStory, number: int, place: int, question: QuestionStory) -> None:
    by = house.members[question.decided_by]
    with acting_as(by.pk, route="planning:question"):
        rows = Question.objects.visible_to(by).select_related("case", "case__lead_agency", "plan")
        row = rows.get(case_id=house.cases[story.key], plan__number=number, number=place)
        outcome = Outcome(question.outcome, question.reason, _keys(house, story, by, question.passages))
        set_outcome(question=row, by=by, version=row.version, outcome=outcome)


def _request(house: Any, story: CaseStory, request: RequestStory) -> None:
    by = house.members[request.by]
    with acting_as(by.pk, route="planning:new_request"):
        content = RequestContent(request.needed, request.questions, request.expected)
        search = RecordSearch(_keys(house, story, by, request.found), request.falls_short)
        ask_further_telling(case=case_of(house, story, by), by=by, content=content, search=search)


def _take(house: Any, story: CaseStory, number: int, request: RequestStory) -> None:
    by = house.members[request.by]
    with acting_as(by.pk, route="planning:take_answer"):
        rows = FurtherRequest.objects.visible_to(by).select_related("case", "case__lead_agency")
        row = rows.get(case_id=house.cases[story.key], number=number)
        keys = _keys(house, story, by, request.passages)
        take_answer(request=row, by=by, version=row.version, passage_keys=keys)


def _plan(house: Any, story: CaseStory, number: int, by: Any) -> Plan:
    rows = Plan.objects.visible_to(by).select_related("case", "case__lead_agency")
    plan: Plan = rows.get(case_id=house.cases[story.key], number=number)
    return plan


def _keys(house: Any, story: CaseStory, by: Any, places: Iterable[str]) -> tuple[int, ...]:
    numbers = [tuple(int(part) for part in place[1:].split(" ¶")) for place in places]
    found = passages_named(by, case_of(house, story, by), numbers)  # type: ignore[arg-type]
    return tuple(found[number] for number in numbers)  # type: ignore[index]


def _day(days: int) -> datetime.date:
    return timezone.now().date() + datetime.timedelta(days=days)
