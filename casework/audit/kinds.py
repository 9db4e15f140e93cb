"""The words of the record: what was done, and how it came out."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verb(models.TextChoices):
    LOOKED = "looked", _("opened")
    LISTED = "listed", _("saw in a list")
    ENTERED = "entered", _("opened a page without case content")
    CREATED = "created", _("recorded")
    CHANGED = "changed", _("changed")
    DELETED = "deleted", _("deleted")
    EXPORTED = "exported", _("took out")
    SIGNED_IN = "signed_in", _("signed in")
    SIGNED_OUT = "signed_out", _("signed out")
    SIGN_IN_FAILED = "sign_in_failed", _("failed to sign in")
    FACTOR_CHANGED = "factor_changed", _("changed a sign-in factor")
    REFUSED = "refused", _("was refused")
    FAILED = "failed", _("met an error")


class Outcome(models.TextChoices):
    ALLOWED = "allowed", _("allowed")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")
