"""The only writers of members. Lock, check, change, record."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from agencies.kinds import Role
from agencies.models import Agency, Member
from agencies.rules import check_can_change_member, check_is_administrator, check_roles_fit
from agencies.set_up import member_of_token, set_up_token
from agencies.standing import today
from casework.access.actions import end_grants_beyond_roles
from casework.access.errors import NotVisible
from casework.audit.context import Asker, asked_by
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.vault.marks import address_marks

ENDED = "ended.invalid"  # a domain that can't exist (RFC 2606): nobody signs in with an address there


class TakenAddress(Exception):
    """Somebody signs in with this e-mail address already."""


class TakenName(Exception):
    """An agency of this name is there already."""


class UsedLink(Exception):
    """A set-up link was used, replaced, or is older than a day."""


@dataclass(frozen=True)
class StandingDates:
    """Vetting and training, first and last day each, UTC; None where not on record."""

    vetting_from: datetime.date | None = None
    vetting_until: datetime.date | None = None
    training_from: datetime.date | None = None
    training_until: datetime.date | None = None


def found_agency(*, name: str, kind: str, country: str, administrator: str, email: str) -> tuple[Member, str]:
    """Add an agency with its first administrator, as the operator, by the owner's connection.

    Vetting and training of the administrator are recorded for a year from today: whoever founds an agency vouches.
    Returns the administrator and the token of a one-time set-up link. Raises: TakenName; TakenAddress.
    """
    if Agency.objects.filter(name=name).exists():
        raise TakenName(f"There is an agency named {name} already.")
    if Member.objects.filter(email__iexact=email).exists():
        raise TakenAddress(f"Somebody signs in with {email} already.")
    year = today() + datetime.timedelta(days=365)
    dates = StandingDates(today(), year, today(), year)
    with transaction.atomic(using="owner"), transaction.atomic(), asked_by(Asker(name="Operator")):
        agency = Agency(name=name, kind=kind, country=country)
        agency.save(using="owner", force_insert=True)
        member = Member(name=administrator, email=email.lower(), agency=agency, roles=[Role.AGENCY_ADMINISTRATOR.value])
        for field, value in vars(dates).items():
            setattr(member, field, value)
        member.set_unusable_password()
        member.save(using="owner", force_insert=True)
    found = Member.objects.select_related("agency").get(email=member.email)
    return found, set_up_token(found)


@transaction.atomic
def add_member(*, by: Any, name: str, email: str, roles: list[str], dates: StandingDates) -> tuple[Member, str]:
    """Add a member to the administrator's agency. Returns the member and the token of a one-time set-up link.

    Raises: AccessDenied; TakenAddress.
    """
    check_is_administrator(by)
    check_roles_fit(roles)
    if Member.objects.filter(email__iexact=email).exists():
        raise TakenAddress
    what = {"roles": _in_order(roles), "joined_on": today(), **vars(dates)}
    member = Member(name=name, email=email.lower(), agency=by.agency, **what)
    member.set_unusable_password()
    member.save(force_insert=True)
    return member, set_up_token(member)


@transaction.atomic
def make_set_up_link(*, member: Member, by: Any) -> str:
    """A new one-time link; the old password and older links stop working at once, and open sessions end.

    Second factors stay: with the link alone nobody gets in in place of a member who has set one up.
    Returns its token. Raises: AccessDenied.
    """
    member = _lock(member, by)
    member.set_unusable_password()
    member.save(update_fields=["password"])
    record(Verb.FACTOR_CHANGED, subject=member, details={"factor": "password", "change": "link"})
    return set_up_token(member)


@transaction.atomic
def set_up_password(*, token: str, password: str) -> Member:
    """Set the password by a one-time link, which is used up by that. Raises: UsedLink."""
    member = member_of_token(token)
    if member is None:
        raise UsedLink
    locked = Member.objects.select_for_update().filter(pk=member.pk, password=member.password).first()
    if locked is None:
        raise UsedLink
    locked.set_password(password)
    locked.save(update_fields=["password"])
    details = {"factor": "password", "change": "set_up"}
    record(Verb.FACTOR_CHANGED, subject=locked, details=details, agency_id=locked.agency_id)
    return locked


@transaction.atomic
def change_roles(*, member: Member, by: Any, roles: list[str]) -> Member:
    """Change what a member does. Grants that the new roles can't hold end, and every session. Raises: AccessDenied."""
    member = _lock(member, by)
    check_roles_fit(roles, member.roles)
    member.roles = _in_order(roles)
    member.save(update_fields=["roles"])
    end_grants_beyond_roles(member=member, by=by)
    return member


@transaction.atomic
def change_dates(*, member: Member, by: Any, dates: StandingDates) -> Member:
    """Record vetting and training. Without current dates a member can't act. Raises: AccessDenied."""
    member = _lock(member, by)
    for name, value in vars(dates).items():
        setattr(member, name, value)
    member.save(update_fields=list(vars(dates)))
    return member


@transaction.atomic
def record_address(*, member: Member, by: Any, address: str) -> Member:
    """Record where a member lives, as marks alone; an empty text forgets it. Raises: AccessDenied."""
    member = _lock(member, by)
    member.address_marks = address_marks(address)
    member.save(update_fields=["address_marks"])
    change = "recorded" if member.address_marks else "forgotten"
    record(Verb.CHANGED, subject=member, agency_id=member.agency_id, details={"address": change})
    return member


@transaction.atomic
def set_may_sign_in(*, member: Member, by: Any, may: bool) -> Member:
    """Let a member sign in, or not for the time being. Raises: AccessDenied."""
    member = _lock(member, by)
    member.is_active = may
    member.save(update_fields=["is_active"])
    return member


@transaction.atomic
def end_membership(*, member: Member, by: Any) -> Member:
    """End a membership today, for good: every page and the database refuse the member from this moment.

    The e-mail address is free again, for a membership with other roles or at another agency; the record keeps it.
    Raises: AccessDenied.
    """
    member = _lock(member, by)
    member.membership_ended_on, member.is_active = today(), False
    member.email = f"{member.pk}@{ENDED}"
    member.save(update_fields=["membership_ended_on", "is_active", "email"])
    return member


def _lock(member: Member, by: Any) -> Member:
    locked = Member.objects.select_related("agency").select_for_update(of=("self",)).filter(pk=member.pk).first()
    if locked is None:
        raise NotVisible
    check_can_change_member(by, locked)
    return locked


def _in_order(roles: list[str]) -> list[str]:
    return [role.value for role in Role if role.value in set(roles)]
