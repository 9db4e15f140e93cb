"""Forms of the account. Every text passes the guard; nothing typed is lost when one is refused."""

import datetime
from typing import Any
from urllib.parse import quote_plus

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Purpose
from casework.account.actions import PassageTags, TellingLog
from casework.account.kinds import Phase, Protocol, QuestionType, TellingKind, Topic
from casework.cases.fields import KeptText
from casework.web.forms import DateField, today_anywhere

LONGEST_TRANSCRIPT = 1_000_000  # bytes in UTF-8
LONGEST_ENCODED = 1_900_000  # bytes percent-encoded: the review sends it twice, in a form of at most 4 MiB
MAX_PASSAGE = 1_000_000


class PurposeForm(forms.Form):
    """Why this reading. Only purposes of the reader's own live grants can be chosen."""

    purpose = forms.ChoiceField(label=_("What do you read it for?"), widget=forms.RadioSelect)

    def __init__(self, purposes: list[str], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = [(code, Purpose(code).label) for code in purposes]
        self.fields["purpose"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.fields["purpose"].initial = choices[0][0]


def _text(label: Promise, limit: int, rows: int = 1, help_text: Promise | str = "") -> KeptText:
    return KeptText(label=label, limit=limit, rows=rows, required=False, help_text=help_text)


class TellingForm(forms.Form):
    """The log of one occasion. `number`, `version`: what the page showed, for a page that has become stale."""

    number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("What kind of telling was it?"), choices=TellingKind, widget=forms.RadioSelect)
    told_on = DateField(label=_("Date"), help_text=_("For example 27 3 2026."))
    started_at = forms.TimeField(
        label=_("Start"), required=False, help_text=_("Local time, for example 10:05."), input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    ended_at = forms.TimeField(
        label=_("End"), required=False, help_text=_("Local time, for example 10:50."), input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    protocol = forms.ChoiceField(label=_("Protocol"), choices=Protocol)
    told_to = KeptText(label=_("Told to"), limit=300, help_text=_("Name and function of whoever listened."))
    place = _text(_("Where"), 300)
    present = _text(_("Who was present or observing"), 1_000, 3, _("With their agency. Also those in another room."))
    language = _text(_("Language and interpreter"), 200)
    circumstances = _text(
        _("Circumstances"), 2_000, 5,
        _("What had happened before, which questions were asked, where the original note is held."),
    )  # fmt: skip
    demeanour = _text(_("How the child communicated"), 2_000, 5, _("What was seen and heard, not what it may mean."))
    breaks = _text(_("Breaks, with reason"), 1_000, 3)
    recording_reference = _text(
        _("Reference of the recording and who keeps it"), 200, 1, _("A reference, never the recording itself.")
    )

    def clean_told_on(self) -> datetime.date:
        told_on: datetime.date = self.cleaned_data["told_on"]
        if told_on > today_anywhere():
            raise ValidationError(_("This date is in the future."))
        return told_on

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = cleaned.get("started_at"), cleaned.get("ended_at")
        if start and end and end < start:
            self.add_error("ended_at", _("The end lies before the start."))
        return cleaned

    def log(self) -> TellingLog:
        """What was typed. Only for a valid form."""
        return TellingLog(**{name: self.cleaned_data[name] for name in TellingLog.__dataclass_fields__})


class TranscriptForm(forms.Form):
    """The transcript as pasted: plain text, kept verbatim."""

    pasted = KeptText(
        label=_("Transcript"), limit=LONGEST_TRANSCRIPT, rows=24, strip=False,
        help_text=_("Plain text, at most 1 MB. Speakers as I: and C:, Q: and A:, or by name, each on a new line."),
    )  # fmt: skip

    def clean_pasted(self) -> str:
        pasted: str = self.cleaned_data["pasted"]
        size, encoded = len(pasted.encode()), len(quote_plus(pasted.replace("\n", "\r\n")))
        if size > LONGEST_TRANSCRIPT or encoded > LONGEST_ENCODED:
            limit = min(LONGEST_TRANSCRIPT, size * LONGEST_ENCODED // encoded)
            raise ValidationError(
                _("This text has %(size)d bytes; at most %(limit)d of it fit into one paste. Paste it in parts.")
                % {"size": size, "limit": limit}
            )
        if not pasted.strip():
            raise ValidationError(_("Paste the transcript."))
        return pasted


class ReviewForm(forms.Form):
    """What was pasted, and the passages as text. `part`: one passage that is being edited."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    pasted = KeptText(label=_("What was pasted"), limit=LONGEST_TRANSCRIPT, rows=40, strip=False)
    edited = KeptText(
        label=_("All passages as text"), limit=2 * LONGEST_TRANSCRIPT, rows=20, strip=False,
        help_text=_("I: asks, C: is the child, S (name): is somebody else. A blank line ends a passage."),
    )  # fmt: skip
    part = KeptText(label=_("This passage as text"), limit=LONGEST_TRANSCRIPT, rows=8, strip=False, required=False)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["pasted"].widget.attrs["readonly"] = True


class PassageForm(forms.Form):
    """A passage that is put right before it is sealed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    question = KeptText(label=_("Question"), limit=MAX_PASSAGE, rows=6, required=False)
    answer = KeptText(label=_("Answer"), limit=MAX_PASSAGE, rows=10, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("question") and not cleaned.get("answer"):
            raise ValidationError(_("A passage holds a question or an answer. What the child told is not deleted."))
        return cleaned


class SealForm(forms.Form):
    """The version that is sealed, and that the consequence was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    checked = forms.BooleanField(label=_("I have compared the passages with the recording or the original note."))


class CorrectionForm(forms.Form):
    """What is right, and why."""

    text = KeptText(label=_("What is right"), limit=10_000, rows=6)
    reason = KeptText(
        label=_("Reason"), limit=1_000, rows=3, help_text=_("How you know: for example minute 12 of the recording.")
    )


class TagForm(forms.Form):
    """Phase, type of question and topics of one passage."""

    phase = forms.ChoiceField(label=_("Phase"), choices=Phase.choices, required=False)
    question_type = forms.ChoiceField(label=_("Type of question"), choices=QuestionType.choices, required=False)
    topics = forms.MultipleChoiceField(
        label=_("Topics"), choices=Topic.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def tags(self) -> PassageTags:
        """What was chosen. Only for a valid form."""
        return PassageTags(**{**self.cleaned_data, "topics": tuple(self.cleaned_data["topics"])})
