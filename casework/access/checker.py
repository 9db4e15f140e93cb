"""django-guardian's checker, with our ends and walls; one query for all permissions of a case."""

from typing import Any

from django.db.models import Exists, OuterRef
from guardian.core import ObjectPermissionChecker

from casework.access.kinds import OPEN_TO_BLINDED, READ_TOPICS, Compartment, permission_codename
from casework.access.models import Blinding, CaseGrant, Wall
from casework.vault.reading import Right, current_reading, reading_or_none

OVERVIEW = permission_codename(Compartment.OVERVIEW)
# The account too, for what the interviewer records; whose rows are shown is narrowed by the guarded manager.
WHILE_BLINDED = {
    permission_codename(compartment, write)
    for compartment in (*OPEN_TO_BLINDED, Compartment.ACCOUNT)
    for write in (False, True)
}


class CaseChecker(ObjectPermissionChecker):
    """Which permissions a member holds on a case now. Direct grants only: no groups, no rank, no anonymous.

    What was given of the identity on request counts only for whoever sees the case by another grant.
    Guardian itself knows nothing of ends: it answered yes for 40 of 40 expired rows (SECURITY.md, section 1).
    `grants`: the live grants behind the answer, with their permission loaded, oldest first. `is_blinded`: the member is
    kept from the record; what is left is what it takes to plan the interview and to record it.
    """

    grants: list[CaseGrant]
    is_blinded: bool = False

    def get_user_perms(self, obj: Any) -> list[str]:  # type: ignore[override]
        walls = Wall.objects.filter(member=self.user, lifted_at=None).values("case_id")
        live = CaseGrant.objects.live().filter(user=self.user, content_object=obj)
        blinding = Blinding.objects.filter(member=self.user, case_id=OuterRef("content_object_id"), lifted_at=None)
        rows = live.exclude(content_object_id__in=walls).annotate(is_blinded=Exists(blinding))
        held = list(rows.select_related("permission").order_by("granted_at", "pk"))
        self.is_blinded = any(getattr(grant, "is_blinded") for grant in held)  # noqa: B009 - the query's annotation
        sees_case = any(grant.permission.codename == OVERVIEW for grant in held)
        held = [grant for grant in held if grant.identity_request_id is None or sees_case]
        self.grants = [grant for grant in held if not self.is_blinded or grant.permission.codename in WHILE_BLINDED]
        return [grant.permission.codename for grant in self.grants]

    def get_group_perms(self, obj: Any) -> list[str]:  # type: ignore[override]
        return []


def checker_for(member: Any, case: Any) -> tuple[CaseChecker, set[str]]:
    """The checker of this member and case, asked once per reading, and its codenames such as `read_police`."""
    reading = reading_or_none()
    key = ("checker", member.pk, case.pk)
    if reading is not None and key in reading.cache:
        answer: tuple[CaseChecker, set[str]] = reading.cache[key]
        return answer
    checker = CaseChecker(member)
    checker.grants = []
    answer = (checker, set(checker.get_perms(case)))
    if reading is not None:
        reading.cache[key] = answer
    return answer


def live_permissions(member: Any, case: Any) -> set[str]:
    """Codenames such as `read_police` that this member holds on this case now.

    Empty for a member behind a wall and for one who is not active.
    """
    return checker_for(member, case)[1]


def is_kept_from_record(member: Any, case: Any) -> bool:
    """True while a plan keeps this member from the record of the case. No query beyond the permissions."""
    return checker_for(member, case)[0].is_blinded


def forget_permissions(member: Any, case: Any) -> None:
    """Ask again next time: for actions that have just given or ended a grant of the one who acts."""
    reading = reading_or_none()
    if reading is not None:
        reading.cache.pop(("checker", member.pk, case.pk), None)


# Whoever opens the account by named topics opens it by another permission than the account's own.
SAME_PAGE = {permission_codename(Compartment.ACCOUNT): (permission_codename(Compartment.ACCOUNT), READ_TOPICS)}


def note_right(member: Any, case: Any, codename: str, purpose: str = "") -> None:
    """Note by which live grant this member opens this case, for the audit entry; the stated purpose first.

    While an emergency access to the case lasts, every look of its member names it, whichever grant is in use.
    """
    held = checker_for(member, case)[0].grants
    opens = SAME_PAGE.get(codename, (codename,))
    grants = [grant for grant in held if grant.permission.codename in opens]
    if grants:
        grant = next((each for each in grants if each.purpose == purpose), grants[0])
        current_reading().rights[case.pk] = Right(
            purpose=grant.purpose,
            legal_basis=grant.legal_basis,
            grant_id=grant.pk,
            share_id=grant.share_id,
            emergency_id=next((each.emergency_id for each in held if each.emergency_id is not None), None),
        )


def purposes_held(member: Any, case: Any, codename: str) -> list[str]:
    """The purposes for which this member holds this permission now, in the order they were given."""
    grants = checker_for(member, case)[0].grants
    opens = SAME_PAGE.get(codename, (codename,))
    return list(dict.fromkeys(grant.purpose for grant in grants if grant.permission.codename in opens))
