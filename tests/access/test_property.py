"""Random sequences of what gives and takes access; after each step three answers are compared, and never differ.

The model is written out here from DESIGN.md and knows nothing of grants, policies or SQL. Beside it: `has_perm` through
guardian, and what row-level security returns from tables. `CASEWORK_LONG_RUN=1` looks much longer.
"""

import datetime
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from agencies.actions import end_membership
from agencies.models import Member
from agencies.standing import today
from casework.access.actions import GrantTerms, lift_wall, raise_wall_by_reference
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.models import Wall
from casework.access.rules import allowed, check_standing
from casework.access.task import acting_as, bound_to
from casework.account.actions import TellingLog, record_telling
from casework.cases.actions import ChildIdentity, close_case, open_case
from casework.cases.models import Case
from casework.cases.people_actions import end_access, name_member
from casework.custody.actions import Given, WantedIdentity, ask_identity, end_given, give_identity
from casework.custody.models import IdentityRequest
from casework.custody.selectors import RELATED as REQUEST_RELATED
from casework.emergency.actions import Emergency, NothingOpened, break_glass, end_emergency, explain, review
from casework.emergency.models import EmergencyAccess
from casework.emergency.selectors import RELATED as EMERGENCY_RELATED
from casework.sharing import actions as sharing
from casework.sharing.models import Share
from tests.cast import RELATED, Cast
from tests.conftest import superuser

pytestmark = pytest.mark.slow
LONG = os.environ.get("CASEWORK_LONG_RUN") == "1"
COMPARTMENTS = ["overview", "identity", "account", "police", "social", "therapy", "medical", "legal"]
# What each person's roles may be given, once more and by hand.
FITS = {
    "lead_worker": set(COMPARTMENTS),
    "lead_colleague": set(COMPARTMENTS),
    "lead_supervisor": set(COMPARTMENTS),
    "investigator": set(COMPARTMENTS) - {"therapy"},
    "police_supervisor": set(COMPARTMENTS),
    "therapist": {"overview", "identity", "account", "social", "therapy", "medical"},
    "therapy_supervisor": set(COMPARTMENTS),
    "stranger": set(COMPARTMENTS),
}
AGENCY = {
    "north_police": ("police_supervisor", ["investigator", "police_supervisor"]),
    "bluebell_therapy": ("therapy_supervisor", ["therapist", "therapy_supervisor"]),
}
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


@dataclass
class ModelShare:
    """`named`: member to what that member reads by it; `is_live` until it is withdrawn, declined or over."""

    key: int
    agency: str
    compartments: set[str]
    is_live: bool = True
    is_accepted: bool = False
    named: dict[str, set[str]] = field(default_factory=dict)


class Access(RuleBasedStateMachine):
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
            record_telling(case=self.case, by=worker, number=1, log=TellingLog("prior", today()))
        self.admin.execute(
            "insert into cases_entry (id, case_id, compartment, nature, happened_on, title_sealed, text_sealed,"
            " author_id, author_name, author_roles, author_agency, written_at, changed_by_label, version)"
            " select floor(random() * 1e17)::bigint, %s, each, 'fact', current_date, '', '', %s, '', '', '', now(),"
            " '', 1 from unnest(%s::text[]) each where each not in ('identity', 'account')",
            [self.case.pk, worker.pk, COMPARTMENTS],
        )
        self.own: dict[str, set[str]] = {"lead_worker": {"overview", "identity", "account", "social"}}
        self.shares: list[ModelShare] = []
        self.walls: set[str] = set()
        self.gone: set[str] = set()
        self.emergencies: dict[str, tuple[int, set[str]]] = {}
        self.waiting: set[str] = set()
        self.asked: dict[str, int] = {}
        self.given: dict[str, int] = {}
        self.is_closed = False

    # The model: who reads what

    def reads(self, person: str) -> set[str]:
        """What this person reads of the case now."""
        if person in self.walls or person in self.gone:
            return set()
        read = self.reads_by_name(person) | self.emergencies.get(person, (0, set()))[1]
        return read | {"identity"} if person in self.given and "overview" in read else read

    def reads_by_name(self, person: str) -> set[str]:
        read = set(self.own.get(person, ()))
        for share in self.shares:
            if share.is_live and share.is_accepted:
                read |= share.named.get(person, set())
        return read

    def forget_given(self) -> None:
        """Whoever sees the case no longer, for as long as that takes an act and not the clock, loses what was given."""
        for person in list(self.given):
            if "overview" not in self.reads_by_name(person) | self.emergencies.get(person, (0, set()))[1]:
                del self.given[person]

    @invariant()
    def the_three_answers_are_one(self) -> None:
        for person in FITS:
            member = Member.objects.select_related("agency").get(pk=self.cast.people[person].pk)
            with bound_to(member.pk):
                standing = allowed(check_standing, member)
                asked = {each for each in COMPARTMENTS if standing and member.has_perm(f"read_{each}", self.case)}
                with connection.cursor() as cursor:
                    cursor.execute(
                        "select compartment from cases_entry where case_id = %s union"
                        " select 'identity' from cases_child where case_id = %s union"
                        " select 'account' from casework_account_telling where case_id = %s",
                        [self.case.pk] * 3,
                    )
                    returned = {row[0] for row in cursor.fetchall()}
            assert (person, asked, returned) == (person, self.reads(person), self.reads(person))

    # What gives access

    @rule(person=st.sampled_from(["lead_colleague", "lead_supervisor"]), read=some)
    def name(self, person: str, read: set[str]) -> None:
        supervisor, member = self.cast.lead_supervisor, self.cast.people[person]
        with self.tried("name", "lead_supervisor") as then:
            case = one(Case.objects.overseen_by(supervisor).select_related("lead_agency"), self.case.pk)
            terms = GrantTerms(purpose="protect", legal_basis="public_task")
            name_member(case=case, member=member, by=supervisor, read=sorted(read), write=[], terms=terms)
            then(lambda: self.own.setdefault(person, set()).update({"overview", *read}))

    @rule(agency=st.sampled_from(sorted(AGENCY)), compartments=some, at_once=st.booleans())
    def offer(self, agency: str, compartments: set[str], at_once: bool) -> None:
        worker = self.cast.lead_worker
        with self.tried("offer", "lead_worker") as then:
            case = one(Case.objects.visible_to(worker).select_related("lead_agency"), self.case.pk)
            until = timezone.now() + datetime.timedelta(days=20)
            terms = sharing.ShareTerms(tuple(compartments), (), "investigate", "public_task", until)
            share = sharing.offer_share(case=case, to=self.cast.agencies[agency], by=worker, terms=terms)
            then(lambda: self.shares.append(ModelShare(share.pk, agency, {"overview", *compartments})))
        if at_once and self.shares:
            self.accepted(self.shares[-1], everybody=True)

    @precondition(lambda self: self.shares)
    @rule(data=st.data(), everybody=st.booleans())
    def accept(self, data: st.DataObject, everybody: bool) -> None:
        """Accept, or name somebody more on a share that is accepted."""
        self.accepted(data.draw(st.sampled_from(self.shares)), everybody=everybody)

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
                self.emergencies[person] = (emergency.pk, {"overview", *compartments})
                self.waiting.add(person)

            assert person not in self.walls | self.gone | self.waiting
            assert not (self.walls and "identity" in compartments)
            then(opened)

    @rule(person=people, at_once=st.booleans())
    def ask_for_the_identity(self, person: str, at_once: bool) -> None:
        member, seen, held = self.cast.people[person], self.reads_by_name(person), self.reads(person)
        if self.has_left(person):
            return
        with self.tried("ask identity", person) as then:
            case = one(Case.objects.visible_to(member).select_related("lead_agency"), self.case.pk)
            until = timezone.now() + datetime.timedelta(days=3)
            made = ask_identity(case=case, by=member, wanted=WantedIdentity(["names"], "verify", "Why", until))
            assert "overview" in seen and "identity" not in held and person not in self.walls and not self.is_closed
            then(lambda: self.asked.update({person: made.pk}))
        if at_once and person in self.asked:
            self.decided(person, "lead_supervisor")

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), by=st.sampled_from(["lead_supervisor", "lead_worker", "police_supervisor"]))
    def give_the_identity(self, data: st.DataObject, by: str) -> None:
        self.decided(data.draw(st.sampled_from(sorted(self.asked))), by)

    def decided(self, person: str, by: str) -> None:
        supervisor = self.cast.people[by]
        with self.tried("give identity", by) as then:
            rows = IdentityRequest.objects.visible_to(supervisor).select_related(*REQUEST_RELATED, "member__agency")
            row = one(rows, self.asked[person])
            given = Given(["names"], timezone.now() + datetime.timedelta(days=1))
            give_identity(request=row, by=supervisor, version=row.version, given=given)
            assert by == "lead_supervisor" != person and "overview" in self.reads_by_name(by)
            assert person not in self.walls | self.gone and by not in self.walls
            then(lambda: self.given.update({person: self.asked.pop(person)}))

    # What takes it

    @precondition(lambda self: self.given)
    @rule(data=st.data(), how=st.sampled_from(["give up", "expire"]))
    def end_what_was_given(self, data: st.DataObject, how: str) -> None:
        person = data.draw(st.sampled_from(sorted(self.given)))
        if how == "expire":
            self.past("access_casegrant", "ends_at", "granted_at", "identity_request_id", self.given.pop(person))
            DONE["identity over"] += 1
            return
        member, key = self.cast.people[person], self.given[person]
        if self.has_left(person):
            return
        with self.tried("give up identity", person) as then:
            row = one(IdentityRequest.objects.visible_to(member).select_related(*REQUEST_RELATED), key)
            end_given(request=row, by=member, version=row.version)
            then(lambda: self.given.pop(person, None))

    @precondition(lambda self: self.shares)
    @rule(data=st.data(), how=st.sampled_from(["revoke", "reject", "end naming", "expire"]))
    def end_share(self, data: st.DataObject, how: str) -> None:
        share = data.draw(st.sampled_from(self.shares))
        supervisor, members = AGENCY[share.agency]
        if how == "expire":
            self.past("sharing_share", "until", "offered_at", "id", share.key)
            self.past("access_casegrant", "ends_at", "granted_at", "share_id", share.key)
            share.is_live = False
            DONE["expire"] += 1
            return
        with self.tried(how, "lead_worker" if how == "revoke" else supervisor) as then:
            if how == "revoke":
                rows = Share.objects.visible_to(self.cast.lead_worker).select_related(*RELATED)
                row = one(rows, share.key)
                sharing.revoke_share(share=row, by=self.cast.lead_worker, version=row.version, reason="Over")
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

            def ended() -> None:
                self.own.pop(person, None)
                self.given.pop(person, None)
                if person in self.emergencies:
                    self.emergencies[person] = (self.emergencies[person][0], set())

            then(ended)

    @rule(person=people)
    def wall(self, person: str) -> None:
        member = self.cast.people[person]
        if self.has_left(person):
            return
        with self.tried("wall", person) as then:
            raise_wall_by_reference(reference=self.case.reference, member=member, by=member, kind="relative")
            then(lambda: self.walls.add(person))

    @precondition(lambda self: self.walls)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        person, supervisor = data.draw(st.sampled_from(sorted(self.walls))), self.cast.lead_supervisor
        with self.tried("lift", "lead_supervisor") as then:
            rows = Wall.objects.filter(case=self.case, member=self.cast.people[person], lifted_at=None)
            row = rows.first()
            if row is None:
                raise NotVisible
            lift_wall(wall=row, by=supervisor, reason="It was another family")
            assert person != "lead_supervisor"
            then(lambda: self.walls.discard(person))

    @precondition(lambda self: self.emergencies)
    @rule(data=st.data(), how=st.sampled_from(["end", "expire", "end and review"]))
    def end_an_emergency(self, data: st.DataObject, how: str) -> None:
        person = data.draw(st.sampled_from(sorted(self.emergencies)))
        key, _read = self.emergencies[person]
        member, supervisor = self.cast.people[person], self.cast.lead_supervisor
        if how == "expire":
            self.past("emergency_emergencyaccess", "ends_at", "started_at", "id", key)
            self.past("access_casegrant", "ends_at", "granted_at", "emergency_id", key)
            self.emergencies[person] = (key, set())
            return
        if self.has_left(person):
            return
        with self.tried("end emergency", person) as then:
            end_emergency(emergency=one(EmergencyAccess.objects.own_of(member), key), by=member)
            then(lambda: self.emergencies.update({person: (key, set())}))
        if how == "end":
            return
        with self.tried("explain", person):
            row = one(EmergencyAccess.objects.own_of(member), key)
            explain(emergency=row, by=member, version=row.version, text="Why")
        with self.tried("review", "lead_supervisor") as then:
            row = one(EmergencyAccess.objects.overseen_by(supervisor).select_related(*EMERGENCY_RELATED), key)
            review(emergency=row, by=supervisor, version=row.version, outcome="justified", note="Yes")
            then(lambda: (self.waiting.discard(person), self.emergencies.pop(person)))

    @precondition(lambda self: len(self.gone) < 2)
    @rule(person=st.sampled_from(sorted(MAY_LEAVE)), how=st.sampled_from(["membership", "vetting"]))
    def leave(self, person: str, how: str) -> None:
        if person in self.gone:
            return
        member = Member.objects.select_related("agency").get(pk=self.cast.people[person].pk)
        if how == "vetting":
            self.admin.execute("update agencies_member set vetting_until = vetting_from where id = %s", [member.pk])
        else:
            administrator = Member.objects.get(email=f"{MAY_LEAVE[person]}@cast.example")
            with acting_as(administrator.pk, route="test"):
                end_membership(member=member, by=administrator)
        DONE[how] += 1
        self.gone.add(person)

    @precondition(lambda self: not self.is_closed and len(self.shares) > 1)
    @rule()
    def close(self) -> None:
        supervisor = self.cast.lead_supervisor
        with self.tried("close", "lead_supervisor") as then:
            case = one(Case.objects.visible_to(supervisor).select_related("lead_agency"), self.case.pk)
            close_case(case=case, by=supervisor, version=case.version, reason="Over")

            def closed() -> None:
                self.is_closed = True
                self.given.clear()
                self.asked.clear()
                for share in self.shares:
                    share.is_live = False
                self.emergencies = {person: (key, set()) for person, (key, _read) in self.emergencies.items()}

            then(closed)

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
        self.forget_given()
        DONE[what] += 1

    def has_left(self, person: str) -> bool:
        """Whether this person is without standing, who then acts in nothing, by the first check of all."""
        if person in self.gone:
            with pytest.raises(AccessDenied), acting_as(self.cast.people[person].pk, route="test"):
                pytest.fail("somebody without standing acts")
            DONE["without standing"] += 1
        return person in self.gone

    def offered(self, share: ModelShare, supervisor: str) -> Share:
        rows = Share.objects.offered_to(self.cast.people[supervisor]).select_related(*RELATED)
        return one(rows, share.key)  # type: ignore[no-any-return]

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
        for person in self.gone:
            member = self.cast.people[person]
            self.admin.execute(
                "update agencies_member set membership_ended_on = null, is_active = true, email = %s,"
                " vetting_until = %s where id = %s",
                [member.email, member.vetting_until, member.pk],
            )


def one(rows: Any, key: int) -> Any:
    """The row of this key, or NotVisible, as a page would answer."""
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotVisible
    return found


def test_model_guardian_and_row_security_never_differ(own_database: str, seeded: Cast) -> None:
    DONE.clear()
    with superuser(own_database) as admin:
        admin.execute("update emergency_emergencyaccess set outcome = 'justified', reviewed_at = now(),"
                      " reviewed_by_id = %s where reviewed_at is null", [seeded.lead_supervisor.pk])  # fmt: skip
        Access.cast, Access.admin = seeded, admin
        run_state_machine_as_test(
            Access,
            settings=settings(
                max_examples=400 if LONG else 6,
                stateful_step_count=40 if LONG else 14,
                deadline=None,
                derandomize=not LONG,  # what the short run reaches is the same each time
                suppress_health_check=list(HealthCheck),
                phases=[each for each in Phase if LONG or each != Phase.shrink],
            ),
        )
    for what in ("name", "offer", "accept", "break the glass", "wall", "ask identity", "give identity"):
        assert DONE[what], f"never done: {what}; {DONE}"
