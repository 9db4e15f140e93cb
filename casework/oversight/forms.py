"""The filters of the record. GET forms: their state is the address."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.audit.kinds import Outcome, Verb
from casework.oversight.search import SearchFilter
from casework.oversight.selectors import LookFilter
from casework.web.forms import DateField

ANY = ("", _("All"))
Choices = list[tuple[Any, Any]]


class RecordForm(forms.Form):
    """Narrows a record by person and days. Everything is optional; what is not understood is said at the field."""

    person = forms.TypedChoiceField(label=_("Person"), required=False, coerce=int, empty_value=None)
    first = DateField(label=_("From"), required=False)
    last = DateField(label=_("Until"), required=False)

    def __init__(self, *arguments: Any, people: Choices, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["person"]
        field.choices = [ANY, *people]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("first") and data.get("last") and data["first"] > data["last"]:
            raise ValidationError(_t("The first day is after the last one."))
        return data

    def wanted(self, before: int | None) -> LookFilter:
        """The filter as the selectors take it; what was not understood narrows nothing."""
        self.is_valid()
        names = LookFilter.__dataclass_fields__
        given = {name: value for name, value in self.cleaned_data.items() if name in names and value}
        return LookFilter(**given, before=before)

    def in_words(self) -> list[tuple[str, str]]:
        """What narrows the record now, as pairs of field name and words, in the order of the fields."""
        self.is_valid()
        return [(name, self._in_words(name, value)) for name, value in self.cleaned_data.items() if value]

    def _in_words(self, name: str, value: Any) -> str:
        label = str(self.fields[name].label)
        choices = dict(getattr(self.fields[name], "choices", ()))
        return label if value is True else f"{label}: {choices.get(value, value)}"


class SearchForm(RecordForm):
    """Narrows everything that a member oversees."""

    reference = forms.CharField(label=_("Case reference"), required=False, max_length=9)
    agency = forms.ChoiceField(label=_("Agency"), required=False)
    verb = forms.ChoiceField(label=_("What was done"), required=False, choices=[ANY, *Verb.choices])
    refused = forms.BooleanField(label=_("Refused only"), required=False)
    emergency = forms.BooleanField(label=_("By emergency access only"), required=False)

    field_order = ("reference", "person", "agency", "verb", "refused", "emergency", "first", "last")

    def __init__(self, *arguments: Any, agencies: list[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["agency"]
        field.choices = [ANY, *((name, name) for name in agencies)]

    def searched(self, before: int | None) -> SearchFilter:
        """The filter as the search takes it; what was not understood narrows nothing."""
        looks = self.wanted(before)
        data = self.cleaned_data
        return SearchFilter(
            looks,
            reference=data.get("reference", ""),
            refused=bool(data.get("refused")),
            emergency=bool(data.get("emergency")),
        )


class LookFilterForm(RecordForm):
    """Narrows the record of one case."""

    agency = forms.ChoiceField(label=_("Agency"), required=False)
    verb = forms.ChoiceField(label=_("What was done"), required=False, choices=[ANY, *Verb.choices])
    outcome = forms.ChoiceField(label=_("How it came out"), required=False, choices=[ANY, *Outcome.choices])
    compartment = forms.ChoiceField(label=_("Compartment"), required=False, choices=[ANY, *Compartment.choices])

    field_order = ("person", "agency", "verb", "outcome", "compartment", "first", "last")

    def __init__(self, *arguments: Any, agencies: list[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["agency"]
        field.choices = [ANY, *((name, name) for name in agencies)]
