"""Whose requests for topics a member reads."""

from typing import Any

from django.db.models import Q

from casework.vault.managers import ConfidentialQuerySet, GuardedManager


class TopicRequestManager(GuardedManager):
    """Why somebody needs a topic concerns who asks and the agency that is asked; no other agency on the case."""

    def visible_to(self, member: Any) -> ConfidentialQuerySet:
        """The own requests; for the agency that leads a case, all of it."""
        rows = super().visible_to(member)
        return rows.filter(Q(member_id=member.pk) | Q(case__lead_agency_id=member.agency_id))
