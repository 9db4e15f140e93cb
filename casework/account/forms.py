"""Forms of the account. Every text passes the guard; nothing typed is lost when one is refused."""

from typing import Any
from urllib.parse import quote_plus

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Purpose
from casework.account.edits import PassageTags, PassageText
from casework.account.kinds import Phase, QuestionType, Topic
from casework.account.time_codes import seconds_of
from casework.cases.fields import KeptText

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


class SearchingForm(PurposeForm):
    """A form whose answer shows passages: it asks for the purpose, where this session has not said it yet."""

    def __init__(self, purposes: list[str], *arguments: Any, **options: Any) -> None:
        super().__init__(purposes, *arguments, **options)
        if not purposes:
            del self.fields["purpose"]


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


class TagForm(forms.Form):
    """Phase, type of question and topics of one passage."""

    phase = forms.ChoiceField(label=_("Phase"), choices=Phase.choices, required=False)
    question_type = forms.ChoiceField(label=_("Type of question"), choices=QuestionType.choices, required=False)
    topics = forms.MultipleChoiceField(
        label=_("Topics"), choices=Topic.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def tags(self) -> PassageTags:
        """What was chosen. Only for a valid form."""
        return PassageTags(
            self.cleaned_data["phase"], self.cleaned_data["question_type"], tuple(self.cleaned_data["topics"])
        )


class PassageForm(TagForm):
    """A passage that is put right, tagged or split before it is sealed. `key`: of the passage that the page shows."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.IntegerField(widget=forms.HiddenInput)
    question_speaker = KeptText(label=_("Who asks"), limit=120, required=False)
    question = KeptText(label=_("Question"), limit=MAX_PASSAGE, rows=5, required=False)
    answer_speaker = KeptText(label=_("Who answers"), limit=120, required=False)
    answer = KeptText(
        label=_("Answer"), limit=MAX_PASSAGE, rows=9, required=False,
        help_text=_("Word for word. To divide the passage, put a blank line there, in the question or in the answer."),
    )  # fmt: skip
    time_code = KeptText(label=_("Time on the recording"), limit=12, required=False, help_text=_("As 00:12:05."))

    field_order = [
        "time_code", "question_speaker", "question", "answer_speaker", "answer", "phase", "question_type", "topics",
    ]  # fmt: skip

    def clean_time_code(self) -> str:
        code: str = self.cleaned_data["time_code"].strip()
        if code and seconds_of(code) is None:
            raise ValidationError(_("Give the time as hours, minutes and seconds, such as 00:12:05."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("question", "").strip() and not cleaned.get("answer", "").strip():
            raise ValidationError(_("A passage holds a question or an answer. What the child told is not deleted."))
        return cleaned

    def text(self) -> PassageText:
        """What was typed, as text. Only for a valid form."""
        return PassageText(**{name: self.cleaned_data[name] for name in PassageText.__dataclass_fields__})

    def marks(self) -> dict[str, str]:
        """Who speaks, and when on the recording. Only for a valid form."""
        return {name: self.cleaned_data[name] for name in ("question_speaker", "answer_speaker", "time_code")}


class SealForm(forms.Form):
    """The version that is signed or sealed, and that it was compared. `step`: what the page announced."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    step = forms.ChoiceField(widget=forms.HiddenInput, choices=[("sign", "sign"), ("seal", "seal")])
    checked = forms.BooleanField(label=_("I have compared the passages with the recording or the original note."))


class CorrectionForm(forms.Form):
    """What is right, and why."""

    text = KeptText(label=_("What is right"), limit=10_000, rows=6)
    reason = KeptText(
        label=_("Reason"), limit=1_000, rows=3, help_text=_("How you know: for example minute 12 of the recording.")
    )
