"""`rotate_master_key`: a new master key, and every case key wrapped again; no text is touched."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from casework.audit.commands import record_command
from casework.key_file import add_master_key, read_keys
from casework.vault.keys import rewrap_all


class Command(BaseCommand):
    """Adds a version to the key file, makes it current, and wraps every case key under it, while serving goes on.

    Serving processes read the key file by themselves. A case that was being opened at that moment may still be wrapped
    under the version before: `--finish` wraps what is left, and says how many, so that 0 means that none is.
    """

    help = "Add a master key and wrap every case key under it. Run it with --finish a minute later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--finish", action="store_true", help="add no key; wrap what is under an older one")

    def handle(self, *arguments: Any, **options: Any) -> None:
        record_command("rotate_master_key", begun=True, finish=bool(options["finish"]))  # first: no entry, no rotation
        if not options["finish"]:
            add_master_key(settings.ENVIRONMENT.keys_file)
        settings.CASEWORK_KEYS = read_keys(settings.ENVIRONMENT.keys_file)
        changed = rewrap_all("owner")
        version = settings.CASEWORK_KEYS.current
        record_command("rotate_master_key", keys=changed, version=version)
        self.stdout.write(f"Wrapped {changed} case keys under master key version {settings.CASEWORK_KEYS.current}.")
