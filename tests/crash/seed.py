"""Run as a process of its own: plays the cast into the database of a private folder, and says whom to sign in as."""

import json
import sys
from typing import Any

import django

if __name__ == "__main__":
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from casework.audit.management.commands.lock_audit import set_lock
    from casework.embedded import start_embedded
    from tests.cast import seed_cast

    start_embedded(settings.VAR)
    call_command("migrate", verbosity=0)
    cast = seed_cast()
    admin: dict[str, Any] = {**(settings.ENVIRONMENT.database_admin or {}), "NAME": "casework"}
    set_lock(admin, locked=True)
    people = {name: member.pk for name, member in cast.people.items()}
    json.dump(
        {"people": people, "reference": cast.case.reference, "pseudonym": cast.case.pseudonym, "entry": cast.entry.pk},
        sys.stdout,
    )
