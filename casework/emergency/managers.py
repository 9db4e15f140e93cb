"""Three more ways in for one model: what a member did, what members of an agency did, and both stop at a wall."""

from typing import Any

from django.db.models import QuerySet

from agencies.kinds import Role
from casework.access.scopes import walled_case_ids
from casework.vault.managers import GuardedManager, GuardedQuerySet


class EmergencyManager(GuardedManager):
    """Beside the guarded reaches: the member's own, and those of the members of a supervisor's agency."""

    def own_of(self, member: Any) -> QuerySet[Any]:
        """The emergency accesses of this member, also after the grants have ended."""
        rows = GuardedQuerySet(self.model, using=self._db)
        if not member.is_active:
            return rows.none()
        return rows.filter(member_id=member.pk).exclude(case_id__in=walled_case_ids(member))

    def of_agency(self, supervisor: Any) -> QuerySet[Any]:
        """Those of members of this supervisor's agency: that they happened, not what stands in the case."""
        rows = GuardedQuerySet(self.model, using=self._db)
        if not supervisor.is_active or not supervisor.has_role(Role.SUPERVISOR):
            return rows.none()
        return rows.filter(agency_id=supervisor.agency_id).exclude(case_id__in=walled_case_ids(supervisor))
