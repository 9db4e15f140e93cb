"""What is assessed. Every row stays as it was written: a new version is a new row, the newest one counts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.assessment.kinds import ChildKnows, Finding, Screened
from casework.audit.fields import StampField
from casework.vault.fields import EncryptedText
from casework.vault.models import ConfidentialModel


class Harms(ConfidentialModel):
    """The three harms, kept apart, by a therapist. Position paper of 2003, section 4.2. `version` from 1."""

    compartment = Compartment.THERAPY

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    abuse = EncryptedText(_("harm of the abuse"), max_plain=10_000)
    filmed = EncryptedText(_("harm of having been filmed or photographed"), max_plain=10_000)
    circulating = EncryptedText(_("harm of knowing that pictures circulate"), max_plain=10_000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_by_label = models.CharField(max_length=300)
    written_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("assessment of the three harms")
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="harms_version_once")]


class Distribution(ConfidentialModel):
    """What the child knows of pictures, who may speak of it, and what must not be said: a caution for everyone."""

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    child_knows = models.CharField(_("what the child knows"), max_length=12, choices=ChildKnows)
    who_may_speak = EncryptedText(_("who may speak of it with the child"), max_plain=500)
    must_not_say = EncryptedText(_("what must not be said"), max_plain=1_000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_by_label = models.CharField(max_length=300)
    written_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("what the child knows of pictures")
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="distribution_version_once"),
            models.CheckConstraint(condition=Q(child_knows__in=ChildKnows.values), name="child_knows_known"),
        ]


class ScreeningAnswer(ConfidentialModel):
    """One answer of a professional to one question of the screening; the newest of each question counts.

    `version` from 1 within the question. `reference`: a number, never an address.
    """

    compartment = Compartment.OVERVIEW

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    question = models.CharField(_("question"), max_length=12, choices=Screened)
    version = models.PositiveIntegerField()
    finding = models.CharField(_("answer"), max_length=12, choices=Finding)
    note = EncryptedText(_("how you know"), max_plain=1_000)
    reference = EncryptedText(_("reference number"), max_plain=60)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_by_label = models.CharField(max_length=300)
    answered_at = StampField()

    class Meta(ConfidentialModel.Meta):
        abstract = False
        verbose_name = _("answer of the screening")
        constraints = [
            models.UniqueConstraint(fields=["case", "question", "version"], name="screening_version_once"),
            models.CheckConstraint(condition=Q(question__in=Screened.values), name="screened_question_known"),
            models.CheckConstraint(condition=Q(finding__in=Finding.values), name="screening_finding_known"),
        ]
