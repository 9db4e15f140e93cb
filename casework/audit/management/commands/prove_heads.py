"""`prove_heads`: a file that proves that one signed head extends another, for somebody who has kept the older one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.audit.seal.proof import consistency_file
from casework.audit.seal.store import SealProblem


class Command(BaseCommand):
    """What it prints is checked by casework/audit/check_proof.py on any machine."""

    help = "Print a proof that the head over NEW leaves extends the head over OLD leaves."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("old", type=int)
        parser.add_argument("new", type=int)
        parser.add_argument("--log", type=int, default=1, help="which log, where there is more than one")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            self.stdout.write(consistency_file(options["log"], options["old"], options["new"]))
        except (ValueError, SealProblem) as problem:
            raise CommandError(str(problem)) from None
