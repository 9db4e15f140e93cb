"""One row per emergency access. What it was for, what was explained and what the review found stay on it for good."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.audit.fields import StampField
from casework.emergency.kinds import Ground, Outcome
from casework.emergency.managers import EmergencyManager
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel


class EmergencyAccess(ConfidentialModel):
    """One member, one case, chosen compartments to read. `ends_at`: three hours after the start, set by the database.

    `agency`, `member_label`: as they were then. Reviewed by a supervisor of the lead agency who is somebody else.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    member_label = models.CharField(max_length=300)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    compartments = ArrayField(models.CharField(max_length=12, choices=Compartment), verbose_name=_("what was opened"))
    ground = models.CharField(_("ground"), max_length=8, choices=Ground)
    reason = EncryptedText(_("reason"), max_plain=1_000)
    started_at = StampField()
    ends_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    explanation = EncryptedText(_("explanation"), max_plain=2_000)
    explained_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    review_note = EncryptedText(_("note of the review"), max_plain=2_000)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_by_label = models.CharField(max_length=300, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[EmergencyManager] = EmergencyManager()  # type: ignore[misc]

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("emergency access")
        indexes = [
            models.Index(fields=["case", "-started_at"], name="emergency_by_case"),
            models.Index(fields=["agency", "-started_at"], name="emergency_by_agency"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(reviewed_at__isnull=True), name="emergency_once_until_reviewed"
            ),
            models.CheckConstraint(condition=Q(compartments__len__gt=0), name="emergency_of_something"),
            models.CheckConstraint(
                condition=Q(compartments__contained_by=Compartment.values), name="emergency_compartments_known"
            ),
            models.CheckConstraint(condition=Q(ground__in=Ground.values), name="emergency_ground_known"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="emergency_end_has_person",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(outcome__in=Outcome.values, reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="emergency_reviewed_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("member")),
                name="emergency_reviewed_by_somebody_else",
            ),
        ]

    @property
    def audited_emergency_id(self) -> int:
        return int(self.pk)
