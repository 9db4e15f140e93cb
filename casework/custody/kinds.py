"""The words for requests to see who a child is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestState(models.TextChoices):
    """`LAPSED`: nobody decided before the day that was asked for was over, or before the case was closed."""

    WAITING = "waiting", _("Waiting for a decision")
    GIVEN = "given", _("Given")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn by who asked")
    LAPSED = "lapsed", _("Ended without a decision")


class Answer(models.TextChoices):
    """What whoever decides can say."""

    GIVE = "give", _("Give it")
    DECLINE = "decline", _("Decline it")
