"""One row per request to see who a child is. What was asked and what was decided stay on it for good."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.audit.fields import StampField
from casework.cases.kinds import IdentityPart, IdentityReason
from casework.custody.kinds import RequestState
from casework.custody.managers import RequestManager
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel

DECIDED = (RequestState.GIVEN, RequestState.DECLINED)


class IdentityRequest(ConfidentialModel):
    """One member, one case, chosen parts, until a moment (UTC, exclusive) at most fourteen days away.

    `agency` and the labels: as they were then. `given_parts`: at most what was asked. Ended: withdrawn by who asked,
    lapsed, or given and given up or taken back before its end. The reason is seen by who asked and who may decide.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    member_label = models.CharField(max_length=300)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    parts = ArrayField(models.CharField(max_length=10, choices=IdentityPart), verbose_name=_("parts asked for"))
    reason = models.CharField(_("reason"), max_length=10, choices=IdentityReason)
    words = EncryptedText(_("reason in words"), max_plain=1_000)
    until = models.DateTimeField(_("until"))
    asked_at = StampField()
    state = models.CharField(_("state"), max_length=10, choices=RequestState, default=RequestState.WAITING)
    given_parts = ArrayField(
        models.CharField(max_length=10, choices=IdentityPart),
        default=list,
        blank=True,
        verbose_name=_("parts given"),
    )
    given_until = models.DateTimeField(_("given until"), null=True, blank=True)
    decision_reason = EncryptedText(_("reason of the decision"), max_plain=1_000)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by_label = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_by_label = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[RequestManager] = RequestManager()  # type: ignore[misc]

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("request for the identity")
        indexes = [models.Index(fields=["case", "-asked_at"], name="identity_asked_by_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "case"], condition=Q(state="waiting"), name="identity_asked_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(parts__len__gt=0, parts__contained_by=IdentityPart.values), name="identity_parts_known"
            ),
            models.CheckConstraint(condition=Q(reason__in=IdentityReason.values), name="identity_reason_known"),
            models.CheckConstraint(
                condition=Q(state="given", given_until__isnull=False, given_parts__len__gt=0)
                & Q(given_until__lte=F("until"), given_parts__contained_by=F("parts"))
                | Q(given_until__isnull=True, given_parts=[]) & ~Q(state="given"),
                name="identity_given_within_what_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DECIDED, decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(decided_by=F("member"))
                | Q(decided_at__isnull=True, decided_by__isnull=True) & ~Q(state__in=DECIDED),
                name="identity_decided_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, state__in=["waiting", *DECIDED])
                | Q(ended_at__isnull=False, ended_by__isnull=False, state__in=["given", "withdrawn", "lapsed"]),
                name="identity_end_has_person",
            ),
        ]
