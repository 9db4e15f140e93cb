"""Standing: may this member act at all now? Asked before any other question."""

import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.kinds import Role
from agencies.models import Member


def today() -> datetime.date:
    """The date in UTC. Every date of standing is compared with this one."""
    return timezone.now().date()


def missing_standing(member: Member, on: datetime.date | None = None, *, to_another: bool = False) -> list[str]:
    """Why this member can't act, in words for the member, or `to_another` for whoever reads of it; empty if nothing is.

    Vetting and training count on both their first and last day (UTC).
    Source: DESIGN.md, "Standing"; position paper of 2003, sections 9.3 and 9.5.
    """
    day = on or today()
    reasons: list[tuple[str, str]] = []
    if member.membership_ended_on is not None and member.membership_ended_on <= day:
        ended = {"date": f"{member.membership_ended_on:%-d %b %Y}"}
        reasons.append((_("Your membership ended on %(date)s.") % ended, _("Membership ended on %(date)s.") % ended))
    if not member.is_active or not member.agency.is_active:
        reasons.append((_("Your membership is not active."), _("Membership not active.")))
    if not _covers(member.vetting_from, member.vetting_until, day):
        reasons.append((_("You have no current vetting on record."), _("No current vetting on record.")))
    if not _covers(member.training_from, member.training_until, day):
        reasons.append((_("You have no current training on record."), _("No current training on record.")))
    return [other if to_another else own for own, other in reasons]


def current_on(day: datetime.date) -> Q:
    """Members whose vetting and training are current on this day, both ends included."""
    return Q(vetting_from__lte=day, vetting_until__gte=day, training_from__lte=day, training_until__gte=day)


def administrators_of(member: Member) -> list[str]:
    """Names of those who can give this member standing: other administrators of the agency, who have it themselves."""
    of_agency = Member.objects.select_related("agency").filter(agency_id=member.agency_id)
    others = of_agency.filter(roles__contains=[Role.AGENCY_ADMINISTRATOR]).exclude(pk=member.pk)
    return [each.name for each in others.order_by("name", "pk") if not missing_standing(each)]


def _covers(first: datetime.date | None, last: datetime.date | None, day: datetime.date) -> bool:
    return first is not None and last is not None and first <= day <= last
