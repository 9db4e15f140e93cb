"""How much was kept in pieces: numbers, and nothing of the texts."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class KeptPieces(models.Model):
    """How many bytes the strange words of one saved submission can carry; see `submission.Submission`.

    In the database and not in the cache: the number is committed with the text that it counts, or rolled back with it,
    so that it is neither lost nor counted for what was refused. Nobody can read back what the words were.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    case_id = models.BigIntegerField(null=True)
    size = models.PositiveSmallIntegerField()
    kept_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["member", "kept_at"], name="pieces_by_member"),
            models.Index(fields=["case_id", "kept_at"], name="pieces_by_case"),
        ]

    def __str__(self) -> str:
        return f"kept pieces {self.pk}"
