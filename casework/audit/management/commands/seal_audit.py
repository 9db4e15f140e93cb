"""`seal_audit`: seal what waits, now, and tell the witnesses."""

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from casework.audit.seal.running import seal_now
from casework.audit.seal.store import SealProblem


class Command(BaseCommand):
    """The same pass as the workers make every few seconds; several at once do no harm."""

    help = "Seal every entry that waits, sign the head, and tell the witnesses."
    requires_system_checks: list[str] = []

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            done = seal_now(lambda number: self.stdout.write(f"  {number:,} entries sealed"))
        except (SealProblem, psycopg.Error) as problem:
            raise CommandError(str(problem).strip()) from None
        self.stdout.write(f"Sealed {done.entries:,} entries.")
        for answer in done.answers:
            said = answer.problem or f"has kept the head over {answer.size:,} leaves."
            self.stdout.write(f"  {answer.witness}: {said}")
