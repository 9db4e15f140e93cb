"""Who may do what with members of an agency, and why not. Administrators see no case."""

import ipaddress
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _

from agencies.kinds import Role
from agencies.selectors import number_of_factors
from casework.access.errors import AccessDenied
from casework.access.roles import NEVER_ON_A_CASE
from casework.access.rules import check_standing


def check_is_administrator(member: Any) -> None:
    """Only an agency administrator works with the members of that agency.

    Source: DESIGN.md, "Member".  Raises: AccessDenied.
    """
    check_standing(member)
    if not member.has_role(Role.AGENCY_ADMINISTRATOR):
        raise AccessDenied(_("Only the administrator of your agency may do this."), rule="administrator")


def check_can_change_member(administrator: Any, member: Any) -> None:
    """An administrator changes members of the own agency, but never the own entry: that takes another administrator.

    Source: issue 2, "agencies".  Raises: AccessDenied.
    """
    check_is_administrator(administrator)
    if administrator.agency_id != member.agency_id:
        raise AccessDenied(_("This member belongs to another agency."), rule="own_agency")
    if administrator.pk == member.pk:
        raise AccessDenied(
            _("Nobody changes their own roles, dates or membership. Please ask another administrator."),
            rule="own_member",
        )
    if member.membership_ended_on is not None:
        raise AccessDenied(_("This membership has ended. It is kept as it was."), rule="membership_ended")


def check_roles_fit(roles: Iterable[str], before: Iterable[str] = ()) -> None:
    """Auditors and administrators never come near a case: these roles go with no other, and are not changed into.

    Grants are given for the work; a caseworker who became auditor would still hold them. Such a change ends the one
    membership and begins another. Source: DESIGN.md, promise 2.  Raises: AccessDenied.
    """
    now, then = set(before), set(roles)
    if not then:
        raise AccessDenied(_("Choose at least one role."), rule="no_role")
    if then & NEVER_ON_A_CASE and then - NEVER_ON_A_CASE:
        raise AccessDenied(
            _("An auditor or administrator has no role that works on cases, and the other way round."),
            rule="roles_apart",
        )
    if now and bool(now & NEVER_ON_A_CASE) != bool(then & NEVER_ON_A_CASE):
        raise AccessDenied(
            _("Work on cases, and auditing or administering, take two memberships. End this one and add another."),
            rule="roles_apart",
        )


def check_has_password(member: Any) -> None:
    """A password is changed by a member who has one; the demo's people sign in at one click.

    Source: issue 2, "sign-in".  Raises: AccessDenied.
    """
    check_standing(member)
    if not member.has_usable_password():
        raise AccessDenied(_("You sign in without a password here, so there is none to change."), rule="no_password")


def check_keeps_a_factor(member: Any) -> None:
    """The last second factor is replaced, never removed: with a password alone somebody else could set up their own.

    Source: SECURITY.md, checklist row 29.  Raises: AccessDenied.
    """
    check_standing(member)
    if number_of_factors(member) < 2:
        raise AccessDenied(
            _("This is your only second factor. Set up another one first; then you can remove this one."),
            rule="last_factor",
        )


def is_demo_on_this_machine(address: str | None) -> bool:
    """True in the demo, for a client on this machine; nowhere else. `address`: of the client."""
    return bool(settings.DEMO and address is not None and ipaddress.ip_address(address).is_loopback)


def check_demo_on_this_machine(address: str | None) -> None:
    """The demo's sign-in at one click exists in the demo, for a browser on this machine, and nowhere else.

    Source: issue 2, "sign-in".  Raises: Http404.
    """
    if not is_demo_on_this_machine(address):
        raise Http404
