"""The only writers of questions: into the pool, merged, and out of it with an outcome. Lock, check, change, record."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.cases.submission import AlreadySaved
from casework.planning.actions import lock_open_plan
from casework.planning.kinds import WITH_PASSAGES, WITH_REASON, QuestionOutcome
from casework.planning.models import Plan, Question, RecordCheck
from casework.planning.pool import last_question_number, places_of, questions_of, unsearched
from casework.planning.rules import (
    check_can_ask,
    check_can_change_plan,
    check_can_check_again,
    check_can_set_outcome,
)
from casework.planning.states import OUTCOMES
from casework.vault.ids import new_id


@dataclass(frozen=True)
class QuestionContent:
    """What an agency needs to know, and why; `due_on`: by when it needs the answer."""

    text: str
    why: str
    due_on: datetime.date


@dataclass(frozen=True)
class RecordSearch:
    """What the search of the record found (keys, best first), and why it does not do. `was_searched`: by this asker."""

    passage_keys: tuple[int, ...] = ()
    falls_short: str = ""
    was_searched: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of a question: a code, with a reason or with keys of passages, as the code asks for."""

    code: str
    reason: str = ""
    passage_keys: tuple[int, ...] = ()


@transaction.atomic
def ask_question(
    *,
    plan: Plan,
    by: Any,
    content: QuestionContent,
    search: RecordSearch,
    answered_at: Sequence[int] = (),
    question_id: int | None = None,
) -> Question:
    """Put a question into the pool, with what the record was found to hold.

    `answered_at`: keys of passages of the record that the asker takes as the answer; then it needs nobody any more.
    `question_id`: the key that the form carried, so that the same form can't be saved twice.
    Raises: AccessDenied; StalePage when the plan was closed or held; AlreadySaved; NotVisible for a passage not there.
    """
    plan = lock_open_plan(plan, by, None)
    check_can_ask(by, plan)
    if plan.was_held:
        raise StalePage(_("The interview of this plan was held meanwhile. Ask for a further telling instead."))
    question_id = question_id or new_id()
    if Question.objects.visible_to(by).filter(pk=question_id).exists():
        raise AlreadySaved(question_id)
    question = Question(
        id=question_id,
        case=plan.case,
        plan=plan,
        number=last_question_number(by, plan) + 1,
        agency_id=by.agency_id,
        asked_by=by,
        asked_by_label=by.in_full,
        due_on=content.due_on,
    )
    question.text, question.why = content.text, content.why
    if answered_at:
        _check_passages(by, question, answered_at)
        _decide(question, by, Outcome(QuestionOutcome.FROM_RECORD, passage_keys=tuple(answered_at)))
    question.save(force_insert=True)
    check = RecordCheck(
        case=plan.case,
        question=question,
        passage_keys=list(search.passage_keys),
        was_searched=search.was_searched,
        checked_by=by,
        checked_by_label=by.in_full,
    )
    check.falls_short = search.falls_short
    check.save(force_insert=True)
    return question


@transaction.atomic
def check_again(*, question: Question, by: Any, search: RecordSearch, answered_at: Sequence[int] = ()) -> Question:
    """Hold a question against the record, for an asker who may not read it. Once.

    `answered_at`: keys of the passages that answer it, so that the child is not asked.
    Raises: AccessDenied; NotVisible for a passage that is not there; StalePage once it is checked or decided.
    """
    plan = lock_open_plan(question.plan, by, None)
    question = _now(question, by)
    question.plan = plan
    check_can_check_again(by, question)
    check = unsearched(by, [question]).get(question.pk)
    if check is None or question.outcome or question.merged_into_id is not None:
        raise StalePage(_("This question was checked or decided meanwhile. Look at it again."))
    check.passage_keys, check.falls_short, check.was_searched = list(search.passage_keys), search.falls_short, True
    check.checked_by, check.checked_by_label, check.checked_at = by, by.in_full, timezone.now()
    who = ["checked_by", "checked_by_label", "checked_at"]
    check.save(update_fields=["passage_keys", "falls_short_sealed", "was_searched", *who])
    if answered_at:
        outcome = Outcome(QuestionOutcome.FROM_RECORD, passage_keys=tuple(answered_at))
        return set_outcome(question=question, by=by, version=question.version, outcome=outcome)
    return question


@transaction.atomic
def merge_questions(*, plan: Plan, by: Any, keep: int, others: Sequence[int]) -> Question:
    """Let one question of the pool stand for others as well; who asked them is kept. `keep`, `others`: their numbers.

    Raises: AccessDenied; NotVisible for a number that is not in this plan; StalePage when one is decided or merged.
    """
    plan = lock_open_plan(plan, by, None)
    check_can_change_plan(by, plan)
    pool = {question.number: question for question in questions_of(by, plan)}
    if keep in others or not others or not {keep, *others} <= set(pool):
        raise NotVisible
    for number in (keep, *others):
        if pool[number].merged_into_id is not None or pool[number].outcome:
            raise StalePage(
                _("Question %(number)d was merged or decided meanwhile. Choose again.") % {"number": number}
            )
    for number in others:
        for question in pool.values():  # what was merged into it before goes along
            if question.number == number or question.merged_into_id == pool[number].pk:
                question.merged_into = pool[keep]
                question.version += 1
                question.save(update_fields=["merged_into", "version"])
    return pool[keep]


@transaction.atomic
def take_apart(*, question: Question, by: Any) -> Question:
    """Let a merged question stand for itself again. Raises: AccessDenied; StalePage once the other has an outcome."""
    plan = lock_open_plan(question.plan, by, None)
    check_can_change_plan(by, plan)
    question = _now(question, by)
    if question.merged_into is None:
        return question
    if _now(question.merged_into, by).outcome:
        raise StalePage(_("The question that it was merged into is decided, and stands for both."))
    question.merged_into = None
    question.version += 1
    question.save(update_fields=["merged_into", "version"])
    return question


@transaction.atomic
def set_outcome(*, question: Question, by: Any, version: int, outcome: Outcome) -> Question:
    """Say what became of a question. Until the plan is closed it may be put right; each time is on the record.

    Raises: AccessDenied; NotVisible for a passage that is not there; StalePage.
    """
    plan = lock_open_plan(question.plan, by, None)
    question = _now(question, by)
    question.plan = plan
    check_can_set_outcome(by, question)
    if question.version != version or question.merged_into_id is not None:
        raise StalePage(_("This question was changed meanwhile. Look at it again; what you typed is below."))
    if outcome.code not in OUTCOMES[QuestionOutcome(question.outcome)].ways_out:
        raise AccessDenied(_("A question needs one of the four outcomes."), rule="outcome")
    _check_passages(by, question, outcome.passage_keys)
    _decide(question, by, outcome)
    question.version += 1
    said = ["outcome", "outcome_reason_sealed", "passage_keys", "outcome_by", "outcome_by_label", "outcome_at"]
    question.save(update_fields=[*said, "version"])
    return question


def _decide(question: Question, by: Any, outcome: Outcome) -> None:
    with_passages = outcome.code in WITH_PASSAGES
    if with_passages != bool(outcome.passage_keys) or (outcome.code in WITH_REASON) != bool(outcome.reason):
        raise AccessDenied(
            _("An answer names the passages where it stands; what was not asked or answered says why."), rule="outcome"
        )
    question.outcome, question.outcome_reason = outcome.code, outcome.reason
    question.passage_keys = sorted(set(outcome.passage_keys))
    question.outcome_by, question.outcome_by_label, question.outcome_at = by, by.in_full, timezone.now()


def _check_passages(by: Any, question: Question, keys: Sequence[int]) -> None:
    """Every passage is one of this case that the member may read. Raises: NotVisible."""
    places = places_of(by, keys)
    if any(key not in places or places[key].passage.case_id != question.case_id for key in keys):
        raise NotVisible


def _now(question: Question, by: Any) -> Question:
    rows = Question.objects.visible_to(by).select_related("case", "case__lead_agency", "plan", "merged_into")
    now: Question | None = rows.filter(pk=question.pk, case_id=question.case_id).first()
    if now is None:
        raise NotVisible
    return now
