"""How a child was asked: the types of the questions counted, and a word where there are too many leading ones.

Source: FIELD.md, "Interview": courts set aside interviews with too many option-posing and suggestive questions. The
bounds are ours, below what courts have objected to, so that the word comes while something can still be done.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.account.kinds import QuestionType

MOST_LEADING = 1 / 3  # of the questions with a type: option-posing and suggestive together
MOST_SUGGESTIVE = 1 / 10
FEWEST = 5  # questions with a type, before a share of them says anything

TOO_MANY_LEADING = _(
    "More than a third of the questions are option-posing or suggestive. The answers stand as they were given; say in"
    " the salient points how they were asked. It is no reason to ask the child again."
)
TOO_MANY_SUGGESTIVE = _(
    "More than one question in ten is suggestive. The answers stand as they were given; say in the salient points how"
    " they were asked. It is no reason to ask the child again."
)


@dataclass(frozen=True)
class Tally:
    """`counts`: label and number by type, in the order of the vocabulary; `unset`: questions without a type.

    `word`: what to keep in mind, empty when there is nothing.
    """

    counts: tuple[tuple[str, int], ...]
    unset: int
    largest: int
    word: Promise | str


def tally_of(passages: Iterable[Any]) -> Tally:
    """The tally over passages with a question. Takes passages or readings of them."""
    asked = [each for each in passages if each.has_question]
    found = Counter(each.question_type for each in asked)
    typed = sum(number for code, number in found.items() if code)
    suggestive = found[QuestionType.SUGGESTIVE]
    leading = suggestive + found[QuestionType.OPTION_POSING]
    word: Promise | str = ""
    if typed >= FEWEST and suggestive > typed * MOST_SUGGESTIVE:
        word = TOO_MANY_SUGGESTIVE
    if typed >= FEWEST and leading > typed * MOST_LEADING:
        word = TOO_MANY_LEADING
    counts = tuple((str(each.label), found[each.value]) for each in QuestionType if each.value)
    return Tally(counts, found[""], max((number for _label, number in counts), default=0), word)
