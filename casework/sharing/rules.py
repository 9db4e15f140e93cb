"""Who may share, accept and withdraw, and why not."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.kinds import Role
from casework.access.checker import live_permissions
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment, permission_codename
from casework.access.rules import check_can_write
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share


def check_can_share(member: Any, case: Any) -> None:
    """Members of the lead agency who may write in the overview share, while the case is open.

    Source: DESIGN.md, "Share".  Raises: AccessDenied.
    """
    if member.agency_id != case.lead_agency_id:
        raise AccessDenied(_("Only the lead agency shares this case."), rule="lead_agency_shares")
    check_can_write(member, case, Compartment.OVERVIEW)


def check_can_give(member: Any, case: Any, compartments: list[str], to: Any, theirs: set[str]) -> None:
    """Nobody shares what the own grants don't show, but for a compartment that only the other agency writes.

    `theirs`: those compartments. As long as nobody else has written there, opening therapy to a therapy agency shows
    them their own notes alone. Source: DESIGN.md, "Share"; FIELD.md, "Therapy".  Raises: AccessDenied.
    """
    held = live_permissions(member, case)
    missing = [each for each in compartments if permission_codename(each) not in held and each not in theirs]
    if missing:
        names = ", ".join(str(Compartment(each).label) for each in missing)
        raise AccessDenied(
            _("You can't share with %(agency)s what you may not read yourself: %(names)s.")
            % {"agency": to.name, "names": names},
            rule="give",
        )


def check_receives_share(member: Any, share: Share) -> None:
    """Only a supervisor of the receiving agency decides on a share; never the agency that offers it.

    Source: FIELD.md, "Transfers and referrals".  Raises: AccessDenied.
    """
    if not member.has_role(Role.SUPERVISOR) or member.agency_id != share.to_agency_id:
        raise AccessDenied(_("Only a supervisor of the receiving agency decides on this."), rule="receiver_decides")


def check_can_name_members(member: Any, share: Share) -> None:
    """A supervisor of the receiving agency names members while the share is accepted and has not ended.

    Source: DESIGN.md, "Share".  Raises: AccessDenied.
    """
    check_receives_share(member, share)
    if share.state != ShareState.ACCEPTED or share.until <= timezone.now():
        raise AccessDenied(_("This share is not in force, so nobody can be named on it."), rule="share_in_force")


def check_can_revoke(member: Any, share: Share) -> None:
    """The lead agency withdraws a share at any time: whoever may share, or its supervisor.

    Source: DESIGN.md, "Share".  Raises: AccessDenied.
    """
    if member.agency_id != share.from_agency_id:
        raise AccessDenied(_("Only the agency that shared can withdraw it."), rule="sharer_withdraws")
    if not member.has_role(Role.SUPERVISOR):
        check_can_share(member, share.case)


def check_withdraws_for_agency(member: Any, case: Any) -> None:
    """A supervisor of the lead agency sees and withdraws its shares, also without access to the case.

    Source: DESIGN.md, "Share".  Raises: AccessDenied.
    """
    if not member.has_role(Role.SUPERVISOR) or member.agency_id != case.lead_agency_id:
        raise AccessDenied(_("Only a supervisor of the lead agency may do this."), rule="sharer_withdraws")
