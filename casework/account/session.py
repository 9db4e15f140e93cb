"""The rows of a session's log: who was there, and when it paused. Kept in order, sealed with the telling."""

import datetime
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.db import models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from casework.vault.keys import data_key

KEY_LENGTH = 32  # hex digits of a hearer's key
KEY_KIND = b"casework/heard/1"


class Seat(models.TextChoices):
    ROOM = "room", _("In the room")
    OBSERVING = "observing", _("Observing from elsewhere")


@dataclass(frozen=True)
class PersonPresent:
    """Somebody who heard the child, apart from the one told to. `agency_id`: of an agency that takes part, or None.

    `agency`: its name as it was then, or what was typed for others. `seat`: a code of Seat.
    """

    name: str
    function: str = ""
    agency_id: int | None = None
    agency: str = ""
    seat: str = Seat.ROOM.value

    @property
    def is_in_room(self) -> bool:
        return self.seat == Seat.ROOM


@dataclass(frozen=True)
class Pause:
    """A break: local times of the place, as on the recording, and why."""

    started_at: datetime.time
    ended_at: datetime.time | None
    reason: str


def people_to_text(people: Iterable[PersonPresent]) -> str:
    """The rows as one text, for its encrypted column; empty for none."""
    return _text([asdict(each) for each in people])


def people_from_text(text: str) -> tuple[PersonPresent, ...]:
    """What `people_to_text` wrote."""
    return tuple(PersonPresent(**row) for row in json.loads(text or "[]"))


def pauses_to_text(pauses: Iterable[Pause]) -> str:
    """The rows as one text, for its encrypted column; empty for none."""
    return _text([{name: str(value or "") for name, value in asdict(each).items()} for each in pauses])


def pauses_from_text(text: str) -> tuple[Pause, ...]:
    """What `pauses_to_text` wrote."""
    return tuple(
        Pause(_time(row["started_at"]), _time(row["ended_at"]) if row["ended_at"] else None, row["reason"])
        for row in json.loads(text or "[]")
    )


def problem_of_times(
    start: datetime.time | None, end: datetime.time | None, pauses: Sequence[Pause]
) -> tuple[int, str]:
    """The first break whose times can't be, by its place from 0, and why in words; (0, "") when all can."""
    latest = start
    for place, pause in enumerate(pauses):
        if pause.ended_at is not None and pause.ended_at < pause.started_at:
            return place, _t("This break ends before it begins.")
        if latest is not None and pause.started_at < latest:
            return place, _t("This break begins before the session, or before the end of the one above.")
        if end is not None and (pause.ended_at or pause.started_at) > end:
            return place, _t("This break lies after the end of the session.")
        latest = pause.ended_at or pause.started_at
    return 0, ""


def keys_of_hearers(case_id: int, told_to: str, people: Sequence[PersonPresent]) -> list[str]:
    """A key for each person who heard the child, so that the database counts people and knows no name.

    HMAC-SHA-256 of the name, cut to 128 bits, under a key of the case: the same person on two occasions has one key, in
    another case another. A name ends at the first comma: `Maja Lind, interviewer` is Maja Lind.
    Raises: NoOpenReading; CannotOpen.
    """
    key = HKDFExpand(SHA256(), 32, KEY_KIND).derive(data_key(case_id))
    names = dict.fromkeys(_plain(name) for name in (told_to, *(each.name for each in people)))
    digests = [hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:KEY_LENGTH] for name in names if name]
    return sorted(digests)


def _plain(name: str) -> str:
    first, _comma, _rest = unicodedata.normalize("NFKC", name).partition(",")
    return " ".join(first.casefold().split())


def _text(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(", ", ": ")) if rows else ""


def _time(text: str) -> datetime.time:
    return datetime.time.fromisoformat(text)
