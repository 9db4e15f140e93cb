"""The one box of the search. What is typed into it is compared and forgotten: no draft, no address, no record."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.account.forms import PurposeForm

LONGEST = 10_000  # characters; more is no question, and is said to be too long


class QuestionForm(PurposeForm):
    """A question in plain words, and what the account is read for where this session has not said so yet."""

    question = forms.CharField(
        label=_("What do you need to know?"),
        max_length=LONGEST,
        help_text=_("One question in plain words, in any language. What you type here is not kept."),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ["question", "purpose"]

    def __init__(self, purposes: list[str], *arguments: Any, **options: Any) -> None:
        super().__init__(purposes, *arguments, **options)
        if not purposes:
            del self.fields["purpose"]
