"""Who may read, write, seal and correct what the child has told, and why not."""

from typing import Any

from django.utils.translation import gettext as _

from agencies.kinds import AgencyKind, Role
from casework.access.checker import live_permissions, purposes_held
from casework.access.errors import AccessDenied
from casework.access.kinds import READ_TOPICS, Compartment, permission_codename
from casework.access.rules import allowed, check_can_read, check_can_write

READ_ACCOUNT = permission_codename(Compartment.ACCOUNT)
SIDES = {
    AgencyKind.POLICE: "police",
    AgencyKind.SOCIAL_SERVICES: "social_work",
    AgencyKind.CHILDRENS_HOUSE: "social_work",
}
SEALS = (Role.INTERVIEWER, Role.SOCIAL_WORKER, Role.INVESTIGATOR)


def check_can_read_account(member: Any, case: Any) -> None:
    """The account is read only by whoever holds the account compartment of this case.

    Source: DESIGN.md, promise 2.  Raises: AccessDenied.
    """
    check_can_read(member, case, Compartment.ACCOUNT)


def check_can_open_account(member: Any, case: Any) -> None:
    """The page of the account is opened by whoever holds the account, or named topics of it: it shows no more.

    Source: issue 5, "Share".  Raises: AccessDenied.
    """
    if READ_TOPICS not in live_permissions(member, case):
        check_can_read_account(member, case)


def check_can_read_for(member: Any, case: Any, purpose: str) -> None:
    """The purpose of a reading is one for which the member holds a live grant on the account.

    Source: DESIGN.md, promise 2; Directive 2016/680, art. 25.  Raises: AccessDenied.
    """
    check_can_open_account(member, case)
    if purpose not in purposes_held(member, case, READ_ACCOUNT):
        raise AccessDenied(_("You hold no access to the account for this purpose."), rule="purpose")


def check_can_record_telling(member: Any, case: Any) -> None:
    """A telling is recorded by whoever may write in the account of a case that is not closed.

    Source: DESIGN.md, "Account".  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.ACCOUNT)


def check_can_change_telling(member: Any, telling: Any) -> None:
    """Log and passages of a telling are written by whoever may write in the account; when, is asked by the state.

    Source: DESIGN.md, "Account".  Raises: AccessDenied.
    """
    check_can_record_telling(member, telling.case)


def check_can_seal_telling(member: Any, telling: Any) -> None:
    """Interviewers, social workers and investigators of police and social work who write in the account take part in
    sealing; the interviewer, where that is a member who can, is one of the two.

    Source: issue 4, "Seal"; DESIGN.md, "Account".  Raises: AccessDenied.
    """
    check_can_change_telling(member, telling)
    if not member.has_role(*SEALS):
        raise AccessDenied(
            _("Only an interviewer, a social worker or an investigator may seal what was told."), rule="seal_telling"
        )
    if side_of(member) is None:
        raise AccessDenied(_("What was told is sealed by police and social work."), rule="seal_telling")


def check_is_second_of_two(member: Any, telling: Any) -> None:
    """Two different people seal, one of the police and one of social work; the interviewer, if a member, is one.

    Source: issue 4, "Seal".  Raises: AccessDenied.
    """
    if telling.signed_by_id == member.pk:
        raise AccessDenied(_("You signed it first. A second person has to seal it."), rule="second_person")
    if side_of(telling.signed_by) == side_of(member):
        raise AccessDenied(
            _("One of the police and one of social work seal together. Ask the other side."), rule="both_sides_seal"
        )
    interviewer = telling.interviewer
    if interviewer is None or not allowed(check_can_seal_telling, interviewer, telling):
        return
    if interviewer.pk not in (telling.signed_by_id, member.pk):
        raise AccessDenied(
            _("%(name)s interviewed the child and is one of the two who seal.") % {"name": interviewer.name},
            rule="interviewer_seals",
        )


def side_of(member: Any) -> str | None:
    """Which of the two sides that seal a member works for: police, or social work with its children's houses."""
    return SIDES.get(member.agency.kind)


def check_can_correct_passage(member: Any, passage: Any) -> None:
    """A correction is added by whoever may write in the account; the passage stays as it was told.

    Source: DESIGN.md, "Account".  Raises: AccessDenied.
    """
    check_can_record_telling(member, passage.case)
