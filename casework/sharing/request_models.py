"""One row per request for topics of the account. What was asked and what was answered stay on it for good."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment, Purpose
from casework.account.kinds import Topic
from casework.audit.fields import StampField
from casework.sharing.kinds import TopicRequestState
from casework.sharing.managers import TopicRequestManager
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel

ANSWERED = (TopicRequestState.SHARED, TopicRequestState.DECLINED)


class TopicRequest(ConfidentialModel):
    """A member of another agency asks the one that leads for what is recorded under these topics.

    Answered by a share with the member's agency (`share`), or declined with a reason. `agency` and the labels: as they
    were then. `ended_at`: withdrawn by who asked, or lapsed with the case.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    member_label = models.CharField(max_length=300)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    topics = ArrayField(models.CharField(max_length=12, choices=Topic), verbose_name=_("topics"))
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    why = EncryptedText(_("why it is needed"), max_plain=1_000)
    asked_at = StampField()
    state = models.CharField(_("state"), max_length=10, choices=TopicRequestState, default=TopicRequestState.WAITING)
    share = models.ForeignKey("sharing.Share", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by_label = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = EncryptedText(_("reason of the decision"), max_plain=1_000)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_by_label = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[TopicRequestManager] = TopicRequestManager()  # type: ignore[misc]

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("request for topics of the account")
        indexes = [models.Index(fields=["case", "-asked_at"], name="topics_asked_by_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "case"], condition=Q(state="waiting"), name="topics_asked_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(topics__len__gt=0, topics__contained_by=Topic.values), name="topics_asked_known"
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="topics_purpose_known"),
            models.CheckConstraint(
                condition=Q(state="shared", share__isnull=False) | ~Q(state="shared") & Q(share__isnull=True),
                name="topics_shared_by_a_share",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ANSWERED, decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(decided_by=F("member"))
                | Q(decided_at__isnull=True, decided_by__isnull=True) & ~Q(state__in=ANSWERED),
                name="topics_answered_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False, ended_by__isnull=False, state__in=["withdrawn", "lapsed"])
                | Q(ended_at__isnull=True, ended_by__isnull=True) & ~Q(state__in=["withdrawn", "lapsed"]),
                name="topics_end_has_person",
            ),
        ]

    @property
    def topic_labels(self) -> list[str]:
        """The topics in words, in the order of the vocabulary."""
        return [str(each.label) for each in Topic if each.value in self.topics]
