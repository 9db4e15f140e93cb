"""Who may assess and screen, who reads it, and when a case may leave the stage of assessment."""

from typing import Any

from django.utils.translation import gettext as _

from casework.access.checker import live_permissions
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment, permission_codename
from casework.access.rules import check_can_read, check_can_write, check_sees_case
from casework.assessment.kinds import Screened
from casework.assessment.selectors import open_questions

WRITES_CAUTION = {permission_codename(each, write=True) for each in (Compartment.OVERVIEW, Compartment.THERAPY)}


def check_can_read_assessment(member: Any, case: Any) -> None:
    """Cautions and screening are read by whoever sees the case, so that nobody tells the child by accident.

    Source: position paper of 2003, section 4.2.  Raises: AccessDenied.
    """
    check_sees_case(member, case)


def check_can_screen(member: Any, case: Any) -> None:
    """The screening is answered by whoever may write in the overview, from what is known; the child is not asked.

    Source: position paper of 2003, section 6.1.  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.OVERVIEW)


def check_can_caution(member: Any, case: Any) -> None:
    """What the child knows of pictures is recorded by whoever may write in the overview or in the therapy compartment.

    Source: position paper of 2003, section 4.2.  Raises: AccessDenied.
    """
    check_sees_case(member, case)
    if not live_permissions(member, case) & WRITES_CAUTION:
        raise AccessDenied(_("You may read this case, but not record what the child knows."), rule="write_overview")
    if case.is_closed:
        raise AccessDenied(_("This case is closed. Nothing more can be recorded in it."), rule="case_closed")


def check_can_read_harms(member: Any, case: Any) -> None:
    """The three harms are read by whoever may read the therapy compartment.

    Source: DESIGN.md, section 4.2.  Raises: AccessDenied.
    """
    check_can_read(member, case, Compartment.THERAPY)


def check_can_assess_harms(member: Any, case: Any) -> None:
    """The three harms are assessed by whoever may write in the therapy compartment.

    Source: DESIGN.md, section 4.2.  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.THERAPY)


def check_is_screened(member: Any, case: Any) -> None:
    """A case leaves the stage of assessment when each question of the screening is answered; "unknown" is an answer.

    Source: position paper of 2003, section 6.1.  Raises: AccessDenied.
    """
    waiting = open_questions(member, case)
    if waiting:
        questions = " ".join(str(Screened(each).label) for each in waiting)
        raise AccessDenied(
            _("Of the screening is not answered yet: %(questions)s “Unknown” is an answer.") % {"questions": questions},
            rule="screening_open",
        )
