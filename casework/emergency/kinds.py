"""The words of emergency access: what it was for, where it stands, and how the review came out."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Ground(models.TextChoices):
    """Why nobody could be asked first. A code beside the typed reason, so that it can be counted."""

    DANGER = "danger", _("A child is in danger now")
    MISSING = "missing", _("A child is missing")
    MEDICAL = "medical", _("Medical treatment that can't wait")
    HEARING = "hearing", _("A court or an authority decides today")
    OTHER = "other", _("Another reason that can't wait")


class Outcome(models.TextChoices):
    JUSTIFIED = "justified", _("Justified")
    TRAINING = "training", _("Not needed: the member will be trained")
    BREACH = "breach", _("A breach: it goes to the management of the agency")


class EmergencyState(models.TextChoices):
    """Not a column: it follows from the ends, the explanation and the review, by the database's clock."""

    RUNNING = "running", _("Running")
    UNEXPLAINED = "unexplained", _("Ended, waits for the member's explanation")
    EXPLAINED = "explained", _("Explained, waits for the review")
    REVIEWED = "reviewed", _("Reviewed")
