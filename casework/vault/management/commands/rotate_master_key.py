"""`rotate_master_key`: a new master key, and every case key wrapped again; no text is touched."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from casework.key_file import add_master_key, read_keys
from casework.vault.keys import rewrap_all


class Command(BaseCommand):
    """Adds a version to the key file, makes it current, and wraps every case key under it, while serving goes on."""

    help = "Add a master key and wrap every case key under it. Restart web and workers first to pick it up."

    def handle(self, *arguments: Any, **options: Any) -> None:
        add_master_key(settings.ENVIRONMENT.keys_file)
        settings.CASEWORK_KEYS = read_keys(settings.ENVIRONMENT.keys_file)
        changed = rewrap_all("owner")
        self.stdout.write(f"Wrapped {changed} case keys under master key version {settings.CASEWORK_KEYS.current}.")
