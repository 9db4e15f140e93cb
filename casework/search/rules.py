"""Who may search the account of a case, and who may have it turned into vectors."""

from typing import Any

from django.utils.translation import gettext as _

from casework.access.checker import live_permissions
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment, permission_codename
from casework.access.rules import check_sees_case

WRITE_ACCOUNT = permission_codename(Compartment.ACCOUNT, write=True)


def check_can_ask(member: Any, case: Any) -> None:
    """Whoever sees the case may ask whether something was told; what is shown depends on the grants.

    Source: DESIGN.md, promise 1.  Raises: AccessDenied.
    """
    check_sees_case(member, case)


def check_can_make_vectors(member: Any, case: Any) -> None:
    """Vectors are made with the access of somebody who may write in the account, also after the case was closed.

    Source: DESIGN.md, "How one request goes through", 7.  Raises: AccessDenied.
    """
    if WRITE_ACCOUNT not in live_permissions(member, case):
        raise AccessDenied(_("You may not write in the account of this case."), rule="write_account")
