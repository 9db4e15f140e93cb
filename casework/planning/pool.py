"""The only readers of the pooled questions. The number of queries never depends on the number of rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Max

from agencies.models import Member
from casework.account.models import Passage
from casework.account.selectors import anchor_of, label_of
from casework.cases.models import Case
from casework.planning.kinds import QuestionOutcome
from casework.planning.models import Plan, Question, RecordCheck

WITH_CASE = ("case", "case__lead_agency")


@dataclass(frozen=True)
class Place:
    """Where a passage is cited: `T1 ¶14`, and its place on the page of the account."""

    label: str
    anchor: str
    passage: Passage


@dataclass(frozen=True)
class PooledQuestion:
    """A question with those that were merged into it, its passages, and what the record held when it was asked.

    `hidden`: how many of the passages that answer it the reader may not read. `check`, `found`: None and empty for
    who may not read the account.
    """

    question: Question
    merged: tuple[Question, ...]
    answers: tuple[Place, ...]
    hidden: int
    check: RecordCheck | None
    found: tuple[Place, ...]

    @property
    def is_unsearched(self) -> bool:
        """Nobody has held it against the record yet, and it has no outcome; as far as the reader may know."""
        return self.check is not None and not self.check.was_searched and not self.question.outcome

    @property
    def asked_by(self) -> list[str]:
        """Everybody who asked it, this one first."""
        return [each.asked_by_label for each in (self.question, *self.merged)]


def last_question_number(member: Member, plan: Plan) -> int:
    """The number of the last question of a plan; 0 without one."""
    return Question.objects.visible_to(member).filter(plan=plan).aggregate(last=Max("number"))["last"] or 0


def questions_of(member: Member, plan: Plan) -> list[Question]:
    """All questions of a plan, merged ones included, in order."""
    rows = Question.objects.visible_to(member).select_related(*WITH_CASE, "plan", "agency").filter(plan=plan)
    return list(rows.order_by("number"))


def open_questions(member: Member, plan: Plan) -> list[Question]:
    """The questions of a plan that have no outcome and stand for themselves."""
    rows = Question.objects.visible_to(member).select_related("case", "plan").filter(plan=plan, merged_into=None)
    return list(rows.filter(outcome=QuestionOutcome.OPEN).order_by("number"))


def pool_of(member: Member, plan: Plan) -> tuple[PooledQuestion, ...]:
    """The questions of a plan, each with those merged into it. Three queries."""
    return pooled(member, questions_of(member, plan))


def pooled(member: Member, questions: Sequence[Question]) -> tuple[PooledQuestion, ...]:
    """These questions, folded. Two queries beside them."""
    merged: dict[int, list[Question]] = defaultdict(list)
    for question in questions:
        if question.merged_into_id is not None:
            merged[question.merged_into_id].append(question)
    checks = {
        check.question_id: check
        for check in RecordCheck.objects.visible_to(member).select_related("case").filter(question__in=questions)
    }
    wanted = {key for each in questions for key in each.passage_keys}
    wanted |= {key for check in checks.values() for key in check.passage_keys}
    places = places_of(member, wanted)
    return tuple(
        _pooled(question, merged[question.pk], checks.get(question.pk), places)
        for question in questions
        if question.merged_into_id is None
    )


def _pooled(
    question: Question, merged: Sequence[Question], check: RecordCheck | None, places: dict[int, Place]
) -> PooledQuestion:
    answers = tuple(places[key] for key in question.passage_keys if key in places)
    return PooledQuestion(
        question=question,
        merged=tuple(merged),
        answers=tuple(sorted(answers, key=lambda place: (place.passage.telling.number, place.passage.number))),
        hidden=len(question.passage_keys) - len(answers),
        check=check,
        found=tuple(places[key] for key in check.passage_keys if key in places) if check else (),
    )


def unsearched(member: Member, questions: Sequence[Question]) -> dict[int, RecordCheck]:
    """Question key to its check that nobody has made yet, for whoever may read the account."""
    rows = RecordCheck.objects.visible_to(member).select_related("case").filter(was_searched=False)
    return {row.question_id: row for row in rows.filter(question__in=questions).order_by("pk")}


def places_of(member: Member, keys: Iterable[int]) -> dict[int, Place]:
    """Where these passages stand, for those that the reader may read. One query; none for no key."""
    wanted = list(keys)
    if not wanted:
        return {}
    rows = Passage.objects.visible_to(member).select_related("case", "telling").filter(pk__in=wanted)
    return {
        row.pk: Place(
            label_of(row.telling.number, row.number), anchor_of(row.telling.number, row.number), row
        )
        for row in rows
    }  # fmt: skip


def passages_named(member: Member, case: Case, labels: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Keys of passages of this case by (telling, passage) number; what is not there, or closed, is left out."""
    wanted = set(labels)
    rows = Passage.objects.visible_to(member).filter(case=case, telling__number__in={pair[0] for pair in wanted})
    numbers = rows.order_by().values_list("telling__number", "number", "pk")
    return {(telling, number): key for telling, number, key in numbers if (telling, number) in wanted}


def labels_of(member: Member, keys: Iterable[int]) -> str:
    """`T1 ¶14, T2 ¶3`: how these passages are cited, in order."""
    rows = sorted(places_of(member, keys).values(), key=lambda each: (each.passage.telling.number, each.passage.number))
    return ", ".join(place.label for place in rows)
