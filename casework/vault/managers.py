"""The manager that answers nobody who does not say who asks."""

from collections.abc import Callable
from typing import Any, NoReturn

from django.db import models

from casework.vault.reading import note_rows


class UnscopedQuery(Exception):
    """A query on confidential rows did not say for whom."""


class GuardedQuerySet(models.QuerySet[Any]):
    """Rows for one member: every row that it returns is noted for the audit entry of the answer."""

    def _fetch_all(self) -> None:
        fetched = self._result_cache is None
        super()._fetch_all()
        if fetched:
            note_rows([row for row in self._result_cache or [] if isinstance(row, models.Model)])

    def update(self, **values: Any) -> NoReturn:
        raise UnscopedQuery("Confidential rows are changed one by one, by actions, so that each change is recorded.")

    def delete(self) -> NoReturn:
        raise UnscopedQuery("People delete nothing: end, withdraw or correct.")


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

    def visible_to(self, member: Any) -> models.QuerySet[Any]:
        """The rows that this member may read now, by live grants and without walls."""
        return self._within("visible", member)

    def overseen_by(self, member: Any) -> models.QuerySet[Any]:
        """The rows of cases that this member's agency leads, for its supervisors and auditors; none for others."""
        return self._within("overseen", member)

    def offered_to(self, member: Any) -> models.QuerySet[Any]:
        """The rows of cases that were shared with this member's agency, for its supervisors; none for others."""
        return self._within("offered", member)

    def given_by(self, member: Any) -> models.QuerySet[Any]:
        """The shares that this member's agency gives, for its supervisors and for who sees their case."""
        return self._within("given", member)

    def _within(self, reach: str, member: Any) -> models.QuerySet[Any]:
        rows = GuardedQuerySet(self.model, using=self._db)
        return _narrowing[reach](rows, member)


Narrowing = Callable[[models.QuerySet[Any], Any], models.QuerySet[Any]]
_narrowing: dict[str, Narrowing] = {}


def set_narrowing(**reaches: Narrowing) -> None:
    """Say how each reach narrows a query. Called once, by `casework.access`, which knows grants and walls.

    Until then nothing is visible: every reach raises KeyError.
    """
    _narrowing.update(reaches)
