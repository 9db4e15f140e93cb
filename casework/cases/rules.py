"""Who may do what with a case, and why not."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from agencies.kinds import Role
from casework.access.checker import live_permissions
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment, permission_codename
from casework.access.rules import check_can_read, check_can_write, check_sees_case, check_standing
from casework.cases.kinds import ENTRY_COMPARTMENTS

OPENS_CASES = (Role.SOCIAL_WORKER, Role.INVESTIGATOR, Role.PROSECUTOR, Role.SUPERVISOR)


def check_can_open_case(member: Any) -> None:
    """Social workers, investigators, prosecutors and supervisors open cases, for their own agency.

    Source: DESIGN.md, "Case".  Raises: AccessDenied.
    """
    check_standing(member)
    if not member.has_role(*OPENS_CASES):
        raise AccessDenied(
            _("Only social workers, investigators, prosecutors and supervisors may open a case."), rule="open_case"
        )


def check_can_change_case(member: Any, case: Any) -> None:
    """Stage, risk, concern and cautions are changed by whoever may write in the overview.

    Source: DESIGN.md, "Compartment".  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.OVERVIEW)


def check_can_read_identity(member: Any, case: Any) -> None:
    """Only whoever holds the identity compartment may ask for name and address.

    Source: DESIGN.md, "Child".  Raises: AccessDenied.
    """
    check_can_read(member, case, Compartment.IDENTITY)


def check_can_change_identity(member: Any, case: Any) -> None:
    """Whoever may write in the identity compartment may correct it.

    Source: DESIGN.md, "Child".  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.IDENTITY)


def check_can_write_somewhere(member: Any, case: Any) -> None:
    """A new entry takes at least one compartment of this case in which the member may write.

    Source: DESIGN.md, "Entry".  Raises: AccessDenied.
    """
    check_sees_case(member, case)
    if not writable_compartments(member, case):
        raise AccessDenied(_("You may read this case, but not write in it."), rule="write_nowhere")
    if case.is_closed:
        raise AccessDenied(_("This case is closed. Nothing more can be recorded in it."), rule="case_closed")


def check_can_read_part(compartment: Compartment) -> Callable[[Any, Any], None]:
    """The rule of one compartment's page: reading it takes a live grant on it.

    Source: DESIGN.md, "Compartment".  The rule raises: AccessDenied.
    """

    def check(member: Any, case: Any) -> None:
        check_can_read(member, case, compartment)

    check.__name__ = f"check_can_read_{compartment.value}"
    return check


def check_can_read_entry(member: Any, entry: Any) -> None:
    """An entry is read by whoever may read its compartment.

    Source: DESIGN.md, "Entry".  Raises: AccessDenied.
    """
    check_can_read(member, entry.case, entry.compartment)


def check_can_change_entry(member: Any, entry: Any) -> None:
    """An entry is changed by members of the agency that wrote it who may write there; what it said before is kept.

    Source: DESIGN.md, "Entry" and promise 7.  Raises: AccessDenied.
    """
    check_can_write(member, entry.case, entry.compartment)
    if entry.agency_id != member.agency_id:
        raise AccessDenied(
            _("Only %(agency)s, which wrote this entry, changes it.") % {"agency": entry.author_agency},
            rule="entry_of_another_agency",
        )


def check_can_record_attendance(member: Any, case: Any) -> None:
    """Whoever writes the notes of therapy records whether the child came; that is seen by all who see the case.

    Source: FIELD.md, "Therapy".  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.THERAPY)


def check_can_change_participants(member: Any, case: Any) -> None:
    """The lead agency decides which agencies take part.

    Source: DESIGN.md, "Case".  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.OVERVIEW)
    _check_of_lead_agency(member, case)


def check_can_remove_participant(member: Any, participant: Any) -> None:
    """The lead agency decides which agencies take part no longer.

    Source: DESIGN.md, "Case".  Raises: AccessDenied.
    """
    check_can_change_participants(member, participant.case)


def check_can_name_people(member: Any, case: Any) -> None:
    """A supervisor of the lead agency names members of that agency, also the supervisor's own self.

    Source: DESIGN.md, promise 2.  Raises: AccessDenied.
    """
    _check_supervises(member, case)
    if case.is_closed:
        raise AccessDenied(_("This case is closed. Nobody can be named any more."), rule="case_closed")


def check_can_end_access(member: Any, case: Any) -> None:
    """A supervisor of the lead agency ends the access of a member of that agency, also after closing.

    Source: DESIGN.md, promise 2.  Raises: AccessDenied.
    """
    _check_supervises(member, case)


def check_can_keep_walls(member: Any, case: Any) -> None:
    """A supervisor of the lead agency raises walls for others, and lifts them; also on a closed case.

    Source: DESIGN.md, "Wall".  Raises: AccessDenied.
    """
    _check_supervises(member, case)


def check_can_close_case(member: Any, case: Any) -> None:
    """Only a supervisor of the lead agency who may read the case closes it.

    Source: STYLE.md, "The shape of the code".  Raises: AccessDenied.
    """
    check_sees_case(member, case)
    _check_supervises(member, case)
    if case.is_closed:
        raise AccessDenied(_("This case is closed already."), rule="case_closed")


def check_can_reopen_case(member: Any, case: Any) -> None:
    """Only a supervisor of the lead agency who may read the case opens it again.

    Source: STYLE.md, lock "every state has an owner and a way out".  Raises: AccessDenied.
    """
    check_sees_case(member, case)
    _check_supervises(member, case)
    if not case.is_closed:
        raise AccessDenied(_("This case is not closed."), rule="case_open")


def writable_compartments(member: Any, case: Any) -> list[str]:
    """Compartments in which this member may write entries of this case now, in the order of the tabs."""
    held = live_permissions(member, case)
    both = [{permission_codename(each), permission_codename(each, write=True)} for each in ENTRY_COMPARTMENTS]
    return [each for each, needed in zip(ENTRY_COMPARTMENTS, both, strict=True) if needed <= held]


def readable_compartments(member: Any, case: Any) -> list[str]:
    """Compartments that this member may read in this case now, in the order of the tabs."""
    held = live_permissions(member, case)
    return [each for each in Compartment.values if permission_codename(each) in held]


def _check_supervises(member: Any, case: Any) -> None:
    if not member.has_role(Role.SUPERVISOR):
        raise AccessDenied(_("Only a supervisor of the lead agency may do this."), rule="supervisor")
    _check_of_lead_agency(member, case)


def _check_of_lead_agency(member: Any, case: Any) -> None:
    if case.lead_agency_id != member.agency_id:
        raise AccessDenied(_("Only the lead agency of this case may do this."), rule="lead_agency")
