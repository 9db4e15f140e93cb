"""Who may make, approve, copy and take out a summary, and why not."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.kinds import Role
from casework.access.checker import live_permissions
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment, permission_codename
from casework.access.rules import check_can_read, check_can_write

READ_LEGAL = permission_codename(Compartment.LEGAL)
WRITE_LEGAL = permission_codename(Compartment.LEGAL, write=True)


def check_can_read_summaries(member: Any, case: Any) -> None:
    """Summaries and the register of their copies are read by whoever holds the legal compartment.

    Source: DESIGN.md, "Summary".  Raises: AccessDenied.
    """
    check_can_read(member, case, Compartment.LEGAL)


def check_can_open_summary(member: Any, summary: Any) -> None:
    """One summary, like the list of them.

    Source: DESIGN.md, "Summary".  Raises: AccessDenied.
    """
    check_can_read_summaries(member, summary.case)


def check_can_make_summary(member: Any, case: Any) -> None:
    """A summary is made by whoever may write in the legal compartment of a case that is not closed.

    Source: DESIGN.md, promise 6.  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.LEGAL)


def check_can_change_summary(member: Any, summary: Any) -> None:
    """Only who made a summary changes it, so that whoever approves it has had no hand in it.

    Source: DESIGN.md, promise 6.  Raises: AccessDenied.
    """
    check_can_make_summary(member, summary.case)
    if summary.made_by_id != member.pk:
        raise AccessDenied(
            _("Only %(name)s, who made this summary, may change it.") % {"name": summary.made_by_label},
            rule="summary_of_another",
        )


def check_can_decide_summary(member: Any, summary: Any) -> None:
    """A supervisor who may write in the legal compartment decides, and never on a summary of their own.

    Source: DESIGN.md, promise 6; the database holds the same rule.  Raises: AccessDenied.
    """
    check_can_make_summary(member, summary.case)
    if not member.has_role(Role.SUPERVISOR):
        raise AccessDenied(_("Only a supervisor may approve or return a summary."), rule="supervisor")
    if summary.made_by_id == member.pk:
        raise AccessDenied(_("You made this summary: somebody else has to approve it."), rule="second_person")


def check_reads_everything(unreadable: int) -> None:
    """Whoever approves, copies or takes out a summary may read each part of it now. `unreadable`: parts they may not.

    Source: DESIGN.md, promises 2 and 6.  Raises: AccessDenied.
    """
    if unreadable:
        raise AccessDenied(
            ngettext(
                "%(count)d part of this summary is in a compartment that you may not read.",
                "%(count)d parts of this summary are in compartments that you may not read.",
                unreadable,
            )
            % {"count": unreadable},
            rule="reads_everything",
        )


def check_can_make_copy(member: Any, summary: Any) -> None:
    """A copy is made by whoever may write in the legal compartment of a case that is not closed.

    Source: DESIGN.md, promise 6.  Raises: AccessDenied.
    """
    check_can_make_summary(member, summary.case)


def check_can_try_again(member: Any, copy: Any) -> None:
    """Whoever may make a copy may have one tried again, and answers for it from then on.

    Source: DESIGN.md, promise 6.  Raises: AccessDenied.
    """
    check_can_make_summary(member, copy.case)


def check_can_open_copy(member: Any, copy: Any) -> None:
    """The register row of a copy is read by whoever holds the legal compartment.

    Source: DESIGN.md, "Summary".  Raises: AccessDenied.
    """
    check_can_read_summaries(member, copy.case)


def check_can_take_out(member: Any, copy: Any) -> None:
    """A copy is taken out by whoever may write in the legal compartment, also after the case is closed.

    Source: DESIGN.md, promise 6.  Raises: AccessDenied.
    """
    check_can_read_summaries(member, copy.case)
    if WRITE_LEGAL not in live_permissions(member, copy.case):
        raise AccessDenied(_("You may read that this copy exists, but not take it out."), rule="take_out")
