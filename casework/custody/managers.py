"""Whose requests a member reads: the own, and those of cases whose identity the member keeps or supervises."""

from typing import Any

from django.db.models import Q, QuerySet

from agencies.kinds import Role
from casework.access.kinds import Compartment, permission_codename
from casework.access.models import CaseGrant
from casework.vault.managers import ConfidentialQuerySet, GuardedManager


class RequestManager(GuardedManager):
    """Seeing a case shows nobody else's request: why somebody wants to know who the child is concerns two sides."""

    def visible_to(self, member: Any) -> ConfidentialQuerySet:
        """The own requests; for supervisors and the identity custodian of the lead agency, those of their cases."""
        keeps = Q()
        if member.has_role(Role.SUPERVISOR):
            keeps = Q(case__lead_agency_id=member.agency_id)
        elif member.has_role(Role.IDENTITY_CUSTODIAN):
            keeps = Q(case__lead_agency_id=member.agency_id, case_id__in=kept_case_ids(member))
        rows = super().visible_to(member)
        return rows.filter(Q(member_id=member.pk) | keeps) if keeps else rows.filter(member_id=member.pk)


def kept_case_ids(member: Any) -> QuerySet[Any]:
    """Ids of cases whose identity this member reads by name: not because it was asked for, nor in an emergency."""
    grants = CaseGrant.objects.live().filter(user=member, emergency=None, identity_request=None)
    return grants.filter(permission__codename=permission_codename(Compartment.IDENTITY)).values("content_object_id")
