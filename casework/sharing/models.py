"""One row per decision to share, one per person reviewed; people as they were, so that history survives staff moves."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.account.kinds import Topic
from casework.audit.fields import StampField
from casework.sharing.kinds import FOUR_EYES, ConsentFrom, ReviewOutcome, ShareState, Withholding
from casework.sharing.request_models import TopicRequest
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel

__all__ = ["PersonReview", "Share", "TopicRequest"]

WAITS = Q(state=ShareState.OFFERED)
ON_CONSENT = Q(legal_basis=LegalBasis.CONSENT)
SAYS_WHOSE = ~Q(consent_from="") & Q(consent_on__isnull=False)


class Share(ConfidentialModel):
    """From the agency that holds it, to one agency: named compartments, one purpose, one basis, until a date (UTC).

    `topics`: of the account, only passages about these; empty for the whole of it. `offered_by` is who set these terms,
    so whoever changed them last; `second_by` the second person of that agency, who agreed to these terms or did not.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    from_agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    to_agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    compartments = ArrayField(models.CharField(max_length=12, choices=Compartment), verbose_name=_("what is shared"))
    topics = ArrayField(models.CharField(max_length=12, choices=Topic), verbose_name=_("topics"), default=list)
    may_write = ArrayField(models.CharField(max_length=12, choices=Compartment), default=list)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=LegalBasis)
    consent_from = models.CharField(_("consent from"), max_length=10, choices=ConsentFrom, blank=True)
    consent_on = models.DateField(_("consent given on"), null=True, blank=True)
    withheld = EncryptedText(_("what is withheld, and from whom"), max_plain=1_000)
    withheld_because = models.CharField(_("why it is withheld"), max_length=12, choices=Withholding, blank=True)
    enquiry = EncryptedText(_("line of enquiry"), max_plain=1_000)
    report_back = models.BooleanField(_("asked to report back"), default=False)
    note = EncryptedText(_("note to the other agency"), max_plain=1_000)
    until = models.DateTimeField(_("until"))
    state = models.CharField(max_length=10, choices=ShareState, default=ShareState.OFFERED)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    offered_by_label = models.CharField(max_length=300)
    offered_at = StampField()
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    second_by_label = models.CharField(max_length=300, blank=True)
    second_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by_label = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_by_label = models.CharField(max_length=300, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = EncryptedText(_("reason"), max_plain=500)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("share")
        indexes = [
            models.Index(fields=["to_agency", "state"], name="share_by_receiver"),
            models.Index(fields=["from_agency", "state"], name="share_by_sender"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(from_agency=F("to_agency")), name="share_with_another_agency"),
            models.CheckConstraint(condition=Q(compartments__len__gt=0), name="share_of_something"),
            models.CheckConstraint(
                condition=Q(compartments__contained_by=Compartment.values), name="share_compartments_known"
            ),
            models.CheckConstraint(
                condition=Q(may_write__contained_by=F("compartments")), name="share_writes_within_reads"
            ),
            models.CheckConstraint(
                condition=Q(topics=[])
                | Q(topics__contained_by=Topic.values, compartments__contains=[Compartment.ACCOUNT.value])
                & ~Q(may_write__contains=[Compartment.ACCOUNT.value]),
                name="share_topics_of_account_only_read",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("offered_at")), name="share_ends_after_start"),
            models.CheckConstraint(
                condition=~WAITS | ~ON_CONSENT | SAYS_WHOSE, name="share_on_consent_says_whose_and_when"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ShareState.PROPOSED, ShareState.OFFERED, ShareState.NOT_AGREED])
                & Q(decided_at__isnull=True)
                | Q(state__in=["accepted", "rejected"], decided_at__isnull=False, decided_by__isnull=False)
                | Q(state=ShareState.REVOKED, revoked_at__isnull=False, revoked_by__isnull=False),
                name="share_decided_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True, second_at__isnull=True)
                | Q(second_by__isnull=False, second_at__isnull=False) & ~Q(second_by=F("offered_by")),
                name="share_second_person_is_another",
            ),
            models.CheckConstraint(
                condition=~WAITS | ~Q(compartments__overlap=sorted(FOUR_EYES)) | Q(second_by__isnull=False),
                name="share_sent_after_four_eyes",
            ),
        ]

    @property
    def needs_second_person(self) -> bool:
        """True when somebody else of the sharing agency has to agree before it is sent."""
        return bool(FOUR_EYES & set(self.compartments))

    @property
    def topic_labels(self) -> list[str]:
        """The topics in words, in the order of the vocabulary; none for the whole account."""
        return [str(each.label) for each in Topic if each.value in self.topics]


class PersonReview(ConfidentialModel):
    """What the review of a case said of one person on it: confirmed until the next one (`until`, UTC), or ended."""

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    member_label = models.CharField(max_length=300)
    outcome = models.CharField(_("outcome"), max_length=10, choices=ReviewOutcome)
    reason = EncryptedText(_("reason"), max_plain=500)
    until = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by_label = models.CharField(max_length=300)
    decided_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("review of a person")
        indexes = [models.Index(fields=["case", "-decided_at"], name="review_by_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=ReviewOutcome.CONFIRMED, until__isnull=False)
                | Q(outcome=ReviewOutcome.ENDED, until__isnull=True),
                name="review_confirms_until_a_day",
            )
        ]
