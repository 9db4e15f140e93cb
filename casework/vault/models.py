"""The wrapped key of each case, and the base of every confidential row."""

from typing import Any

from django.db import models

from casework.vault.ids import new_id
from casework.vault.managers import GuardedManager


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
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)

    objects = GuardedManager()
    everything = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "everything"

    @property
    def audited_case_id(self) -> int:
        """The case under whose key and in whose record this row stands."""
        value: Any = getattr(self, "case_id")  # noqa: B009 - the field is the subclass's
        return int(value)

    def __str__(self) -> str:
        return f"{self._meta.label_lower}:{self.pk}"

    def __repr__(self) -> str:
        return f"<{self}>"
