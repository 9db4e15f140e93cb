"""Rows of a form that grow: as many as there are, and some empty ones. Without script, a button asks for more."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

EMPTY_ROWS = 3
MOST_ROWS = 60


def rows_of(
    form: type[forms.Form],
    prefix: str,
    *,
    posted: QueryDict | None = None,
    kept: Mapping[str, list[str]] | None = None,
    saved: Sequence[Mapping[str, Any]] = (),
    prepare: Callable[[Any], None] | None = None,
) -> list[Any]:
    """The rows as sent; else as kept in a draft; else as saved, with empty ones behind them.

    `prepare`: called with each row, such as to offer its choices.
    """
    if posted is not None:
        rows = [_row(form, prefix, place, data=posted) for place in range(_count(form, prefix, posted))]
    else:
        typed = QueryDict(mutable=True)
        for name, values in (kept or {}).items():
            typed.setlist(name, list(values))
        count = _count(form, prefix, typed)
        initial = [_typed(form, f"{prefix}-{place}", typed) for place in range(count)] if count else list(saved)
        initial = initial[:MOST_ROWS]
        wanted = max(count, min(len(initial) + EMPTY_ROWS, MOST_ROWS))
        rows = [
            _row(form, prefix, place, initial=initial[place] if place < len(initial) else {}) for place in range(wanted)
        ]
    return _prepared(rows, prepare)


def with_more(
    form: type[forms.Form], prefix: str, posted: QueryDict, prepare: Callable[[Any], None] | None = None
) -> list[Any]:
    """The rows as sent, not checked, with more empty ones behind them."""
    count = _count(form, prefix, posted)
    typed = [_typed(form, f"{prefix}-{place}", posted) for place in range(count)]
    more = min(count + EMPTY_ROWS, MOST_ROWS)
    rows = [_row(form, prefix, place, initial=typed[place] if place < count else {}) for place in range(more)]
    return _prepared(rows, prepare)


def _prepared(rows: list[forms.Form], prepare: Callable[[Any], None] | None) -> list[Any]:
    for row in rows if prepare else []:
        prepare(row)  # type: ignore[misc]
    return rows


def filled(rows: Sequence[Any]) -> list[Any]:
    """The rows that hold something."""
    return [row for row in rows if row.has_changed()]


def _row(form: type[forms.Form], prefix: str, place: int, **options: Any) -> forms.Form:
    return form(
        options.get("data"),
        initial=options.get("initial"),
        prefix=f"{prefix}-{place}",
        empty_permitted=True,
        use_required_attribute=False,
    )


def _count(form: type[forms.Form], prefix: str, typed: QueryDict) -> int:
    first = next(iter(form.base_fields))
    count = 0
    while count < MOST_ROWS and f"{prefix}-{count}-{first}" in typed:
        count += 1
    return count


def _typed(form: type[forms.Form], prefix: str, typed: QueryDict) -> dict[str, Any]:
    return {
        name: field.widget.value_from_datadict(typed, {}, f"{prefix}-{name}")
        for name, field in form.base_fields.items()
    }
