"""Which parts of who the child is a member may ask to see: all of them by name, on request only what was given."""

from typing import Any

from django.utils.translation import gettext as _

from casework.access.checker import checker_for
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment, permission_codename
from casework.access.references import identity_request_model
from casework.cases.kinds import IdentityPart

READ_IDENTITY = permission_codename(Compartment.IDENTITY)


def requests_behind(member: Any, case: Any) -> set[int] | None:
    """Keys of the requests by which alone this member reads the identity now; None when it is read by name too."""
    held = checker_for(member, case)[0].grants
    sources = {grant.identity_request_id for grant in held if grant.permission.codename == READ_IDENTITY}
    return None if None in sources else {key for key in sources if key is not None}


def parts_open_to(member: Any, case: Any) -> list[str]:
    """Codes of the parts that this member may ask to see now, in their usual order. At most one query."""
    keys = requests_behind(member, case)
    if keys is None:
        return list(IdentityPart.values)
    if not keys:
        return []
    rows = identity_request_model().objects.visible_to(member).filter(pk__in=keys, case_id=case.pk)
    given = {part for row in rows for part in row.given_parts}
    return [part for part in IdentityPart.values if part in given]


def check_can_see_parts(member: Any, case: Any, parts: list[str]) -> None:
    """Whoever was given parts of the identity on request sees these parts and no others.

    Source: issue 5, "Identity custodian".  Raises: AccessDenied.
    """
    if set(parts) - set(parts_open_to(member, case)):
        raise AccessDenied(
            _("You were given parts of who the child is, and this is not among them. You can ask for it."),
            rule="identity_part",
        )
