"""Sealing and verifying as the commands and the tasks do it: keys, witnesses and folders from the settings."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg.types.json import Jsonb

from casework.audit.seal.archive import Archives
from casework.audit.seal.checkpoint import VerifierKey
from casework.audit.seal.findings import Finding, Kind, Report
from casework.audit.seal.keys import known_keys, seal_folder, signing_key
from casework.audit.seal.sealer import RecordRewritten, begin_log, seal_waiting
from casework.audit.seal.store import Connection, SealProblem, sealer_connection
from casework.audit.seal.telling import Answer, tell_witnesses
from casework.audit.seal.verified import read_verified, write_verified
from casework.audit.seal.verify import Progress, verify
from casework.audit.seal.witnesses import witnesses

ARCHIVES = "archives"  # folder inside SEAL_FOLDER
TRY_AGAIN = 60.0  # seconds
AlsoVerified = Callable[[Connection], list[Finding]]
_also: list[AlsoVerified] = []
_again_at: dict[str, float] = {}  # by the name of a witness; of this process


@dataclass(frozen=True)
class SealedNow:
    """What one pass has done. `entries`: sealed; `answers`: of the witnesses."""

    entries: int
    answers: list[Answer]


def is_set_up() -> bool:
    """Whether this machine seals: always with the embedded servers, by settings elsewhere."""
    return settings.ENVIRONMENT.database_sealer is not None


def also_verify(check: AlsoVerified) -> None:
    """Have an upper part say, with every verification, what it finds against the record. In `AppConfig.ready`."""
    if check not in _also:
        _also.append(check)


def seal_now(say: Callable[[int], object] = lambda _number: None, *, patiently: bool = False) -> SealedNow:
    """Seal everything that waits, then tell the witnesses. Raises: SealProblem, psycopg.Error.

    `patiently`: leave a witness alone for a minute after it had something to complain of or did not answer, so that a
    worker that seals every few seconds does not spend them waiting.
    """
    key = signing_key()
    with sealer_connection() as connection:
        try:
            entries = seal_waiting(connection, key, say)
        except RecordRewritten as problem:
            _keep_once(connection, Finding(Kind.TREE, str(problem)))
            raise
        due = [each for each in witnesses() if not patiently or time.monotonic() >= _again_at.get(each.name, 0.0)]
        answers = tell_witnesses(connection, due)
    for answer in answers:
        _again_at[answer.witness] = time.monotonic() + TRY_AGAIN if answer.problem else 0.0
    return SealedNow(entries, answers)


def _keep_once(connection: Connection, finding: Finding) -> None:
    """For the pages, where the last report does not say it already: the sealer tries again every few seconds."""
    last = connection.execute("select findings from audit_verification order by id desc limit 1").fetchone()
    if last is None or finding.as_json() not in last[0]:
        keep_report(connection, Report(False, 0, 0, 0, 0.0, (finding,)))


def new_log(reason: str) -> VerifierKey:
    """Leave the present log behind for this reason. Returns the key of the next. Raises: SealProblem, psycopg.Error."""
    key = signing_key()
    with sealer_connection() as connection:
        return VerifierKey.of(begin_log(connection, key, reason).origin, key)


def verify_now(*, whole: bool, progress: Progress = lambda _done, _of: None) -> Report:
    """Verify, keep how it ended for the pages, and how far all was well on this machine.

    The first increment of a machine is the whole. One that could not be carried out is kept as a finding.
    Raises: SealProblem, psycopg.Error.
    """
    folder = seal_folder()
    try:
        report = _verified(folder, whole=whole, progress=progress)
    except (SealProblem, psycopg.Error) as problem:
        text = f"It could not be verified: {str(problem).strip()}"
        with suppress(SealProblem, psycopg.Error), sealer_connection() as connection:
            keep_report(connection, Report(False, 0, 0, 0, 0.0, (Finding(Kind.UNREAD, text),)))
        raise
    with sealer_connection() as connection:
        keep_report(connection, report)
    return report


def _verified(folder: Path, *, whole: bool, progress: Progress) -> Report:
    before = read_verified(folder)
    whole = whole or before is None
    with sealer_connection() as connection:
        archives = Archives(folder / ARCHIVES, archived(connection)) if whole else Archives(folder / "none")
    report, reached = verify(
        keys=known_keys(folder),
        witnesses=witnesses(),
        archives=archives,
        before=before,
        whole=whole,
        progress=progress,
    )
    if reached is not None:
        write_verified(folder, reached)
    with sealer_connection() as connection:
        more = [finding for check in _also for finding in check(connection)]
    return replace(report, findings=(*report.findings, *more))


def keep_report(connection: Connection, report: Report) -> None:
    """For the pages: when it was verified, and how it ended. Who may write here could lie here; the command can't."""
    findings = Jsonb([finding.as_json() for finding in report.findings])
    connection.execute(
        "insert into audit_verification (whole, entries, findings) values (%s, %s, %s)",
        [report.whole, report.entries, findings],
    )


def archived(connection: Connection) -> dict[str, int]:
    """Months that were archived, such as "2026-01", with the number of their entries."""
    rows = connection.execute("select to_char(month, 'YYYY-MM'), entries from audit_archive order by month")
    return {row[0]: int(row[1]) for row in rows}
