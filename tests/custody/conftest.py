"""What the tests of custody start from: the waiting request of the therapist, and the supervisor who decides on it."""

import datetime
from collections.abc import Callable, Sequence

import pytest

from agencies.actions import change_roles
from agencies.models import Member
from casework.access.actions import GrantTerms
from casework.access.database import database_now
from casework.access.task import acting_as
from casework.cases.models import Case
from casework.cases.people_actions import name_member
from casework.custody.actions import Given, WantedIdentity, ask_identity, decline_identity, give_identity
from casework.custody.models import IdentityRequest
from casework.custody.selectors import RELATED
from tests.cast import Cast

DAY = datetime.timedelta(days=1)


def seen_case(cast: Cast, member: Member) -> Case:
    case: Case = Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.case.pk)
    return case


def asked_by_therapist(cast: Cast, member: Member) -> IdentityRequest:
    """The cast's request as this member gets it."""
    rows = IdentityRequest.objects.visible_to(member).select_related(*RELATED, "member__agency")
    found: IdentityRequest = rows.get(pk=cast.identity_request.pk)
    return found


def decided(cast: Cast, *, parts: Sequence[str] = ("names",), days: int = 2, by: str = "lead_supervisor") -> None:
    """Given, by the supervisor; or declined where no part is named."""
    member = cast.people[by]
    with acting_as(member.pk, route="test"):
        request = asked_by_therapist(cast, member)
        if not parts:
            decline_identity(request=request, by=member, version=request.version, reason="Ask the worker first.")
            return
        given = Given(parts, database_now() + days * DAY, "For the first meeting.")
        give_identity(request=request, by=member, version=request.version, given=given)


def named_custodian(cast: Cast, key: str = "lead_colleague") -> Member:
    """A colleague of the lead agency who becomes identity custodian, named on the case with its identity.

    On another object than the cast's, in a transaction that is rolled back.
    """
    member, administrator = Member.objects.get(pk=cast.people[key].pk), cast.lead_admin
    with acting_as(administrator.pk, route="test"):
        change_roles(member=member, by=administrator, roles=["social_worker", "identity_custodian"])
    named(cast, key, ["identity"])
    return Member.objects.select_related("agency").get(pk=member.pk)


def named(cast: Cast, key: str, read: Sequence[str]) -> None:
    """Named on the case by the supervisor of the lead agency."""
    supervisor = cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        case = Case.objects.overseen_by(supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        member = Member.objects.select_related("agency").get(pk=cast.people[key].pk)
        terms = GrantTerms(purpose="protect", legal_basis="public_task")
        name_member(case=case, member=member, by=supervisor, read=list(read), write=[], terms=terms)


@pytest.fixture
def ask(cast: Cast) -> Callable[..., IdentityRequest]:
    """Ask as somebody of the cast."""

    def asked(person: str, *, days: float = 3, parts: Sequence[str] = ("names", "school")) -> IdentityRequest:
        member = cast.people[person]
        with acting_as(member.pk, route="test"):
            until = database_now() + days * DAY
            wanted = WantedIdentity(list(parts), "verify", "To write to the right child.", until)
            return ask_identity(case=seen_case(cast, member), by=member, wanted=wanted)

    return asked
