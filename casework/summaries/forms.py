"""Forms of summaries."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import LegalBasis, Purpose
from casework.cases.fields import KeptText
from casework.summaries.actions import SummaryDetails
from casework.summaries.selectors import Contents
from casework.web.forms import chosen_from

APPROVE, RETURN = "approve", "return"


class SummaryForm(forms.Form):
    """For whom and why. `number`, `version`: what the page showed, for a page that has become stale."""

    number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = KeptText(
        label=_("Title"), limit=200, help_text=_("It stands on the first page. Do not write the child's name here.")
    )
    recipient = KeptText(label=_("Recipient"), limit=200, help_text=_("The court or office that is to have it."))
    court_reference = KeptText(label=_("Reference of the court"), limit=100, required=False)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=chosen_from(Purpose))
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=chosen_from(LegalBasis))

    def details(self) -> SummaryDetails:
        """What was entered. Only for a valid form."""
        return SummaryDetails(**{name: self.cleaned_data[name] for name in SummaryDetails.__dataclass_fields__})


class ChoiceForm(forms.Form):
    """What is in the summary: keys of passages and entries, or all of a telling by its number."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    passages = forms.TypedMultipleChoiceField(coerce=int, required=False)
    entries = forms.TypedMultipleChoiceField(coerce=int, required=False)
    whole = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, choices: Contents, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.contents = choices
        passages = [each.passage.pk for part in choices.tellings for each in part.passages]
        entries = [entry.pk for part in choices.compartments for entry in part.entries]
        numbers = [part.telling.number for part in choices.tellings]
        for name, keys in (("passages", passages), ("entries", entries), ("whole", numbers)):
            self.fields[name].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]

    def chosen_passages(self) -> set[int]:
        """Keys of passages chosen one by one or by the telling. Only for a valid form."""
        whole = {
            each.passage.pk
            for part in self.contents.tellings
            if part.telling.number in self.cleaned_data["whole"]
            for each in part.passages
        }
        return whole | set(self.cleaned_data["passages"])

    def sent(self, name: str) -> set[int]:
        """What was ticked in a form that is shown again, or kept from before, as far as it makes sense."""
        data: Any = self.data
        keys = data.getlist(name) if self.is_bound else self.initial.get(name) or []
        return {int(key) for key in keys if key.isascii() and key.isdigit()}


class CopyForm(forms.Form):
    """The number that the page announced for the next copy."""

    number = forms.IntegerField(widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    """Approve, or return with a reason. `seen`: the stamp of what the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=16)
    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=[(APPROVE, _("Approve it as it reads here")), (RETURN, _("Return it for changes"))],
        widget=forms.RadioSelect,
    )
    reason = KeptText(label=_("Reason"), limit=1_000, rows=4, required=False, help_text=_("Needed when you return it."))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("decision") == RETURN and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", ValidationError(_("Say what has to change.")))
        return cleaned
