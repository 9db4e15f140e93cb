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
from casework.access.rules import allowed
from casework.access.task import acting_as
from casework.account.prior_actions import answer_told_before
from casework.account.rules import check_can_record_telling
from casework.cases.actions import CaseDetails, ChildIdentity, change_case, close_case, open_case
from casework.cases.attendance_actions import record_attendance
from casework.cases.entry_actions import EntryContent, write_entry
from casework.cases.kinds import AgeBand, Stage
from casework.cases.models import Case
from casework.cases.people_actions import name_member
from casework.demo import looks
from casework.demo.assessment_stories import add_assessment
from casework.demo.chronology import Chronology
from casework.demo.emergency_stories import add_emergency, add_wall
from casework.demo.identity_stories import add_identity_request
from casework.demo.people import lapse_people, load_people
from casework.demo.plan_stories import add_plan, add_request
from casework.demo.share_stories import add_share
from casework.demo.stories import AttendanceStory, CaseStory, EntryStory, Stories, load_stories
from casework.demo.summary_stories import add_summary
from casework.demo.telling_stories import add_telling
from casework.demo.topic_stories import add_topic_request

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
    chronology.add(story.opened_days_ago, lambda: _answer_told_before(house, story), minute=8 * 60 + 10)
    chronology.add(story.opened_days_ago, lambda: _name_team(house, story), minute=8 * 60 + 20)
    for share in story.shares:
        add_share(chronology, house, story, share)
    for entry in story.entries:
        chronology.add(entry.days_ago, lambda entry=entry: _write(house, story, entry), minute=15 * 60)  # type: ignore[misc]
    for number, telling in enumerate(story.tellings, start=1):
        add_telling(chronology, house, story, number, telling)
    for number, plan in enumerate(story.plans, start=1):
        add_plan(chronology, house, story, number, plan)
    for number, request in enumerate(story.requests, start=1):
        add_request(chronology, house, story, number, request)
    for number, summary in enumerate(story.summaries, start=1):
        add_summary(chronology, house, story, number, summary)
    add_assessment(chronology, house, story)
    _add_exceptions(chronology, house, story)
    for number, appointment in enumerate(story.attendance):
        act = lambda appointment=appointment: _attend(house, story, appointment)  # type: ignore[misc] # noqa: E731
        chronology.add(appointment.days_ago, act, minute=16 * 60 + number)
    looks.add_looks(chronology, house, story)
    last = story.closed_days_ago if story.closed_by else 0
    chronology.add(last or 0, lambda: _move_on(house, story), minute=16 * 60)


def _add_exceptions(chronology: Chronology, house: House, story: CaseStory) -> None:
    """What goes beyond the grants of every day: walls, emergencies, and what is asked for."""
    for wall in story.walls:
        add_wall(chronology, house, story, wall)
    for emergency in story.emergencies:
        add_emergency(chronology, house, story, emergency)
    for asked in story.identity_requests:
        add_identity_request(chronology, house, story, asked)
    for topics in story.topic_requests:
        add_topic_request(chronology, house, story, topics)


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


def _answer_told_before(house: House, story: CaseStory) -> None:
    """What whoever opened the case answered, where they may write down what a child told."""
    by = house.members[story.opened_by]
    with acting_as(by.pk, route="account:told_before"):
        case = _case(house, story, by)
        if allowed(check_can_record_telling, by, case):
            answer_told_before(case=case, by=by, answer=story.told_before)


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
