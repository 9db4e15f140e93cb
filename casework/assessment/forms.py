"""Forms of the assessment. Every text passes the guard; a reference is a number and never an address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.assessment.actions import Answered, check_is_reference
from casework.assessment.kinds import ChildKnows, Finding, Screened
from casework.assessment.selectors import ScreenedQuestion
from casework.cases.fields import KeptText


def _answer(question: Screened) -> forms.ChoiceField:
    return forms.ChoiceField(label=question.label, choices=Finding, widget=forms.RadioSelect)


def _note() -> KeptText:
    return KeptText(label=_("How you know"), limit=1_000, rows=2, required=False)


def _version() -> forms.IntegerField:
    return forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class ScreeningForm(forms.Form):
    """All questions on one page, each with its own version, so that two people can answer different ones."""

    signs, signs_note, signs_version = _answer(Screened.SIGNS), _note(), _version()
    devices, devices_note, devices_version = _answer(Screened.DEVICES), _note(), _version()
    reports, reports_note, reports_version = _answer(Screened.REPORTS), _note(), _version()
    reference, reference_note, reference_version = _answer(Screened.REFERENCE), _note(), _version()
    reference_number = KeptText(
        label=_("Reference number"), limit=60, required=False,
        help_text=_("Of the hotline or of the police. A number, never an address."),
    )  # fmt: skip

    @staticmethod
    def initial_of(screening: tuple[ScreenedQuestion, ...]) -> dict[str, Any]:
        """What stands there now, by the names of the fields."""
        initial: dict[str, Any] = {}
        for each in screening:
            code, now = each.question.value, each.newest
            initial |= {code: now.finding if now else Finding.NOT_YET, f"{code}_version": each.version}
            initial[f"{code}_note"] = now.note if now else ""
            if each.question == Screened.REFERENCE:
                initial["reference_number"] = now.reference if now else ""
        return initial

    def clean_reference_number(self) -> str:
        text = str(self.cleaned_data["reference_number"]).strip()
        check_is_reference(text)
        return text

    def answers(self) -> dict[str, Answered]:
        """What was entered, by code of the question."""
        given = self.cleaned_data
        return {
            code: Answered(
                given[f"{code}_version"],
                given[code],
                given[f"{code}_note"],
                given["reference_number"] if code == Screened.REFERENCE else "",
            )
            for code in Screened.values
        }


class DistributionForm(forms.Form):
    """What the child knows of pictures, who may speak of it, what must not be said."""

    child_knows = forms.ChoiceField(label=_("What does the child know?"), choices=ChildKnows, widget=forms.RadioSelect)
    who_may_speak = KeptText(
        label=_("Who may speak of it with the child?"), limit=500, rows=2, required=False,
        help_text=_("By function, for example: the therapist alone."),
    )  # fmt: skip
    must_not_say = KeptText(
        label=_("What must not be said?"), limit=1_000, rows=3, required=False,
        help_text=_("Everyone on the case reads this before meeting the child."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class HarmsForm(forms.Form):
    """The three harms, each apart: they differ, and so does what helps."""

    abuse = KeptText(label=_("Of the abuse"), limit=10_000, rows=5, required=False)
    filmed = KeptText(label=_("Of having been filmed or photographed"), limit=10_000, rows=5, required=False)
    circulating = KeptText(
        label=_("Of knowing that pictures circulate"), limit=10_000, rows=5, required=False,
        help_text=_("Only where the child knows. What the child knows is recorded apart, as a caution."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
