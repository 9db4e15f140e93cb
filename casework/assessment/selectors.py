"""The only readers of the assessment. Newest versions first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from casework.assessment.kinds import Finding, Screened
from casework.assessment.models import Distribution, Harms, ScreeningAnswer


@dataclass(frozen=True)
class ScreenedQuestion:
    """One question with its answers, newest first; without one it was not yet looked into."""

    question: Screened
    answers: tuple[ScreeningAnswer, ...]

    @property
    def newest(self) -> ScreeningAnswer | None:
        """The answer that counts."""
        return self.answers[0] if self.answers else None

    @property
    def earlier(self) -> tuple[ScreeningAnswer, ...]:
        """What was answered before."""
        return self.answers[1:]

    @property
    def version(self) -> int:
        """Of the newest answer; 0 without one."""
        return self.answers[0].version if self.answers else 0

    @property
    def is_open(self) -> bool:
        """True while nobody has looked into it."""
        return not self.answers or self.answers[0].finding == Finding.NOT_YET


def screening_of(member: Any, case: Any) -> tuple[ScreenedQuestion, ...]:
    """All questions, in their order. One query."""
    rows = ScreeningAnswer.objects.visible_to(member).select_related("case").filter(case=case).order_by("-version")
    answers: Sequence[ScreeningAnswer] = list(rows)
    return tuple(
        ScreenedQuestion(question, tuple(each for each in answers if each.question == question))
        for question in Screened
    )


def open_questions(member: Any, case: Any) -> list[str]:
    """Codes of the questions that nobody has looked into yet."""
    return [each.question.value for each in screening_of(member, case) if each.is_open]


def distribution_of(member: Any, case: Any) -> list[Distribution]:
    """What the child knows of pictures, every version, newest first."""
    rows = Distribution.objects.visible_to(member).select_related("case").filter(case=case)
    return list(rows.order_by("-version"))


def newest_distribution(member: Any, case: Any) -> Distribution | None:
    """What the child knows of pictures by now; None when nobody has recorded it."""
    rows = Distribution.objects.visible_to(member).select_related("case").filter(case=case)
    found: Distribution | None = rows.order_by("-version").first()
    return found


def harms_of(member: Any, case: Any) -> list[Harms]:
    """The assessments of the three harms, newest first; none for who may not read the therapy compartment."""
    return list(Harms.objects.visible_to(member).select_related("case").filter(case=case).order_by("-version"))
