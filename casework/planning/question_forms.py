"""Forms of the question pool."""

import datetime
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.account.forms import SearchingForm
from casework.cases.fields import KeptText
from casework.planning.forms import in_reach
from casework.planning.kinds import WITH_PASSAGES, WITH_REASON, QuestionOutcome
from casework.planning.pool import PooledQuestion
from casework.planning.question_actions import QuestionContent, RecordSearch
from casework.planning.record import Hit
from casework.web.forms import DateField

LABEL = re.compile(r"\s*T\s*([0-9]{1,4})\s*¶?\s*([0-9]{1,6})\s*", re.IGNORECASE)


class PassagesField(KeptText):
    """Passages as people cite them, such as `T2 ¶14, T2 ¶15`: numbers of tellings and passages."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            label=_("Where the answer stands"), limit=500, required=required,
            help_text=_("The passages, such as T2 ¶14, T2 ¶15."),
        )  # fmt: skip

    def clean(self, value: Any) -> Any:
        found = []
        for part in filter(None, (each.strip() for each in re.split(r"[,;\n]", super().clean(value)))):
            match = LABEL.fullmatch(part)
            if match is None:
                raise ValidationError(_("“%(part)s” is no passage. Write it as T2 ¶14.") % {"part": part[:40]})
            found.append((int(match.group(1)), int(match.group(2))))
        return found


class AskForm(SearchingForm):
    """What an agency needs to know, why, and by when."""

    text = KeptText(
        label=_("What do you need to know?"), limit=1_000, rows=3,
        help_text=_("One question, in plain words. The interviewer finds the words for the child."),
    )  # fmt: skip
    why = KeptText(label=_("Why is it needed?"), limit=1_000, rows=3)
    due_on = DateField(label=_("By when do you need the answer?"), help_text=_("For example 27 3 2026."))
    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    field_order = ["text", "why", "due_on", "purpose"]

    def clean_due_on(self) -> datetime.date:
        return in_reach(self.cleaned_data["due_on"])

    def content(self) -> QuestionContent:
        """What was entered. Only for a valid form."""
        return QuestionContent(**{name: self.cleaned_data[name] for name in QuestionContent.__dataclass_fields__})


def kept_values(form: forms.Form) -> list[tuple[str, str]]:
    """What was typed, for the hidden fields of the page that follows, fields of several boxes included."""
    names = {*form.fields, *(f"due_on_{box}" for box in range(3)), "keep"}
    data: Any = form.data
    return [(name, value) for name in data if name in names for value in data.getlist(name)]


class FoundForm(forms.Form):
    """What the asker makes of what the record holds: the answer, or why it does not do."""

    takes = forms.MultipleChoiceField(
        label=_("These passages answer it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    falls_short = KeptText(
        label=_("Why what was found does not do"), limit=2_000, rows=3, required=False,
        help_text=_("What is missing in the passages above. It stands in the account compartment."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, hits: Sequence[Hit], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.hits = hits
        if not hits:
            del self.fields["takes"], self.fields["falls_short"]
            return
        self.fields["takes"].choices = [(str(hit.passage_key), hit.label) for hit in hits]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.hits and not self.errors and bool(cleaned.get("takes")) == bool(cleaned.get("falls_short")):
            raise ValidationError(_("Choose the passages that answer it, or say why they do not do: one of the two."))
        return cleaned

    @property
    def ticked(self) -> set[int]:
        """Keys of the passages that were ticked when this was sent."""
        return {int(key) for key in self["takes"].value() or () if str(key).isdecimal()} if self.is_bound else set()

    def taken(self) -> list[int]:
        """Keys of the passages that the asker takes as the answer. Only for a valid form."""
        return [int(key) for key in self.cleaned_data.get("takes", [])]

    def search(self, *, was_searched: bool) -> RecordSearch:
        """What was found, and why it does not do. Only for a valid form."""
        keys = tuple(hit.passage_key for hit in self.hits)
        return RecordSearch(keys, self.cleaned_data.get("falls_short", ""), was_searched)


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
    passages = PassagesField(required=False)
    reason = KeptText(
        label=_("Reason"), limit=1_000, rows=3, required=False,
        help_text=_("For a question that was not asked, or that the child declined to answer. No quotation."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        outcome = cleaned.get("outcome")
        if outcome in WITH_PASSAGES and "passages" in cleaned and not cleaned["passages"]:
            self.add_error("passages", _("Name the passages where the answer stands."))
        if outcome in WITH_REASON and "reason" in cleaned and not cleaned["reason"]:
            self.add_error("reason", _("Say why."))
        return cleaned
