"""The account as numbers: pages of vectors, encrypted under the case key, made anew whenever what was told changes."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.account.kinds import Topic
from casework.account.models import Telling
from casework.audit.fields import StampField
from casework.vault.models import ConfidentialModel
from casework.vault.vector_field import EncryptedVectors


class TellingIndex(ConfidentialModel):
    """The job and its state, one for each telling: the row is written by the database when the telling changes.

    `wanted` counts the changes, `ready` is the one that the pages stand for. `embedder`: which model made them.
    `asked_by`: who changed the telling last; the work is done as that member. `sent`: messages sent since.
    """

    compartment = Compartment.ACCOUNT
    topics_field = ""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    telling = models.OneToOneField(Telling, on_delete=models.PROTECT, related_name="+")
    wanted = models.PositiveIntegerField(default=1)
    ready = models.PositiveIntegerField(default=0)
    embedder = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=2, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = StampField()
    sent = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("index of a telling")
        constraints = [
            models.CheckConstraint(condition=Q(ready__lte=models.F("wanted")), name="index_not_ahead_of_telling")
        ]


class IndexPage(ConfidentialModel):
    """The passages of one telling that have the same topics, as vectors: what hides a passage can hide its page."""

    compartment = Compartment.ACCOUNT
    topics_field = "topics"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    index = models.ForeignKey(TellingIndex, on_delete=models.PROTECT, related_name="+")
    topics = ArrayField(models.CharField(max_length=12, choices=Topic), default=list, blank=True)
    vectors = EncryptedVectors(_("vectors"))

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("page of vectors")
        constraints = [
            models.UniqueConstraint(fields=["index", "topics"], name="one_page_for_the_same_topics"),
            models.CheckConstraint(condition=Q(topics__contained_by=Topic.values), name="page_topics_known"),
        ]
