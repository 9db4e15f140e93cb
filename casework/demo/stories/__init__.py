"""The invented stories of the demo, read from the TOML files beside this module.

`people.toml` holds agencies and members; every other TOML file is one case, its key the name of the file. Keys are
stable and refer to each other; codes are those of the `kinds` modules. A day is an offset: `..._days_ago` and
`days_ago` count back from today, `until_days` forward, and the offsets of members are negative for the past.
"""

import datetime
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from casework.demo.stories.planning import PlanStory, RequestStory, read_planning
from casework.demo.stories.protection import (
    EmergencyStory,
    HarmsStory,
    IdentityRequestStory,
    KnownStory,
    ScreeningStory,
    TopicRequestStory,
    WallStory,
    read_protection,
)

PEOPLE = "people.toml"
TRANSCRIPT = "transcript_80.txt"


@dataclass(frozen=True, slots=True)
class AgencyStory:
    """`kind`: an `AgencyKind`; `country`: two letters, ISO 3166."""

    key: str
    name: str
    kind: str
    country: str


@dataclass(frozen=True, slots=True)
class MemberStory:
    """Days from today, negative for the past, the `until` days inclusive; `home` is kept as marks alone."""

    key: str
    name: str
    email: str
    agency: str
    roles: tuple[str, ...]
    language: str
    vetting_from: int = -500
    vetting_until: int = 400
    training_from: int = -300
    training_until: int = 430
    membership_ended: int | None = None  # while it lasts
    home: str = ""


@dataclass(frozen=True, slots=True)
class ChildStory:
    given_names: str
    family_names: str
    birth_date: datetime.date
    address: str
    school: str
    carers: str
    language: str


@dataclass(frozen=True, slots=True)
class EntryStory:
    """`by`: a member key; `compartment`, `nature`: codes. `days_ago`: both happened and written on that day."""

    by: str
    compartment: str
    nature: str
    days_ago: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ShareStory:
    """From the lead agency to agency `to`. `members`: keys named there; `decided_by` is empty while it is offered.

    `until_days`: days from today. `reason`: of a rejection or of a withdrawal. `agreed_by`: the second person of the
    lead agency, where account, therapy or identity is shared; empty while it waits for one.
    """

    to: str
    compartments: tuple[str, ...]
    may_write: tuple[str, ...]
    purpose: str
    legal_basis: str
    state: str
    offered_by: str
    offered_days_ago: int
    until_days: int
    note: str = ""
    decided_by: str = ""
    decided_days_ago: int | None = None
    members: tuple[str, ...] = ()
    revoked_by: str = ""
    revoked_days_ago: int | None = None
    reason: str = ""
    agreed_by: str = ""
    topics: tuple[str, ...] = ()
    consent_from: str = "caregiver"
    withheld: str = ""
    withheld_because: str = ""
    enquiry: str = ""
    report_back: bool = False


@dataclass(frozen=True, slots=True)
class AttendanceStory:
    """An appointment of therapy. `outcome`: a code."""

    by: str
    days_ago: int
    outcome: str


@dataclass(frozen=True, slots=True)
class PassageStory:
    """In the files a row: time code, phase, question type, topics, question, answer. `number` from 1, by order.

    `topics`: codes; in the files one text, with blanks between several.
    """

    number: int
    time_code: str
    phase: str
    question_type: str
    topics: tuple[str, ...]
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class CorrectionStory:
    """`passage`: the number of a passage of the same telling."""

    passage: int
    by: str
    days_ago: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class TellingStory:
    """One occasion, in order of recording. Times are `HH:MM`, UTC. `interviewer`, `signed_by`, `sealed_by`: member
    keys, empty for none. `people`: rows of name, function, agency key (or empty) and seat; `pauses`: of start, end and
    reason.
    """

    kind: str
    told_days_ago: int
    started_at: str
    ended_at: str
    protocol: str
    told_to: str
    place: str
    present: str
    language: str
    circumstances: str
    demeanour: str
    breaks: str
    recording_reference: str
    recorded_by: str
    recorded_days_ago: int
    passages: tuple[PassageStory, ...]
    interviewer: str = ""
    people: tuple[tuple[str, str, str, str], ...] = ()
    pauses: tuple[tuple[str, str, str], ...] = ()
    told_when: str = ""
    questions_asked: str = ""
    drawings: str = ""
    recording_custodian: str = ""
    note_reference: str = ""
    new_topics: str = ""
    protection: str = ""
    salient_points: str = ""
    signed_by: str = ""
    sealed_by: str = ""
    sealed_days_ago: int | None = None
    corrections: tuple[CorrectionStory, ...] = ()


@dataclass(frozen=True, slots=True)
class SummaryStory:
    """One summary, in order of making. `passages`: places such as `T2 ¶14`. `is_copied`: a copy was issued."""

    title: str
    recipient: str
    purpose: str
    legal_basis: str
    state: str
    made_by: str
    made_days_ago: int
    passages: tuple[str, ...]
    court_reference: str = ""
    decided_by: str = ""
    decided_days_ago: int | None = None
    reason: str = ""
    is_copied: bool = False


@dataclass(frozen=True, slots=True)
class CaseStory:
    """`team`: members of the lead agency who work on it, opener included. `closed_by` is empty while it is open.

    `told_before`: whether the child had told anybody when the case was opened, as a code of PriorAnswer.
    """

    key: str
    pseudonym: str
    stage: str
    risk: str
    lead: str
    opened_by: str
    opened_days_ago: int
    team: tuple[str, ...]
    participants: tuple[str, ...]
    concern: str
    cautions: str
    child: ChildStory
    entries: tuple[EntryStory, ...]
    shares: tuple[ShareStory, ...] = ()
    tellings: tuple[TellingStory, ...] = ()
    summaries: tuple[SummaryStory, ...] = ()
    screening: tuple[ScreeningStory, ...] = ()
    known: tuple[KnownStory, ...] = ()
    harms: tuple[HarmsStory, ...] = ()
    walls: tuple[WallStory, ...] = ()
    emergencies: tuple[EmergencyStory, ...] = ()
    identity_requests: tuple[IdentityRequestStory, ...] = ()
    topic_requests: tuple[TopicRequestStory, ...] = ()
    plans: tuple[PlanStory, ...] = ()
    requests: tuple[RequestStory, ...] = ()
    told_before: str = "no"
    attendance: tuple[AttendanceStory, ...] = ()
    closed_by: str = ""
    closed_days_ago: int | None = None
    closing_reason: str = ""


@dataclass(frozen=True, slots=True)
class Stories:
    """Everything by key. `transcript`: the raw text of 80 passages that the demo offers for pasting."""

    agencies: dict[str, AgencyStory]
    members: dict[str, MemberStory]
    cases: dict[str, CaseStory]
    transcript: str


def load_stories() -> Stories:
    """Read all files. Raises TypeError or KeyError for a row with a field missing or one too many."""
    folder = files(__name__)
    people = tomllib.loads((folder / PEOPLE).read_text(encoding="utf-8"))
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".toml") and path.name != PEOPLE)
    cases = [_read_case(name.removesuffix(".toml"), (folder / name).read_text(encoding="utf-8")) for name in names]
    return Stories(
        agencies={key: AgencyStory(key=key, **row) for key, row in people["agencies"].items()},
        members={key: MemberStory(key=key, **_frozen(row)) for key, row in people["members"].items()},
        cases={case.key: case for case in sorted(cases, key=lambda case: -case.opened_days_ago)},
        transcript=(folder / TRANSCRIPT).read_text(encoding="utf-8"),
    )


def _read_case(key: str, text: str) -> CaseStory:
    row = tomllib.loads(text)
    row["child"] = ChildStory(**row["child"])
    row["entries"] = [EntryStory(**entry) for entry in row["entries"]]
    row["shares"] = [ShareStory(**_frozen(share)) for share in row.get("shares", [])]
    row["tellings"] = [_read_telling(telling) for telling in row.get("tellings", [])]
    row |= read_planning(row)
    row["summaries"] = [SummaryStory(**_frozen(summary)) for summary in row.get("summaries", [])]
    row |= read_protection(row)
    row["attendance"] = [AttendanceStory(**each) for each in row.get("attendance", [])]
    return CaseStory(key=key, **_frozen(row))


def _read_telling(row: dict[str, Any]) -> TellingStory:
    row["passages"] = [_read_passage(number, *passage) for number, passage in enumerate(row["passages"], start=1)]
    row["people"] = tuple(tuple(each) for each in row.get("people", []))
    row["pauses"] = tuple(tuple(each) for each in row.get("pauses", []))
    row["corrections"] = [CorrectionStory(**correction) for correction in row.get("corrections", [])]
    return TellingStory(**_frozen(row))


def _read_passage(number: int, time_code: str, phase: str, kind: str, topics: str, *said: str) -> PassageStory:
    return PassageStory(number, time_code, phase, kind, tuple(topics.split()), *said)


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
