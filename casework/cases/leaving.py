"""What an agency still holds of a case, as upper parts say it: while it holds something, it does not leave."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from casework.cases.models import Participant


@dataclass(frozen=True)
class StillHeld:
    """`what`: in words; `last_day`: in UTC; `url`: where it is ended, empty for who may not end it there."""

    what: str
    last_day: datetime.date
    url: str = ""


HeldBy = Callable[[Any, Participant], Sequence[StillHeld]]
_providers: dict[str, HeldBy] = {}


def held_while_taking_part(name: str, provider: HeldBy) -> None:
    """Register `provider(member, participant)` under a name, such as `sharing`; called in `AppConfig.ready`."""
    _providers[name] = provider


def still_held(member: Any, participant: Participant) -> list[StillHeld]:
    """Everything that is held or offered now, by the parts' names. One query for each part."""
    return [held for _name, provider in sorted(_providers.items()) for held in provider(member, participant)]
