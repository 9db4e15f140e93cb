"""What the invented stories say of the assessment, of conflicts of interest, of emergencies and of the identity."""

from dataclasses import dataclass


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
