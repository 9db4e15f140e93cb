"""The words for plans and questions."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MedicalExamination(models.TextChoices):
    UNDECIDED = "undecided", _("Not decided yet")
    BEFORE = "before", _("Before the interview")
    AFTER = "after", _("After the interview")
    NOT_NEEDED = "not_needed", _("None is needed")


class QuestionOutcome(models.TextChoices):
    """What became of a question. Empty while it is open."""

    OPEN = "", _("Open")
    ANSWERED = "answered", _("Answered by the child")
    FROM_RECORD = "from_record", _("Answered from the record")
    NOT_ASKED = "not_asked", _("Not asked")
    DECLINED = "declined", _("The child declined to answer")


WITH_PASSAGES = (QuestionOutcome.ANSWERED, QuestionOutcome.FROM_RECORD)
WITH_REASON = (QuestionOutcome.NOT_ASKED, QuestionOutcome.DECLINED)


class RequestState(models.TextChoices):
    """What became of a request for a further telling."""

    ASKED = "asked", _("Waits for a decision")
    FROM_RECORD = "from_record", _("Answered from the record")
    AUTHORISED = "authorised", _("Authorised")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class HearingAnswer(models.TextChoices):
    """What the child's therapist or advocate says. Empty until an answer comes, or the day has passed."""

    WAITS = "", _("Not answered yet")
    NO_OBJECTION = "no_objection", _("No objection")
    OBJECTION = "objection", _("Objection")
