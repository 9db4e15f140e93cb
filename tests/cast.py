"""One cast of invented people for every test, and one case that most of them have something to do with."""

import dataclasses
import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.standing import today
from casework.access.actions import GrantTerms, raise_wall
from casework.access.database import bind_member
from casework.access.models import CaseGrant
from casework.access.task import acting_as
from casework.account.actions import TellingLog, add_passages, record_telling
from casework.account.models import Passage, Telling
from casework.account.seal_actions import seal_telling, sign_telling
from casework.account.transcript import split_transcript
from casework.audit.context import Asker, asked_by
from casework.audit.models import AuditEntry
from casework.cases.actions import ChildIdentity, open_case
from casework.cases.entry_actions import EntryContent, write_entry
from casework.cases.models import Case, Entry, Participant
from casework.cases.people_actions import add_participant, name_member
from casework.custody.actions import WantedIdentity, ask_identity
from casework.emergency.actions import Emergency, break_glass, end_emergency, explain
from casework.planning.actions import prepare_plan, sign_plan
from casework.planning.contents import PlanContent
from casework.planning.models import Hearing, Plan
from casework.planning.question_actions import QuestionContent, RecordSearch, ask_question
from casework.planning.request_actions import RequestContent, ask_further_telling
from casework.planning.step_actions import StepContent, add_step
from casework.sharing.actions import accept_share, agree_to_share, offer_share
from casework.sharing.models import Share
from casework.sharing.request_actions import WantedTopics, ask_topics
from casework.sharing.terms import ShareTerms
from casework.summaries.actions import SummaryDetails, approve, ask_approval, choose_items, start_summary
from casework.summaries.copies import ask_copy
from casework.summaries.left_out import stamp_now

CONCERN = "Concern phrase kestrel-lantern"
GIVEN_NAME, FAMILY_NAME, BIRTH_DATE = "Aurelia-Quill", "Vantaanpuro", "2014-03-09"
ANSWER, QUESTION = "Answer phrase copper-thimble on a Thursday", "Question phrase about the marmalade-boat"
NOTE = "Police note phrase with a velvet-compass"
THERAPY_NOTE = "Therapy note phrase with a paper-harbour"
SOCIAL_NOTE = "Social note phrase with an orchard-gate"
POOLED = "Pooled question phrase with a tin-lighthouse"
KNOWN = "Known already phrase with a glass-meadow"
ASKED_BECAUSE = "Reason phrase with a willow-ferry"
NEEDED_TOPICS = "Need phrase with a thistle-bridge"
PHRASES = (
    NEEDED_TOPICS,
    ASKED_BECAUSE,
    POOLED,
    KNOWN,
    CONCERN,
    GIVEN_NAME,
    FAMILY_NAME,
    BIRTH_DATE,
    ANSWER,
    QUESTION,
    NOTE,
    THERAPY_NOTE,
    SOCIAL_NOTE,
)


@dataclass
class Cast:
    """Members by name, and what they have made. `people` holds every member for walks over all of them."""

    people: dict[str, Member] = field(default_factory=dict)
    agencies: dict[str, Agency] = field(default_factory=dict)
    case: Any = None
    other_case: Any = None
    telling: Any = None
    open_telling: Any = None
    passage: Any = None
    entry: Any = None
    share: Any = None
    therapy_share: Any = None
    offered: Any = None
    participant: Any = None
    audit_entry: Any = None
    emergency: Any = None
    hearing: Any = None
    identity_request: Any = None
    topic_request: Any = None

    def __getattr__(self, name: str) -> Member:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None


AGENCIES = {
    "harbour_social": ("Harbour Social Services", "social_services", "DK"),
    "north_police": ("North Police", "police", "DK"),
    "bluebell_therapy": ("Bluebell Therapy", "therapy", "FI"),
    "crown_prosecution": ("Crown Prosecution", "prosecution", "IT"),
    "far_social": ("Far Social Services", "social_services", "FI"),
    "hill_clinic": ("Hill Clinic", "medical", "DK"),
    "quiet_house": ("Quiet House", "therapy", "FI"),
}
MEMBERS = {
    "lead_worker": ("harbour_social", ["social_worker"]),
    "lead_supervisor": ("harbour_social", ["supervisor"]),
    "lead_colleague": ("harbour_social", ["social_worker"]),
    "lead_admin": ("harbour_social", ["agency_administrator"]),
    "lead_auditor": ("harbour_social", ["auditor"]),
    "walled_worker": ("harbour_social", ["social_worker"]),
    "lapsed_worker": ("harbour_social", ["social_worker"]),
    "expired_worker": ("harbour_social", ["social_worker"]),
    "ended_member": ("harbour_social", ["social_worker"]),
    "investigator": ("north_police", ["investigator", "interviewer"]),
    "police_supervisor": ("north_police", ["supervisor"]),
    "therapist": ("bluebell_therapy", ["therapist"]),
    "therapy_supervisor": ("bluebell_therapy", ["supervisor"]),
    "prosecutor": ("crown_prosecution", ["prosecutor"]),
    "prosecution_supervisor": ("crown_prosecution", ["supervisor"]),
    "stranger": ("far_social", ["social_worker"]),
    "stranger_supervisor": ("far_social", ["supervisor"]),
}
SOCIAL_WORKERS = ("walled_worker", "expired_worker", "lapsed_worker", "ended_member")
OWN_TERMS = GrantTerms(purpose="protect", legal_basis="public_task")
RELATED = ("case", "case__lead_agency", "from_agency", "to_agency")


def seed_cast() -> Cast:
    """Play everybody in, committed, each step as the member who does it."""
    cast = Cast()
    with asked_by(Asker(name="Test")):
        for key, (name, kind, country) in AGENCIES.items():
            made = Agency.objects.using("owner").create(name=name, kind=kind, country=country)
            cast.agencies[key] = Agency.objects.get(pk=made.pk)
            if key != "harbour_social":
                _member(f"{key}_admin", cast.agencies[key], ["agency_administrator"])
        for key, (agency, roles) in MEMBERS.items():
            cast.people[key] = _member(key, cast.agencies[agency], roles)
    cast.case = _open(cast, "lead_worker", "Amber Heron")
    cast.other_case = _open(cast, "stranger", "Silver Birch")
    _name_colleagues(cast, ("lead_supervisor", *SOCIAL_WORKERS))
    _share_with_partners(cast)
    with acting_as(cast.lead_worker.pk, route="test"):
        to, case = cast.agencies["far_social"], _case(cast, cast.lead_worker)
        cast.offered = offer_share(case=case, to=to, by=cast.lead_worker, terms=_terms(("social",), ()))
    _write_everything(cast)
    _summarise(cast)
    _plan(cast)
    _lapse(cast)
    _break_glass(cast)
    _ask_identity(cast)
    _ask_topics(cast)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        cast.audit_entry = AuditEntry.objects.filter(case_id=cast.case.pk).order_by("pk").first()
    return cast


@contextmanager
def administered(agency: Agency) -> Iterator[None]:
    """As the administrator of this agency: only they add and change its members, also by plain SQL."""
    administrator = Member.objects.get(agency=agency, roles__contains=["agency_administrator"])
    with transaction.atomic(), connection.cursor() as cursor:
        bind_member(cursor, administrator.pk)
        try:
            yield
        finally:
            bind_member(cursor, None)


def _member(key: str, agency: Agency, roles: list[str]) -> Member:
    dates = {
        f"{kind}_{end}": today() + datetime.timedelta(days=days)
        for kind in ("vetting", "training")
        for end, days in (("from", -100), ("until", 100))
    }
    member = Member(
        email=f"{key}@cast.example", name=key.replace("_", " ").title(), agency=agency, roles=roles, **dates
    )
    member.set_unusable_password()
    member.save(using="owner")
    return Member.objects.select_related("agency").get(pk=member.pk)


def _open(cast: Cast, by: str, pseudonym: str) -> Case:
    with acting_as(cast.people[by].pk, route="test"):
        child = ChildIdentity(given_names=GIVEN_NAME, family_names=FAMILY_NAME, birth_date=BIRTH_DATE)
        return open_case(
            by=cast.people[by], pseudonym=pseudonym, concern=CONCERN, risk="high", age_band="10-12", child=child
        )


def _case(cast: Cast, member: Member) -> Case:
    case: Case = Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.case.pk)
    return case


def _name_colleagues(cast: Cast, keys: tuple[str, ...]) -> None:
    supervisor = cast.lead_supervisor
    for key in keys:
        member = cast.people[key]
        write = ["overview", "legal"] if key == "lead_supervisor" else ["overview", "social"]
        read = (
            ["overview", "account", "legal"]
            if key == "lead_supervisor"
            else ["overview", "identity", "account", "social"]
        )
        with acting_as(supervisor.pk, route="test"):
            case = Case.objects.overseen_by(supervisor).select_related("lead_agency").get(pk=cast.case.pk)
            name_member(case=case, member=member, by=supervisor, read=read, write=write, terms=OWN_TERMS)


def _terms(compartments: tuple[str, ...], may_write: tuple[str, ...]) -> ShareTerms:
    until = timezone.now() + datetime.timedelta(days=30)
    return ShareTerms(compartments, may_write, "investigate", "public_task", until, "A note")


def _share(
    cast: Cast,
    agency: str,
    supervisor: str,
    members: list[str],
    compartments: tuple[str, ...],
    may_write: tuple[str, ...],
) -> Share:
    lead, receiver = cast.lead_worker, cast.people[supervisor]
    with acting_as(lead.pk, route="test"):
        share = offer_share(
            case=_case(cast, lead), to=cast.agencies[agency], by=lead, terms=_terms(compartments, may_write)
        )
    if share.needs_second_person:
        with acting_as(cast.lead_supervisor.pk, route="test"):
            agree_to_share(share=share, by=cast.lead_supervisor, version=1)
    with acting_as(receiver.pk, route="test"):
        offered = Share.objects.offered_to(receiver).select_related(*RELATED).get(pk=share.pk)
        accept_share(share=offered, by=receiver, version=offered.version, members=[cast.people[key] for key in members])
        return offered


def second_case(cast: Cast, pseudonym: str) -> Cast:
    """Another case of the same people, named and shared as the first one is; nothing is written in it yet.

    A colleague is named on this one alone, and Hill Clinic takes part in this one alone.
    """
    other = dataclasses.replace(cast)
    other.case = _open(other, "lead_worker", pseudonym)
    _name_colleagues(other, ("lead_supervisor", "lead_colleague"))
    _share_with_partners(other)
    with acting_as(other.lead_worker.pk, route="test"):
        add_participant(
            case=_case(other, other.lead_worker), agency=other.agencies["hill_clinic"], by=other.lead_worker
        )
    return other


def fill_case(other: Cast) -> None:
    """A second case gets what the first one has, but for who asked for what; and one telling and a wall more."""
    _write_everything(other)
    _tell(other, 3)
    _plan(other)
    with acting_as(other.lead_supervisor.pk, route="test"):
        raise_wall(case=other.case, member=other.walled_worker, by=other.lead_supervisor)


def _share_with_partners(cast: Cast) -> None:
    cast.share = _share(
        cast,
        "north_police",
        "police_supervisor",
        ["investigator"],
        ("identity", "account", "police"),
        ("account", "police"),
    )
    cast.therapy_share = _share(
        cast, "bluebell_therapy", "therapy_supervisor", ["therapist"], ("therapy",), ("therapy",)
    )
    _share(
        cast,
        "crown_prosecution",
        "prosecution_supervisor",
        ["prosecutor", "prosecution_supervisor"],
        ("account", "legal"),
        ("legal",),
    )


def _write_everything(cast: Cast) -> None:
    for author, compartment, text in (
        ("investigator", "police", NOTE),
        ("therapist", "therapy", THERAPY_NOTE),
        ("lead_worker", "social", SOCIAL_NOTE),
    ):
        member = cast.people[author]
        with acting_as(member.pk, route="test"):
            content = EntryContent("fact", today(), "A title", text)
            entry: Entry = write_entry(case=_case(cast, member), by=member, compartment=compartment, content=content)
        cast.entry = entry if author == "lead_worker" else cast.entry
    for number in (1, 2):
        _tell(cast, number)
    with acting_as(cast.investigator.pk, route="test"):
        rows = Telling.objects.visible_to(cast.investigator).select_related("case", "case__lead_agency")
        cast.telling, cast.open_telling = rows.get(case=cast.case, number=1), rows.get(case=cast.case, number=2)
        cast.passage = Passage.objects.visible_to(cast.investigator).get(telling=cast.telling, number=1)


def _tell(cast: Cast, number: int) -> None:
    member = cast.investigator
    passages = split_transcript(f"I: {QUESTION}?\nC: {ANSWER}.\nI: And then, {QUESTION}?\nC: No more.").passages
    with acting_as(member.pk, route="test"):
        log = TellingLog("joint" if number == 1 else "prior", today(), interviewer_id=member.pk)
        telling = record_telling(case=_case(cast, member), by=member, number=number, log=log)
        add_passages(telling=telling, by=member, version=1, passages=passages)
    if number == 1:
        for who, act in ((member, sign_telling), (cast.lead_worker, seal_telling)):
            with acting_as(who.pk, route="test"):
                telling = telling_of(cast.case, 1, who)
                act(telling=telling, by=who, version=telling.version)


def telling_of(case: Case, number: int, member: Member) -> Telling:
    """A telling as this member sees it, with what its actions need."""
    rows = Telling.objects.visible_to(member).select_related("case", "case__lead_agency")
    telling: Telling = rows.get(case=case, number=number)
    return telling


def name_police(cast: Cast, case: Case, act: Any) -> Member:
    """Share overview and account of a case that the lead worker opened with the police, who name the investigator.

    `act(member)`: how the test acts as somebody. Returns the investigator, who may write in the account.
    """
    lead, receiver = cast.lead_worker, cast.police_supervisor
    with act(lead):
        terms = _terms(("account",), ("account",))
        share = offer_share(case=case, to=cast.agencies["north_police"], by=lead, terms=terms)
    with act(cast.lead_supervisor):
        agree_to_share(share=share, by=cast.lead_supervisor, version=1)
    with act(receiver):
        offered = Share.objects.offered_to(receiver).select_related(*RELATED).get(pk=share.pk)
        # As the database has them: other tests may have left something on the objects of the cast.
        police = Member.objects.select_related("agency").get(pk=cast.investigator.pk)
        accept_share(share=offered, by=receiver, version=offered.version, members=[police])
    return police


def seal_by_two(telling: Telling, first: Member, second: Member, act: Any) -> Telling:
    """Signed by `first`, sealed by `second`: one of the police, one of social work, both writing in the account.

    `act(member)`: how the test acts as somebody.
    """
    for who, step in ((first, sign_telling), (second, seal_telling)):
        with act(who):
            row = telling_of(telling.case, telling.number, who)
            row = step(telling=row, by=who, version=row.version)
    return row


def _summarise(cast: Cast) -> None:
    """S1 holds one passage, is approved, and its copy 1 waits for a worker."""
    maker, approver = cast.prosecutor, cast.prosecution_supervisor
    details = SummaryDetails("For the hearing", "District court", "", "prosecute", "court_order")
    with acting_as(maker.pk, route="test"):
        summary = start_summary(case=_case(cast, maker), by=maker, number=1, details=details)
        choose_items(summary=summary, by=maker, version=1, passages=[cast.passage.pk], entries=[])
    with acting_as(maker.pk, route="test"):
        ask_approval(summary=summary, by=maker, version=2)
    with acting_as(approver.pk, route="test"):
        approve(summary=summary, by=approver, version=3, seen=stamp_now(approver, summary))
    with acting_as(maker.pk, route="test"):
        ask_copy(summary=summary, by=maker, number=1)
        agency = cast.agencies["crown_prosecution"]
        cast.participant = Participant.objects.visible_to(maker).get(case=cast.case, agency=agency)


def _break_glass(cast: Cast) -> None:
    """A colleague opened the case in an emergency, ended it and explained it; nobody has reviewed it yet."""
    member = cast.lead_colleague
    with acting_as(member.pk, route="test"):
        wanted = Emergency(cast.case.reference, ["social"], "danger", "The reason given then")
        cast.emergency = break_glass(by=member, wanted=wanted)
        end_emergency(emergency=cast.emergency, by=member)
    with acting_as(member.pk, route="test"):
        explain(emergency=cast.emergency, by=member, version=2, text="The explanation given afterwards")


def _ask_identity(cast: Cast) -> None:
    """The therapist asks for the child's names; nobody has decided yet. The lead supervisor would."""
    member = cast.therapist
    with acting_as(member.pk, route="test"):
        until = timezone.now() + datetime.timedelta(days=3)
        wanted = WantedIdentity(["names"], "contact", ASKED_BECAUSE, until)
        cast.identity_request = ask_identity(case=_case(cast, member), by=member, wanted=wanted)


def _ask_topics(cast: Cast) -> None:
    """The therapist asks the lead agency for two topics of the account; nobody has answered yet."""
    member = cast.therapist
    with acting_as(member.pk, route="test"):
        wanted = WantedTopics(["feelings", "safety"], "treat", NEEDED_TOPICS)
        cast.topic_request = ask_topics(case=_case(cast, member), by=member, wanted=wanted)


def _plan(cast: Cast) -> None:
    """Plan 1 is led by the investigator, who signed it and asked its question; the lead agency owes a step.

    The prosecutor asks for a further telling, about which the therapist is heard.
    """
    worker, asker, later = cast.lead_worker, cast.investigator, today() + datetime.timedelta(days=9)
    with acting_as(worker.pk, route="test"):
        content = PlanContent(purpose="To hear the child once.", known=KNOWN, lead_interviewer=asker)
        plan = prepare_plan(case=_case(cast, worker), by=worker, number=1, content=content)
        step = StepContent("Book the room.", "The desk", worker.agency, later)
        add_step(plan=plan, by=worker, number=1, step=step)
    with acting_as(asker.pk, route="test"):
        plan = Plan.objects.visible_to(asker).select_related("case", "case__lead_agency").get(case=cast.case)
        sign_plan(plan=plan, by=asker, version=1)
        question = QuestionContent(f"{POOLED}?", "To find the place.", later)
        ask_question(plan=plan, by=asker, content=question, search=RecordSearch())
    prosecutor = cast.prosecutor
    with acting_as(prosecutor.pk, route="test"):
        request = RequestContent("The charge needs a date.", "Which date was it?", "The date.")
        ask_further_telling(case=_case(cast, prosecutor), by=prosecutor, content=request, search=RecordSearch())
        cast.hearing = Hearing.objects.visible_to(prosecutor).get(case=cast.case)


def _lapse(cast: Cast) -> None:
    """The wall, the lapsed vetting, the ended grants and the ended membership, after their part in the story."""
    with acting_as(cast.walled_worker.pk, route="test"):
        raise_wall(case=cast.case, member=cast.walled_worker, by=cast.walled_worker)
    yesterday = today() - datetime.timedelta(days=1)
    with asked_by(Asker(name="Test")):
        lapsed, ended = cast.lapsed_worker, cast.ended_member
        lapsed.vetting_until = yesterday
        with administered(lapsed.agency):
            lapsed.save(update_fields=["vetting_until"])
        ended.membership_ended_on, ended.is_active = yesterday, False
        with administered(ended.agency):
            ended.save(update_fields=["membership_ended_on", "is_active"])
    with acting_as(cast.lead_supervisor.pk, route="test"):
        for grant in CaseGrant.objects.filter(user=cast.expired_worker, content_object=cast.case):
            grant.ended_at, grant.ended_by = timezone.now(), cast.lead_supervisor
            grant.save(update_fields=["ended_at", "ended_by"])
    assert connection.settings_dict["USER"] == "casework_app"
