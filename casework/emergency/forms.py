"""Forms of emergency access."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment
from casework.cases.fields import KeptText, as_reference
from casework.emergency.actions import Emergency
from casework.emergency.kinds import Ground, Outcome
from casework.emergency.rules import readable_in_emergency


class OpenForm(forms.Form):
    """Which case, what of it, and why. `member`: whose roles and agency say what can be chosen."""

    reference = KeptText(
        label=_("Reference of the case"),
        limit=20,
        help_text=_("All eight characters, such as K7QF-2M9D. Nothing is searched for."),
    )
    compartments = forms.MultipleChoiceField(
        label=_("What do you need to read?"),
        widget=forms.CheckboxSelectMultiple,
        choices=(),
        help_text=_("As little as the emergency needs. The overview always comes with it."),
    )
    ground = forms.ChoiceField(label=_("What is the emergency?"), choices=Ground, widget=forms.RadioSelect)
    reason = KeptText(
        label=_("Why can't it wait until somebody names you?"),
        limit=1_000,
        rows=4,
        help_text=_("Kept for good, and read by whoever reviews this."),
    )

    def __init__(self, *arguments: Any, member: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["compartments"]
        fitting = readable_in_emergency(member) - {Compartment.OVERVIEW}
        named = [(each.value, each.label) for each in Compartment if each.value in fitting]
        field.choices = named
        field.required = False  # the overview alone is enough to know whom to call

    def clean_reference(self) -> str:
        return as_reference(str(self.cleaned_data["reference"]))

    def wanted(self) -> Emergency:
        """What was entered."""
        return Emergency(**{name: self.cleaned_data[name] for name in Emergency.__dataclass_fields__})


class ExplainForm(forms.Form):
    text = KeptText(
        label=_("What did you need, what did you do with it, and who knows?"),
        limit=2_000,
        rows=6,
        help_text=_("Kept as you write it. Name no child."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(label=_("How did it come out?"), choices=Outcome, widget=forms.RadioSelect)
    note = KeptText(label=_("Your reasons"), limit=2_000, rows=5, help_text=_("Kept for good."))
    version = forms.IntegerField(widget=forms.HiddenInput)
