"""Tellings, passages and corrections, all in the account compartment. A sealed telling never changes."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.account.kinds import Phase, Protocol, QuestionType, TellingKind, Topic
from casework.audit.fields import StampField
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel


class Telling(ConfidentialModel):
    """One occasion on which the child told: `T1`, `T2`, in the order of recording.

    `started_at`, `ended_at`: local time of the place, as on the recording. `digest`: SHA-256 in hex over the passages
    as sealed, keyed by the case key, so that it tells nothing to whoever can't read them. `seal_format`: how the digest
    was made (casework/account/seal.py); 0 while it is not sealed.
    """

    compartment = Compartment.ACCOUNT
    topics_field = ""  # whoever reads named topics sees on which occasions the child told

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=TellingKind)
    told_on = models.DateField(_("date"))
    started_at = models.TimeField(_("start"), null=True, blank=True)
    ended_at = models.TimeField(_("end"), null=True, blank=True)
    protocol = models.CharField(_("protocol"), max_length=8, choices=Protocol, default=Protocol.NOT_APPLICABLE)
    told_to = EncryptedText(_("told to"), max_plain=300)
    place = EncryptedText(_("where"), max_plain=300)
    present = EncryptedText(_("who was present or observing"), max_plain=1_000)
    language = EncryptedText(_("language and interpreter"), max_plain=200)
    circumstances = EncryptedText(_("circumstances"), max_plain=2_000)
    demeanour = EncryptedText(_("how the child communicated"), max_plain=2_000)
    breaks = EncryptedText(_("breaks, with reason"), max_plain=1_000)
    recording_reference = EncryptedText(_("reference of the recording and who keeps it"), max_plain=200)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = StampField()
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sealed_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    seal_format = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("telling")
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="telling_numbered_once"),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, sealed_by__isnull=True, digest="", seal_format=0)
                | Q(sealed_at__isnull=False, sealed_by__isnull=False, seal_format__gt=0) & ~Q(digest=""),
                name="telling_sealed_by_whom_and_when",
            ),
        ]

    @property
    def is_sealed(self) -> bool:
        return self.sealed_at is not None

    @property
    def label(self) -> str:
        """`T1`."""
        return f"T{self.number}"


class Passage(ConfidentialModel):
    """A question and its answer, verbatim, cited as `T1 ¶14`. Either may be empty, not both.

    Whoever was given named topics reads it when every topic of it is among them, and none of it when it has no topic.
    """

    compartment = Compartment.ACCOUNT
    topics_field = "topics"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    telling = models.ForeignKey(Telling, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("number"))
    question = EncryptedText(_("question"), max_plain=1_000_000)
    answer = EncryptedText(_("answer"), max_plain=1_000_000)
    question_speaker = EncryptedText(_("who asked"), max_plain=120)
    answer_speaker = EncryptedText(_("who answered"), max_plain=120)
    time_code = models.CharField(_("time code"), max_length=12, blank=True)
    phase = models.CharField(_("phase"), max_length=12, choices=Phase, blank=True)
    question_type = models.CharField(_("type of question"), max_length=16, choices=QuestionType, blank=True)
    topics = ArrayField(
        models.CharField(max_length=12, choices=Topic), verbose_name=_("topics"), default=list, blank=True
    )
    uncertain = models.BooleanField(_("could not be split for certain"), default=False)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("passage")
        constraints = [
            models.UniqueConstraint(fields=["telling", "number"], name="passage_numbered_once"),
            models.CheckConstraint(condition=Q(topics__contained_by=Topic.values), name="passage_topics_known"),
        ]

    @property
    def topic_labels(self) -> list[str]:
        """The topics in words."""
        return [str(Topic(code).label) for code in self.topics]


class PassageRevision(ConfidentialModel):
    """What a passage said before it was put right, in a telling that was not sealed yet: nothing is lost."""

    compartment = Compartment.ACCOUNT

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="+")
    question = EncryptedText(_("question"), max_plain=1_000_000)
    answer = EncryptedText(_("answer"), max_plain=1_000_000)
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    replaced_by_label = models.CharField(max_length=300)
    replaced_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("earlier wording of a passage")


class Correction(ConfidentialModel):
    """A dated addition to a passage of a sealed telling. The passage itself stays as it was told."""

    compartment = Compartment.ACCOUNT
    topics_field = "passage__topics"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="+")
    text = EncryptedText(_("what is right"), max_plain=10_000)
    reason = EncryptedText(_("reason"), max_plain=1_000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_by_label = models.CharField(max_length=300)
    made_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("correction")
