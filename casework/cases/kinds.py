"""The words for a case: stage, risk, age band, and what kind of statement an entry is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment

# Entries stand in these; identity and account have models of their own.
ENTRY_COMPARTMENTS = (
    Compartment.OVERVIEW,
    Compartment.POLICE,
    Compartment.SOCIAL,
    Compartment.THERAPY,
    Compartment.MEDICAL,
    Compartment.LEGAL,
)


class Stage(models.TextChoices):
    REFERRED = "referred", _("Referred")
    ASSESSMENT = "assessment", _("Assessment")
    INVESTIGATION = "investigation", _("Investigation")
    PROCEEDINGS = "proceedings", _("Proceedings")
    SUPPORT = "support", _("Support")
    CLOSED = "closed", _("Closed")


class Risk(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    ACUTE = "acute", _("Acute")


class AgeBand(models.TextChoices):
    """Bands rather than ages: a birth date stands in the identity compartment only."""

    UNKNOWN = "unknown", _("Age not known")
    UNDER_6 = "0-5", _("0 to 5 years")
    UNDER_10 = "6-9", _("6 to 9 years")
    UNDER_13 = "10-12", _("10 to 12 years")
    UNDER_16 = "13-15", _("13 to 15 years")
    UNDER_18 = "16-17", _("16 to 17 years")


class Nature(models.TextChoices):
    """Directive 2016/680 art. 7: facts are kept apart from assessments."""

    FACT = "fact", _("Fact, observed by the author")
    REPORT = "report", _("Report by another person")
    OPINION = "opinion", _("Professional opinion")


class IdentityPart(models.TextChoices):
    """What of who the child is; each is asked for by itself."""

    NAMES = "names", _("Names")
    BIRTH = "birth", _("Date of birth")
    ADDRESS = "address", _("Address")
    SCHOOL = "school", _("School or nursery")
    PEOPLE = "people", _("Carers and people near the child")
    LANGUAGE = "language", _("Language and interpreter")


# Which columns of Child a part is made of.
IDENTITY_FIELDS: dict[str, tuple[str, ...]] = {
    IdentityPart.NAMES: ("given_names", "family_names"),
    IdentityPart.BIRTH: ("birth_date",),
    IdentityPart.ADDRESS: ("address",),
    IdentityPart.SCHOOL: ("school",),
    IdentityPart.PEOPLE: ("carers",),
    IdentityPart.LANGUAGE: ("language",),
}


class IdentityReason(models.TextChoices):
    """Why somebody looks at who the child is. A code, since the record of looks holds nothing that a person typed."""

    CONTACT = "contact", _("To contact the child or a carer")
    INTERVIEW = "interview", _("To prepare an interview")
    COURT = "court", _("For a paper to a court or an authority")
    VERIFY = "verify", _("To verify who the child is")
    OTHER = "other", _("For another reason within my task")


class AttendanceOutcome(models.TextChoices):
    """What others may know of therapy without a share (FIELD.md, "Therapy"): that the child came, or did not."""

    ATTENDED = "attended", _("Attended")
    MISSED = "missed", _("Did not come")
    CANCELLED = "cancelled", _("Cancelled")
