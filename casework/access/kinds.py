"""Compartments, purposes and legal bases: the vocabulary of every grant."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Compartment(models.TextChoices):
    OVERVIEW = "overview", _("Overview")
    IDENTITY = "identity", _("Identity")
    ACCOUNT = "account", _("Account")
    POLICE = "police", _("Police")
    SOCIAL = "social", _("Social")
    THERAPY = "therapy", _("Therapy")
    MEDICAL = "medical", _("Medical")
    LEGAL = "legal", _("Legal")


# What an interviewer sees who is kept from the record: enough to meet the child, and nothing that anybody recorded.
OPEN_TO_BLINDED = (Compartment.OVERVIEW, Compartment.IDENTITY)


class Purpose(models.TextChoices):
    PROTECT = "protect", _("Protect the child")
    INVESTIGATE = "investigate", _("Investigate")
    TREAT = "treat", _("Treat")
    PROSECUTE = "prosecute", _("Prosecute")
    REPRESENT = "represent", _("Represent the child")
    SUPERVISE = "supervise", _("Supervise")


class LegalBasis(models.TextChoices):
    """GDPR art. 6 and Directive 2016/680 art. 8, as far as they fit the work."""

    CONSENT = "consent", _("Consent")
    LEGAL_OBLIGATION = "legal_obligation", _("Legal obligation")
    VITAL_INTERESTS = "vital_interests", _("Vital interests of the child")
    PUBLIC_TASK = "public_task", _("Public task")
    COURT_ORDER = "court_order", _("Court order")


class Conflict(models.TextChoices):
    """Why a case must not exist for a member. Codes: what is said beyond them stands in the encrypted note."""

    RELATIVE = "relative", _("A relative of a person in the case")
    NEIGHBOUR = "neighbour", _("A neighbour, or close to the family in another way")
    NAMED = "named", _("Named in the case")
    FORMER_WORKER = "former_worker", _("Worked with the family before")
    OTHER = "other", _("Another conflict of interest")


def permission_codename(compartment: str, write: bool = False) -> str:
    """`read_police`, `write_police`: the permission on Case that a grant carries."""
    return f"{'write' if write else 'read'}_{compartment}"


def reading_codename(compartment: str, *, only_topics: bool = False) -> str:
    """The permission to read a compartment; `only_topics`: of the account, named topics and nothing else."""
    return READ_TOPICS if only_topics and compartment == Compartment.ACCOUNT else permission_codename(compartment)


# Whoever holds this reads passages of the account whose every topic the share names. It is not `read_account`, so that
# whatever asks for the account is closed to them, unless it asks for topics as well.
READ_TOPICS = "read_account_topics"

CASE_PERMISSIONS: list[tuple[str, Any]] = [
    *(
        (permission_codename(compartment, write), f"Can {'write' if write else 'read'} {compartment}")
        for compartment in Compartment.values
        for write in (False, True)
    ),
    (READ_TOPICS, "Can read named topics of the account"),
]
