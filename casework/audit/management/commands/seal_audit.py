"""`seal_audit`: seal what waits, now, and tell the witnesses."""

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.audit.seal.running import new_log, seal_now
from casework.audit.seal.store import SealProblem


class Command(BaseCommand):
    """The same pass as the workers make every few seconds; several at once do no harm."""

    help = "Seal every entry that waits, sign the head, and tell the witnesses."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new-log",
            metavar="REASON",
            help="after a restore from a backup: leave the log that the witnesses know behind, and begin the next",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            if options["new_log"]:
                self.stdout.write(f"A new log begins. Give its key to the witnesses:\n{new_log(options['new_log'])}")
            done = seal_now(lambda number: self.stdout.write(f"  {number:,} entries sealed"))
        except (SealProblem, psycopg.Error) as problem:
            raise CommandError(str(problem).strip()) from None
        self.stdout.write(f"Sealed {done.entries:,} entries.")
        for answer in done.answers:
            said = answer.problem or f"has kept the head over {answer.size:,} leaves."
            self.stdout.write(f"  {answer.witness}: {said}")
