"""The only readers for the review of a case, and for who opened what since the reader last looked."""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from agencies.models import Member
from agencies.standing import missing_standing
from casework.access.database import database_now
from casework.access.kinds import Compartment, Purpose
from casework.access.models import CaseGrant
from casework.access.scopes import granted_case_ids
from casework.cases.held import Held, Sources, by_end, reads_of, sources_of
from casework.cases.models import Case
from casework.cases.people import last_looks
from casework.sharing.models import PersonReview
from casework.vault.reading import note_rows

REMIND = datetime.timedelta(days=14)  # before the review is due: time enough to ask whoever is away
DAY = datetime.timedelta(days=1)
OPENED = "sharing:opened"  # the page whose looks say when somebody last read who opened what


@dataclass(frozen=True)
class Reviewed:
    """Somebody on a case, for its review. `reads`: each with its own end; `last_look`: UTC, or None for never.

    `follows`: would be confirmed until the next review; False for who is here by a share that ends earlier, or of
    another agency, which renews it itself. `has_lapsed`: fell off already, because the review came late.
    """

    member: Member
    reads: tuple[Held, ...]
    purposes: tuple[str, ...]
    by_share_of: str
    until: datetime.datetime
    last_look: datetime.datetime | None
    follows: bool
    has_lapsed: bool
    has_standing: bool

    @property
    def reads_by_end(self) -> list[tuple[list[str], datetime.datetime | None]]:
        return by_end(self.reads)


@dataclass(frozen=True)
class Opening:
    """Somebody opened the account or the identity. `parts`: labels; `is_new`: since the reader last read this page."""

    at: datetime.datetime
    name: str
    roles: tuple[str, ...]
    agency: str
    parts: tuple[str, ...]
    purpose: str
    is_new: bool


def grants_under_review(case: Case) -> Any:
    """Grants that the review decides on: in force, or over only because it is late.

    None of an emergency, and none that gives the identity on request: both end by their own date.
    """
    rows = CaseGrant.objects.filter(content_object=case, ended_at=None, emergency=None, identity_request=None)
    return rows.filter(Q(ends_at__gt=database_now()) | Q(ends_at__gt=case.review_due - DAY))


def people_under_review(case: Case) -> list[Reviewed]:
    """Everybody on the case, the lead agency first, then by agency and name. Four queries."""
    related = grants_under_review(case).select_related("user__agency", "permission", "share", "share__from_agency")
    grants = list(related.order_by("user__agency__name", "user__name", "user_id", "granted_at", "pk"))
    note_rows(grants)
    held: dict[int, list[CaseGrant]] = defaultdict(list)
    for grant in grants:
        held[grant.user_id].append(grant)
    looks, sources, now = last_looks(case), sources_of(grants), database_now()
    people = [_reviewed(case, rows, looks.get(key), sources, now) for key, rows in held.items()]
    return sorted(people, key=lambda each: each.member.agency_id != case.lead_agency_id)


def _reviewed(case: Case, grants: list[Any], look: Any, sources: Sources, now: datetime.datetime) -> Reviewed:
    shares = [grant.share for grant in grants if grant.share is not None]
    until = max(grant.ends_at for grant in grants)
    return Reviewed(
        member=grants[0].user,
        reads=reads_of(grants, sources),
        purposes=tuple(dict.fromkeys(str(Purpose(grant.purpose).label) for grant in grants)),
        by_share_of=", ".join(dict.fromkeys(share.from_agency.name for share in shares)),
        until=until,
        last_look=look,
        follows=any(_follows(case, grant) for grant in grants),
        has_lapsed=until <= now,
        has_standing=not missing_standing(grants[0].user),
    )


def _follows(case: Case, grant: Any) -> bool:
    """As the database decides (casework_review_case)."""
    ours = grant.share is None or grant.share.from_agency_id == case.lead_agency_id
    end = grant.ends_at if grant.share is None else grant.share.until
    return bool(ours and end > case.review_due - DAY)


def cases_to_review(supervisor: Member) -> list[Case]:
    """Cases that this supervisor's agency leads and whose review is due within two weeks, the most urgent first."""
    rows = Case.objects.overseen_by(supervisor).filter(review_due__lt=database_now() + REMIND, closed_at=None)
    return list(rows.order_by("review_due", "pk"))


def past_reviews(supervisor: Member, case: Case) -> list[PersonReview]:
    """What earlier reviews of the case decided, newest first, at most a hundred."""
    rows = PersonReview.objects.overseen_by(supervisor).filter(case=case).select_related("case")
    return list(rows.order_by("-decided_at", "member_label")[:100])


def openings_of(case: Case, since_days: int = 90) -> list[Opening]:
    """Who of others opened the account or the identity in these days, newest first. For members of the lead agency."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select at, actor_name, actor_roles, actor_agency, parts, purpose, coalesce(at > last_read, true)"
            " from casework_openings(%s, %s) where at > now() - make_interval(days => %s) order by at desc limit 200",
            [[case.pk], OPENED, since_days],
        )
        return [_opening(*row) for row in cursor.fetchall()]


def _opening(
    at: datetime.datetime, name: str, roles: list[str], agency: str, parts: list[str], purpose: str, is_new: bool
) -> Opening:
    shown = [str(Compartment(each).label) for each in ("account", "identity") if each in parts]
    words = str(Purpose(purpose).label) if purpose in Purpose.values else ""
    return Opening(at, name, tuple(roles), agency, tuple(shown), words, is_new)


def new_openings(member: Member) -> list[tuple[Case, list[str]]]:
    """Cases on which this member works for the lead agency, with who of others opened account or identity since.

    Since the member last read who did; each with the agency of then, by name. Two queries.
    """
    wanted = granted_case_ids(member, "write_overview")
    cases = Case.objects.visible_to(member).filter(pk__in=wanted, lead_agency_id=member.agency_id)
    own = {case.pk: case for case in cases}
    if not own:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "select case_id, array_agg(distinct actor_name || ', ' || actor_agency) from casework_openings(%s, %s)"
            " where last_read is null or at > last_read group by case_id",
            [list(own), OPENED],
        )
        people = dict(cursor.fetchall())
    return [(own[key], names) for key, names in sorted(people.items())]
