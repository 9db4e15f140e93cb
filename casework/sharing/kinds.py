"""The words for shares."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.kinds import AgencyKind
from casework.access.kinds import Compartment

# A second person of the sharing agency agrees to these before they are sent (issue 5, "Four eyes").
FOUR_EYES = frozenset({Compartment.ACCOUNT, Compartment.THERAPY, Compartment.IDENTITY})

# To these, notes of therapy go only on a stated, reasonable line of enquiry (CPS, pre-trial therapy guidance of 2022).
ENQUIRERS = frozenset({AgencyKind.POLICE, AgencyKind.PROSECUTION})


class ShareState(models.TextChoices):
    PROPOSED = "proposed", _("Waiting for a second person")
    NOT_AGREED = "not_agreed", _("Not agreed by the second person")
    OFFERED = "offered", _("Waiting for the other agency")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Not accepted")
    REVOKED = "revoked", _("Withdrawn")


class TopicRequestState(models.TextChoices):
    """`SHARED`: by a share that holds the topics; what becomes of that, the share says."""

    WAITING = "waiting", _("Waiting for the lead agency")
    SHARED = "shared", _("Answered by a share")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn by who asked")
    LAPSED = "lapsed", _("Ended with the case")


class Extent(models.TextChoices):
    """How much of the account is shared."""

    ALL = "all", _("The whole account")
    TOPICS = "topics", _("Only passages about these topics")


class ConsentFrom(models.TextChoices):
    CHILD = "child", _("The child")
    CAREGIVER = "caregiver", _("A parent or carer")
    BOTH = "both", _("The child and a parent or carer")
    OTHER = "other", _("Somebody else who may give it")


class Withholding(models.TextChoices):
    """Why something is withheld from somebody (FIELD.md, "Consent to share")."""

    FEAR = "fear", _("Fear of harm")
    TELLS_ITSELF = "tells_itself", _("The child wants to tell it")
    OTHER = "other", _("Another reason")


class ReviewOutcome(models.TextChoices):
    CONFIRMED = "confirmed", _("Stays on the case")
    ENDED = "ended", _("Comes off the case")
