"""Who may, and why not. Each rule raises AccessDenied with the reason that the reader is shown."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from agencies.kinds import Role
from agencies.standing import missing_standing
from casework.access.checker import live_permissions
from casework.access.errors import AccessDenied, collecting_denials
from casework.access.kinds import Compartment, permission_codename


def allowed(check: Callable[..., None], *arguments: Any) -> bool:
    """True when the check does not raise AccessDenied. For showing or hiding a button, never for a decision."""
    try:
        with collecting_denials():  # asked, not tried: no refusal
            check(*arguments)
    except AccessDenied:
        return False
    return True


def check_standing(member: Any) -> None:
    """A member acts only while active, vetted and trained, with the membership not ended.

    Source: DESIGN.md, "Standing".  Raises: AccessDenied.
    """
    reasons = missing_standing(member)
    if reasons:
        raise AccessDenied(" ".join(reasons) + " " + _("Please ask the administrator of your agency."), rule="standing")


def check_can_read(member: Any, case: Any, compartment: str) -> None:
    """Reading a compartment takes a live grant on it, given by name.

    Source: DESIGN.md, promise 2.  Raises: AccessDenied.
    """
    if permission_codename(compartment) not in live_permissions(member, case):
        raise AccessDenied(
            _("You have no access to the compartment “%(name)s” of this case. Its lead agency can share it.")
            % {"name": Compartment(compartment).label},
            rule=f"read_{compartment}",
        )


def check_can_write(member: Any, case: Any, compartment: str) -> None:
    """Writing into a compartment takes a live grant to write there, on a case that is not closed.

    Source: DESIGN.md, promise 2.  Raises: AccessDenied.
    """
    check_can_read(member, case, compartment)
    if permission_codename(compartment, write=True) not in live_permissions(member, case):
        raise AccessDenied(
            _("You may read the compartment “%(name)s” of this case, but not write in it.")
            % {"name": Compartment(compartment).label},
            rule=f"write_{compartment}",
        )
    if case.is_closed:
        raise AccessDenied(_("This case is closed. Nothing more can be recorded in it."), rule="case_closed")


def check_sees_case(member: Any, case: Any) -> None:
    """Whoever may read the overview may open the case page.

    Source: DESIGN.md, promise 2.  Raises: AccessDenied.
    """
    check_can_read(member, case, Compartment.OVERVIEW)


def check_has_standing_only(member: Any) -> None:
    """Any member with standing may open this page; it shows only what is the member's own.

    Source: DESIGN.md, "Standing".  Raises: AccessDenied.
    """
    check_standing(member)


def check_is_supervisor(member: Any) -> None:
    """Only a supervisor acts for the agency: accepts shares, names members, approves.

    Source: DESIGN.md, "Share".  Raises: AccessDenied.
    """
    if not member.has_role(Role.SUPERVISOR):
        raise AccessDenied(_("Only a supervisor may do this."), rule="supervisor")


def check_oversees(member: Any) -> None:
    """Supervisors and auditors read the record of looks of the cases that their agency leads.

    Source: DESIGN.md, promise 3.  Raises: AccessDenied.
    """
    if not member.has_role(Role.SUPERVISOR, Role.AUDITOR):
        raise AccessDenied(_("Only supervisors and auditors may read the record of looks."), rule="oversight")
