"""What upper parts show on the case page and in the case list: tabs, and how often the child has told, and to whom.

They register here in `AppConfig.ready`, so that no import points upwards. A provider makes a constant number of
queries, whatever the number of cases.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from agencies.models import Member
from casework.cases.models import Case

Words = str | Promise


@dataclass(frozen=True)
class Tab:
    """A link of the case page. `count`: rows behind it, None when not counted; `is_open`: may this reader go there.

    A tab that is not open is shown by its label alone, without link and without count.
    """

    label: Words
    url: str
    is_open: bool = True
    count: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Caution:
    """What to heed before meeting the child. `lines`: label and text; `by`, `at`: who recorded it, and when."""

    title: Words
    lines: Sequence[tuple[Words, str]]
    by: str
    at: datetime.datetime


@dataclass(frozen=True)
class AccountCounts:
    """How often the child has told (`formal`: interviews; `informal`: prior accounts), and who was there for it.

    `heard`: people who heard it; `read`: people who have read passages. `asked`: requests for a further telling, of
    them `answered` from the record.
    """

    formal: int = 0
    informal: int = 0
    heard: int = 0
    read: int = 0
    asked: int = 0
    answered: int = 0

    @property
    def told(self) -> int:
        return self.formal + self.informal


TabProvider = Callable[[Member, Case], Sequence[Tab]]
TellingCounter = Callable[[Sequence[int]], Mapping[int, AccountCounts]]
CautionProvider = Callable[[Member, Case], Sequence[Caution]]

_ways_in: dict[str, TabProvider] = {}
_tabs: dict[str, TabProvider] = {}
_counters: list[TellingCounter] = []
_cautions: dict[str, CautionProvider] = {}


def add_tabs(name: str, provider: TabProvider) -> None:
    """Register tabs under a name, such as `account`. `provider(member, case)` returns them in order."""
    _tabs[name] = provider


def add_cautions(name: str, provider: CautionProvider) -> None:
    """Register cautions under a name, such as `assessment`: shown wherever somebody is about to meet the child."""
    _cautions[name] = provider


def add_ways_in(name: str, provider: TabProvider) -> None:
    """Register under a name where more of a case is asked for: links on the page of who can see it, for who may ask."""
    _ways_in[name] = provider


def ways_in(member: Member, case: Case) -> list[Tab]:
    """Where this reader can ask for more of this case, by the parts' names."""
    return [tab for _name, provider in sorted(_ways_in.items()) for tab in provider(member, case)]


def cautions_of(member: Member, case: Case) -> list[Caution]:
    """The cautions of upper parts for this reader, by the parts' names. One query for each part."""
    return [caution for _name, provider in sorted(_cautions.items()) for caution in provider(member, case)]


def count_tellings_by(counter: TellingCounter) -> None:
    """Register who counts: `counter(case_ids)` returns case id to counts. The last one registered counts."""
    _counters[:] = [counter]


def tabs_of(member: Member, case: Case) -> list[Tab]:
    """The tabs of upper parts for this reader, by the parts' names."""
    return [tab for _name, provider in sorted(_tabs.items()) for tab in provider(member, case)]


def account_counts(case_ids: Sequence[int]) -> Mapping[int, AccountCounts]:
    """How often each child has told, and to how many. A case that is not in the answer has no number: not 0."""
    return _counters[0](case_ids) if _counters and case_ids else {}
