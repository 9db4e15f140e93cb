"""The words of the assessment: what is screened for, how it is answered, and what the child knows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Screened(models.TextChoices):
    """Position paper of 2003, section 6.1: agencies neither look for production of pictures nor record it."""

    SIGNS = "signs", _("Are there signs that pictures or films of the child were made or shared?")
    DEVICES = "devices", _("Do you know of devices with which that could have been done?")
    REPORTS = "reports", _("Are there earlier reports about the child or about those near the child?")
    REFERENCE = "reference", _("Is there a reference of a hotline or of the police?")


class Finding(models.TextChoices):
    """Unknown is an answer: somebody has looked. Not yet looked into is none."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Unknown, although looked into")
    NOT_YET = "not_yet", _("Not yet looked into")


class ChildKnows(models.TextChoices):
    """Of pictures that circulate."""

    KNOWS = "knows", _("The child knows that pictures circulate")
    SUSPECTS = "suspects", _("The child suspects that pictures circulate")
    UNAWARE = "unaware", _("The child doesn't know that pictures circulate")
    NOT_ESTABLISHED = "not_known", _("What the child knows of pictures is not established")
    NO_PICTURES = "none", _("No pictures are known of")
