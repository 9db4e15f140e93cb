"""One question a step: which questions a share takes, in which order, and which of them this one can leave out.

Nothing of it is kept in the session: each page carries what was answered so far, and so does the draft of the form.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.access.kinds import Compartment, LegalBasis

NOT_ANSWERS = {"csrfmiddlewaretoken", "step", "keep", "path"}
CHECK, SEND = "check", "send"


@dataclass(frozen=True)
class Step:
    """One question. `fields`: of the form, the first of which asks it; `question`: the heading of its page."""

    name: str
    question: Promise
    fields: tuple[str, ...]


STEPS = (
    Step("what", _("What will they see?"), ("compartments",)),
    Step("topics", _("All that the child told, or some topics?"), ("extent", "topics")),
    Step("to", _("Which agency?"), ("to",)),
    Step("write", _("Where may they also write?"), ("may_write",)),
    Step("purpose", _("What for?"), ("purpose",)),
    Step("basis", _("On which legal basis?"), ("legal_basis",)),
    Step(
        "consent", _("Who consented, and to what not?"), ("consent_from", "consent_on", "withheld", "withheld_because")
    ),
    Step("enquiry", _("Which line of enquiry?"), ("enquiry",)),
    Step("until", _("Until when?"), ("until",)),
    Step("words", _("Anything to say to them?"), ("report_back", "note")),
)
STEP_OF_FIELD = {field: step.name for step in STEPS for field in step.fields}


def steps_for(answers: Mapping[str, Any], *, asks_for_enquiry: bool, is_new: bool) -> list[Step]:
    """The questions that these answers lead to. `answers`: raw values by field; `is_new`: the agency can be chosen."""
    chosen = set(answers.get("compartments") or [])
    left_out = set()
    if Compartment.ACCOUNT not in chosen:
        left_out.add("topics")
    if answers.get("legal_basis") != LegalBasis.CONSENT:
        left_out.add("consent")
    if not (asks_for_enquiry and Compartment.THERAPY in chosen):
        left_out.add("enquiry")
    if not is_new:
        left_out.add("to")
    return [step for step in STEPS if step.name not in left_out]


def neighbour(steps: list[Step], name: str, by: int) -> Step | None:
    """The step before (-1) or after (1) the one of this name; None beyond either end, the first for an unknown name."""
    names = [step.name for step in steps]
    if name not in names:
        return steps[0]
    place = names.index(name) + by
    return steps[place] if 0 <= place < len(steps) else None


def carried(lists: Iterable[tuple[str, list[str]]], shown: Iterable[str]) -> list[tuple[str, str]]:
    """Names and values of answers that the page does not ask for now, for its hidden fields."""
    asked = re.compile(rf"({'|'.join(map(re.escape, shown)) or 'nothing'})(_\d)?")
    return [
        (name, value)
        for name, values in lists
        if name not in NOT_ANSWERS and not asked.fullmatch(name)
        for value in values
    ]


def as_data(typed: Mapping[str, list[str]]) -> QueryDict:
    """Kept text as if it had been sent."""
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        if name not in NOT_ANSWERS:
            data.setlist(name, values)
    return data
