"""The form of a prior account: to whom, when, where, in which words, and what was asked."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.account.actions import TellingLog
from casework.account.kinds import PriorAnswer, TellingKind
from casework.account.log_forms import reference, text
from casework.account.session import PersonPresent
from casework.cases.fields import KeptText
from casework.web.forms import DateField, today_anywhere

MOST_PEOPLE = 30


class PriorForm(forms.Form):
    """Whether the child has told already and, if so, one occasion of it. Everything but whom may stay open."""

    answer = forms.ChoiceField(
        label=_("Has the child told anybody already?"), choices=PriorAnswer, widget=forms.RadioSelect
    )
    told_to = text(_("To whom"), 300, 1, _("Name first, then the function: as Ms Moretti, class teacher."))
    told_on = DateField(label=_("On which day"), required=False, help_text=_("For example 27 3 2026."))
    told_when = text(_("When, in words"), 200, 1, _("Where the day is not known: for example before the holidays."))
    place = text(_("Where"), 300)
    others = text(
        _("Who else was there"), 4_000, 3, _("One person a line: name, function. Not the child, nor the one told.")
    )
    circumstances = text(_("Circumstances"), 2_000, 4, _("What had happened before, and how it came to be told."))
    questions_asked = text(
        _("Which questions were asked of the child"), 5_000, 4, _("As exactly as whoever asked remembers.")
    )
    words = KeptText(
        label=_("In which words the child told"), limit=100_000, rows=8, required=False, strip=False,
        help_text=_("The child's own words, as noted. Speakers as I: and C:, where the note has them."),
    )  # fmt: skip
    demeanour = text(_("How the child communicated"), 2_000, 3, _("What was seen and heard, not what it may mean."))
    note_reference = reference(_("Where the original note is"), 300, _("Who keeps it, and under which reference."))
    number = forms.IntegerField(widget=forms.HiddenInput, required=False)

    TYPED = (
        "told_to", "told_when", "place", "others", "circumstances", "questions_asked", "words", "demeanour",
        "note_reference",
    )  # fmt: skip

    def clean_told_on(self) -> datetime.date | None:
        told_on: datetime.date | None = self.cleaned_data["told_on"]
        if told_on is not None and told_on > today_anywhere():
            raise ValidationError(_("This date is in the future."))
        return told_on

    def clean_others(self) -> str:
        others: str = self.cleaned_data["others"]
        if len([line for line in others.split("\n") if line.strip()]) > MOST_PEOPLE:
            raise ValidationError(_("At most %(most)d people fit here.") % {"most": MOST_PEOPLE})
        return others

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        answer = cleaned.get("answer")
        typed = [name for name in self.TYPED if str(cleaned.get(name) or "").strip()]
        if answer == PriorAnswer.YES and "told_to" in cleaned and "told_to" not in typed:
            self.add_error("told_to", _("Say to whom. “Not known” is an answer too."))
        if answer in (PriorAnswer.NO, PriorAnswer.UNKNOWN) and (typed or cleaned.get("told_on")):
            self.add_error("answer", _("You describe an occasion below. Choose Yes, or empty what stands there."))
        return cleaned

    def log(self) -> TellingLog:
        """What was typed. Only for a valid form with the answer Yes."""
        typed = self.cleaned_data
        same = ("told_to", "told_on", "told_when", "place", "circumstances", "questions_asked", "demeanour",
                "note_reference")  # fmt: skip
        return TellingLog(
            kind=TellingKind.PRIOR.value, people=tuple(self._people()), **{name: typed[name] for name in same}
        )

    def _people(self) -> list[PersonPresent]:
        people = []
        for line in self.cleaned_data["others"].split("\n"):
            name, _comma, function = (part.strip() for part in line.partition(","))
            if name or function:
                people.append(PersonPresent(name=name or function, function=function if name else ""))
        return people
