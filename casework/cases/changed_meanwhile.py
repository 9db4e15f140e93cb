"""Two people change a case at once: what each of them changed, field by field, so that nobody's words are lost."""

import datetime
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from casework.cases.actions import CaseDetails
from casework.cases.models import Case
from casework.drafts.form_pages import with_field

NAMES = tuple(CaseDetails.__dataclass_fields__)
MARK = 16  # hexadecimal digits for each field: enough to tell two texts of one case apart


@dataclass(frozen=True)
class Difference:
    """A field that somebody else changed. `now`: what is recorded, in words.

    `is_mine_too`: the reader had changed it as well, so that both wordings are in play; else it is taken over.
    `is_joined`: the form holds both wordings, one after the other.
    """

    label: str
    now: str
    is_mine_too: bool
    is_joined: bool = False


@dataclass(frozen=True)
class Meanwhile:
    """Who saved while the reader was writing, when (UTC), and in what that differs from what the reader was shown."""

    by: str
    at: datetime.datetime | None
    differences: tuple[Difference, ...]


def marks_of(case: Case) -> str:
    """What a page shows of a case as marks of its fields, for a hidden field: no second copy of the text."""
    return " ".join(_mark(getattr(case, name)) for name in NAMES)


def is_changed_meanwhile(form: Any, case: Case) -> bool:
    """True when the form was made for an earlier version of the case."""
    return str(form.data.get("version", "")) != str(case.version)


def taken_over(form: Any, case: Case) -> tuple[Any, Meanwhile]:
    """The same form with what others saved meanwhile in the fields that its reader had left alone.

    Where both changed the cautions, the form holds both: a caution that is dropped may be said to the child. Another
    field that both changed keeps what was typed. Sent once more, it counts against the present state.
    """
    shown = str(form.data.get("shown", "")).split()
    marks = dict(zip(NAMES, shown, strict=True)) if len(shown) == len(NAMES) else {}
    differences = []
    for name in NAMES:
        now, typed = getattr(case, name), _written(form.data.get(name, ""))
        if _mark(now) in (_mark(typed), marks.get(name)):
            continue
        is_mine_too = _mark(typed) != marks.get(name)
        is_joined = is_mine_too and name == "cautions" and bool(now) and now not in typed
        if is_joined:
            form = with_field(form, name, f"{now}\n\n{typed}".strip())
        elif not is_mine_too:
            form = with_field(form, name, now)
        words = str(getattr(case, f"get_{name}_display")()) if hasattr(case, f"get_{name}_display") else now
        differences.append(Difference(str(form.fields[name].label), words, is_mine_too, is_joined))
    form = with_field(with_field(form, "version", case.version), "shown", marks_of(case))
    return form, Meanwhile(case.changed_by_label, case.changed_at, tuple(differences))


def _mark(value: object) -> str:
    return sha256(_written(value).encode()).hexdigest()[:MARK]


def _written(value: object) -> str:
    """As the form reads it: lines ended by one sign, nothing around."""
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
