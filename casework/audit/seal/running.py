"""Sealing and verifying as the commands and the tasks do it: keys, witnesses and folders from the settings."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from psycopg.types.json import Jsonb

from casework.audit.seal.archive import Archives
from casework.audit.seal.checkpoint import VerifierKey
from casework.audit.seal.findings import Report
from casework.audit.seal.keys import known_keys, seal_folder, signing_key
from casework.audit.seal.sealer import begin_log, seal_waiting
from casework.audit.seal.store import Connection, sealer_connection
from casework.audit.seal.telling import Answer, tell_witnesses
from casework.audit.seal.verified import read_verified, write_verified
from casework.audit.seal.verify import Progress, verify
from casework.audit.seal.witnesses import witnesses

ARCHIVES = "archives"  # folder inside SEAL_FOLDER


@dataclass(frozen=True)
class SealedNow:
    """What one pass has done. `entries`: sealed; `answers`: of the witnesses."""

    entries: int
    answers: list[Answer]


def is_set_up() -> bool:
    """Whether this machine seals: always with the embedded servers, by settings elsewhere."""
    return settings.ENVIRONMENT.database_sealer is not None


def seal_now(say: Callable[[int], object] = lambda _number: None) -> SealedNow:
    """Seal everything that waits, then tell the witnesses. Raises: SealProblem, psycopg.Error."""
    key = signing_key()
    with sealer_connection() as connection:
        entries = seal_waiting(connection, key, say)
        return SealedNow(entries, tell_witnesses(connection, witnesses()))


def new_log(reason: str) -> VerifierKey:
    """Leave the present log behind for this reason. Returns the key of the next. Raises: SealProblem, psycopg.Error."""
    key = signing_key()
    with sealer_connection() as connection:
        return VerifierKey.of(begin_log(connection, key, reason).origin, key)


def verify_now(*, whole: bool, progress: Progress = lambda _done, _of: None) -> Report:
    """Verify, keep how it ended for the pages, and how far all was well on this machine.

    The first increment of a machine is the whole. Raises: SealProblem, psycopg.Error.
    """
    folder = seal_folder()
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
        keep_report(connection, report)
    return report


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
