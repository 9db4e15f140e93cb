"""`archive_audit`: take an old month of entries out of the database into a file that is still verified."""

import re
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.audit.seal.archiving import archive_month
from casework.audit.seal.store import SealProblem


class Command(BaseCommand):
    """Needs the superuser, since the record is locked for everybody else; nothing of the tree is touched."""

    help = "Move a month of entries, such as 2025-01, into the folder of archives (needs DATABASE_ADMIN_URL)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="such as 2025-01; it must be over, and every entry of it sealed")

    def handle(self, *arguments: Any, **options: Any) -> None:
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", options["month"]):
            raise CommandError("A month is written as 2025-01.")
        if settings.ENVIRONMENT.database_admin is None:
            raise CommandError("Set DATABASE_ADMIN_URL to a PostgreSQL superuser for this one command.")
        try:
            path, entries = archive_month(options["month"])
        except (SealProblem, psycopg.Error) as problem:
            raise CommandError(str(problem).strip()) from None
        self.stdout.write(f"{entries:,} entries are in {path} now. Keep a copy elsewhere: verify_audit needs the file.")
