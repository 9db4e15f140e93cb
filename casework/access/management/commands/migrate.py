"""`migrate`, always as the owner role, and then the privileges and the member key."""

from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from casework.access.database import install_member_key
from casework.access.privileges import apply_privileges


class Command(DjangoMigrate):
    """Creates and changes tables as the owner, so that the role that serves owns nothing."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        options["database"] = "owner"
        super().handle(*arguments, **options)
        prepare_database(connections["owner"])


def prepare_database(connection: Any) -> None:
    """Privileges of the application role, and the key by which the database knows who asks."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('public.casework_secret') is not null")
        if cursor.fetchone()[0]:
            apply_privileges(cursor)
            install_member_key(cursor, settings.CASEWORK_KEYS.member_token)
