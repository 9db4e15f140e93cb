"""Who may ask who a child is, who decides, and who ends what was given; and why not."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from agencies.kinds import Role
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment
from casework.access.roles import readable
from casework.access.rules import check_can_read, check_sees_case
from casework.cases.identity_parts import parts_open_to
from casework.cases.kinds import IdentityPart
from casework.custody.kinds import RequestState
from casework.custody.selectors import custodian_ids, sees_case_until
from casework.custody.states import state_of


def check_can_ask(member: Any, case: Any) -> None:
    """Whoever sees an open case by name and works with identities may ask for the parts not open to them yet.

    Source: issue 5, "Identity custodian".  Raises: AccessDenied.
    """
    check_sees_case(member, case)
    if Compartment.IDENTITY not in readable(member.roles):
        raise AccessDenied(_("Your role does not work with who the child is."), rule="role_fits")
    if set(parts_open_to(member, case)) == set(IdentityPart.values):
        raise AccessDenied(_("You may see who the child is already."), rule="identity_held")
    if case.is_closed:
        raise AccessDenied(_("This case is closed. Nothing can be asked for any more."), rule="case_closed")
    if sees_case_until(member, case) is None:
        raise AccessDenied(
            _("You see this case in an emergency only. Who the child is, is asked for by who works on it."),
            rule="identity_emergency",
        )


def check_asks_for_parts(member: Any, case: Any, parts: Sequence[str]) -> None:
    """Nobody asks for what they may see already.

    Source: issue 5, "Identity custodian".  Raises: AccessDenied.
    """
    held = set(parts_open_to(member, case))
    if held & set(parts):
        labels = ", ".join(str(each.label) for each in IdentityPart if each.value in held & set(parts))
        raise AccessDenied(_("You may see this already: %(parts)s.") % {"parts": labels}, rule="identity_part")


def check_sees_request(member: Any, request: Any) -> None:
    """Both sides of a request read it while they see its case.

    Source: issue 5, "Identity custodian".  Raises: AccessDenied.
    """
    check_can_read(member, request.case, Compartment.OVERVIEW)


def check_can_decide(member: Any, request: Any, now: datetime.datetime) -> None:
    """The identity custodian of the lead agency who reads the identity decides, once, and never on an own request.

    Where the lead agency has no such custodian on the case, its supervisors on the case do. `now`: UTC, of the
    database. Source: issue 5, "Identity custodian".  Raises: AccessDenied.
    """
    if request.member_id == member.pk:
        raise AccessDenied(_("Nobody decides on their own request."), rule="second_person")
    check_keeps_identity(member, request.case)
    if request.case.is_closed:
        raise AccessDenied(_("This case is closed. Nothing is given any more."), rule="case_closed")
    if state_of(request, now) != RequestState.WAITING:
        raise AccessDenied(_("There is nothing to decide any more."), rule="identity_decided")


def check_keeps_identity(member: Any, case: Any) -> None:
    """Who keeps the identity of a case: a custodian of the lead agency, or a supervisor where there is none.

    Source: issue 5, "Identity custodian".  Raises: AccessDenied.
    """
    works_for_it = member.agency_id == case.lead_agency_id
    if not works_for_it or not member.has_role(Role.IDENTITY_CUSTODIAN, Role.SUPERVISOR):
        raise AccessDenied(_("Only the identity custodian of the lead agency decides on this."), rule="custodian")
    if member.pk not in custodian_ids(case):
        raise AccessDenied(
            _("The identity custodian who reads the identity of this case decides on this."), rule="custodian"
        )


def check_can_withdraw(member: Any, request: Any, now: datetime.datetime) -> None:
    """Only who asked withdraws a request, while it waits.

    Source: issue 5, "Identity custodian".  Raises: AccessDenied.
    """
    if request.member_id != member.pk:
        raise AccessDenied(_("Only who asked can withdraw this."), rule="identity_own")
    if state_of(request, now) != RequestState.WAITING:
        raise AccessDenied(_("This request waits no longer."), rule="identity_decided")


def check_can_end(member: Any, request: Any, now: datetime.datetime) -> None:
    """What was given is given up by who asked, or taken back by whoever keeps the identity, at any time.

    Source: DESIGN.md, promise 2.  Raises: AccessDenied.
    """
    if request.member_id != member.pk:
        check_keeps_identity(member, request.case)
    over = request.ended_at is not None or request.given_until is None or request.given_until <= now
    if request.state != RequestState.GIVEN or over:
        raise AccessDenied(_("Nothing is given by this request now."), rule="identity_over")
