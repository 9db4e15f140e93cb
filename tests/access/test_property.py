"""Random sequences of what gives and takes access; after each step three answers are compared, and never differ.

The model (access_model.py) is written out from DESIGN.md and knows nothing of grants, policies or SQL. Beside it:
`has_perm` through guardian with what the guarded manager gives, and what row-level security returns from the tables
themselves: compartments, the notes of each agency in them, and the passages. `CASEWORK_LONG_RUN=400` looks
at so many sequences, each of forty steps, and takes an hour or more.
"""

import datetime
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from agencies.actions import end_membership
from agencies.models import Member
from agencies.standing import today
from casework.access.actions import GrantTerms, lift_wall, raise_wall_by_reference
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.models import Wall
from casework.access.rules import allowed, check_standing
from casework.access.task import acting_as, bound_to
from casework.account.actions import TellingLog, add_passages, record_telling
from casework.account.edit_actions import tag_passages
from casework.account.edits import PassageTags
from casework.account.models import Passage
from casework.account.transcript import split_transcript
from casework.cases.actions import ChildIdentity, close_case, open_case
from casework.cases.models import Case, Entry
from casework.cases.people_actions import end_access, name_member
from casework.emergency.actions import Emergency, NothingOpened, break_glass, end_emergency, explain, review
from casework.emergency.models import EmergencyAccess
from casework.emergency.selectors import RELATED as EMERGENCY_RELATED
from casework.sharing import actions as sharing
from casework.sharing.models import Share
from casework.sharing.review_actions import Decision, review_people
from casework.sharing.reviewing import grants_under_review
from casework.sharing.terms import ShareTerms
from tests.access.access_model import ABOUT, COMPARTMENTS, FITS, LEAD, NOTES, WRITERS, Model, ModelShare
from tests.access.identity_steps import IdentitySteps, one
from tests.cast import RELATED, Cast, telling_of
from tests.conftest import superuser

pytestmark = pytest.mark.slow
LONG = int(os.environ.get("CASEWORK_LONG_RUN", "0"))
# Who decides for an agency on what it is offered, and whom that person can name.
AGENCY = {
    LEAD: ("lead_supervisor", ["lead_colleague", "lead_supervisor"]),
    "north_police": ("police_supervisor", ["investigator", "police_supervisor"]),
    "bluebell_therapy": ("therapy_supervisor", ["therapist", "therapy_supervisor"]),
}
# Who offers for an agency, and who is the second person.
GIVERS = {
    LEAD: ("lead_worker", "lead_supervisor"),
    "north_police": ("investigator", "police_supervisor"),
    "bluebell_therapy": ("therapist", "therapy_supervisor"),
}
# What the lead agency can give: what its worker reads, and the room of the other agency to write in.
MAY_GET = {
    "north_police": {"overview", "identity", "account", "social", "police"},
    "bluebell_therapy": {"overview", "identity", "account", "social", "therapy"},
}
PARTNERS = ["bluebell_therapy", "north_police"]
OUTSIDE = ["stranger", "lead_colleague", "therapist"]
MAY_LEAVE = {
    "lead_colleague": "lead_admin",
    "investigator": "north_police_admin",
    "therapist": "bluebell_therapy_admin",
}
REFUSED = (AccessDenied, NotVisible, StalePage, NothingOpened)
DONE: Counter[str] = Counter()

people = st.sampled_from(sorted(FITS))
some = st.sets(st.sampled_from(COMPARTMENTS), min_size=1, max_size=3)
of_topics = st.sets(st.sampled_from(["home", "online", "school"]), max_size=2)


class Access(IdentitySteps):
    """One new case per run; the people's standing is put back afterwards."""

    cast: Cast
    admin: psycopg.Connection[Any]

    def __init__(self) -> None:
        super().__init__()
        worker = self.cast.lead_worker
        with acting_as(worker.pk, route="test"):
            self.case = open_case(
                by=worker, pseudonym="Test Case", concern="A concern", risk="low", age_band="unknown",
                child=ChildIdentity(given_names="Ada"),
            )  # fmt: skip
            self._tell(worker)
        self.admin.execute(
            "insert into cases_entry (id, case_id, compartment, agency_id, nature, happened_on, title_sealed,"
            " text_sealed, author_id, author_name, author_roles, author_agency, written_at, changed_by_label, version)"
            " select floor(random() * 1e17)::bigint, %s, each, agency, 'fact', current_date, '', '', %s, '', '', '',"
            " now(), '', 1 from unnest(%s::text[]) each, unnest(%s::bigint[]) agency",
            [self.case.pk, worker.pk, NOTES, [self.cast.agencies[each].pk for each in WRITERS]],
        )
        self.agency_of_key = {agency.pk: name for name, agency in self.cast.agencies.items()}
        self.model = Model(own={"lead_worker": {"overview", "identity", "account", "social"}})

    def _tell(self, worker: Any) -> None:
        record_telling(case=self.case, by=worker, number=1, log=TellingLog("prior", today()))
        passages = split_transcript("I: What?\nC: This.\n" * len(ABOUT)).passages
        add_passages(telling=telling_of(self.case, 1, worker), by=worker, version=1, passages=passages)
        tags = {number: PassageTags(topics=tuple(sorted(about))) for number, about in ABOUT.items() if about}
        tag_passages(telling=telling_of(self.case, 1, worker), by=worker, version=2, tags=tags)

    @invariant()
    def the_three_answers_are_one(self) -> None:
        for person in FITS:
            member = Member.objects.select_related("agency").get(pk=self.cast.people[person].pk)
            model = (self.model.reads(person), self.model.notes(person), self.model.passages(person))
            with bound_to(member.pk):
                by_guardian, by_tables = self._by_guardian(member), self._by_tables()
            assert (person, by_guardian, by_tables) == (person, model, model)

    def _by_guardian(self, member: Any) -> tuple[set[str], set[Any], set[int]]:
        """What guardian says, and which rows the application's own wall lets through."""
        standing = allowed(check_standing, member)
        asked = {each for each in COMPARTMENTS if standing and member.has_perm(f"read_{each}", self.case)}
        notes = Entry.objects.visible_to(member).filter(case=self.case).values_list("compartment", "agency_id")
        numbers = set(Passage.objects.visible_to(member).filter(case=self.case).values_list("number", flat=True))
        by_topics = standing and member.has_perm("read_account_topics", self.case)
        assert "account" in asked or by_topics or not numbers
        return asked, {(each, self.agency_of_key[key]) for each, key in notes}, numbers

    def _by_tables(self) -> tuple[set[str], set[Any], set[int]]:
        """What PostgreSQL returns to plain SQL."""
        with connection.cursor() as cursor:
            cursor.execute("select compartment, agency_id from cases_entry where case_id = %s", [self.case.pk])
            notes = {(each, self.agency_of_key[key]) for each, key in cursor.fetchall()}
            cursor.execute("select number from casework_account_passage where case_id = %s", [self.case.pk])
            numbers = {row[0] for row in cursor.fetchall()}
            cursor.execute(
                "select each from unnest(%s::text[]) each"
                " where %s = any((select casework_visible_ids('read_' || each))::bigint[])",
                [COMPARTMENTS, self.case.pk],
            )
            read = {row[0] for row in cursor.fetchall()}
            cursor.execute("select count(*) from cases_child where case_id = %s", [self.case.pk])
            assert bool(cursor.fetchone()[0]) == ("identity" in read)
        return read, notes, numbers

    # What gives access

    @rule(person=st.sampled_from(["lead_colleague", "lead_supervisor"]), read=some)
    def name(self, person: str, read: set[str]) -> None:
        supervisor, member = self.cast.lead_supervisor, self.cast.people[person]
        with self.tried("name", "lead_supervisor") as then:
            case = one(Case.objects.overseen_by(supervisor).select_related("lead_agency"), self.case.pk)
            terms = GrantTerms(purpose="protect", legal_basis="public_task")
            name_member(case=case, member=member, by=supervisor, read=sorted(read), write=[], terms=terms)
            then(lambda: self.model.own.setdefault(person, set()).update({"overview", *read}))

    @initialize(agency=st.sampled_from(PARTNERS), compartments=some, topics=of_topics, hangs=st.booleans())
    def begin(self, agency: str, compartments: set[str], topics: set[str], hangs: bool) -> None:
        """Each run begins with a share in force and somebody to decide, so that there is something to take."""
        self.name("lead_supervisor", {"social"})
        self.offer(agency, {"account", *compartments}, topics, hangs)
        [share] = self.model.shares
        self._second(share, agrees=True)
        self.accepted(share, everybody=True)
        self.ask_for_the_identity(AGENCY[agency][1][0], at_once=True)

    @rule(agency=st.sampled_from(PARTNERS), compartments=some, topics=of_topics, hangs=st.booleans())
    def offer(self, agency: str, compartments: set[str], topics: set[str], hangs: bool) -> None:
        """What the lead agency holds, and the compartments of others to write in."""
        compartments = compartments & MAY_GET[agency] or {"social"}
        named = topics if "account" in compartments else set()
        opened = compartments - {"overview", "identity"} - ({"account"} if named else set())
        self._offer(ModelShare(0, LEAD, agency, {"overview", *compartments}, named, hangs), opened)

    @rule(giver=st.sampled_from(PARTNERS), compartments=some, hangs=st.booleans())
    def share_back(self, giver: str, compartments: set[str], hangs: bool) -> None:
        """What a partner has written itself."""
        self._offer(ModelShare(0, giver, LEAD, {"overview", *compartments}, hangs=hangs), set())

    def _offer(self, share: ModelShare, opened: set[str]) -> None:
        person = GIVERS[share.giver][0]
        if self.has_left(person):
            return
        with self.tried("offer" if share.giver == LEAD else "share back", person) as then:
            member = self.cast.people[person]
            case = one(Case.objects.visible_to(member).select_related("lead_agency"), self.case.pk)
            until = case.review_due if share.hangs else timezone.now() + datetime.timedelta(days=20)
            terms = ShareTerms(
                tuple(share.compartments), tuple(opened), "investigate", "public_task", until,
                topics=tuple(share.topics), enquiry="What the child said of the house",
            )  # fmt: skip
            row = sharing.offer_share(case=case, to=self.cast.agencies[share.agency], by=member, terms=terms)
            share.key = row.pk
            then(lambda: self.model.shares.append(share))

    @precondition(lambda self: self.model.shares)
    @rule(data=st.data(), agrees=st.booleans())
    def second(self, data: st.DataObject, agrees: bool) -> None:
        """A second person of the agency that shares: until that one agrees, nothing can be accepted."""
        self._second(data.draw(st.sampled_from(self.model.shares)), agrees=agrees)

    def _second(self, share: ModelShare, *, agrees: bool) -> None:
        person = GIVERS[share.giver][1]
        member = self.cast.people[person]
        with self.tried("agree" if agrees else "not agree", person):
            row = one(Share.objects.given_by(member).select_related(*RELATED), share.key)
            if agrees:
                sharing.agree_to_share(share=row, by=member, version=row.version)
            else:
                sharing.refuse_to_agree(share=row, by=member, version=row.version, reason="Too much")

    @precondition(lambda self: self.model.shares)
    @rule(data=st.data(), everybody=st.booleans())
    def accept(self, data: st.DataObject, everybody: bool) -> None:
        """Accept, or name somebody more on a share that is accepted."""
        self.accepted(data.draw(st.sampled_from(self.model.shares)), everybody=everybody)

    def accepted(self, share: ModelShare, *, everybody: bool) -> None:
        supervisor, members = AGENCY[share.agency]
        chosen = members if everybody else members[:1]
        with self.tried("accept", supervisor) as then:
            row = self.offered(share, supervisor)
            act = sharing.name_members if share.is_accepted else sharing.accept_share
            people = [self.cast.people[each] for each in chosen]
            act(share=row, by=self.cast.people[supervisor], version=row.version, members=people)

            def named() -> None:
                share.is_accepted = True
                share.named.update({each: share.compartments & FITS[each] for each in chosen})

            then(named)

    @rule(person=st.sampled_from(OUTSIDE), compartments=some)
    def break_the_glass(self, person: str, compartments: set[str]) -> None:
        member = self.cast.people[person]
        if self.has_left(person):
            return
        with self.tried("break the glass", person) as then:
            wanted = Emergency(self.case.reference, sorted(compartments), "danger", "A reason")
            emergency = break_glass(by=member, wanted=wanted)

            def opened() -> None:
                self.model.emergencies[person] = (emergency.pk, {"overview", *compartments})
                self.model.waiting.add(person)

            assert person not in self.model.walls | self.model.gone | self.model.waiting
            assert not (self.model.walls and "identity" in compartments)
            then(opened)

    # What takes it

    @precondition(lambda self: self.model.shares)
    @rule(data=st.data(), how=st.sampled_from(["revoke", "reject", "end naming", "expire"]))
    def end_share(self, data: st.DataObject, how: str) -> None:
        share = data.draw(st.sampled_from(self.model.shares))
        supervisor, members = AGENCY[share.agency]
        if how == "expire":
            if share.has_lapsed:
                return  # over already
            self.past("sharing_share", "until", "offered_at", "id", share.key)
            self.past("access_casegrant", "ends_at", "granted_at", "share_id", share.key)
            share.is_live = False
            self.over_with_the_case()
            DONE["expire"] += 1
            return
        giver = GIVERS[share.giver][0]
        if how == "revoke" and self.has_left(giver):
            return
        with self.tried(how, giver if how == "revoke" else supervisor) as then:
            if how == "revoke":
                row = one(Share.objects.visible_to(self.cast.people[giver]).select_related(*RELATED), share.key)
                sharing.revoke_share(share=row, by=self.cast.people[giver], version=row.version, reason="Over")
                then(lambda: setattr(share, "is_live", False))
            elif how == "reject":
                row = self.offered(share, supervisor)
                sharing.reject_share(
                    share=row, by=self.cast.people[supervisor], version=row.version, reason="Not needed"
                )
                then(lambda: setattr(share, "is_live", False))
            else:
                row, person = self.offered(share, supervisor), members[0]
                sharing.end_naming(share=row, by=self.cast.people[supervisor], member=self.cast.people[person])
                then(lambda: share.named.pop(person, None))

    @rule(person=st.sampled_from(["lead_colleague", "lead_supervisor", "lead_worker"]))
    def end_own(self, person: str) -> None:
        supervisor = self.cast.lead_supervisor
        with self.tried("end own", "lead_supervisor") as then:
            case = one(Case.objects.overseen_by(supervisor).select_related("lead_agency"), self.case.pk)
            end_access(case=case, member=self.cast.people[person], by=supervisor)
            then(lambda: self.model.own.pop(person, None))  # an emergency goes on by itself

    @rule(person=people)
    def wall(self, person: str) -> None:
        member = self.cast.people[person]
        if self.has_left(person):
            return
        with self.tried("wall", person) as then:
            raise_wall_by_reference(reference=self.case.reference, member=member, by=member, kind="relative")
            then(lambda: self.model.raise_wall(person))

    @precondition(lambda self: self.model.walls)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        person, supervisor = data.draw(st.sampled_from(sorted(self.model.walls))), self.cast.lead_supervisor
        with self.tried("lift", "lead_supervisor") as then:
            rows = Wall.objects.filter(case=self.case, member=self.cast.people[person], lifted_at=None)
            row = rows.first()
            if row is None:
                raise NotVisible
            lift_wall(wall=row, by=supervisor, reason="It was another family")
            assert person != "lead_supervisor"
            then(lambda: self.model.walls.discard(person))

    @precondition(lambda self: self.model.emergencies)
    @rule(data=st.data(), how=st.sampled_from(["end", "expire", "end and review"]))
    def end_an_emergency(self, data: st.DataObject, how: str) -> None:
        person = data.draw(st.sampled_from(sorted(self.model.emergencies)))
        key, _read = self.model.emergencies[person]
        member, supervisor = self.cast.people[person], self.cast.lead_supervisor
        if how == "expire":
            self.end_by_clock(key)
            self.model.emergencies[person] = (key, set())
            return
        if self.has_left(person):
            return
        with self.tried("end emergency", person) as then:
            end_emergency(emergency=one(EmergencyAccess.objects.own_of(member), key), by=member)
            then(lambda: self.model.emergencies.update({person: (key, set())}))
        if how == "end":
            return
        with self.tried("explain", person):
            row = one(EmergencyAccess.objects.own_of(member), key)
            explain(emergency=row, by=member, version=row.version, text="Why")
        with self.tried("review emergency", "lead_supervisor") as then:
            row = one(EmergencyAccess.objects.overseen_by(supervisor).select_related(*EMERGENCY_RELATED), key)
            review(emergency=row, by=supervisor, version=row.version, outcome="justified", note="Yes")
            then(lambda: (self.model.waiting.discard(person), self.model.emergencies.pop(person)))

    @precondition(lambda self: len(self.model.gone) < 2)
    @rule(person=st.sampled_from(sorted(MAY_LEAVE)), how=st.sampled_from(["membership", "vetting"]))
    def leave(self, person: str, how: str) -> None:
        if person in self.model.gone:
            return
        member = Member.objects.select_related("agency").get(pk=self.cast.people[person].pk)
        if how == "vetting":
            self.admin.execute("update agencies_member set vetting_until = vetting_from where id = %s", [member.pk])
        else:
            administrator = Member.objects.get(email=f"{MAY_LEAVE[person]}@cast.example")
            with acting_as(administrator.pk, route="test"):
                end_membership(member=member, by=administrator)
        DONE[how] += 1
        self.model.gone.add(person)

    @precondition(lambda self: not self.model.is_closed and len(self.model.shares) > 1)
    @rule()
    def close(self) -> None:
        supervisor = self.cast.lead_supervisor
        with self.tried("close", "lead_supervisor") as then:
            case = one(Case.objects.visible_to(supervisor).select_related("lead_agency"), self.case.pk)
            close_case(case=case, by=supervisor, version=case.version, reason="Over")
            then(self.model.close)

    @precondition(lambda self: not self.model.is_overdue and len(self.model.shares) > 1)
    @rule()
    def fall_due(self) -> None:
        """The day of the review comes, as the clock would bring it: what ends earlier has ended two days before."""
        for table, column, start, of_case, but in (
            ("access_casegrant", "ends_at", "granted_at", "content_object_id", "and t.emergency_id is null"),
            ("sharing_share", "until", "offered_at", "case_id", ""),
        ):
            self.admin.execute(
                f"update {table} t set {start} = now() - interval '5 days', {column} = now() - interval '1 second' -"
                f" case when t.{column} > c.review_due - interval '1 day' then interval '0' else interval '2 days' end"
                f" from cases_case c where c.id = %s and t.{of_case} = c.id and t.{column} > now() {but}",  # type: ignore[arg-type]
                [self.case.pk],
            )
        for key, _read in self.model.emergencies.values():
            self.end_by_clock(key)
        self.admin.execute(
            "update cases_case set review_due = now() - interval '1 second' where id = %s", [self.case.pk]
        )
        self.model.fall_due()
        DONE["fall due"] += 1

    @rule(stay=st.sets(people))
    def review_who_is_on_the_case(self, stay: set[str]) -> None:
        supervisor = self.cast.lead_supervisor
        keep = {self.cast.people[each].pk for each in stay}
        with self.tried("late review" if self.model.is_overdue else "review", "lead_supervisor") as then:
            case = one(Case.objects.overseen_by(supervisor).select_related("lead_agency"), self.case.pk)
            found = set(grants_under_review(case).values_list("user_id", flat=True))
            decisions = {key: Decision(stays=key in keep, reason="A reason") for key in found}
            review_people(case=case, by=supervisor, decisions=decisions)
            then(lambda: self.model.review(stay))

    # How a step is made

    @contextmanager
    def tried(self, what: str, person: str) -> Iterator[Callable[[Callable[[], Any]], None]]:
        """As this person. The model moves on only when the step was not refused; a refusal leaves all as it was."""
        after: list[Callable[[], Any]] = []
        try:
            with acting_as(self.cast.people[person].pk, route="test"):
                yield after.append
        except REFUSED:
            DONE[f"{what}, refused"] += 1
            return
        for act in after:
            act()
        for each in self.model.given_without_case():
            del self.model.given[each]
        DONE[what] += 1

    def has_left(self, person: str) -> bool:
        """Whether this person is without standing, who then acts in nothing, by the first check of all."""
        if person in self.model.gone:
            with pytest.raises(AccessDenied), acting_as(self.cast.people[person].pk, route="test"):
                pytest.fail("somebody without standing acts")
            DONE["without standing"] += 1
        return person in self.model.gone

    def offered(self, share: ModelShare, supervisor: str) -> Share:
        rows = Share.objects.offered_to(self.cast.people[supervisor]).select_related(*RELATED)
        return one(rows, share.key)  # type: ignore[no-any-return]

    def end_by_clock(self, key: int) -> None:
        self.past("emergency_emergencyaccess", "ends_at", "started_at", "id", key)
        self.past("access_casegrant", "ends_at", "granted_at", "emergency_id", key)

    def past(self, table: str, column: str, start: str, by: str, key: int) -> None:
        """Move an end into the past, as the clock would, where it is not there yet. As the database's superuser."""
        self.admin.execute(
            f"update {table} set {column} = now() - interval '1 second', {start} = now() - interval '1 day'"
            f" where {by} = %s and {column} > now()",  # type: ignore[arg-type]
            [key],
        )

    def teardown(self) -> None:
        self.admin.execute(
            "update emergency_emergencyaccess set outcome = 'justified', reviewed_at = now(), reviewed_by_id = %s"
            " where reviewed_at is null and case_id = %s and member_id <> %s",
            [self.cast.lead_supervisor.pk, self.case.pk, self.cast.lead_supervisor.pk],
        )
        for person in self.model.gone:
            member = self.cast.people[person]
            back = "membership_ended_on = null, is_active = true, email = %s, vetting_until = %s"
            values = [member.email, member.vetting_until, member.pk]
            self.admin.execute(f"update agencies_member set {back} where id = %s", values)


def by_hand() -> None:
    """One run that is not left to chance: each kind of step that gives or takes is made at least once."""
    run = Access()
    for step, wanted in (
        (run.name, {"person": "lead_supervisor", "read": {"account", "identity"}}),
        (run.ask_for_the_identity, {"person": "lead_supervisor", "at_once": True}),
        (run.break_the_glass, {"person": "stranger", "compartments": {"police", "identity"}}),
        *(
            (run.offer, {"agency": each, "compartments": {"social"}, "topics": set(), "hangs": False})
            for each in PARTNERS
        ),
        (run.wall, {"person": "therapist"}),  # the identity ends that the stranger opened
        (run.fall_due, {}),
        (run.review_who_is_on_the_case, {"stay": {"lead_worker", "lead_supervisor"}}),
    ):
        step(**wanted)
        run.the_three_answers_are_one()
    run.teardown()


def test_model_guardian_and_row_security_never_differ(own_database: str, seeded: Cast) -> None:
    DONE.clear()
    with superuser(own_database) as admin:
        admin.execute("update emergency_emergencyaccess set outcome = 'justified', reviewed_at = now(),"
                      " reviewed_by_id = %s where reviewed_at is null", [seeded.lead_supervisor.pk])  # fmt: skip
        Access.cast, Access.admin = seeded, admin
        by_hand()
        shape = settings(
            max_examples=LONG or 6, stateful_step_count=40 if LONG else 14, deadline=None,
            derandomize=not LONG,  # what the short run reaches is the same each time
            suppress_health_check=list(HealthCheck), phases=[each for each in Phase if LONG or each != Phase.shrink],
        )  # fmt: skip
        run_state_machine_as_test(Access, settings=shape)
    for what in "name|offer|agree|accept|break the glass|wall|fall due|ask identity|give identity".split("|"):
        assert DONE[what], f"never done: {what}; {DONE}"
