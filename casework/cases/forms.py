"""Forms of cases. Plain forms: what they save is written by actions."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agencies.standing import today
from casework.access.kinds import Compartment
from casework.cases.actions import CaseDetails, ChildIdentity
from casework.cases.entry_actions import EntryContent
from casework.cases.fields import KeptText
from casework.cases.kinds import AgeBand, AttendanceOutcome, IdentityPart, IdentityReason, Nature, Risk, Stage
from casework.cases.selectors import CaseFilter
from casework.cases.states import STAGES
from casework.web.forms import DateField, chosen_from, today_anywhere

OLDEST_CHILD = 25  # years; the concern may be old when the case is opened


class FilterForm(forms.Form):
    """How the case list is narrowed. Its state is the address; what is malformed narrows nothing."""

    words = forms.CharField(label=_("Reference or pseudonym"), required=False, max_length=40)
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[("", _("All")), *Stage.choices])
    risk = forms.ChoiceField(label=_("Risk"), required=False, choices=[("", _("All")), *Risk.choices])

    def wanted(self) -> CaseFilter:
        """The filter, from those fields that are valid."""
        self.is_valid()
        return CaseFilter(**{name: str(self.cleaned_data.get(name) or "").strip() for name in self.fields})


class AttendanceForm(forms.Form):
    """One appointment of therapy."""

    held_on = DateField(label=_("Day of the appointment"))
    outcome = forms.ChoiceField(label=_("Came or not"), choices=AttendanceOutcome, widget=forms.RadioSelect)

    def clean_held_on(self) -> Any:
        held_on = self.cleaned_data["held_on"]
        if held_on > today_anywhere():
            raise ValidationError(_("This day is still to come."))
        return held_on


class IdentityForm(forms.Form):
    """Who the child is. Everything may be left open: not recorded is not the same as none."""

    given_names = KeptText(label=_("Given names"), limit=120, required=False)
    family_names = KeptText(label=_("Family names"), limit=120, required=False)
    birth_date = DateField(label=_("Date of birth"), required=False, help_text=_("For example 27 3 2016"))
    address = KeptText(label=_("Address"), limit=500, rows=3, required=False)
    school = KeptText(label=_("School or nursery"), limit=200, required=False)
    carers = KeptText(label=_("Carers and people near the child"), limit=2_000, rows=4, required=False)
    language = KeptText(label=_("Language and interpreter"), limit=120, required=False)

    def clean_birth_date(self) -> Any:
        birth = self.cleaned_data["birth_date"]
        if birth is not None and birth > today_anywhere():
            raise ValidationError(_("This date lies in the future."))
        if birth is not None and birth.year < today().year - OLDEST_CHILD:
            raise ValidationError(_("This date lies more than %(years)d years back.") % {"years": OLDEST_CHILD})
        return birth

    def identity(self) -> ChildIdentity:
        """What was entered; the date of birth as YYYY-MM-DD."""
        values = {name: self.cleaned_data[name] for name in IdentityForm.base_fields if name != "birth_date"}
        birth = self.cleaned_data["birth_date"]
        return ChildIdentity(**values, birth_date=birth.isoformat() if birth else "")


class OpenCaseForm(IdentityForm):
    """A new case: the child under a pseudonym, the concern, and who the child is."""

    pseudonym = KeptText(
        label=_("Pseudonym of the child"),
        limit=40,
        help_text=_("Two invented words. Every page uses them; the name stands in the identity compartment only."),
    )
    concern = KeptText(
        label=_("Concern"),
        limit=5_000,
        rows=6,
        help_text=_("What you are concerned about, in a few sentences and without names. No account of the child."),
    )
    risk = forms.ChoiceField(label=_("Risk"), choices=Risk, widget=forms.RadioSelect)
    age_band = forms.ChoiceField(label=_("Age band"), choices=AgeBand)
    cautions = KeptText(
        label=_("Cautions"),
        limit=2_000,
        rows=3,
        required=False,
        help_text=_("What must not be said to the child, who must not be told, and what a safe contact is."),
    )
    submission = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ["pseudonym", "age_band", "risk", "concern", "cautions", *IdentityForm.base_fields]


class ChangeIdentityForm(IdentityForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class ShowIdentityForm(forms.Form):
    parts = forms.MultipleChoiceField(
        label=_("What do you need to see?"),
        choices=IdentityPart,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as the task needs; each part goes on the record."),
    )
    reason = forms.ChoiceField(
        label=_("Why do you need to see who the child is?"), choices=IdentityReason, widget=forms.RadioSelect
    )

    def __init__(self, *arguments: Any, parts: list[str], **options: Any) -> None:
        """`parts`: codes of those that may be asked for."""
        super().__init__(*arguments, **options)
        field: Any = self.fields["parts"]
        field.choices = [(each.value, each.label) for each in IdentityPart if each in parts]


class ChangeCaseForm(forms.Form):
    """Stage, risk, concern and cautions of an open case."""

    stage = forms.ChoiceField(label=_("Stage"), choices=())
    risk = forms.ChoiceField(label=_("Risk"), choices=Risk, widget=forms.RadioSelect)
    age_band = forms.ChoiceField(label=_("Age band"), choices=AgeBand)
    concern = KeptText(label=_("Concern"), limit=5_000, rows=6)
    cautions = KeptText(label=_("Cautions"), limit=2_000, rows=3, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *arguments: Any, now: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        ways = {Stage(now), *STAGES[Stage(now)].ways_out} - {Stage.CLOSED}
        self.fields["stage"].choices = [(each.value, each.label) for each in Stage if each in ways]  # type: ignore[attr-defined]

    def details(self) -> CaseDetails:
        """What was entered."""
        return CaseDetails(**{name: self.cleaned_data[name] for name in CaseDetails.__dataclass_fields__})


class CloseCaseForm(forms.Form):
    reason = KeptText(label=_("Reason for closing"), limit=500, rows=4)
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReopenCaseForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class EntryForm(forms.Form):
    """What an entry says."""

    nature = forms.ChoiceField(
        label=_("What kind of statement is this?"),
        choices=Nature,
        widget=forms.RadioSelect,
        help_text=_("Facts are kept apart from assessments."),
    )
    happened_on = DateField(label=_("When did it happen?"), help_text=_("For example 27 3 2026"))
    title = KeptText(label=_("Title"), limit=200)
    text = KeptText(label=_("Text"), limit=100_000, rows=12)

    def clean_happened_on(self) -> Any:
        day = self.cleaned_data["happened_on"]
        if day > today_anywhere():
            raise ValidationError(_("This date lies in the future."))
        return day

    def content(self) -> EntryContent:
        """What was entered."""
        return EntryContent(**{name: self.cleaned_data[name] for name in EntryContent.__dataclass_fields__})


class NewEntryForm(EntryForm):
    compartment = forms.ChoiceField(label=_("Compartment"), choices=())
    submission = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ["compartment", "nature", "happened_on", "title", "text"]

    def __init__(self, *arguments: Any, writable: list[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        only_references(self, self.data.get("compartment", ""))
        named = [(each, Compartment(each).label) for each in writable]
        self.fields["compartment"].choices = named if len(named) == 1 else chosen_from(named)  # type: ignore[attr-defined]


class ChangeEntryForm(EntryForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, compartment: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        only_references(self, compartment)


def only_references(form: EntryForm, compartment: str) -> None:
    """What is found in the police compartment is named by its exhibit or hotline reference, never by an address."""
    for name in ("title", "text"):
        field: Any = form.fields[name]
        field.addresses = compartment != Compartment.POLICE
