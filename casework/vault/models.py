"""The wrapped key of each case, and the base of every confidential row."""

from collections.abc import Collection
from typing import Any, Self

from django.db import models

from casework.vault.ids import new_id
from casework.vault.managers import ConfidentialQuerySet, GuardedManager
from casework.vault.reading import note_rows


class CaseKey(models.Model):
    """One data key per case, wrapped by one version of the master key.

    `wrapped`: 60 bytes. Without the master key it opens nothing; without the row, no text of the case opens
    (drafts of its forms are under a key of their own, and end when the form is saved).
    """

    case_id = models.BigIntegerField(primary_key=True)
    wrapped = models.BinaryField(max_length=60)
    master_version = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"key of case {self.case_id}"


class ConfidentialModel(models.Model):
    """A row that belongs to exactly one case and one compartment.

    Subclasses have a `case` foreign key and a `compartment`: a class attribute, or a field.
    `objects` raises unless asked for a member; `everything` is Django's own way in, for saving and following keys.
    Every row that is loaded, by whichever way, is noted for the audit entry of the answer.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)

    objects = GuardedManager()
    everything = ConfidentialQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "everything"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        """Where Django makes an object of a row: of a query, of a join, of a key that is followed."""
        row = super().from_db(db, field_names, values, **options)
        note_rows([row])
        return row

    @property
    def audited_case_id(self) -> int:
        """The case under whose key and in whose record this row stands."""
        value: Any = getattr(self, "case_id")  # noqa: B009 - the field is the subclass's
        return int(value)

    def __str__(self) -> str:
        return f"{self._meta.label_lower}:{self.pk}"

    def __repr__(self) -> str:
        return f"<{self}>"
