"""One row per decision to share. Both sides are kept as they were, so that history survives staff moves."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.audit.fields import StampField
from casework.sharing.kinds import ShareState
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel


class Share(ConfidentialModel):
    """From the agency that leads, to one agency: named compartments, one purpose, one basis, until a date (UTC)."""

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    from_agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    to_agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    compartments = ArrayField(models.CharField(max_length=12, choices=Compartment), verbose_name=_("what is shared"))
    may_write = ArrayField(models.CharField(max_length=12, choices=Compartment), default=list)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=LegalBasis)
    note = EncryptedText(_("note to the other agency"), max_plain=1_000)
    until = models.DateTimeField(_("until"))
    state = models.CharField(max_length=10, choices=ShareState, default=ShareState.OFFERED)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    offered_by_label = models.CharField(max_length=300)
    offered_at = StampField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by_label = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = EncryptedText(_("reason"), max_plain=500)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("share")
        indexes = [models.Index(fields=["to_agency", "state"], name="share_by_receiver")]
        constraints = [
            models.CheckConstraint(condition=~Q(from_agency=F("to_agency")), name="share_with_another_agency"),
            models.CheckConstraint(condition=Q(compartments__len__gt=0), name="share_of_something"),
            models.CheckConstraint(
                condition=Q(compartments__contained_by=Compartment.values), name="share_compartments_known"
            ),
            models.CheckConstraint(
                condition=Q(may_write__contained_by=F("compartments")), name="share_writes_within_reads"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("offered_at")), name="share_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state=ShareState.OFFERED, decided_at__isnull=True)
                | Q(state__in=["accepted", "rejected"], decided_at__isnull=False, decided_by__isnull=False)
                | Q(state=ShareState.REVOKED, revoked_at__isnull=False, revoked_by__isnull=False),
                name="share_decided_by_whom_and_when",
            ),
        ]
