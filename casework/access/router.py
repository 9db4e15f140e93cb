"""Which connection does what: the owner migrates, the application role serves."""

from typing import Any


class OwnerMigrates:
    """Every query goes to `default`; only `owner` may change the schema."""

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == "owner"

    def allow_relation(self, *_objects: Any, **_hints: Any) -> bool:
        return True
