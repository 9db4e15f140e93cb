"""Grants, walls, blindings. One row per grant and share, never merged: ending one leaves what another gives."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from guardian.models import UserObjectPermissionBase

from casework.access.kinds import Conflict, LegalBasis, Purpose
from casework.audit.fields import StampField
from casework.vault.fields import EncryptedText
from casework.vault.ids import new_id
from casework.vault.managers import RecordedQuerySet


class GrantQuerySet(RecordedQuerySet["CaseGrant"]):
    """Grants. What decides is not shown: selectors that show grants to people note them."""

    def live(self) -> "GrantQuerySet":
        """Grants that have not ended, by the database's clock."""
        return self.filter(ended_at__isnull=True).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=Now()))


class CaseGrant(UserObjectPermissionBase):
    """One member, one case, one permission, for a purpose, on a legal basis, until a date.

    `share` is empty for the lead agency's own caseload, in an emergency and where the identity was asked for; these are
    then named. `ends_at` is UTC, exclusive. Ended, never deleted.
    Stored as django-guardian's direct-foreign-key permission; unlike guardian's own, unique per share.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    content_object = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    share = models.ForeignKey("sharing.Share", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    emergency = models.ForeignKey(
        "emergency.EmergencyAccess", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    identity_request = models.ForeignKey(
        "custody.IdentityRequest", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField(max_length=16, choices=Purpose)
    legal_basis = models.CharField(max_length=20, choices=LegalBasis)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = StampField()
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = GrantQuerySet.as_manager()  # type: ignore[assignment,misc] # guardian's own manager is never used

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        unique_together = ()  # type: ignore[assignment] # guardian's own: once per member, whatever the share
        indexes = [
            models.Index(fields=["user", "content_object"], name="grant_by_user_case"),
            models.Index(
                fields=["user", "permission"],
                include=["content_object", "ends_at"],
                condition=Q(ended_at__isnull=True),
                name="grant_in_force_by_user",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "content_object", "permission", "share", "emergency", "identity_request"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="grant_once_per_source",
            ),
            models.CheckConstraint(
                condition=Q(emergency__isnull=True) | Q(share__isnull=True, ends_at__isnull=False),
                name="grant_in_emergency_ends_and_has_no_share",
            ),
            models.CheckConstraint(
                condition=Q(identity_request__isnull=True)
                | Q(share__isnull=True, emergency__isnull=True, ends_at__isnull=False),
                name="grant_by_request_ends_and_has_no_other_source",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="grant_end_has_person",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("granted_at")), name="grant_ends_after_start"
            ),
        ]

    @property
    def audited_case_id(self) -> int:
        return int(self.content_object_id)

    @property
    def audited_emergency_id(self) -> int | None:
        return self.emergency_id

    def __str__(self) -> str:
        return f"grant {self.pk}"


class Wall(models.Model):
    """A conflict of interest: for this member the case does not exist, whatever grants there are.

    `note` and `lifting_reason` are encrypted under the key of the case, which the walled member can't reach.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Conflict, default=Conflict.OTHER)
    note = EncryptedText(max_plain=1_000)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = StampField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifting_reason = EncryptedText(max_plain=500)

    objects: "models.Manager[Wall]" = RecordedQuerySet["Wall"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "case"], condition=Q(lifted_at__isnull=True), name="wall_once"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="wall_end_has_person",
            ),
            models.CheckConstraint(condition=Q(kind__in=Conflict.values), name="wall_kind_known"),
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True) | ~Q(lifted_by=F("member")), name="wall_lifted_by_somebody_else"
            ),
        ]

    @property
    def audited_case_id(self) -> int:
        return int(self.case_id)

    def __str__(self) -> str:
        return f"wall {self.pk}"


class Blinding(models.Model):
    """An interviewer who is kept from the record of a case until the interview is sealed.

    For this member, whatever grants there are, the case is its overview, who the child is, and what that member
    records of the interview. Lifted, never deleted.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = StampField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: "models.Manager[Blinding]" = RecordedQuerySet["Blinding"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "case"], condition=Q(lifted_at__isnull=True), name="blinding_once"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="blinding_end_has_person",
            ),
        ]

    @property
    def audited_case_id(self) -> int:
        return int(self.case_id)

    def __str__(self) -> str:
        return f"blinding {self.pk}"
