"""The manager that answers nobody who does not say who asks, and querysets in which nothing happens unrecorded."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn, Self, TypeVar

from django.db import models
from django.db.models.query import ModelIterable

from casework.audit.kinds import Verb
from casework.audit.record import case_of, compartments_of, record
from casework.vault.reading import reading_or_none

Row = TypeVar("Row", bound=models.Model)
Told = Mapping[str, Any] | None  # further arguments of `record`: its subject, its details


class UnscopedQuery(Exception):
    """A query on confidential rows did not say for whom."""


class UnrecordedWrite(Exception):
    """A statement would change many rows at once, of which django-auditlog learns nothing."""


class RecordedQuerySet(models.QuerySet[Row]):
    """Rows whose every change is in the record: one by one by django-auditlog, many at once by one entry of ours."""

    def update(self, **values: Any) -> NoReturn:
        raise UnrecordedWrite("Rows are changed one by one, by actions, so that each change is recorded.")

    def delete(self) -> NoReturn:
        raise UnrecordedWrite("People delete nothing: end, withdraw or correct.")

    def bulk_create(self, objs: Any, *arguments: Any, told: Told = None, **options: Any) -> list[Any]:
        """Insert many rows, and one entry for each case that names them all. `told`: what else that entry says."""
        made = super().bulk_create(objs, *arguments, **options)
        record_many(made, Verb.CREATED, told=told)
        return made

    def bulk_update(self, objs: Any, fields: Any, *arguments: Any, told: Told = None, **options: Any) -> int:
        """Change many rows, and write one entry for each case that names them all and the fields; `told`: see above."""
        rows = list(objs)
        changed = super(RecordedQuerySet, self._open()).bulk_update(rows, fields, *arguments, **options)
        record_many(rows, Verb.CHANGED, fields=fields, told=told)
        return changed

    def update_unrecorded(self, reason: str, **values: Any) -> int:
        """A change that no entry tells of, such as how far a job is. A test lists every use with its `reason`."""
        return int(models.QuerySet.update(self, **values))

    def _open(self) -> Any:
        """The same rows, as a queryset whose `update` works: Django's own bulk_update calls it."""
        return _WithinBulkUpdate(self.model, query=self.query.chain(), using=self.db)


class _WithinBulkUpdate(RecordedQuerySet[Any]):
    def update(self, **values: Any) -> int:  # type: ignore[override]
        return int(models.QuerySet.update(self, **values))


class ConfidentialQuerySet(RecordedQuerySet[Any]):
    """Rows of cases. They are noted as they are loaded (`ConfidentialModel.from_db`), so always with their keys.

    Values that are fetched without their rows are noted here, by a second query for the keys: rows are cheaper.
    """

    not_shown = ""

    def only(self, *fields: str) -> Self:
        return super().only(*fields, *keys_of(self.model))

    def defer(self, *fields: Any) -> Self:
        return super().defer(*(name for name in fields if name not in keys_of(self.model)))

    def unnoted(self, reason: str) -> Self:
        """Values that decide something and are shown to nobody. A test lists every use with its `reason`."""
        rows = self._chain()  # type: ignore[attr-defined]
        rows.not_shown = reason
        return rows  # type: ignore[no-any-return]

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone.not_shown = self.not_shown
        return clone  # type: ignore[no-any-return]

    def _fetch_all(self) -> None:
        fetched = self._result_cache is None
        super()._fetch_all()
        if fetched and self._result_cache and not self.not_shown and reading_or_none() is not None:
            _note_behind_values(self)


class GuardedQuerySet(ConfidentialQuerySet):
    """Rows for one member."""


def record_many(
    rows: Sequence[models.Model], verb: Verb, fields: Iterable[str] = (), told: Mapping[str, Any] | None = None
) -> None:
    """One entry for each case (or one without), naming every row. `fields`: which were changed.

    `told`: further arguments of `record`, such as the subject that the rows belong to. Its details add to ours.
    """
    more = dict(told or {})
    details = more.pop("details", {})
    by_case: dict[int | None, list[models.Model]] = defaultdict(list)
    for row in rows:
        by_case[case_of(row)].append(row)
    for case_id, same in by_case.items():
        compartments = {name for row in same for name in compartments_of(row)}
        record(
            verb,
            case_id=case_id,
            compartments=sorted(compartments),
            shown={same[0]._meta.label_lower: sorted(row.pk for row in same)},
            details={"at_once": len(same), **({"fields": sorted(fields)} if fields else {}), **details},
            **more,
        )


def _note_behind_values(rows: ConfidentialQuerySet) -> None:
    """Note the rows whose columns were fetched as values. Counts by group tell of no single row."""
    iterable = rows._iterable_class  # noqa: SLF001 - Django has no public name for it
    if issubclass(iterable, ModelIterable) or rows.query.group_by is not None:
        return
    query = rows.query.chain()
    query.clear_select_fields()
    query.set_annotation_mask(set())
    query.default_cols = True
    twin = ConfidentialQuerySet(rows.model, query=query, using=rows.db)
    list(twin.only())  # noted as they are loaded


def keys_of(model: type[models.Model]) -> list[str]:
    """The columns that say which row it is, of which case and compartment."""
    columns = {field.name for field in model._meta.concrete_fields}
    return ["pk", *(name for name in ("case", "compartment") if name in columns)]


class GuardedManager(models.Manager[Any]):
    """The default manager of confidential models: `visible_to(member)` and its siblings are the only ways in.

    `all()`, `get()`, `get_object_or_404`, form choices and reverse accessors raise UnscopedQuery.
    How they narrow is set by `casework.access`, through `set_narrowing`.
    """

    def get_queryset(self) -> NoReturn:
        raise UnscopedQuery(
            f"{self.model.__name__}: say who asks, with objects.visible_to(member); "
            "everything else would go round the walls."
        )

    def visible_to(self, member: Any) -> ConfidentialQuerySet:
        """The rows that this member may read now, by live grants and without walls."""
        return self._within("visible", member)

    def overseen_by(self, member: Any) -> ConfidentialQuerySet:
        """The rows of cases that this member's agency leads, for its supervisors and auditors; none for others."""
        return self._within("overseen", member)

    def offered_to(self, member: Any) -> ConfidentialQuerySet:
        """The rows of cases that were shared with this member's agency, for its supervisors; none for others."""
        return self._within("offered", member)

    def given_by(self, member: Any) -> ConfidentialQuerySet:
        """The shares that this member's agency gives, for its supervisors and for who sees their case."""
        return self._within("given", member)

    def _within(self, reach: str, member: Any) -> ConfidentialQuerySet:
        rows: Any = GuardedQuerySet(self.model, using=self._db)
        return _narrowing[reach](rows, member)  # type: ignore[return-value]  # filtered, of the same class


Narrowing = Callable[[models.QuerySet[Any], Any], models.QuerySet[Any]]
_narrowing: dict[str, Narrowing] = {}


def set_narrowing(**reaches: Narrowing) -> None:
    """Say how each reach narrows a query. Called once, by `casework.access`, which knows grants and walls.

    Until then nothing is visible: every reach raises KeyError.
    """
    _narrowing.update(reaches)
