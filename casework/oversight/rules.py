"""Who may read the record of looks, and why not."""

from typing import Any

from django.utils.translation import gettext as _

from casework.access.errors import AccessDenied
from casework.access.rules import check_oversees


def check_oversees_case(member: Any, case: Any) -> None:
    """Supervisors and auditors of the lead agency read who has seen a case; nothing of its content.

    Source: DESIGN.md, promise 3.  Raises: AccessDenied.
    """
    check_oversees(member)
    if member.agency_id != case.lead_agency_id:
        raise AccessDenied(_("Only the lead agency reads the record of this case."), rule="oversees_case")


def check_reads_agency_record(member: Any) -> None:
    """Supervisors and auditors read sign-ins and refusals of their own agency.

    Source: DESIGN.md, promise 3.  Raises: AccessDenied.
    """
    check_oversees(member)
