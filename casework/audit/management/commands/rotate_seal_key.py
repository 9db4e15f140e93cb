"""`rotate_seal_key`: a new key for signing heads; the old one vouches for what it has signed, and for nothing more."""

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.audit.seal.rotation import install_key, next_key
from casework.audit.seal.store import SealProblem


class Command(BaseCommand):
    """In two steps, so that witnesses can be given the new key before it signs."""

    help = "Make the next signing key (prints its line for the witnesses); with --now, sign with it from now on."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", action="store_true", help="the witnesses have the new key: sign with it")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            if options["now"]:
                key = install_key()
                self.stdout.write(f"Heads are signed with {key} from now on.")
            else:
                key = next_key()
                self.stdout.write(f"{key}\nGive this line to every witness and verifier, then run this with --now.")
        except (SealProblem, psycopg.Error) as problem:
            raise CommandError(str(problem).strip()) from None
