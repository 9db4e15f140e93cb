"""One draft per member and form. Encrypted under a key of its own, bound to member and form."""

from django.conf import settings
from django.db import models

from casework.vault.ids import new_id


class Draft(models.Model):
    """What a member had typed into the form at `path`: JSON of field names to texts, encrypted.

    `body`: AES-256-GCM under the drafts key, bound to member and path. Ends when the form is saved or
    discarded, or after thirty days. `pieces`: what the guard counts of it; see `guard.ledger`.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=200)
    body = models.BinaryField()
    pieces = models.PositiveSmallIntegerField(default=0)
    kept_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "path"], name="draft_once_per_form")]

    def __str__(self) -> str:
        return f"draft {self.pk}"
