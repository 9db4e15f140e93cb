"""Drafts hold text as saved forms do: what is cut up over several counts together, and names of fields count too."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.bench._guard_pictures import make
from casework.bench._guard_ways import base_64
from casework.drafts.models import Draft
from casework.drafts.tokens import keep_token
from casework.guard.models import KeptPieces
from tests.cast import Cast

ClientOf = Callable[..., Any]
INSIDE = base_64(make("png", 4_000, 3))[1_000:]
PARTS = [
    " and then ".join(INSIDE[at + cut : at + cut + 95] for cut in range(0, 380, 95)) for at in range(0, 1_600, 400)
]
KEEP = reverse("drafts:keep")


def pages(cast: Cast) -> list[str]:
    case = cast.case.reference
    return [reverse(name, args=[case]) for name in ("cases:new_entry", "cases:case", "cases:people")] + ["/cases/"]


def test_a_picture_cut_up_over_four_drafts_is_refused_and_recorded(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    sent = zip(pages(cast), PARTS, strict=True)
    answers = [client.post(KEEP, {"path": path, "text": f"She wrote {part}"}).status_code for path, part in sent]
    assert answers == [200, 200, 200, 422], "three times 285 bytes, of 900"
    entry = AuditEntry.objects.get(rule="guard_pieces_over_time")
    assert (entry.actor_id, entry.outcome) == (cast.lead_worker.pk, "refused")


def test_a_draft_kept_again_counts_once_and_no_second_time_when_it_is_saved(cast: Cast, client_of: ClientOf) -> None:
    client, path = client_of(cast.lead_worker), pages(cast)[0]
    for words in ("", " She came", " She came home."):
        answer = client.post(KEEP, {"path": path, "text": f"The mail ends {PARTS[0]}{words}"})
        assert answer.status_code == 200
    with acting_as(cast.lead_worker.pk, route="test"):
        assert [draft.pieces for draft in Draft.objects.all()] == [285]
    assert KeptPieces.objects.count() == 0


@pytest.mark.parametrize("name", [INSIDE[:200], "Text", "a" * 81, "text\n"], ids=["picture", "capital", "long", "line"])
def test_what_is_no_name_of_a_field_is_not_kept(name: str, cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    assert client.post(KEEP, {"path": pages(cast)[0], name: "words"}).status_code == 422
    with acting_as(cast.lead_worker.pk, route="test"):
        assert not Draft.objects.exists()


def test_a_picture_in_the_address_of_a_draft_is_refused(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    path = reverse("agencies:set_up", args=[INSIDE[:180].replace("/", "_")])
    assert client.post(KEEP, {"path": path, "text": "words"}).status_code == 400


def test_drafts_kept_after_the_session_ended_count_for_their_author(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    tokens = [keep_token(cast.lead_worker.pk, path) for path in pages(cast)]
    client.session.flush()
    for token, part in zip(tokens, PARTS, strict=True):
        assert client.post(pages(cast)[0], {"keep": token, "text": f"She wrote {part}"}).status_code == 302
    with acting_as(cast.lead_worker.pk, route="test"):
        assert sum(draft.pieces for draft in Draft.objects.all()) == 3 * 285
    assert AuditEntry.objects.filter(rule="guard_pieces_over_time").exists()
