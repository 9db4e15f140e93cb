"""What the invented stories say of plans, pooled questions and requests for a further telling."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class QuestionStory:
    """`passages`: places such as `T2 ¶14`. `merged_into`: number of another question; `decided_by` empty while open."""

    by: str
    days_ago: int
    text: str
    why: str
    due_days: int
    outcome: str = ""
    passages: tuple[str, ...] = ()
    reason: str = ""
    decided_by: str = ""
    decided_days_ago: int = 0
    merged_into: int = 0


@dataclass(frozen=True, slots=True)
class PlanStory:
    """`says`: what the plan says, by field. `signed`: members with the day. `steps`: what, agency, who, due in days."""

    prepared_by: str
    prepared_days_ago: int
    lead_interviewer: str
    interview_days_ago: int
    says: dict[str, str]
    signed: tuple[tuple[str, int], ...] = ()
    steps: tuple[tuple[str, str, str, int], ...] = ()
    questions: tuple[QuestionStory, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestStory:
    """`passages`: where the record answers it, as who asked found in the end; empty while it waits."""

    by: str
    days_ago: int
    needed: str
    questions: str
    expected: str
    found: tuple[str, ...] = ()
    falls_short: str = ""
    passages: tuple[str, ...] = ()
    answered_days_ago: int = 0


def read_planning(row: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Plans and requests of one case, from the lists of its file. Raises: TypeError for a field too many."""
    plans = [
        {**plan, "questions": [_tuples(each) for each in plan.get("questions", [])]} for plan in row.get("plans", [])
    ]
    return {
        "plans": tuple(
            PlanStory(**_tuples({**plan, "questions": [QuestionStory(**each) for each in plan["questions"]]}))
            for plan in plans
        ),
        "requests": tuple(RequestStory(**_tuples(request)) for request in row.get("requests", [])),
    }


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(tuple(each) if isinstance(each, list) else each for each in value)
        if isinstance(value, list)
        else value
        for name, value in row.items()
    }
