"""A further telling is asked for, heard about, and decided. What was found in the record stands in the account."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.audit.fields import StampField
from casework.planning.kinds import HearingAnswer, RequestState
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel


class FurtherRequest(ConfidentialModel):
    """One request for a further telling: `Request 1`, `Request 2`, in the order of the case. It counts for good.

    `questions`: one a line. `passage_keys`: of the passages that answer it, where the record does. `interviewer`: whom
    the authoriser proposes; `telling`: the one that was held under it, written by the database.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(_("number"))
    needed = EncryptedText(_("what is needed"), max_plain=2_000)
    questions = EncryptedText(_("which questions"), max_plain=5_000)
    expected = EncryptedText(_("what is expected to be new"), max_plain=2_000)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_by_label = models.CharField(max_length=300)
    requested_at = StampField()
    state = models.CharField(_("state"), max_length=12, choices=RequestState, default=RequestState.ASKED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by_label = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = EncryptedText(_("reason"), max_plain=2_000)
    passage_keys = ArrayField(models.BigIntegerField(), default=list)
    interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    interviewer_label = models.CharField(max_length=300, blank=True)
    telling = models.ForeignKey(
        "casework_account.Telling", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("request for a further telling")
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="request_numbered_once"),
            models.UniqueConstraint(fields=["telling"], name="request_one_per_telling"),
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="request_state_known"),
            models.CheckConstraint(
                condition=Q(state=RequestState.ASKED, decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state=RequestState.ASKED) & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="request_decided_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["authorised", "declined"]) | ~Q(decided_by=F("requested_by")),
                name="request_never_decided_by_who_asks",
            ),
            models.CheckConstraint(
                condition=Q(state="from_record", passage_keys__len__gt=0)
                | ~Q(state="from_record") & Q(passage_keys__len=0),
                name="request_answered_at_passages",
            ),
            models.CheckConstraint(
                condition=Q(state="authorised", interviewer__isnull=False)
                | ~Q(state="authorised") & Q(interviewer__isnull=True, telling__isnull=True),
                name="request_names_an_interviewer",
            ),
        ]


class Hearing(ConfidentialModel):
    """The child's therapist or advocate is heard about a request. Silence past `until` (inclusive) is no objection."""

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(FurtherRequest, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    member_label = models.CharField(max_length=300)
    until = models.DateField(_("until"))
    answer = models.CharField(_("answer"), max_length=12, choices=HearingAnswer, blank=True)
    words = EncryptedText(_("in words"), max_plain=2_000)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("hearing about a request")
        constraints = [
            models.UniqueConstraint(fields=["request", "member"], name="heard_once"),
            models.CheckConstraint(condition=Q(answer__in=HearingAnswer.values), name="hearing_answer_known"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | ~Q(answer="") & Q(answered_at__isnull=False),
                name="hearing_answered_when",
            ),
        ]
