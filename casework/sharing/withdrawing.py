"""What the pages say before a share is withdrawn: who loses access, and what exactly is left to whom."""

import datetime
from collections import defaultdict
from dataclasses import dataclass

from agencies.models import Member
from casework.access.models import CaseGrant
from casework.cases.held import by_end, reads_of, sources_of
from casework.cases.people import seeing_ids
from casework.sharing.models import Share
from casework.vault.reading import note_rows


@dataclass(frozen=True)
class Kept:
    """Somebody who goes on seeing the case, and what: words by their end, UTC, None for no end."""

    member: Member
    reads: list[tuple[list[str], datetime.datetime | None]]


@dataclass(frozen=True)
class Loss:
    """`people`: who see the case by the share now; `kept`: of these, who still do without it, by name."""

    people: int
    kept: list[Kept]


def loss_by_withdrawing(share: Share) -> Loss:
    """Who would lose what this share gives. Four queries at most.

    What was given of the identity on request ends with the last share by which somebody sees the case.
    """
    grants = list(
        CaseGrant.objects.live()
        .filter(content_object_id=share.case_id)
        .select_related("user__agency", "permission")
        .order_by("user__name", "user_id", "granted_at", "pk")
    )
    note_rows(grants)
    seeing = seeing_ids(share.case)
    losing = {grant.user_id for grant in grants if grant.share_id == share.pk and grant.user_id in seeing}
    left: dict[int, list[CaseGrant]] = defaultdict(list)
    for grant in grants:
        if grant.user_id in losing and grant.share_id != share.pk:
            left[grant.user_id].append(grant)
    staying = {key: still for key, held in left.items() if (still := _without_the_share(held))}
    sources = sources_of([grant for held in staying.values() for grant in held])
    kept = [Kept(held[0].user, by_end(reads_of(held, sources))) for held in staying.values()]
    return Loss(len(losing), kept)


def _without_the_share(others: list[CaseGrant]) -> list[CaseGrant]:
    """Of the grants that do not come from the share, those that are left when it ends."""
    if any(grant.permission.codename == "read_overview" and grant.emergency_id is None for grant in others):
        return others
    return [grant for grant in others if grant.identity_request_id is None]
