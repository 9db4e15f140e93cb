"""The words for shares."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ShareState(models.TextChoices):
    OFFERED = "offered", _("Waiting for the other agency")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Not accepted")
    REVOKED = "revoked", _("Withdrawn")
