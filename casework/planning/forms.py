"""Forms of plans. Their fields are those of the table in `contents`; every text passes the guard."""

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Member
from agencies.standing import today
from casework.cases.fields import KeptText
from casework.planning.contents import FIELDS, GROUPS, PEOPLE, PlanContent, PlanField
from casework.planning.kinds import MedicalExamination
from casework.planning.step_actions import StepContent
from casework.web.forms import DateField

FAR = datetime.timedelta(days=730)  # a day further off than this is a slip of the pen


def _field(field: PlanField) -> forms.Field:
    options: dict[str, Any] = {"label": field.label, "help_text": field.help_text, "required": field.name == "purpose"}
    if field.limit:
        return KeptText(limit=field.limit, rows=field.rows, **options)
    if field.name == "medical":
        return forms.ChoiceField(choices=MedicalExamination, widget=forms.RadioSelect, **options | {"required": True})
    if field.name in PEOPLE:
        return forms.ModelChoiceField(Member.objects.none(), empty_label=_("Not named yet"), **options)
    if field.name == "blinds_interviewers":
        return forms.BooleanField(**options)
    return DateField(**options)


_PlanFields: Any = type("_PlanFields", (forms.Form,), {field.name: _field(field) for field in FIELDS})


class PlanForm(_PlanFields):  # type: ignore[misc]
    """What the plan says. `people`: who can interview; `with_known`: may this writer say what is known already.

    `number`, `version`: what the page showed; `withdrawing`: keys of the signatures that it announced to withdraw.
    """

    number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    withdrawing = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2_000)

    def __init__(self, *arguments: Any, people: Sequence[Member], with_known: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not with_known:
            del self.fields["known"]
        for name in PEOPLE:
            choice: Any = self.fields[name]
            choice.queryset = Member.objects.filter(pk__in=[each.pk for each in people]).select_related("agency")
            choice.label_from_instance = lambda member: member.in_full

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields under the headings of the page."""
        return [
            (words, [self[field.name] for field in FIELDS if field.group == code and field.name in self.fields])
            for code, words in GROUPS.items()
        ]

    def clean_interview_on(self) -> datetime.date | None:
        day: datetime.date | None = self.cleaned_data["interview_on"]
        if day is not None and not today() - FAR < day < today() + FAR:
            raise ValidationError(_("This date lies more than two years away."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        lead, second = (cleaned.get(name) for name in PEOPLE)
        if lead is not None and lead == second:
            self.add_error("second_interviewer", _("The second interviewer is another person."))
        if cleaned.get("blinds_interviewers") and lead is None and second is None:
            self.add_error("blinds_interviewers", _("Name an interviewer first."))
        return cleaned

    def content(self) -> PlanContent:
        """What was entered. Only for a valid form."""
        return PlanContent(**{name: self.cleaned_data[name] for name in PlanContent.names() if name in self.fields})

    def announced(self) -> set[int]:
        """Keys of the signatures that the page said would be withdrawn."""
        return {int(key) for key in self.cleaned_data["withdrawing"].split(",") if key.isdecimal() and len(key) < 20}


class StepForm(forms.Form):
    """Who does what by when."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    what = KeptText(label=_("What is to be done"), limit=500, rows=3)
    agency = forms.ModelChoiceField(Agency.objects.none(), label=_("Which agency"), empty_label=_("Choose…"))
    who = KeptText(label=_("Who there"), limit=200, help_text=_("Name or function."))
    due_on = DateField(label=_("By when"), help_text=_("For example 27 3 2026."))

    def __init__(self, *arguments: Any, agencies: Sequence[Agency], **options: Any) -> None:
        super().__init__(*arguments, **options)
        choice: Any = self.fields["agency"]
        choice.queryset = Agency.objects.filter(pk__in=[agency.pk for agency in agencies])

    def clean_due_on(self) -> datetime.date:
        return in_reach(self.cleaned_data["due_on"])

    def step(self) -> StepContent:
        """What was entered. Only for a valid form."""
        return StepContent(**{name: self.cleaned_data[name] for name in StepContent.__dataclass_fields__})


def in_reach(day: datetime.date) -> datetime.date:
    """A day from today on, within two years. Raises: ValidationError."""
    if day < today():
        raise ValidationError(_("This date is over already."))
    if day > today() + FAR:
        raise ValidationError(_("This date lies more than two years away."))
    return day
