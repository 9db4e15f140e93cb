"""Who the child is: part by part, with a reason, for five minutes by the server's clock, and on the record."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.cases import identity_views
from tests.access.test_matrix import current_transaction
from tests.cast import BIRTH_DATE, FAMILY_NAME, GIVEN_NAME, Cast

ClientOf = Callable[..., Any]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def ask(client: Any, cast: Cast, *parts: str, reason: str = "contact") -> Any:
    return client.post(f"/cases/{cast.case.reference}/identity/", {"reason": reason, "parts": list(parts)})


def shown(client: Any, cast: Cast) -> str:
    return text(client.get(f"/cases/{cast.case.reference}/identity/"))


def birth_in_words() -> str:
    return f"{datetime.date.fromisoformat(BIRTH_DATE):%-d %b %Y}"


def test_only_the_parts_asked_for_are_shown_each_time_with_its_entry(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    assert GIVEN_NAME not in shown(client, cast)
    for sent in ((), ("names", "unheard-of")):
        refused = ask(client, cast, *sent)
        assert refused.status_code == 422 and GIVEN_NAME not in text(refused)
    assert ask(client, cast, "birth", "school").status_code == 302
    page = shown(client, cast)
    assert birth_in_words() in page and GIVEN_NAME not in page and FAMILY_NAME not in page
    assert ask(client, cast, "names", reason="court").status_code == 302
    page = shown(client, cast)
    assert GIVEN_NAME in page and FAMILY_NAME in page and birth_in_words() not in page
    with acting_as(cast.lead_supervisor.pk, route="test"):
        entries = AuditEntry.objects.filter(
            xid=current_transaction(), case_id=cast.case.pk, additional_data__has_key="parts"
        )
        assert [(entry.actor_id, entry.compartments, entry.additional_data) for entry in entries.order_by("pk")] == [
            (cast.lead_worker.pk, ["identity"], {"reason": "contact", "parts": ["birth", "school"]}),
            (cast.lead_worker.pk, ["identity"], {"reason": "court", "parts": ["names"]}),
        ]
    assert ask(client_of(cast.therapist), cast, "names").status_code == 403


def test_after_five_minutes_by_the_servers_clock_it_is_hidden_again(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, clock = client_of(cast.lead_worker), Clock()
    monkeypatch.setattr(identity_views, "time", clock)
    ask(client, cast, "names")
    clock.later(299)
    page = shown(client, cast)
    assert GIVEN_NAME in page and 'data-hide-after="1"' in page
    clock.later(2)
    assert GIVEN_NAME not in shown(client, cast)
    clock.later(-3_600)
    assert GIVEN_NAME not in shown(client, cast), "a clock that is set back shows nothing either"


def test_hidden_at_once_on_request_and_never_in_another_session(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    ask(client, cast, "names")
    assert GIVEN_NAME not in shown(client_of(cast.lead_worker), cast), "another session of the same person"
    assert GIVEN_NAME not in shown(client_of(cast.investigator), cast)
    assert GIVEN_NAME in shown(client, cast)
    assert client.post(f"/cases/{cast.case.reference}/identity/", {"hide": "1"}).status_code == 302
    assert GIVEN_NAME not in shown(client, cast)


class Clock:
    """`time.time()` of the views, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += seconds
