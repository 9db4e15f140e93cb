"""Forms of requests for the identity. What they check of dates is checked again by the actions, with the clock."""

import datetime
from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agencies.standing import today
from casework.cases.days import end_of_day
from casework.cases.fields import KeptText
from casework.cases.kinds import IdentityPart, IdentityReason
from casework.custody.actions import Given, WantedIdentity
from casework.custody.kinds import Answer
from casework.custody.states import LONGEST_DAYS
from casework.web.forms import DateField, needed_when


class AskForm(forms.Form):
    """Which parts, why, and until when."""

    parts = forms.MultipleChoiceField(
        label=_("What do you need to see?"),
        choices=IdentityPart,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as the task needs. It may be that you are given less."),
    )
    reason = forms.ChoiceField(label=_("What do you need it for?"), choices=IdentityReason, widget=forms.RadioSelect)
    words = KeptText(
        label=_("Why does the task need it?"),
        limit=1_000,
        rows=4,
        help_text=_("Kept for good. Whoever decides reads it. Name no child, and nothing of what the child told."),
    )
    until = DateField(label=_("Last day"), help_text=_("At most 14 days from today. You can ask again then."))

    def __init__(self, *arguments: Any, held: Collection[str] = (), **options: Any) -> None:
        """`held`: codes of the parts that whoever asks may see already."""
        super().__init__(*arguments, **options)
        field: Any = self.fields["parts"]
        field.choices = [(each.value, each.label) for each in IdentityPart if each.value not in held]

    def clean_until(self) -> Any:
        day = self.cleaned_data["until"]
        if day < today():
            raise ValidationError(_("This day is over already."))
        if day > today() + datetime.timedelta(days=LONGEST_DAYS):
            raise ValidationError(_("At most %(days)d days from today.") % {"days": LONGEST_DAYS})
        return day

    def wanted(self) -> WantedIdentity:
        """What was entered."""
        data = self.cleaned_data
        return WantedIdentity(data["parts"], data["reason"], data["words"], end_of_day(data["until"]))


class DecideForm(forms.Form):
    """Given, with parts and a last day; or declined, with a reason."""

    answer = forms.ChoiceField(label=_("Your decision"), choices=Answer, widget=forms.RadioSelect)
    parts = needed_when(
        forms.MultipleChoiceField(
            label=_("Which parts"), choices=(), widget=forms.CheckboxSelectMultiple, required=False
        ),
        _("needed to give it"),
    )
    until = needed_when(DateField(label=_("Last day"), required=False), _("needed to give it"))
    reason = needed_when(
        KeptText(
            label=_("Reason"),
            limit=1_000,
            rows=3,
            required=False,
            help_text=_("Kept for good; who asked reads it."),
        ),
        _("needed to decline it"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *arguments: Any, asked: list[str], latest: datetime.date, **options: Any) -> None:
        """`asked`: codes of the parts that were asked for; `latest`: the last day that can be given, UTC."""
        super().__init__(*arguments, **options)
        self.latest = latest
        field: Any = self.fields["parts"]
        field.choices = [(each.value, each.label) for each in IdentityPart if each in asked]
        self.fields["until"].help_text = _("%(day)s at the latest.") % {"day": f"{latest:%-d %b %Y}"}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        answer, day = data.get("answer"), data.get("until")
        if answer == Answer.DECLINE and "reason" in data and not data["reason"].strip():
            self.add_error("reason", _("Say why you decline it."))
        if answer == Answer.GIVE:
            if "parts" in data and not data["parts"]:
                self.add_error("parts", _("Choose at least one part."))
            if "until" in data and day is None:
                self.add_error("until", _("Enter a date."))
            elif day is not None and not today() <= day <= self.latest:
                self.add_error("until", _("From today to the day that was asked for."))
        return data

    def given(self) -> Given:
        """What was entered, for an answer that gives."""
        data = self.cleaned_data
        return Given(data["parts"], end_of_day(data["until"]), data["reason"])
