"""Summaries, what was chosen for them, and the register of copies. In the legal compartment."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.audit.fields import StampField
from casework.summaries.kinds import CopyState, SummaryState
from casework.vault.fields import EncryptedDocument, EncryptedText
from casework.vault.models import ConfidentialModel


class Summary(ConfidentialModel):
    """A court-ready summary for one recipient: `S1`, `S2`, ... of a case.

    `left_out`: what was left out when it was approved, as rows of place, count and total (`summaries.left_out`).
    """

    compartment = Compartment.LEGAL

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(_("number"))
    title = EncryptedText(_("title"), max_plain=200)
    recipient = EncryptedText(_("recipient"), max_plain=200)
    court_reference = EncryptedText(_("court reference"), max_plain=100)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=LegalBasis)
    state = models.CharField(max_length=10, choices=SummaryState, default=SummaryState.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_by_label = models.CharField(max_length=300)
    made_at = StampField()
    asked_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by_label = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = EncryptedText(_("reason"), max_plain=1_000)
    left_out = models.JSONField(default=list, editable=False)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("summary")
        verbose_name_plural = _("summaries")
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="summary_numbered_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "asked"], decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=["returned", "approved"], decided_at__isnull=False, decided_by__isnull=False),
                name="summary_decided_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=SummaryState.APPROVED) | ~Q(decided_by=models.F("made_by")),
                name="summary_approved_by_another",
            ),
        ]

    @property
    def label(self) -> str:
        """`S1`."""
        return f"S{self.number}"


class SummaryItem(ConfidentialModel):
    """One passage or one entry chosen for a summary.

    `approved_version`: what was approved, as `selectors.versions_now` counts it; None before an approval.
    """

    compartment = Compartment.LEGAL

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    summary = models.ForeignKey(Summary, on_delete=models.PROTECT, related_name="+")
    passage = models.ForeignKey(
        "casework_account.Passage", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entry = models.ForeignKey("cases.Entry", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)
    approved_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("item of a summary")
        constraints = [
            models.CheckConstraint(
                condition=Q(passage__isnull=False, entry__isnull=True) | Q(passage__isnull=True, entry__isnull=False),
                name="item_is_one_thing",
            ),
            models.UniqueConstraint(
                fields=["summary", "passage"], condition=Q(dropped_at__isnull=True), name="passage_chosen_once"
            ),
            models.UniqueConstraint(
                fields=["summary", "entry"], condition=Q(dropped_at__isnull=True), name="entry_chosen_once"
            ),
        ]


class SummaryCopy(ConfidentialModel):
    """One numbered issue of a summary: the register row, and the job that builds it.

    `sha256`: of the whole signed file, in hex. `progress`: percent. `touched_at`: when the job last moved on (UTC); a
    job that has not moved for two minutes is taken up again. `passage_keys`, `entry_keys`: what stands in it, which may
    be less than its summary holds by now.
    """

    compartment = Compartment.LEGAL

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    summary = models.ForeignKey(Summary, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=CopyState, default=CopyState.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)
    problem = EncryptedText(max_plain=1_000)
    document = EncryptedDocument()
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveIntegerField(default=0)
    passage_keys = ArrayField(models.BigIntegerField(), default=list)
    entry_keys = ArrayField(models.BigIntegerField(), default=list)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_by_label = models.CharField(max_length=300)
    asked_at = StampField()
    touched_at = models.DateTimeField(null=True, blank=True)
    built_at = models.DateTimeField(null=True, blank=True)
    first_downloaded_at = models.DateTimeField(null=True, blank=True)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("copy of a summary")
        verbose_name_plural = _("copies of summaries")
        constraints = [
            models.UniqueConstraint(fields=["summary", "number"], name="copy_numbered_once"),
            models.CheckConstraint(
                condition=~Q(state=CopyState.READY) | (Q(built_at__isnull=False) & ~Q(sha256="")),
                name="copy_ready_is_built",
            ),
        ]
