"""Tellings, passages and corrections, all in the account compartment. A sealed telling never changes."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.account.kinds import EditAct, Phase, PriorAnswer, Protocol, QuestionType, TellingKind, Topic
from casework.account.managers import PassageManager
from casework.account.session import KEY_LENGTH, Pause, PersonPresent, pauses_from_text, people_from_text
from casework.audit.fields import StampField
from casework.vault.fields import SUFFIX, EncryptedText, Sealed
from casework.vault.managers import GuardedManager
from casework.vault.models import ConfidentialModel

SEALED_BY_TWO = 3  # the first format of a seal (casework/account/seal.py) that takes two people


class Telling(ConfidentialModel):
    """One occasion on which the child told: `T1`, `T2`, in the order of recording.

    `told_on`: None where the day is not known (prior accounts alone; `told_when` says it in words). `started_at`,
    `ended_at`: local time of the place, as on the recording. `interviewer`: whoever asked, where that is a member, so
    that the same can be proposed again. `heard_keys`: of the people who heard it (casework/account/session.py).
    `signed_*`: the first of the two who seal; gone with any change. `digest`: SHA-256 in hex over log and passages as
    sealed, keyed by the case key, so that it tells nothing to whoever can't read them. `seal_format`: how the digest
    was made (casework/account/seal.py); 0 while it is not sealed.
    """

    compartment = Compartment.ACCOUNT
    telling_column = "pk"
    topics_field = ""  # whoever reads named topics sees on which occasions the child told

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=TellingKind)
    told_on = models.DateField(_("date"), null=True, blank=True)
    told_when = EncryptedText(_("when, in words"), max_plain=200)
    started_at = models.TimeField(_("start"), null=True, blank=True)
    ended_at = models.TimeField(_("end"), null=True, blank=True)
    protocol = models.CharField(_("protocol"), max_length=8, choices=Protocol, default=Protocol.NOT_APPLICABLE)
    told_to = EncryptedText(_("told to"), max_plain=300)
    interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    place = EncryptedText(_("where"), max_plain=300)
    people_rows = EncryptedText(_("people in the room and observing"), max_plain=60_000)
    heard_keys = ArrayField(models.CharField(max_length=KEY_LENGTH), default=list, editable=False)
    present = EncryptedText(_("notes on who was there"), max_plain=1_000)
    language = EncryptedText(_("language and interpreter"), max_plain=200)
    circumstances = EncryptedText(_("circumstances"), max_plain=2_000)
    questions_asked = EncryptedText(_("which questions were asked"), max_plain=5_000)
    demeanour = EncryptedText(_("how the child communicated"), max_plain=2_000)
    drawings = EncryptedText(_("drawings and props, in words"), max_plain=2_000)
    pause_rows = EncryptedText(_("breaks"), max_plain=20_000)
    breaks = EncryptedText(_("notes on breaks"), max_plain=1_000)
    recording_reference = EncryptedText(_("reference of the recording"), max_plain=200)
    recording_custodian = EncryptedText(_("who keeps the recording"), max_plain=200)
    note_reference = EncryptedText(_("where the original note is"), max_plain=300)
    new_topics = EncryptedText(_("new topics"), max_plain=2_000)
    protection = EncryptedText(_("immediate protection"), max_plain=2_000)
    salient_points = EncryptedText(_("salient points agreed by police and social work"), max_plain=5_000)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = StampField()
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_by_label = models.CharField(max_length=300, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sealed_by_label = models.CharField(max_length=300, blank=True)
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
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, signed_by_label="")
                | Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(signed_by_label=""),
                name="telling_signed_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=Q(seal_format__lt=SEALED_BY_TWO)
                | Q(signed_by__isnull=False) & ~Q(signed_by=F("sealed_by")) & ~Q(sealed_by_label=""),
                name="telling_sealed_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(told_on__isnull=False) | Q(kind=TellingKind.PRIOR), name="telling_day_is_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=TellingKind.values), name="telling_kind_known"),
            models.CheckConstraint(condition=Q(protocol__in=Protocol.values), name="telling_protocol_known"),
        ]

    @property
    def is_sealed(self) -> bool:
        return self.sealed_at is not None

    @property
    def is_signed(self) -> bool:
        """True when the first of two people has signed it, and nothing was changed since."""
        return self.signed_at is not None

    @property
    def label(self) -> str:
        """`T1`."""
        return f"T{self.number}"

    @property
    def people(self) -> tuple[PersonPresent, ...]:
        """Who was there beside the one told to, in the order of the log."""
        return people_from_text(self.people_rows)

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The breaks, in the order of the log."""
        return pauses_from_text(self.pause_rows)


class Passage(ConfidentialModel):
    """A question and its answer, verbatim, cited as `T1 ¶14`. Either may be empty, not both.

    `changed_in`: the version of the telling in which it was changed last. `retired_at`: since when it is no passage any
    more, because it was joined to another or its making was undone; then it is empty, and `objects` leaves it out.
    Whoever was given named topics reads it when every topic of it is among them, and none of it when it has no topic.
    """

    compartment = Compartment.ACCOUNT
    telling_column = "telling_id"
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
    changed_in = models.PositiveIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[GuardedManager] = PassageManager()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("passage")
        constraints = [
            models.UniqueConstraint(
                fields=["telling", "number"], condition=Q(retired_at__isnull=True), name="passage_numbered_once"
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(topics=[], phase="", question_type="", time_code=""),
                name="passage_retired_is_empty",
            ),
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="passage_phase_known"),
            models.CheckConstraint(condition=Q(question_type__in=QuestionType.values), name="passage_question_known"),
            models.CheckConstraint(condition=Q(topics__contained_by=Topic.values), name="passage_topics_known"),
        ]

    @property
    def has_question(self) -> bool:
        """True when something was asked, without opening what."""
        sealed: Sealed = getattr(self, f"question{SUFFIX}")
        return bool(sealed.ciphertext or sealed.pending)

    @property
    def topic_labels(self) -> list[str]:
        """The topics in words."""
        return [str(Topic(code).label) for code in self.topics]


class PassageEdit(ConfidentialModel):
    """One act on the passages of a telling that is not sealed, so that it can be undone.

    `place`: number of the passage, at the time; `upto`: where it moved, or the last of those that it became.
    `version`: of the telling after the act. An act that was undone stays, with who undid it.
    """

    compartment = Compartment.ACCOUNT
    telling_column = "telling_id"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    telling = models.ForeignKey(Telling, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=8, choices=EditAct)
    place = models.PositiveIntegerField()
    upto = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_by_label = models.CharField(max_length=300)
    made_at = StampField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("edit of passages")
        constraints = [
            models.UniqueConstraint(fields=["telling", "version"], name="edit_once_per_version"),
            models.CheckConstraint(condition=Q(act__in=EditAct.values), name="edit_act_known"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="edit_undone_by_whom_and_when",
            ),
        ]


class PassageRevision(ConfidentialModel):
    """What a passage said before an edit, in a telling that was not sealed yet: nothing is lost.

    `edit`: the act that replaced it; None for those from before acts were kept.
    """

    compartment = Compartment.ACCOUNT
    telling_column = "passage__telling_id"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="+")
    edit = models.ForeignKey(PassageEdit, null=True, on_delete=models.PROTECT, related_name="+")
    question = EncryptedText(_("question"), max_plain=1_000_000)
    answer = EncryptedText(_("answer"), max_plain=1_000_000)
    question_speaker = EncryptedText(_("who asked"), max_plain=120)
    answer_speaker = EncryptedText(_("who answered"), max_plain=120)
    time_code = models.CharField(max_length=12, blank=True)
    phase = models.CharField(max_length=12, blank=True)
    question_type = models.CharField(max_length=16, blank=True)
    topics = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    uncertain = models.BooleanField(default=False)
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


class ToldBefore(ConfidentialModel):
    """Whether the child had told anybody when the case was opened: each answer with its day, the last one counts."""

    compartment = Compartment.ACCOUNT

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(_("has the child told anybody already"), max_length=8, choices=PriorAnswer)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_by_label = models.CharField(max_length=300)
    answered_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("answer whether the child has told already")
        constraints = [
            models.CheckConstraint(condition=Q(answer__in=PriorAnswer.values), name="told_before_answer_known")
        ]
