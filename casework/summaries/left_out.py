"""What of a case is not in a summary: counted once for the summary, the same for whoever reads it and on paper."""

import hashlib
import json
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from agencies.models import Member
from casework.access.kinds import Compartment
from casework.summaries.kinds import SummaryState
from casework.summaries.models import Summary
from casework.summaries.selectors import versions_now


@dataclass(frozen=True)
class LeftOut:
    """`place`: `T1`, or the code of a compartment; `count` of `total` passages or entries there are not chosen."""

    place: str
    count: int
    total: int

    @property
    def name(self) -> str:
        """The place as people say it. Counted, never described: no date, no kind."""
        if self.is_told:
            return _("What the child told, %(label)s") % {"label": self.place}
        return str(Compartment(self.place).label)

    @property
    def is_told(self) -> bool:
        """True for passages of a telling, False for entries of a compartment."""
        return self.place not in Compartment.values

    @property
    def words(self) -> str:
        """`1 of 3`."""
        return _("%(number)d of %(total)d") % {"number": self.count, "total": self.total}


def left_out_of(summary: Summary) -> tuple[LeftOut, ...]:
    """Sealed tellings by number, then every compartment that holds entries, in the order of the compartments.

    As it stood when the summary was approved, and until then as it stands now: the database counts for whoever may
    read summaries of the case, whatever else they may read. At most one query.
    """
    if summary.state == SummaryState.APPROVED and summary.left_out:
        return tuple(LeftOut(*row) for row in summary.left_out)
    with connection.cursor() as cursor:
        cursor.execute("select place, missing, total from casework_left_out(%s)", [summary.pk])
        found = [LeftOut(*row) for row in cursor.fetchall()]
    return tuple(sorted(found, key=_order))


def _order(part: LeftOut) -> tuple[int, int]:
    if part.is_told:
        return 0, int(part.place.removeprefix("T"))
    return 1, Compartment.values.index(part.place)


def kept(parts: tuple[LeftOut, ...]) -> list[list[str | int]]:
    """As the row of an approved summary keeps it."""
    return [[part.place, part.count, part.total] for part in parts]


def stamp_now(member: Member, summary: Summary) -> str:
    """The stamp of what a page would show of it now."""
    return stamp_of(versions_now(member, summary), left_out_of(summary))


def stamp_of(versions: dict[int, int], left_out: tuple[LeftOut, ...]) -> str:
    """Sixteen hex characters for what a page shows: each part in its version, and how much is left out."""
    shown = [sorted(versions.items()), kept(left_out)]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]
