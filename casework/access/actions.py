"""The only writers of grants, walls and blindings."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Member
from agencies.standing import missing_standing
from casework.access.checker import forget_permissions
from casework.access.database import database_now
from casework.access.errors import AccessDenied, NotVisible
from casework.access.kinds import READ_TOPICS, Compartment, Conflict, permission_codename, reading_codename
from casework.access.models import Blinding, CaseGrant, Wall
from casework.access.roles import readable, writable
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.vault.ids import new_id


@dataclass(frozen=True)
class GrantTerms:
    """What a grant is for: purpose and basis as codes; `ends_at` UTC, None for the own caseload of the lead agency.

    Where it comes from: a share, an emergency, a request for the identity, or none of them for the own caseload.
    """

    purpose: str
    legal_basis: str
    ends_at: datetime.datetime | None = None
    share: Any = None
    emergency: Any = None
    identity_request: Any = None


@transaction.atomic
def grant_compartments(
    *, case: Any, member: Any, by: Any, read: list[str], write: list[str], terms: GrantTerms
) -> list[CaseGrant]:
    """Give one member named compartments of one case. What a live grant of the same source gives is left alone.

    A share of named topics gives those and not the account. No grant outlasts the review of its case: the database ends
    it there at the latest. The member is locked, so that a role taken away at the same moment takes this grant along.
    Raises: AccessDenied when the member has no standing, is behind a wall, or has no role that fits.
    """
    if terms.emergency is None:
        check_review_is_not_overdue(case)
    members = Member.objects.select_related("agency").select_for_update(of=("self",), no_key=True)
    member = members.get(pk=member.pk)
    check_can_be_given(member, case, read, write)
    only_topics = bool(terms.share is not None and terms.share.topics)
    wanted = [reading_codename(each, only_topics=only_topics) for each in read]
    wanted += [permission_codename(each, write=True) for each in write]
    source = {"share": terms.share, "emergency": terms.emergency, "identity_request": terms.identity_request}
    same = CaseGrant.objects.filter(user=member, content_object=case, **source)
    end_grants(grants=same.filter(ends_at__lte=Now()), by=by)  # over by the clock: a row may hold each only once
    held = set(same.live().values_list("permission__codename", flat=True))
    permissions = Permission.objects.filter(
        content_type__app_label="cases", codename__in=[code for code in wanted if code not in held]
    ).order_by("codename")
    return [_write_grant(case, member, by, permission, terms) for permission in permissions]


def check_review_is_not_overdue(case: Any) -> None:
    """Nobody comes on a case whose review is overdue: who is on it is confirmed first. The database says the same.

    A case that is being opened has its date from the database, unread so far. Source: issue 5, "Review".
    Raises: AccessDenied.
    """
    if isinstance(case.review_due, datetime.datetime) and case.review_due <= database_now():
        raise AccessDenied(
            _("The review of who is on this case is overdue. A supervisor of the lead agency has to do it first."),
            rule="review_overdue",
        )


def check_can_be_given(member: Any, case: Any, read: list[str], write: list[str]) -> None:
    """A grant goes only to a member with standing and a fitting role, and never through a wall.

    Source: position paper of 2003, section 9.5; DESIGN.md, "Wall".  Raises: AccessDenied.
    """
    if missing_standing(member):
        raise AccessDenied(
            _("%(name)s can't be given access: vetting, training or membership is not current.")
            % {"name": member.name},
            rule="standing",
        )
    unfit = sorted((set(read) - readable(member.roles)) | (set(write) - writable(member.roles)))
    if unfit:
        raise AccessDenied(
            _("%(name)s has no role that works with: %(compartments)s.")
            % {"name": member.name, "compartments": ", ".join(str(Compartment(each).label) for each in unfit)},
            rule="role_fits",
        )
    if stands_behind_wall(member, case):
        raise AccessDenied(_("%(name)s can't be given access to this case.") % {"name": member.name}, rule="wall")


def stands_behind_wall(member: Member, case: Any) -> bool:
    """As the database knows it, for whoever names the member or decides about them; no wall may be in their sight."""
    with connection.cursor() as cursor:
        cursor.execute("select casework_stands_behind_wall(%s, %s)", [case.pk, member.pk])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def end_grants(*, grants: Any, by: Any) -> int:
    """End these grants now. Each is saved on its own, so that each has its entry. Returns how many ended.

    Whoever sees a case no longer loses with it what was given of its identity on request.
    """
    ended = 0
    off = set()
    for grant in grants.select_for_update(of=("self",)).filter(ended_at=None).order_by("pk"):
        grant.ended_at, grant.ended_by = timezone.now(), by
        grant.save(update_fields=["ended_at", "ended_by"])
        ended += 1
        if grant.identity_request_id is None:
            off.add((grant.user_id, grant.content_object_id))
    for member_id, case_id in sorted(off):
        held = CaseGrant.objects.live().filter(user_id=member_id, content_object_id=case_id)
        by_request = held.filter(identity_request__isnull=False)
        if by_request.exists() and not held.filter(permission__codename="read_overview", emergency=None).exists():
            ended += end_grants(grants=by_request, by=by)
    return ended


@transaction.atomic
def end_grants_beyond_roles(*, member: Any, by: Any) -> int:
    """End what this member holds and could not be given with the roles of now. `by`: the agency's administrator.

    Administrators see neither grants nor cases: the database ends them, and says which, for the record alone.
    Returns how many ended.
    """
    fitting = [permission_codename(each) for each in sorted(readable(member.roles))]
    fitting += [permission_codename(each, write=True) for each in sorted(writable(member.roles))]
    fitting += [READ_TOPICS] if Compartment.ACCOUNT in readable(member.roles) else []
    with connection.cursor() as cursor:
        cursor.execute("select * from casework_end_grants_beyond(%s, %s)", [member.pk, fitting])
        ended = cursor.fetchall()
    for grant_id, case_id, share_id, codename in ended:
        details = {"ended": "role", "permission": codename}
        record(Verb.CHANGED, subject=member, case_id=case_id, grant_id=grant_id, share_id=share_id, details=details)
    return len(ended)


@transaction.atomic
def raise_wall(*, case: Any, member: Any, by: Any, kind: str = Conflict.OTHER, note: str = "") -> Wall:
    """From now on this case does not exist for this member. `note`: at most 1,000 characters, encrypted; may be empty.

    A wall that stands already is left as it is. With it ends what emergencies have opened of the case's identity,
    whoever stands behind it. Raises: CannotOpen for a note by somebody without the case's key.
    """
    standing = Wall.objects.filter(case=case, member=member, lifted_at=None).first()
    if standing is not None:
        return standing
    wall = Wall(case=case, member=member, raised_by=by, kind=kind)
    wall.note = note
    wall.save(force_insert=True)
    _record_ended_by_wall(case.pk)
    return wall


@transaction.atomic
def raise_wall_by_reference(*, reference: str, member: Any, by: Any, kind: str) -> None:
    """As `raise_wall`, for whoever knows a reference and may know no more: nothing tells whether there is such a case.

    By the member, or by a supervisor of the member's agency. The database looks, in one query either way; the entry is
    written either way, and names the case for the agency that leads it.
    """
    with connection.cursor() as cursor:
        asked = [new_id(), reference, member.pk, Conflict(kind).value]
        cursor.execute("select casework_declare_wall(%s, %s, %s, %s)", asked)
        case_id = cursor.fetchone()[0]
    record(Verb.CREATED, subject=member, case_id=case_id, details={"wall": Conflict(kind).value})
    _record_ended_by_wall(case_id)


def _record_ended_by_wall(case_id: int | None) -> None:
    """What the database ended with a wall just raised, for the record alone: who raised it may see neither."""
    with connection.cursor() as cursor:
        cursor.execute("select * from casework_ended_by_wall(%s)", [case_id])
        ended = cursor.fetchall()
    members = Member.objects.in_bulk([member_id for _grant, member_id in ended]) if ended else {}
    for grant_id, member_id in ended:
        details = {"ended": "wall", "permission": permission_codename(Compartment.IDENTITY)}
        record(Verb.CHANGED, subject=members[member_id], case_id=case_id, grant_id=grant_id, details=details)


@transaction.atomic
def lift_wall(*, wall: Wall, by: Any, reason: str) -> None:
    """Take a wall down again, by another person than its member. Grants that are still live count again.

    `reason`: 1 to 500 characters, kept for good. Raises: AccessDenied; NotVisible when it stands no longer.
    """
    if wall.member_id == by.pk:
        raise AccessDenied(_("A wall is lifted by somebody else than its member."), rule="second_person")
    locked = Wall.objects.select_for_update(of=("self",)).filter(pk=wall.pk, lifted_at=None).first()
    if locked is None:
        raise NotVisible
    wall = locked
    wall.lifted_at, wall.lifted_by, wall.lifting_reason = timezone.now(), by, reason
    wall.save(update_fields=["lifted_at", "lifted_by", "lifting_reason_sealed"])


@transaction.atomic
def keep_from_record(*, case: Any, member: Any, by: Any) -> Blinding:
    """From now on this member sees nothing of the record of the case but what the member records."""
    blinding = Blinding(case=case, member=member, set_by=by)
    blinding.save(force_insert=True)
    forget_permissions(member, case)
    return blinding


@transaction.atomic
def open_record_again(*, blinding: Blinding, by: Any) -> None:
    """What the member's grants give counts again. Raises: AccessDenied for the one who is kept from the record."""
    if blinding.member_id == by.pk:
        raise AccessDenied(
            _("You are kept from the record of this case until the interview is sealed; somebody else changes that."),
            rule="kept_from_record",
        )
    blinding.lifted_at, blinding.lifted_by = timezone.now(), by
    blinding.save(update_fields=["lifted_at", "lifted_by"])
    forget_permissions(blinding.member, blinding.case)


def _write_grant(case: Any, member: Any, by: Any, permission: Permission, terms: GrantTerms) -> CaseGrant:
    grant = CaseGrant(
        user=member,
        content_object=case,
        permission=permission,
        share=terms.share,
        emergency=terms.emergency,
        identity_request=terms.identity_request,
        purpose=terms.purpose,
        legal_basis=terms.legal_basis,
        ends_at=terms.ends_at,
        granted_by=by,
    )
    grant.save(force_insert=True)
    return grant
