"""What the invented stories say of the assessment, of conflicts of interest, emergencies, and what is asked for."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ScreeningStory:
    """One answer of the screening. `question`, `finding`: codes."""

    question: str
    finding: str
    by: str
    days_ago: int
    note: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class KnownStory:
    """What the child knows of pictures. `child_knows`: a code."""

    child_knows: str
    by: str
    days_ago: int
    who_may_speak: str = ""
    must_not_say: str = ""


@dataclass(frozen=True, slots=True)
class HarmsStory:
    """The three harms, by a therapist."""

    by: str
    days_ago: int
    abuse: str = ""
    filmed: str = ""
    circulating: str = ""


@dataclass(frozen=True, slots=True)
class WallStory:
    """A member's conflict of interest, declared by reference. `kind`: a code of `Conflict`."""

    by: str
    kind: str
    days_ago: int


@dataclass(frozen=True, slots=True)
class EmergencyStory:
    """A case opened in an emergency, in the evening. `reviewed_by` is empty while it waits for its review."""

    by: str
    compartments: tuple[str, ...]
    ground: str
    reason: str
    days_ago: int
    explanation: str
    reviewed_by: str = ""
    reviewed_days_ago: int | None = None
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class IdentityRequestStory:
    """Somebody asks who the child is. `parts`: codes; given until as many days, or declined with a reason.

    `decided_by` is empty while it waits. `given_days` 0: declined.
    """

    by: str
    parts: tuple[str, ...]
    reason: str
    words: str
    days_ago: int
    days: int = 3
    decided_by: str = ""
    given_parts: tuple[str, ...] = ()
    given_days: int = 0
    decision_reason: str = ""


@dataclass(frozen=True, slots=True)
class TopicRequestStory:
    """Somebody of another agency asks for topics of the account, and waits. `topics`, `purpose`: codes."""

    by: str
    topics: tuple[str, ...]
    purpose: str
    why: str
    days_ago: int


KINDS: dict[str, Any] = {
    "screening": ScreeningStory,
    "known": KnownStory,
    "harms": HarmsStory,
    "walls": WallStory,
    "emergencies": EmergencyStory,
    "identity_requests": IdentityRequestStory,
    "topic_requests": TopicRequestStory,
}


def read_protection(row: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """These parts of one case, from the lists of its file. Raises: TypeError for a field missing or one too many."""
    return {name: tuple(kind(**_tuples(each)) for each in row.get(name, [])) for name, kind in KINDS.items()}


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
