"""What a plan says, field by field: its words, its length, where it stands, and which agencies it concerns.

The model, the form, the page, the earlier wordings and the withdrawal of signatures all read this one table.
"""

import datetime
from dataclasses import dataclass, fields
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agencies.kinds import AgencyKind
from agencies.models import Agency, Member
from casework.access.kinds import Compartment
from casework.planning.kinds import MedicalExamination

EVERYONE = frozenset(AgencyKind.values)
INTERVIEWING = frozenset({AgencyKind.POLICE, AgencyKind.PROSECUTION, AgencyKind.COURT, AgencyKind.CHILDRENS_HOUSE})
CARING = frozenset({
    AgencyKind.SOCIAL_SERVICES, AgencyKind.THERAPY, AgencyKind.MEDICAL, AgencyKind.CHILDRENS_HOUSE,
})  # fmt: skip
PROTECTING = frozenset({AgencyKind.SOCIAL_SERVICES, AgencyKind.POLICE, AgencyKind.PROBATION, AgencyKind.COURT})


@dataclass(frozen=True)
class PlanField:
    """`concerns`: kinds of agencies whose signature a change withdraws; the agency that leads is always concerned.

    `limit`, `rows`: of a text in characters and lines; 0 for what is no text.
    """

    name: str
    label: str | Promise
    group: str
    concerns: frozenset[str]
    limit: int = 0
    rows: int = 1
    help_text: str | Promise = ""
    compartment: Compartment = Compartment.OVERVIEW


GROUPS: dict[str, str | Promise] = {
    "aim": _("Purpose and what is known"),
    "child": _("What the child needs"),
    "people": _("Who, where and when"),
    "safety": _("Health and protection"),
    "consent": _("Consent and explanation"),
}

FIELDS = (
    PlanField("purpose", _("Purpose and objectives"), "aim", EVERYONE, 3_000, 5),
    PlanField(
        "known", _("What is known already, and from which source"), "aim", INTERVIEWING | {AgencyKind.SOCIAL_SERVICES},
        5_000, 8, _("Cite passages, such as T1 ¶3. It stands in the account compartment."), Compartment.ACCOUNT,
    ),
    PlanField("age_needs", _("Age and development"), "child", EVERYONE, 1_000, 3),
    PlanField(
        "language", _("Language and interpreter"), "child", INTERVIEWING | {AgencyKind.SOCIAL_SERVICES}, 500, 2
    ),
    PlanField("disability", _("Disability, and how the child communicates"), "child", INTERVIEWING | CARING, 1_000, 3),
    PlanField("medication", _("Medication and tiredness"), "child", CARING, 1_000, 3),
    PlanField("comfort", _("What comforts the child, and what to avoid"), "child", CARING, 1_000, 3),
    PlanField(
        "wishes", _("What the child wishes"), "child", EVERYONE, 1_000, 3,
        _("Who is there, when and where; also what the child does not want. In the child's own words if possible."),
    ),
    PlanField("interview_on", _("Day of the interview"), "people", EVERYONE, help_text=_("For example 27 3 2026.")),
    PlanField("venue", _("Where, in which rooms"), "people", EVERYONE, 500, 2),
    PlanField("lead_interviewer", _("Lead interviewer"), "people", EVERYONE),
    PlanField("lead_reason", _("Why this person leads"), "people", EVERYONE, 500, 2),
    PlanField("second_interviewer", _("Second interviewer"), "people", EVERYONE),
    PlanField("second_reason", _("Why this person is second"), "people", EVERYONE, 500, 2),
    PlanField(
        "blinds_interviewers", _("Keep the interviewers from the record until the interview is sealed"), "people",
        EVERYONE, help_text=_(
            "They see the overview, who the child is, this plan with its questions, and what they record themselves."
        ),
    ),
    PlanField("supporter", _("Supporter or intermediary"), "people", INTERVIEWING | CARING, 500, 2),
    PlanField(
        "observers", _("Who observes, with their agency"), "people", EVERYONE, 1_000, 3,
        _("From another room; the interviewer asks for them."),
    ),
    PlanField("medical", _("Medical examination"), "safety", CARING | INTERVIEWING),
    PlanField("medical_note", _("About the examination"), "safety", CARING | INTERVIEWING, 1_000, 3),
    PlanField("protection_before", _("Protection before the interview"), "safety", PROTECTING, 2_000, 4),
    PlanField("protection_after", _("Protection after the interview"), "safety", PROTECTING, 2_000, 4),
    PlanField(
        "child_consent", _("What was explained to the child, and whether the child agrees"), "consent", EVERYONE,
        2_000, 4,
    ),
    PlanField(
        "carer_consent", _("What was explained to the carer, and the consent given"), "consent",
        INTERVIEWING | {AgencyKind.SOCIAL_SERVICES}, 2_000, 4,
    ),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}
TEXTS = tuple(field.name for field in FIELDS if field.limit and field.compartment == Compartment.OVERVIEW)
PEOPLE = ("lead_interviewer", "second_interviewer")


@dataclass(frozen=True)
class PlanContent:
    """What a plan says. Texts; `medical`: a code; `known` None where it is left as it is."""

    purpose: str
    known: str | None = None
    age_needs: str = ""
    language: str = ""
    disability: str = ""
    medication: str = ""
    comfort: str = ""
    wishes: str = ""
    interview_on: datetime.date | None = None
    venue: str = ""
    lead_interviewer: Member | None = None
    lead_reason: str = ""
    second_interviewer: Member | None = None
    second_reason: str = ""
    blinds_interviewers: bool = False
    supporter: str = ""
    observers: str = ""
    medical: str = MedicalExamination.UNDECIDED
    medical_note: str = ""
    protection_before: str = ""
    protection_after: str = ""
    child_consent: str = ""
    carer_consent: str = ""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The fields in the order of the page."""
        return tuple(field.name for field in fields(cls))


def concerns(changed: list[str], agency: Agency, lead_agency_id: int) -> list[str]:
    """Which of the changed fields concern this agency, by name."""
    return [name for name in changed if agency.pk == lead_agency_id or agency.kind in BY_NAME[name].concerns]


def said(plan: Any, known: str, name: str) -> Any:
    """What a plan says in one field, to compare with. `known`: from its own row, or empty."""
    if name == "known":
        return known
    return getattr(plan, f"{name}_id" if name in PEOPLE else name)


def wanted(content: PlanContent, name: str) -> Any:
    """What a new wording says in one field, as `said` gives it."""
    value = getattr(content, name)
    return None if value is None else value.pk if name in PEOPLE else value


def in_words(plan: Any, known: str, name: str) -> str:
    """What a plan says in one field, as people read it; empty when nothing is recorded."""
    if name == "known":
        return known
    if name == "interview_on":
        return f"{plan.interview_on:%-d %b %Y}" if plan.interview_on else ""
    if name == "blinds_interviewers":
        return str(_("Yes")) if plan.blinds_interviewers else str(_("No"))
    if name == "medical":
        return str(MedicalExamination(plan.medical).label)
    return str(getattr(plan, f"{name}_label" if name in PEOPLE else name))
