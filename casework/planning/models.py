"""Plans, signatures, steps and questions. What quotes the child stands in the account compartment, the rest beside it.

The frame of a plan and the pooled questions are for every agency on the case: they stand in the overview. What is
known already, and why the record falls short of a question, may quote the account and stand there.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.audit.fields import StampField
from casework.planning.kinds import MedicalExamination, QuestionOutcome
from casework.planning.request_models import FurtherRequest, Hearing
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel

__all__ = [
    "FurtherRequest", "Hearing", "Plan", "PlanKnown", "PlanRevision", "PlanStep", "Question", "RecordCheck",
    "Signature",
]  # fmt: skip


class Plan(ConfidentialModel):
    """The joint plan of one interview: `Plan 1`, `Plan 2`, in the order of the case. One is open at a time.

    `telling`: the occasion that was held under it. `version` counts changes; signatures say which they stand for.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(_("number"))
    purpose = EncryptedText(_("purpose"), max_plain=3_000)
    age_needs = EncryptedText(_("age and development"), max_plain=1_000)
    language = EncryptedText(_("language and interpreter"), max_plain=500)
    disability = EncryptedText(_("disability"), max_plain=1_000)
    medication = EncryptedText(_("medication"), max_plain=1_000)
    comfort = EncryptedText(_("comfort"), max_plain=1_000)
    wishes = EncryptedText(_("wishes"), max_plain=1_000)
    interview_on = models.DateField(_("day of the interview"), null=True, blank=True)
    venue = EncryptedText(_("venue"), max_plain=500)
    blinds_interviewers = models.BooleanField(_("interviewers are kept from the record"), default=False)
    lead_interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lead_interviewer_label = models.CharField(max_length=300, blank=True)
    lead_reason = EncryptedText(_("why this person leads"), max_plain=500)
    second_interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    second_interviewer_label = models.CharField(max_length=300, blank=True)
    second_reason = EncryptedText(_("why this person is second"), max_plain=500)
    supporter = EncryptedText(_("supporter"), max_plain=500)
    observers = EncryptedText(_("observers"), max_plain=1_000)
    medical = models.CharField(
        _("medical examination"), max_length=12, choices=MedicalExamination, default=MedicalExamination.UNDECIDED
    )
    medical_note = EncryptedText(_("about the examination"), max_plain=1_000)
    protection_before = EncryptedText(_("protection before"), max_plain=2_000)
    protection_after = EncryptedText(_("protection after"), max_plain=2_000)
    child_consent = EncryptedText(_("explained to the child"), max_plain=2_000)
    carer_consent = EncryptedText(_("explained to the carer"), max_plain=2_000)
    telling = models.ForeignKey(
        "casework_account.Telling", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    prepared_by_label = models.CharField(max_length=300)
    prepared_at = StampField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_by_label = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("plan of an interview")
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="plan_numbered_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(closed_at__isnull=True), name="plan_one_open"),
            models.UniqueConstraint(fields=["telling"], name="plan_one_per_telling"),
            models.CheckConstraint(
                condition=Q(lead_interviewer__isnull=True)
                | Q(second_interviewer__isnull=True)
                | ~Q(lead_interviewer=F("second_interviewer")),
                name="plan_two_interviewers_differ",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="plan_closed_by_whom_and_when",
            ),
            models.CheckConstraint(condition=Q(medical__in=MedicalExamination.values), name="plan_medical_known"),
        ]

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def was_held(self) -> bool:
        """Its interview is recorded: nobody will ask the child what is put in now."""
        return self.telling_id is not None


class PlanKnown(ConfidentialModel):
    """What is known already and from which source: it quotes the account, so it is read by whoever reads that."""

    compartment = Compartment.ACCOUNT

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="+")
    text = EncryptedText(_("what is known"), max_plain=5_000)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("what is known already")


class PlanRevision(ConfidentialModel):
    """What one field of a plan said before it was changed. `version`: of the plan that said so."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    compartment = models.CharField(max_length=12, choices=Compartment)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    field = models.CharField(max_length=20)
    text = EncryptedText(max_plain=5_000)
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    replaced_by_label = models.CharField(max_length=300)
    replaced_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("earlier wording of a plan")
        constraints = [models.UniqueConstraint(fields=["plan", "version", "field"], name="plan_wording_once")]


class Signature(ConfidentialModel):
    """One agency agrees to a plan, by a member of it. Name, roles and agency as they were; withdrawn, never deleted.

    `withdrawn_because`: names of the fields whose change withdrew it, or `step`.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_by_name = models.CharField(max_length=120)
    signed_by_roles = models.CharField(max_length=200)
    signed_by_agency = models.CharField(max_length=120)
    plan_version = models.PositiveIntegerField()
    signed_at = StampField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_by_label = models.CharField(max_length=300, blank=True)
    withdrawn_because = ArrayField(models.CharField(max_length=20), default=list)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("signature under a plan")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "agency"], condition=Q(withdrawn_at__isnull=True), name="plan_signed_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="signature_withdrawn_by_whom_and_when",
            ),
        ]


class PlanStep(ConfidentialModel):
    """Who does what by when."""

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    what = EncryptedText(_("what"), max_plain=500)
    who = EncryptedText(_("who"), max_plain=200)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(_("by when"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = StampField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_by_label = models.CharField(max_length=300, blank=True)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("step of a plan")
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="step_numbered_once"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="step_done_by_whom_and_when",
            ),
        ]


class Question(ConfidentialModel):
    """What one agency needs to know, and why. Merged into another of the pool, it keeps who asked.

    `passage_keys`: of the passages that answer it. `due_on`: when its outcome is owed; `overdue_since`: marked by the
    day's task. `version`: goes up with each outcome.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(_("number"))
    text = EncryptedText(_("question"), max_plain=1_000)
    why = EncryptedText(_("why it is needed"), max_plain=1_000)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_by_label = models.CharField(max_length=300)
    asked_at = StampField()
    due_on = models.DateField(_("answer needed by"))
    overdue_since = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=12, choices=QuestionOutcome, blank=True)
    outcome_reason = EncryptedText(_("reason"), max_plain=1_000)
    passage_keys = ArrayField(models.BigIntegerField(), default=list)
    outcome_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome_by_label = models.CharField(max_length=300, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("question of the pool")
        indexes = [
            models.Index(fields=["due_on"], condition=Q(outcome="", merged_into=None), name="question_open_by_due")
        ]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="question_numbered_once"),
            models.CheckConstraint(condition=Q(outcome__in=QuestionOutcome.values), name="question_outcome_known"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="question_not_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_at__isnull=True, outcome_by__isnull=True)
                | ~Q(outcome="") & Q(outcome_at__isnull=False, outcome_by__isnull=False, merged_into__isnull=True),
                name="question_outcome_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["answered", "from_record"], passage_keys__len__gt=0)
                | ~Q(outcome__in=["answered", "from_record"]) & Q(passage_keys__len=0),
                name="question_answered_at_passages",
            ),
        ]


class RecordCheck(ConfidentialModel):
    """What a search of the account found before a question or a request was sent, and why it does not do.

    `passage_keys`: what was found, best first. Its words may quote the account. `was_searched`: False while nobody has,
    since who asked may not read the account; the agency that leads makes up for it.
    """

    compartment = Compartment.ACCOUNT

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    question = models.OneToOneField(Question, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    request = models.OneToOneField(FurtherRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    passage_keys = ArrayField(models.BigIntegerField(), default=list)
    falls_short = EncryptedText(_("why what was found does not do"), max_plain=2_000)
    was_searched = models.BooleanField(default=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    checked_by_label = models.CharField(max_length=300)
    checked_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("search of the record")
        constraints = [
            models.CheckConstraint(
                condition=Q(question__isnull=False, request__isnull=True)
                | Q(question__isnull=True, request__isnull=False),
                name="check_of_a_question_or_a_request",
            )
        ]
