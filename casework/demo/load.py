"""Plays the invented stories through the real actions, each as the member who does it."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.utils import timezone

from agencies.models import Agency, Member
from casework.access.actions import GrantTerms
from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.access.roles import readable, writable
from casework.access.task import acting_as
from casework.account.actions import (
    PassageTags,
    TellingLog,
    add_passages,
    correct_passage,
    record_telling,
    seal_telling,
    tag_passages,
)
from casework.account.models import Passage, Telling
from casework.account.transcript import SplitPassage
from casework.cases.actions import CaseDetails, ChildIdentity, change_case, close_case, open_case
from casework.cases.attendance_actions import record_attendance
from casework.cases.entry_actions import EntryContent, write_entry
from casework.cases.kinds import AgeBand, Stage
from casework.cases.models import Case
from casework.cases.people_actions import name_member
from casework.demo import looks
from casework.demo.chronology import Chronology
from casework.demo.people import lapse_people, load_people
from casework.demo.share_stories import add_share
from casework.demo.stories import AttendanceStory, CaseStory, EntryStory, Stories, TellingStory, load_stories
from casework.demo.summary_stories import add_summary

AGE_BANDS = ((6, AgeBand.UNDER_6), (10, AgeBand.UNDER_10), (13, AgeBand.UNDER_13), (16, AgeBand.UNDER_16))
Superuser = psycopg.Connection[tuple[object, ...]]
TEAM_COMPARTMENTS = [Compartment.OVERVIEW, Compartment.IDENTITY, Compartment.ACCOUNT, Compartment.SOCIAL]


@dataclass
class House:
    """What the stories have made so far, by story key."""

    stories: Stories
    agencies: dict[str, Agency]
    members: dict[str, Member]
    cases: dict[str, int] = field(default_factory=dict)

    def supervisor_of(self, agency: str) -> Member:
        """The first supervisor of an agency. Raises: StopIteration when the stories name none."""
        return next(
            self.members[story.key]
            for story in self.stories.members.values()
            if story.agency == agency and "supervisor" in story.roles and story.membership_ended is None
        )


def is_loaded() -> bool:
    """True when the demonstration has been loaded into this database."""
    return Agency.objects.exists()


def load_demo(admin: Superuser, tick: Callable[[int, int], None]) -> Stories:
    """Load everything once: people, cases, and weeks of looks. `tick`: progress (done, of).

    `admin`: a superuser's connection to the same database, for the dates; see casework/demo/chronology.py.
    """
    stories = load_stories()
    agencies, members = load_people(stories)
    house, chronology = House(stories, agencies, members), Chronology()
    for story in stories.cases.values():
        _add_case(chronology, house, story)
    chronology.play(lambda: _last_entry(admin), tick, timezone.now())
    lapse_people(stories, members)
    chronology.move_stamps_back(admin)
    chronology.play_today()
    return stories


def _last_entry(admin: Superuser) -> int:
    row = admin.execute("select coalesce(max(id), 0) from audit_auditentry").fetchone()
    return int(str(row[0])) if row else 0


def _add_case(chronology: Chronology, house: House, story: CaseStory) -> None:
    chronology.add(story.opened_days_ago, lambda: _open(house, story), minute=8 * 60)
    chronology.add(story.opened_days_ago, lambda: _name_team(house, story), minute=8 * 60 + 20)
    for share in story.shares:
        add_share(chronology, house, story, share)
    for entry in story.entries:
        chronology.add(entry.days_ago, lambda entry=entry: _write(house, story, entry), minute=15 * 60)  # type: ignore[misc]
    for number, telling in enumerate(story.tellings, start=1):
        _add_telling(chronology, house, story, number, telling)
    for number, summary in enumerate(story.summaries, start=1):
        add_summary(chronology, house, story, number, summary)
    for number, appointment in enumerate(story.attendance):
        act = lambda appointment=appointment: _attend(house, story, appointment)  # type: ignore[misc] # noqa: E731
        chronology.add(appointment.days_ago, act, minute=16 * 60 + number)
    looks.add_looks(chronology, house, story)
    last = story.closed_days_ago if story.closed_by else 0
    chronology.add(last or 0, lambda: _move_on(house, story), minute=16 * 60)


def _open(house: House, story: CaseStory) -> None:
    by, child = house.members[story.opened_by], story.child
    with acting_as(by.pk, route="cases:new"):
        case = open_case(
            by=by,
            pseudonym=story.pseudonym,
            concern=story.concern,
            cautions=story.cautions,
            risk=story.risk,
            age_band=age_band(child.birth_date, timezone.now().date()),
            child=ChildIdentity(**{**_texts(child), "birth_date": child.birth_date.isoformat()}),
        )
    house.cases[story.key] = case.pk


def _texts(story: Any) -> dict[str, str]:
    return {name: str(getattr(story, name)) for name in story.__dataclass_fields__}


def age_band(born: datetime.date, today: datetime.date) -> AgeBand:
    """The band of a child born on this day."""
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return next((band for limit, band in AGE_BANDS if years < limit), AgeBand.UNDER_18)


def _name_team(house: House, story: CaseStory) -> None:
    supervisor = house.supervisor_of(story.lead)
    terms = GrantTerms(purpose=Purpose.PROTECT, legal_basis=LegalBasis.PUBLIC_TASK)
    team = [house.members[key] for key in dict.fromkeys((*story.team, story.opened_by))]
    for member in [supervisor, *team]:
        own = Purpose.SUPERVISE if member == supervisor else Purpose.PROTECT
        theirs = {entry.compartment for entry in story.entries if house.members[entry.by] == member}
        theirs.update(*(share.compartments for share in story.shares if house.members[share.offered_by] == member))
        wanted = list(dict.fromkeys([*TEAM_COMPARTMENTS, *sorted(theirs)]))
        if member == supervisor:
            wanted.append(Compartment.LEGAL)
        with acting_as(supervisor.pk, route="cases:people"):
            case = Case.objects.overseen_by(supervisor).select_related("lead_agency").get(pk=house.cases[story.key])
            name_member(
                case=case,
                member=member,
                by=supervisor,
                read=[each for each in wanted if each in readable(member.roles)],
                write=[each for each in wanted if each in writable(member.roles)],
                terms=GrantTerms(purpose=own, legal_basis=terms.legal_basis),
            )


def _write(house: House, story: CaseStory, entry: EntryStory) -> None:
    by = house.members[entry.by]
    with acting_as(by.pk, route="cases:entry_new"):
        content = EntryContent(
            nature=entry.nature,
            happened_on=timezone.now().date() - datetime.timedelta(days=entry.days_ago),
            title=entry.title,
            text=entry.text,
        )
        case = _case(house, story, by)
        write_entry(case=case, by=by, compartment=entry.compartment, content=content)


def _attend(house: House, story: CaseStory, appointment: AttendanceStory) -> None:
    by = house.members[appointment.by]
    with acting_as(by.pk, route="cases:record_attendance"):
        held_on = timezone.now().date() - datetime.timedelta(days=appointment.days_ago)
        record_attendance(case=_case(house, story, by), by=by, held_on=held_on, outcome=appointment.outcome)


def _case(house: House, story: CaseStory, by: Member) -> Case:
    case: Case = Case.objects.visible_to(by).select_related("lead_agency").get(pk=house.cases[story.key])
    return case


def _add_telling(chronology: Chronology, house: House, story: CaseStory, number: int, telling: TellingStory) -> None:
    recorded = telling.recorded_days_ago
    chronology.add(recorded, lambda: _record(house, story, number, telling), minute=17 * 60 + number)
    if telling.sealed_by and telling.sealed_days_ago is not None:
        chronology.add(telling.sealed_days_ago, lambda: _seal(house, story, number, telling), minute=17 * 60 + 30)
    for correction in telling.corrections:

        def correct(correction: Any = correction) -> None:
            by = house.members[correction.by]
            with acting_as(by.pk, route="account:passage"):
                rows = Passage.objects.visible_to(by).select_related("case", "telling", "case__lead_agency")
                passage = rows.get(case_id=house.cases[story.key], telling__number=number, number=correction.passage)
                passage.telling.case = passage.case
                correct_passage(passage=passage, by=by, text=correction.text, reason=correction.reason)

        chronology.add(correction.days_ago, correct, minute=17 * 60 + 45)


def _record(house: House, story: CaseStory, number: int, telling: TellingStory) -> None:
    by = house.members[telling.recorded_by]
    texts = ("told_to", "place", "present", "language", "circumstances", "demeanour", "breaks", "recording_reference")
    log = TellingLog(
        kind=telling.kind,
        told_on=timezone.now().date() - datetime.timedelta(days=telling.told_days_ago),
        started_at=_time(telling.started_at),
        ended_at=_time(telling.ended_at),
        protocol=telling.protocol,
        **{name: getattr(telling, name) for name in texts},
    )
    asks = telling.told_to.split(",")[0][:120] or "I"
    passages = [
        SplitPassage(each.number, each.question, each.answer, asks, story.pseudonym, each.time_code, False, "")
        for each in telling.passages
    ]
    tags = {each.number: PassageTags(each.phase, each.question_type, each.topics) for each in telling.passages}
    with acting_as(by.pk, route="account:telling_new"):
        row = record_telling(case=_case(house, story, by), by=by, number=number, log=log)
        add_passages(telling=row, by=by, version=_telling(house, story, number, by).version, passages=passages)
        tag_passages(telling=row, by=by, version=_telling(house, story, number, by).version, tags=tags)


def _telling(house: House, story: CaseStory, number: int, by: Member) -> Telling:
    rows = Telling.objects.visible_to(by).select_related("case", "case__lead_agency")
    telling: Telling = rows.get(case_id=house.cases[story.key], number=number)
    return telling


def _seal(house: House, story: CaseStory, number: int, telling: TellingStory) -> None:
    by = house.members[telling.sealed_by]
    with acting_as(by.pk, route="account:seal"):
        row = _telling(house, story, number, by)
        seal_telling(telling=row, by=by, version=row.version)


def _time(text: str) -> datetime.time | None:
    return datetime.time.fromisoformat(text) if text else None


def _move_on(house: House, story: CaseStory) -> None:
    """Bring the case to the stage of its story."""
    by = house.supervisor_of(story.lead)
    with acting_as(by.pk, route="cases:change"):
        case = _case(house, story, by)
        if story.stage == Stage.CLOSED:
            close_case(case=case, by=by, version=case.version, reason=story.closing_reason)
        elif story.stage != case.stage:
            details = CaseDetails(story.stage, case.risk, case.age_band, case.concern, case.cautions)
            change_case(case=case, by=by, version=case.version, details=details)
