"""What waits for a member, gathered from every part. Upper parts register; nothing is imported upwards."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from agencies.models import Member
from agencies.standing import today

Words = str | Promise
TOLD_FOR = datetime.timedelta(days=7)  # news stands in "My work" that long; then it is found on the case


@dataclass(frozen=True)
class WorkItem:
    """One thing to do. `what`: verb first. `due`: date in UTC, or None when it has none.

    `waits_for`: who has to act, in words; empty when it is the reader.
    """

    pseudonym: str
    reference: str
    url: str
    what: Words
    due: datetime.date | None = None
    waits_for: Words = ""


@dataclass(frozen=True)
class Work:
    """A member's work in three groups, each by date, without a date last. `next_due`: the first date after today."""

    overdue: list[WorkItem]
    today: list[WorkItem]
    waiting: list[WorkItem]
    next_due: datetime.date | None

    @property
    def is_empty(self) -> bool:
        """True when nothing waits for the member, nor for others."""
        return not (self.overdue or self.today or self.waiting)


Source = Callable[[Member], Iterable[WorkItem]]
_sources: dict[str, Source] = {}


def add_source(name: str, source: Source) -> None:
    """Register a source of work under a name, such as `sharing`; called in `AppConfig.ready`.

    A source takes the member, and makes a constant number of queries. Registering a name again replaces it.
    """
    _sources[name] = source


def work_of(member: Member) -> Work:
    """Everything that waits for this member, or that the member waits for. What has no date counts as today's."""
    items = [item for _name, source in sorted(_sources.items()) for item in source(member)]
    items.sort(key=lambda item: (item.due or datetime.date.max, item.reference))
    day = today()
    mine = [item for item in items if not item.waits_for]
    later = [item.due for item in mine if item.due is not None and item.due > day]
    return Work(
        overdue=[item for item in mine if item.due is not None and item.due < day],
        today=[item for item in mine if item.due is None or item.due >= day],
        waiting=[item for item in items if item.waits_for],
        next_due=min(later, default=None),
    )
