"""Cases and what stands in them. Every confidential text is encrypted under the key of its case."""

import datetime
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import CASE_PERMISSIONS, Compartment
from casework.audit.fields import CurrentTransactionId, StampField, TransactionIdField
from casework.cases.kinds import AgeBand, AttendanceOutcome, Nature, Risk, Stage
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel

REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U: read aloud without mistakes


REVIEW_EVERY = datetime.timedelta(days=90)  # issue 5: who is on a case is confirmed every 90 days, or falls off


def new_reference() -> str:
    """`K7QF-2M9D`: eight random characters (some 6.6e11 references), without order or meaning."""
    letters = [secrets.choice(REFERENCE_ALPHABET) for _letter in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


class Case(ConfidentialModel):
    """One child, one concern, one lead agency. Known by reference and pseudonym only.

    `review_due`: UTC; until then somebody has to confirm who is on the case. No grant outlasts it, and no share; it is
    set by the database alone, on opening and with each review.
    """

    compartment = Compartment.OVERVIEW

    reference = models.CharField(_("reference"), max_length=9, unique=True, default=new_reference, editable=False)
    pseudonym = models.CharField(_("pseudonym"), max_length=40)
    stage = models.CharField(_("stage"), max_length=16, choices=Stage, default=Stage.REFERRED)
    risk = models.CharField(_("risk"), max_length=8, choices=Risk)
    age_band = models.CharField(_("age band"), max_length=8, choices=AgeBand, default=AgeBand.UNKNOWN)
    lead_agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    concern = EncryptedText(_("concern"), max_plain=5_000)
    cautions = EncryptedText(_("cautions"), max_plain=2_000)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = StampField()
    opened_xid = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    review_due = StampField(db_default=Now() + REVIEW_EVERY)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closing_reason = EncryptedText(_("reason for closing"), max_plain=500)
    changed_by_label = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = CASE_PERMISSIONS
        default_permissions = ()
        indexes = [
            models.Index(fields=["-opened_at", "id"], name="case_newest"),
            models.Index(fields=["lead_agency"], name="case_by_lead"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="case_stage_known"),
            models.CheckConstraint(condition=Q(risk__in=Risk.values), name="case_risk_known"),
            models.CheckConstraint(
                condition=Q(stage=Stage.CLOSED, closed_at__isnull=False, closed_by__isnull=False)
                | ~Q(stage=Stage.CLOSED) & Q(closed_at__isnull=True, closed_by__isnull=True),
                name="case_closed_by_whom_and_when",
            ),
        ]

    @property
    def audited_case_id(self) -> int:
        return int(self.pk)

    @property
    def is_closed(self) -> bool:
        return self.stage == Stage.CLOSED


class Child(ConfidentialModel):
    """Who the child is. In the identity compartment; nothing of it stands anywhere else."""

    compartment = Compartment.IDENTITY

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="+")
    given_names = EncryptedText(_("given names"), max_plain=120)
    family_names = EncryptedText(_("family names"), max_plain=120)
    birth_date = EncryptedText(_("date of birth"), max_plain=10)
    address = EncryptedText(_("address"), max_plain=500)
    school = EncryptedText(_("school or nursery"), max_plain=200)
    carers = EncryptedText(_("carers and people near the child"), max_plain=2_000)
    language = EncryptedText(_("language and interpreter"), max_plain=120)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("child")


class Participant(ConfidentialModel):
    """An agency that takes part in a case. Leaves, is never deleted."""

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    joined_at = StampField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("participant")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency"], condition=Q(left_at__isnull=True), name="takes_part_once"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, removed_by__isnull=True)
                | Q(left_at__isnull=False, removed_by__isnull=False),
                name="participant_left_by_whom_and_when",
            ),
        ]


class Entry(ConfidentialModel):
    """A note in a compartment: fact, report by another, or professional opinion.

    The author's name, role and agency are kept as they were when it was written, and those of whoever changed it last.
    Beside the overview, an entry is held by the agency that wrote it (`agency`): its members read it, and those with
    whom it shares that compartment; the lead agency too only by such a share.
    """

    is_held_by_agency = True

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    compartment = models.CharField(_("compartment"), max_length=12, choices=Compartment)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    nature = models.CharField(_("nature"), max_length=8, choices=Nature)
    happened_on = models.DateField(_("happened on"))
    title = EncryptedText(_("title"), max_plain=200)
    text = EncryptedText(_("text"), max_plain=100_000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=120)
    author_roles = models.CharField(max_length=200)
    author_agency = models.CharField(max_length=120)
    written_at = StampField()
    changed_by_label = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [models.Index(fields=["case", "compartment", "-happened_on"], name="entry_by_compartment")]
        constraints = [
            models.CheckConstraint(
                condition=Q(compartment__in=["overview", "police", "social", "therapy", "medical", "legal"]),
                name="entry_compartment_known",
            ),
            models.CheckConstraint(condition=Q(nature__in=Nature.values), name="entry_nature_known"),
        ]


class EntryRevision(ConfidentialModel):
    """What an entry said before it was changed: nothing is lost."""

    is_held_by_agency = True

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    compartment = models.CharField(max_length=12, choices=Compartment)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    nature = models.CharField(max_length=8, choices=Nature)
    happened_on = models.DateField()
    title = EncryptedText(max_plain=200)
    text = EncryptedText(max_plain=100_000)
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    replaced_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("earlier version of an entry")
        constraints = [models.UniqueConstraint(fields=["entry", "version"], name="revision_once")]


class Attendance(ConfidentialModel):
    """That the child came to an appointment of therapy, or did not: visible to all who see the case, the notes are not.

    The row of a day that was recorded last is the one that counts: recording it again corrects it.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    held_on = models.DateField(_("day of the appointment"))
    outcome = models.CharField(_("came or not"), max_length=10, choices=AttendanceOutcome)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_by_label = models.CharField(max_length=300)
    recorded_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("attendance")
        indexes = [models.Index(fields=["case", "-held_on"], name="attendance_by_case")]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=AttendanceOutcome.values), name="attendance_outcome_known")
        ]
