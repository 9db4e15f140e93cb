"""Steps of the property test: who the child is, asked for, given on request, given up, and over by the clock."""

import datetime
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from casework.access.errors import NotVisible
from casework.cases.models import Case
from casework.custody.actions import Given, WantedIdentity, ask_identity, end_given, give_identity
from casework.custody.models import IdentityRequest
from casework.custody.selectors import RELATED
from tests.access.access_model import FITS, Model
from tests.cast import Cast


class IdentitySteps(RuleBasedStateMachine):
    """Mixed into the machine that has the case, the model and the ways to act."""

    cast: Cast
    case: Any
    model: Model
    tried: Callable[[str, str], AbstractContextManager[Callable[[Callable[[], Any]], None]]]
    has_left: Callable[[str], bool]
    past: Callable[[str, str, str, str, int], None]

    @rule(person=st.sampled_from(sorted(FITS)), at_once=st.booleans())
    def ask_for_the_identity(self, person: str, at_once: bool) -> None:
        member = self.cast.people[person]
        if self.has_left(person):
            return
        with self.tried("ask identity", person) as then:
            case = one(Case.objects.visible_to(member).select_related("lead_agency"), self.case.pk)
            until = timezone.now() + datetime.timedelta(days=3)
            made = ask_identity(case=case, by=member, wanted=WantedIdentity(["names"], "verify", "Why", until))
            assert self.model.sees_by_name(person)
            assert "identity" not in self.model.reads(person)
            assert not self.model.is_closed
            then(lambda: self.model.asked.update({person: made.pk}))
        if at_once and person in self.model.asked:
            self._decide(person, "lead_supervisor")

    @precondition(lambda self: self.model.asked)
    @rule(data=st.data(), by=st.sampled_from(["lead_supervisor", "lead_worker", "police_supervisor"]))
    def give_the_identity(self, data: st.DataObject, by: str) -> None:
        self._decide(data.draw(st.sampled_from(sorted(self.model.asked))), by)

    def _decide(self, person: str, by: str) -> None:
        decider = self.cast.people[by]
        with self.tried("give identity", by) as then:
            rows = IdentityRequest.objects.visible_to(decider).select_related(*RELATED, "member__agency")
            row = one(rows, self.model.asked[person])
            given = Given(["names"], timezone.now() + datetime.timedelta(days=1))
            give_identity(request=row, by=decider, version=row.version, given=given)
            assert by == "lead_supervisor" != person
            assert self.model.sees_by_name(by)
            assert not {person, by} & self.model.walls
            assert person not in self.model.gone
            then(lambda: self.model.given.update({person: self.model.asked.pop(person)}))

    @precondition(lambda self: self.model.given)
    @rule(data=st.data(), how=st.sampled_from(["give up", "expire"]))
    def end_what_was_given(self, data: st.DataObject, how: str) -> None:
        person = data.draw(st.sampled_from(sorted(self.model.given)))
        if how == "expire":
            self.over_by_clock(person)
            return
        member, key = self.cast.people[person], self.model.given[person]
        if self.has_left(person):
            return
        with self.tried("give up identity", person) as then:
            row = one(IdentityRequest.objects.visible_to(member).select_related(*RELATED), key)
            end_given(request=row, by=member, version=row.version)
            then(lambda: self.model.given.pop(person, None))

    def over_by_clock(self, person: str) -> None:
        """Its day is over, which comes no later than the day on which its member sees the case no longer."""
        self.past("access_casegrant", "ends_at", "granted_at", "identity_request_id", self.model.given.pop(person))

    def over_with_the_case(self) -> None:
        """A share has ended by the clock: what was given to who saw the case by it alone was over before."""
        for person in self.model.given_without_case():
            self.over_by_clock(person)


def one(rows: Any, key: int) -> Any:
    """The row of this key, or NotVisible, as a page would answer."""
    row = rows.filter(pk=key).first()
    if row is None:
        raise NotVisible
    return row
