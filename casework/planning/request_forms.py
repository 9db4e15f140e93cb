"""Forms of the gate before a further telling."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from casework.account.forms import SearchingForm
from casework.cases.fields import KeptText
from casework.planning.kinds import HearingAnswer, RequestState
from casework.planning.question_forms import PassagesField
from casework.planning.request_actions import RequestContent

MOST_QUESTIONS = 10


class RequestForm(SearchingForm):
    """What is needed, which questions, and what is expected to be new."""

    needed = KeptText(
        label=_("What is needed"), limit=2_000, rows=4,
        help_text=_("What you have to decide, and why it can't be decided on what is recorded. No quotation."),
    )  # fmt: skip
    questions = KeptText(
        label=_("Which questions, one a line"), limit=5_000, rows=5,
        help_text=_("At most ten. Each is searched for in the record before the request is sent."),
    )  # fmt: skip
    expected = KeptText(label=_("What is expected to be new"), limit=2_000, rows=3)
    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    field_order = ["needed", "questions", "expected", "purpose"]

    def clean_questions(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["questions"].splitlines() if line.strip()]
        if len(lines) > MOST_QUESTIONS:
            raise ValidationError(
                _("These are %(count)d questions. A child is asked as little as possible: at most %(most)d.")
                % {"count": len(lines), "most": MOST_QUESTIONS}
            )
        return "\n".join(lines)

    def content(self) -> RequestContent:
        """What was entered. Only for a valid form."""
        return RequestContent(**{name: self.cleaned_data[name] for name in RequestContent.__dataclass_fields__})


class TakeAnswerForm(forms.Form):
    """The passages that answer one's own request."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    passages = PassagesField()


class WithdrawForm(forms.Form):
    """Why one's own request is withdrawn."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = KeptText(label=_("Why do you withdraw it?"), limit=2_000, rows=3)


class DecideForm(forms.Form):
    """Authorise, decline or answer from the record. `people`: who can interview; `same`: who held the last one."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            (RequestState.FROM_RECORD, _("The record answers it: nobody asks the child again")),
            (RequestState.AUTHORISED, _("Authorise one further telling")),
            (RequestState.DECLINED, _("Decline")),
        ],
        widget=forms.RadioSelect,
    )
    passages = PassagesField(required=False)
    interviewer = forms.ModelChoiceField(
        Member.objects.none(), required=False, label=_("Interviewer"), empty_label=_("Choose…"),
        help_text=_("For an authorisation: the same person as before, if that is possible."),
    )  # fmt: skip
    reason = KeptText(
        label=_("Reason"), limit=2_000, rows=4, required=False,
        help_text=_("For an authorisation: why it is strictly necessary, and, with another interviewer, why."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, people: Sequence[Member], same: Member | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choice: Any = self.fields["interviewer"]
        choice.queryset = Member.objects.filter(pk__in=[each.pk for each in people]).select_related("agency")
        choice.label_from_instance = lambda member: member.in_full
        if same is not None:
            choice.initial = same.pk

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        state = cleaned.get("state")
        if state == RequestState.FROM_RECORD and "passages" in cleaned and not cleaned["passages"]:
            self.add_error("passages", _("Name the passages where the answer stands."))
        if state == RequestState.AUTHORISED and not self.errors and cleaned.get("interviewer") is None:
            self.add_error("interviewer", _("Propose an interviewer."))
        if state in (RequestState.AUTHORISED, RequestState.DECLINED) and "reason" in cleaned and not cleaned["reason"]:
            self.add_error("reason", _("Say why."))
        return cleaned


class HearingForm(forms.Form):
    """What the child's therapist or advocate says."""

    answer = forms.ChoiceField(
        label=_("Do you object, for the child?"),
        choices=[each for each in HearingAnswer.choices if each[0]],
        widget=forms.RadioSelect,
    )
    words = KeptText(
        label=_("In your words"), limit=2_000, rows=4, required=False,
        help_text=_("Needed for an objection. Everybody on the case reads it: nothing of the therapy belongs here."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("answer") == HearingAnswer.OBJECTION and "words" in cleaned and not cleaned["words"]:
            self.add_error("words", _("Say why you object."))
        return cleaned
