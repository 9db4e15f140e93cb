"""A database of its own for one benchmark, on the embedded server, gone afterwards."""

import gc
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from casework.audit.management.commands.lock_audit import set_lock
from casework.provision import connection_parameters, create_database, drop_database


@contextmanager
def scratch_database(*, locked: bool = True, like: str | None = None) -> Iterator[str]:
    """Migrated as owner and empty; both connections point at it inside the block. Gives its name.

    `locked`: with the event triggers on, as in production. `like`: a copy of that one, which takes a moment where
    migrating takes many seconds. Raises: CommandError away from the embedded server, since a benchmark has no business
    on a server that holds cases.
    """
    if not settings.ENVIRONMENT.embedded:
        raise CommandError("Benchmarks run on the embedded server only: unset DATABASE_URL and the others.")
    name = f"casework_bench_{secrets.token_hex(4)}"
    before = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    with superuser() as admin:
        if like is not None:
            _point_at(dict.fromkeys(before, name))  # nobody may be connected to what is copied
        create_database(admin, name, template=like)
        try:
            _point_at(dict.fromkeys(before, name))
            if like is None:
                _migrate()
            if locked:
                set_lock({**(settings.ENVIRONMENT.database_admin or {}), "NAME": name}, locked=True)
            yield name
        finally:
            _point_at(before)
            drop_database(admin, name)


def _migrate() -> None:
    """Migrating makes classes by the thousand, over which the collector walks again and again: a fifth of the time."""
    gc.disable()
    try:
        call_command("migrate", verbosity=0)
    finally:
        gc.enable()


def superuser(name: str = "postgres") -> psycopg.Connection[Any]:
    """A superuser's connection to a database of the embedded server, in autocommit mode."""
    admin = {**(settings.ENVIRONMENT.database_admin or {}), "NAME": name}
    return psycopg.connect(**connection_parameters(admin), autocommit=True)


def _point_at(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
