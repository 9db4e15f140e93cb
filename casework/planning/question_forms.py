"""Forms of the question pool."""

import datetime
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.cases.fields import KeptText
from casework.planning.forms import in_reach
from casework.planning.kinds import WITH_PASSAGES, WITH_REASON, QuestionOutcome
from casework.planning.pool import PooledQuestion
from casework.planning.question_actions import QuestionContent
from casework.web.forms import DateField

LABEL = re.compile(r"\s*T\s*([0-9]{1,4})\s*¶?\s*([0-9]{1,6})\s*", re.IGNORECASE)


class AskForm(forms.Form):
    """What an agency needs to know, why, and by when."""

    text = KeptText(
        label=_("What do you need to know?"), limit=1_000, rows=3,
        help_text=_("One question, in plain words. The interviewer finds the words for the child."),
    )  # fmt: skip
    why = KeptText(label=_("Why is it needed?"), limit=1_000, rows=3)
    due_on = DateField(label=_("By when do you need the answer?"), help_text=_("For example 27 3 2026."))
    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def clean_due_on(self) -> datetime.date:
        return in_reach(self.cleaned_data["due_on"])

    def content(self) -> QuestionContent:
        """What was entered. Only for a valid form."""
        return QuestionContent(**{name: self.cleaned_data[name] for name in QuestionContent.__dataclass_fields__})


class MergeForm(forms.Form):
    """Which question stands for which others."""

    keep = forms.TypedChoiceField(label=_("This question stays"), coerce=int, widget=forms.RadioSelect)
    others = forms.TypedMultipleChoiceField(
        label=_("It stands for these as well"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *arguments: Any, pool: Sequence[PooledQuestion], **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = [
            (each.question.number, f"{each.question.number}. {each.question.text}")
            for each in pool
            if not each.question.outcome
        ]
        for name in self.fields:
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("keep") in cleaned.get("others", []):
            self.add_error("others", _("A question can't stand for itself: choose other ones."))
        return cleaned


class OutcomeForm(forms.Form):
    """What became of a question."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("What became of it?"),
        choices=[each for each in QuestionOutcome.choices if each[0]],
        widget=forms.RadioSelect,
    )
    passages = KeptText(
        label=_("Where the answer stands"), limit=500, required=False,
        help_text=_("For an answer: the passages, such as T2 ¶14, T2 ¶15."),
    )  # fmt: skip
    reason = KeptText(
        label=_("Reason"), limit=1_000, rows=3, required=False,
        help_text=_("For a question that was not asked, or that the child declined to answer. No quotation."),
    )  # fmt: skip

    def clean_passages(self) -> list[tuple[int, int]]:
        """Numbers of tellings and passages."""
        found = []
        for part in filter(None, (each.strip() for each in re.split(r"[,;\n]", self.cleaned_data["passages"]))):
            match = LABEL.fullmatch(part)
            if match is None:
                raise ValidationError(_("“%(part)s” is no passage. Write it as T2 ¶14.") % {"part": part[:40]})
            found.append((int(match.group(1)), int(match.group(2))))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        outcome = cleaned.get("outcome")
        if outcome in WITH_PASSAGES and "passages" in cleaned and not cleaned["passages"]:
            self.add_error("passages", _("Name the passages where the answer stands."))
        if outcome in WITH_REASON and "reason" in cleaned and not cleaned["reason"]:
            self.add_error("reason", _("Say why."))
        return cleaned
