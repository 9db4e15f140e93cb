"""Who may break the glass, end it, explain it and review it, and why not."""

from typing import Any

from django.utils.translation import gettext as _

from agencies.kinds import Role
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment
from casework.access.roles import NEVER_ON_A_CASE, readable
from casework.access.rules import check_standing
from casework.emergency.kinds import EmergencyState
from casework.emergency.states import EXPLAIN_WITHIN, may_be_reviewed, state_of
from casework.sharing.kinds import ENQUIRERS


def check_can_break_glass(member: Any) -> None:
    """Whoever works on cases may open one in an emergency; auditors and administrators never come near one.

    Source: DESIGN.md, "Emergency access" and promise 2.  Raises: AccessDenied.
    """
    check_standing(member)
    if set(member.roles) & NEVER_ON_A_CASE or not member.roles:
        raise AccessDenied(_("Your role never opens a case, not even in an emergency."), rule="emergency_role")


def readable_in_emergency(member: Any) -> set[str]:
    """Compartments that an emergency could open for this member: what the roles read, and for police none of therapy.

    Notes of therapy go to police or prosecution on a line of enquiry that the therapist's agency has agreed to; nobody
    gets round that agency by breaking the glass. Source: FIELD.md, "Therapy"; DESIGN.md, "Emergency access".
    """
    kept = {Compartment.THERAPY} if member.agency.kind in ENQUIRERS else set()
    return readable(member.roles) - kept


def check_fits_role(member: Any, compartments: list[str]) -> None:
    """An emergency opens no compartment that the member could not be given without somebody else's decision.

    Source: DESIGN.md, "Emergency access".  Raises: AccessDenied.
    """
    unfit = [each for each in compartments if each not in readable_in_emergency(member)]
    if unfit:
        names = ", ".join(str(Compartment(each).label) for each in unfit)
        raise AccessDenied(_("Your role does not work with: %(names)s.") % {"names": names}, rule="role_fits")


def check_can_explain(member: Any, emergency: Any) -> None:
    """Only the member explains, once, and before the review is closed.

    Source: UI.md, page 10.  Raises: AccessDenied.
    """
    if emergency.member_id != member.pk:
        raise AccessDenied(_("Only the member who opened the case explains it."), rule="emergency_own")
    if emergency.reviewed_at is not None:
        raise AccessDenied(_("The review is closed."), rule="emergency_reviewed")
    if emergency.explained_at is not None:
        raise AccessDenied(
            _("You have explained this already. It is kept as you wrote it."), rule="emergency_explained"
        )


def check_oversees_emergency(member: Any, emergency: Any) -> None:
    """Supervisors of the lead agency see every emergency access to a case that it leads, but for their own reviews.

    Source: DESIGN.md, "Emergency access".  Raises: AccessDenied.
    """
    if not member.has_role(Role.SUPERVISOR) or member.agency_id != emergency.case.lead_agency_id:
        raise AccessDenied(_("Only a supervisor of the lead agency may do this."), rule="supervisor")


def check_can_review(member: Any, emergency: Any, now: Any) -> None:
    """A supervisor of the lead agency who is somebody else reviews, once it is over and explained.

    A member who does not explain within two days stops no review. Source: DESIGN.md, "Emergency access".
    Raises: AccessDenied.
    """
    if emergency.member_id == member.pk:
        raise AccessDenied(
            _("Nobody reviews their own emergency access. Please ask another supervisor."), rule="second_person"
        )
    check_oversees_emergency(member, emergency)
    state = state_of(emergency, now)
    if state == EmergencyState.REVIEWED:
        raise AccessDenied(_("The review is closed."), rule="emergency_reviewed")
    if state == EmergencyState.RUNNING:
        raise AccessDenied(
            _("The access is still running. End it first, or wait until it ends."), rule="emergency_runs"
        )
    if not may_be_reviewed(emergency, now):
        raise AccessDenied(
            _("The member has %(days)d days to explain. Until then the review waits.") % {"days": EXPLAIN_WITHIN.days},
            rule="emergency_unexplained",
        )
