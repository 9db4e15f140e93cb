"""`lock_audit`: the last lock, which only a database superuser can put on."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from casework.audit.commands import record_command
from casework.audit.sql import LOCK, UNLOCK
from casework.provision import connection_parameters


class Command(BaseCommand):
    """Refuses, in PostgreSQL itself, every change of the audit table and of the access policies."""

    help = "Lock the audit record and the access policies by event trigger (needs DATABASE_ADMIN_URL)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unlock", action="store_true", help="for a planned migration; lock again afterwards")

    def handle(self, *arguments: Any, **options: Any) -> None:
        admin = settings.ENVIRONMENT.database_admin
        if admin is None:
            raise CommandError("Set DATABASE_ADMIN_URL to a PostgreSQL superuser for this one command.")
        locked = not options["unlock"]
        record_command("lock_audit", locked=locked)  # first: no entry, no unlocking
        set_lock({**admin, "NAME": connection.settings_dict["NAME"]}, locked=locked)
        self.stdout.write("The audit record is unlocked." if options["unlock"] else "The audit record is locked.")


def set_lock(admin: dict[str, Any], *, locked: bool) -> None:
    """Put the event triggers on, or take them off. `admin`: Django's settings of this database, as a superuser."""
    with psycopg.connect(**connection_parameters(admin)) as superuser:
        superuser.execute(LOCK if locked else UNLOCK)
