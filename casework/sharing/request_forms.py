"""Forms of requests for topics of the account."""

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Purpose
from casework.account.kinds import Topic
from casework.cases.fields import KeptText
from casework.sharing.request_actions import WantedTopics


class AskTopicsForm(forms.Form):
    """Which topics, what for, and why."""

    topics = forms.MultipleChoiceField(
        label=_("Which topics?"),
        choices=Topic,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As few as the task needs."),
    )
    purpose = forms.ChoiceField(label=_("What for?"), choices=Purpose, widget=forms.RadioSelect)
    why = KeptText(
        label=_("Why does the task need it?"),
        limit=1_000,
        rows=4,
        help_text=_("Kept for good. The lead agency reads it. Name no child, and nothing of what the child told."),
    )

    def wanted(self) -> WantedTopics:
        """What was entered. Only for a valid form."""
        return WantedTopics(**{name: self.cleaned_data[name] for name in WantedTopics.__dataclass_fields__})


class DeclineTopicsForm(forms.Form):
    """Why a request is declined."""

    reason = KeptText(label=_("Reason"), limit=1_000, rows=3, help_text=_("Kept for good; who asked reads it."))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
