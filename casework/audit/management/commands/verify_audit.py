"""`verify_audit`: is the record what was sealed? Exit status 0 only when all is well."""

import sys
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.audit.seal.findings import Report
from casework.audit.seal.running import verify_now
from casework.audit.seal.store import SealProblem

NOT_WELL = 1


class Command(BaseCommand):
    """Recomputes every leaf from its row, and holds it against the tree, the signatures and the witnesses."""

    help = "Verify the record of looks: all of it, or what came since this machine verified it last."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since-last",
            action="store_true",
            help="only what came since; finds no change of older entries, so verify all of it once a day",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")

    def handle(self, *arguments: Any, **options: Any) -> None:
        self.last_told = -1
        try:
            report = verify_now(whole=not options["since_last"], progress=self._tick)
        except (SealProblem, psycopg.Error) as problem:
            raise CommandError(str(problem).strip()) from None
        self.stdout.write(report.as_json() if options["json"] else in_words(report))
        if not report.is_well:
            sys.exit(NOT_WELL)

    def _tick(self, done: int, of: int) -> None:
        percent = 100 * done // max(of, 1)
        if percent // 10 > self.last_told // 10 or (sys.stderr.isatty() and percent > self.last_told):
            self.last_told = percent
            self.stderr.write(f"  {done:,} of {of:,} leaves ({percent} %)")


def in_words(report: Report) -> str:
    """The report for a person at a terminal."""
    what = "the whole record" if report.whole else "what came since the last time"
    rate = report.entries / report.seconds if report.seconds else 0
    lines = [f"Verified {what}: {report.entries:,} entries in {report.seconds:.1f} s ({rate:,.0f} a second)."]
    if report.waiting:
        lines.append(f"{report.waiting:,} entries wait for the next seal.")
    lines += [str(finding) for finding in report.findings]
    lines.append(
        "All is well." if report.is_well else "The record is NOT as it was sealed, or not as it is vouched for."
    )
    return "\n".join(lines)
