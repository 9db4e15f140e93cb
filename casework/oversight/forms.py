"""The filter of the record. A GET form: its state is the address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.audit.kinds import Outcome, Verb
from casework.oversight.selectors import LookFilter
from casework.web.forms import DateField

ANY = ("", _("All"))


class LookFilterForm(forms.Form):
    """Narrows the record. Everything is optional; what is not understood is said beside the field."""

    person = forms.TypedChoiceField(label=_("Person"), required=False, coerce=int, empty_value=None)
    verb = forms.ChoiceField(label=_("What was done"), required=False, choices=[ANY, *Verb.choices])
    outcome = forms.ChoiceField(label=_("How it came out"), required=False, choices=[ANY, *Outcome.choices])
    compartment = forms.ChoiceField(label=_("Compartment"), required=False, choices=[ANY, *Compartment.choices])
    first = DateField(label=_("From"), required=False)
    last = DateField(label=_("Until"), required=False)
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, people: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["person"]
        field.choices = [ANY, *people]

    def wanted(self) -> LookFilter:
        """The filter as the selectors take it; what was not understood narrows nothing."""
        self.is_valid()
        names = LookFilter.__dataclass_fields__
        return LookFilter(**{name: value for name, value in self.cleaned_data.items() if name in names and value})
