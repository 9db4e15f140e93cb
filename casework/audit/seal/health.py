"""How the record stands, for the pages: when it was last sealed and verified, and what the witnesses say.

All of it comes from the database, as the application sees it. The one check that does not trust the database is
`manage.py verify_audit`, on a machine of somebody else's.
"""

import datetime
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from casework.audit.seal.findings import Kind
from casework.audit.seal.matching import LATE

STALE = datetime.timedelta(hours=36)  # since the whole was verified last, which happens every night
# What may be over by the next verification. All else stays said until the whole is verified without it.
PASSING = [Kind.WAITING.value, Kind.WITNESS.value, Kind.UNREAD.value]
VERIFICATIONS = """
with last as (select max(id) as id, coalesce(max(id) filter (where whole), 0) as whole from audit_verification),
said as (
  select found ->> 'text' as text, found ->> 'kind' = any(%s) as passes, min(v.id) as first
  from audit_verification v, last, jsonb_array_elements(v.findings) found
  where v.id = last.id or v.id >= last.whole and found ->> 'kind' <> all(%s)
  group by 1, 2)
select max(at) filter (where not findings @> '[{"kind": "unread"}]'), max(at) filter (where whole),
  (select coalesce(array_agg(text order by first) filter (where not passes), '{}') from said),
  (select coalesce(array_agg(text order by first) filter (where passes), '{}') from said),
  extract(epoch from clock_timestamp() - casework_oldest_unsealed())::float8
from audit_verification
"""


@dataclass(frozen=True)
class WitnessState:
    """What a witness last said. `problem`: empty when it has kept a head; `at`: UTC."""

    name: str
    size: int
    problem: str
    at: datetime.datetime


@dataclass(frozen=True)
class SealState:
    """`sealed_at`, `verified_at`: UTC or None for never; `lag`: seconds that the oldest entry has waited for a seal.

    `findings`: in words, what the last verification of the whole and those since found of the record; `passing`: what
    the very last one found of who keeps or reads it. `log`: which log it is, from 1; `size`: leaves in its tree.
    """

    log: int
    origin: str
    size: int
    sealed_at: datetime.datetime | None
    lag: float
    verified_at: datetime.datetime | None
    verified_whole_at: datetime.datetime | None
    findings: list[str]
    passing: list[str]
    witnesses: list[WitnessState]

    @property
    def is_late(self) -> bool:
        return self.lag > LATE

    @property
    def is_stale(self) -> bool:
        """The whole was verified once, and not lately: whoever verifies may have been stopped."""
        return bool(self.verified_at and timezone.now() - (self.verified_whole_at or self.verified_at) > STALE)


def lag_seconds() -> float:
    """How long the oldest entry without a seal has waited; 0 when none waits."""
    with connection.cursor() as cursor:
        cursor.execute("select extract(epoch from clock_timestamp() - casework_oldest_unsealed())::float8")
        row = cursor.fetchone()
    return max(0.0, row[0] or 0.0)


def seal_state() -> SealState:
    """How the record stands now. Three queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.epoch, l.origin, coalesce(h.size, 0), h.sealed_at from audit_seal_log l left join lateral"
            " (select * from audit_seal_head h where h.epoch = l.epoch order by h.size desc limit 1) h on true"
            " order by l.epoch desc limit 1"
        )
        log, origin, size, sealed_at = cursor.fetchone() or (0, "", 0, None)
        cursor.execute(VERIFICATIONS, [PASSING, PASSING])
        verified_at, whole_at, findings, passing, lag = cursor.fetchone()
        cursor.execute(
            "select distinct on (witness) witness, size, problem, at from audit_witness_answer"
            " where epoch = %s order by witness, id desc",
            [log],
        )
        witnesses = [WitnessState(*row) for row in cursor.fetchall()]
    late = max(0.0, lag or 0.0)
    return SealState(log, origin, size, sealed_at, late, verified_at, whole_at, findings, passing, witnesses)
