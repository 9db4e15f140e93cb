"""How the record stands, for the pages: when it was last sealed and verified, and what the witnesses say.

All of it comes from the database, as the application sees it. The one check that does not trust the database is
`manage.py verify_audit`, on a machine of somebody else's.
"""

import datetime
import json
from dataclasses import dataclass

from django.db import connection

from casework.audit.seal.matching import LATE


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

    `findings`: of the last verification, in words. `log`: which log it is, from 1; `size`: leaves in its tree.
    """

    log: int
    origin: str
    size: int
    sealed_at: datetime.datetime | None
    lag: float
    verified_at: datetime.datetime | None
    verified_whole_at: datetime.datetime | None
    findings: list[str]
    witnesses: list[WitnessState]

    @property
    def is_late(self) -> bool:
        return self.lag > LATE

    @property
    def is_well(self) -> bool:
        """Sealed in time, verified without findings, and every witness content."""
        complaints = self.findings or any(witness.problem for witness in self.witnesses)
        return bool(self.verified_at and not self.is_late and not complaints)


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
        cursor.execute(
            "select max(at), max(at) filter (where whole),"
            " (select findings from audit_verification order by id desc limit 1)::text,"
            " extract(epoch from clock_timestamp() - casework_oldest_unsealed())::float8 from audit_verification"
        )
        verified_at, whole_at, findings, lag = cursor.fetchone()
        cursor.execute(
            "select distinct on (witness) witness, size, problem, at from audit_witness_answer"
            " where epoch = %s order by witness, id desc",
            [log],
        )
        witnesses = [WitnessState(*row) for row in cursor.fetchall()]
    texts = [str(each["text"]) for each in json.loads(findings or "[]")]
    return SealState(log, origin, size, sealed_at, max(0.0, lag or 0.0), verified_at, whole_at, texts, witnesses)
