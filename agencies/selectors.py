"""The only readers of members and agencies for pages."""

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from agencies.models import Agency, Member
from agencies.standing import missing_standing
from casework.access.errors import NotVisible


@dataclass(frozen=True)
class MemberRow:
    """A member with what is missing for standing, in words; nothing missing: `may_act`."""

    member: Member
    missing: tuple[str, ...]

    @property
    def may_act(self) -> bool:
        """True when nothing is missing."""
        return not self.missing


@dataclass(frozen=True)
class AgencyRow:
    """An agency with its members, by name."""

    agency: Agency
    members: tuple[MemberRow, ...]


def members_of_agency(administrator: Any) -> list[MemberRow]:
    """Everybody of the administrator's agency, those whose membership has ended last, then by name."""
    members = Member.objects.select_related("agency").filter(agency_id=administrator.agency_id)
    rows = [
        MemberRow(member, tuple(missing_standing(member, to_another=True))) for member in members.order_by("name", "pk")
    ]
    return sorted(rows, key=lambda row: row.member.membership_ended_on is not None)


def member_of_agency(administrator: Any, number: int) -> Member:
    """One member of the administrator's agency. Raises: NotVisible."""
    found = Member.objects.select_related("agency").filter(pk=number, agency_id=administrator.agency_id).first()
    if found is None:
        raise NotVisible
    return found


def number_of_factors(member: Any) -> int:
    """How many authenticator apps and security keys a member has set up; recovery codes are no factor of their own."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return int(Authenticator.objects.filter(user=member, type__in=kinds).count())


def demo_people() -> list[AgencyRow]:
    """Everybody by agency, for the demo's sign-in page."""
    agencies: QuerySet[Agency] = Agency.objects.order_by("country", "name")
    members = list(Member.objects.select_related("agency").order_by("name", "pk"))
    rows = [
        AgencyRow(
            agency,
            tuple(
                MemberRow(each, tuple(missing_standing(each, to_another=True)))
                for each in members
                if each.agency_id == agency.pk
            ),
        )
        for agency in agencies
    ]
    return [row for row in rows if row.members]


def demo_person(number: int) -> Member:
    """One of the demo people. Raises: NotVisible."""
    found = Member.objects.select_related("agency").filter(pk=number).first()
    if found is None:
        raise NotVisible
    return found
