"""Every field of a form that carries a key or a number of a row, with another case's value for it.

A form of these rooms with a field that could carry a key is in `KEYS` or `NO_KEYS`, or the walk fails.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

import casework
from agencies.models import Member
from casework.access.models import Wall
from casework.access.task import acting_as
from casework.planning.models import Signature
from casework.planning.question_forms import PassagesField
from tests.cast import Cast

ROOMS = ("planning", "assessment", "account", "search", "sharing", "emergency", "custody", "summaries", "cases")
NOWHERE = "7000000000000000001"
BESIDE = 422  # refused beside the field
HIDDEN = 404  # a hidden field: nobody typed it, and nothing is there


@dataclass(frozen=True)
class Key:
    """One field that carries a key. `value`: another case's, by the cast that plays it; `none`: of nothing at all."""

    form: str
    field: str
    routes: tuple[str, ...]
    value: Callable[[Any], Any]
    none: str = NOWHERE
    status: int = BESIDE

    @property
    def name(self) -> str:
        return f"{self.form}.{self.field}"


def _colleague(other: Cast) -> int:
    return other.lead_colleague.pk  # can interview, and is on the other case alone


def _stranger(other: Cast) -> int:
    return other.stranger.pk


def _clinician(other: Cast) -> int:
    return Member.objects.get(agency=other.agencies["hill_clinic"]).pk


def _clinic(other: Cast) -> int:
    return other.agencies["hill_clinic"].pk  # takes part in the other case alone


def _signature(other: Cast) -> int:
    with acting_as(other.lead_worker.pk, route="test"):
        return Signature.objects.visible_to(other.lead_worker).filter(case=other.case).first().pk


def _wall(other: Cast) -> int:
    with acting_as(other.lead_supervisor.pk, route="test"):
        return Wall.objects.get(case=other.case, lifted_at=None).pk


PLANS, REQUESTS = ("planning:new_plan", "planning:change_plan"), ("planning:ask", "planning:new_request")
LOGS = ("account:new_telling", "account:log")
KEYS = (
    Key("PlanForm", "lead_interviewer", PLANS, _colleague),
    Key("PlanForm", "second_interviewer", PLANS, _colleague),
    Key("PlanForm", "withdrawing", ("planning:change_plan",), _signature, status=200),  # asks again, and names its own
    Key("StepForm", "agency", ("planning:new_step",), _clinic),
    Key("MergeForm", "keep", ("planning:merge",), lambda other: 2, "77"),
    Key("MergeForm", "others", ("planning:merge",), lambda other: 2, "77"),
    Key("OutcomeForm", "passages", ("planning:question",), lambda other: "T3 ¶1", "T9 ¶9"),
    Key("FoundForm", "takes", (*REQUESTS, "planning:check"), lambda other: other.passage.pk),
    Key("DecideForm", "interviewer", ("planning:decide",), _colleague),
    Key("DecideForm", "passages", ("planning:decide",), lambda other: "T3 ¶1", "T9 ¶9"),
    Key("TakeAnswerForm", "passages", ("planning:take_answer",), lambda other: "T3 ¶1", "T9 ¶9"),
    Key("TellingForm", "interviewer", LOGS, _colleague),
    Key("PersonForm", "agency", LOGS, _clinic),
    Key("PassageForm", "key", ("account:passage",), lambda other: other.passage.pk),
    Key("NameMemberForm", "member", ("cases:people",), _clinician),
    Key("RaiseWallForm", "member", ("cases:walls",), _clinician),
    Key("ConflictByReferenceForm", "member", ("cases:declare_wall_by_reference",), _clinician),
    Key("LiftWallForm", "wall", ("cases:lift_wall",), _wall, status=HIDDEN),
    Key("NamingForm", "members", ("sharing:accept",), _clinician),
    Key("EndNamingForm", "member", ("sharing:end_naming",), _stranger, status=HIDDEN),
    Key("ChoiceForm", "passages", ("summaries:choose",), lambda other: other.passage.pk),
    Key("ChoiceForm", "entries", ("summaries:choose",), lambda other: other.entry.pk),
    Key("ChoiceForm", "whole", ("summaries:choose",), lambda other: 3, "77"),
)
# Fields that look like keys and name no row of one case, each with the reason.
NO_KEYS = {
    "version": "which state of the row in the address the page showed; another one is a stale page",
    "number": "which number the page announced for a new row; another one is a stale page",
    "seen": "a stamp of what the page showed; another one is a stale page",
    "submission": "the key of a row to be made, signed by the house",
    "purpose": "a code",
    "stage": "a code",
    "compartment": "a code",
    "compartments": "codes",
    "parts": "codes",
    "AddParticipantForm.agency": "every agency of the house is offered to every case",
    "ShareForm.to": "every agency of the house is offered to every case",
    "ChangeCaseForm.shown": "marks of what the page showed; others match nothing",
    "signs_version": "as version",
    "devices_version": "as version",
    "reports_version": "as version",
    "reference_version": "as version",
}
# What views read from a POST without a form, each with the reason or the form that checks it as well.
READ_RAW = {
    "act": "which button",
    "topics": "codes of the vocabulary, shown as ticked in a form that is not sent yet",
    "version": "as above",
    "pasted": "the text of the review form, shown again",
    "edited": "the text of the review form, shown again",
    "key": "PassageForm",
    "wall": "LiftWallForm",
    "member": "of the page that ends an access: walked without a form",
    "speaker": "names in the pasted text",
    "role": "codes",
    "f'to-{number}'": "a place within the telling of the address",
}


def form_classes() -> list[type[forms.BaseForm]]:
    """Every form of these rooms, after all their modules are loaded."""
    for found in pkgutil.walk_packages(casework.__path__, "casework."):
        if found.name.endswith("forms") and found.name.split(".")[1] in ROOMS:
            importlib.import_module(found.name)

    def below(base: Any) -> Iterator[Any]:
        for each in base.__subclasses__():
            yield each
            yield from below(each)

    return [
        each for each in below(forms.BaseForm) if each.__module__.split(".")[:2] in [["casework", r] for r in ROOMS]
    ]


def could_be_key(field: forms.Field) -> bool:
    """Choices that are not written down in the class, whole numbers, cited passages, and hidden texts."""
    if isinstance(field, forms.ModelChoiceField | forms.IntegerField | PassagesField):
        return True
    if isinstance(field, forms.ChoiceField):
        return not [code for code, _label in field.choices if code]
    return isinstance(field.widget, forms.HiddenInput) and not isinstance(field, forms.BooleanField)


def fields_like_keys() -> set[str]:
    """`Form.field` of every field that could carry a key and is not listed as none."""
    found = {
        (form.__name__, name)
        for form in form_classes()
        for name, field in form.base_fields.items()
        if could_be_key(field)
    }
    return {f"{form}.{name}" for form, name in found if name not in NO_KEYS and f"{form}.{name}" not in NO_KEYS}
