"""What is assessed in an invented story: the screening, the caution about pictures, the three harms."""

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
