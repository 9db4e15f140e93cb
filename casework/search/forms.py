"""The one box of the search. What is typed into it is compared and forgotten: no draft, no address, no record."""

from django.utils.translation import gettext_lazy as _

from casework.account.forms import SearchingForm
from casework.cases.fields import KeptText

LONGEST = 10_000  # characters; more is no question, and is said to be too long


class QuestionForm(SearchingForm):
    """A question in plain words, and what the account is read for where this session has not said so yet."""

    question = KeptText(  # nothing is kept, but what the guard would refuse is no question either
        label=_("What do you need to know?"),
        limit=LONGEST,
        rows=2,
        help_text=_("One question in plain words, in any language."),
    )
    field_order = ["question", "purpose"]
