"""Every refusal is on record with its rule and what was asked for, those that no error page shows included."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache

from casework.audit.models import AuditEntry
from tests.access.test_matrix import address
from tests.cast import Cast, administered


def entries_of(answer: Any) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(cid=answer["Correlation-Id"]).order_by("pk"))


def test_whoever_is_not_signed_in_is_turned_away_on_record(cast: Cast, client: Any) -> None:
    answer = client.get(address("cases:case", cast))
    assert answer.status_code == 302
    [entry] = entries_of(answer)
    assert (entry.outcome, entry.rule, entry.case_id) == ("refused", "not_signed_in", cast.case.pk)
    assert entry.additional_data["asked_for"] == {"reference": cast.case.reference}
    assert entry.actor_id is None


def test_whoever_has_no_second_factor_is_turned_away_on_record(cast: Cast, client_of: Callable[..., Any]) -> None:
    answer = client_of(cast.lead_worker, second_factor=False).get(address("cases:case", cast))
    [entry] = entries_of(answer)
    assert (entry.outcome, entry.rule, entry.actor_id) == ("refused", "no_second_factor", cast.lead_worker.pk)


def test_rule_that_refuses_within_a_form_is_on_record(cast: Cast, client_of: Callable[..., Any]) -> None:
    """The reader gets a message beside a field, and 422; the record says which rule it was."""
    client = client_of(cast.lead_supervisor)
    sent = {"member": cast.walled_worker.pk, "read": ["overview"], "purpose": "protect", "legal_basis": "public_task"}
    answer = client.post(address("cases:people", cast), sent)
    assert answer.status_code == 422
    refused = [entry for entry in entries_of(answer) if entry.outcome == "refused"]
    assert [(entry.rule, entry.case_id) for entry in refused] == [("wall", cast.case.pk)]
    assert {entry.outcome for entry in entries_of(answer)} == {"allowed", "refused"}, "the page itself was a look"


def test_button_that_is_only_hidden_is_no_refusal(cast: Cast, client_of: Callable[..., Any]) -> None:
    answer = client_of(cast.lead_worker).get(address("cases:case", cast))
    assert {entry.outcome for entry in entries_of(answer)} == {"allowed"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_used_or_invented_link_is_on_record(method: str, cast: Cast, client: Any) -> None:
    answer = getattr(client, method)("/agency/set-up/none/")
    [entry] = [entry for entry in entries_of(answer) if entry.outcome == "refused"]
    assert entry.rule == "set_up_link"


def sign_in_as(cast: Cast, client: Any, password: str) -> Any:
    member = type(cast.lead_worker).objects.get(pk=cast.lead_worker.pk)
    member.set_password("a sentence that is long enough")
    member.save(update_fields=["password"])
    return client.post("/sign-in/", {"login": member.email, "password": password})


def test_wrong_second_factor_is_a_failure_on_record(cast: Cast, client: Any) -> None:
    cache.clear()
    TOTP.activate(cast.lead_worker, generate_totp_secret())
    answer = sign_in_as(cast, client, "a sentence that is long enough")
    answer = client.post(answer["Location"], {"code": "000000"})
    [entry] = [entry for entry in entries_of(answer) if entry.verb == "sign_in_failed"]
    assert (entry.rule, entry.object_id, entry.agency_id) == (
        "second_factor", cast.lead_worker.pk, cast.lead_worker.agency_id,
    )  # fmt: skip


def test_too_many_tries_are_on_record_too(cast: Cast, client: Any) -> None:
    cache.clear()
    rules = []
    for _turn in range(7):
        answer = sign_in_as(cast, client, "wrong horse battery staple")
        rules += [entry.rule for entry in entries_of(answer) if entry.verb == "sign_in_failed"]
    cache.clear()
    assert rules == ["credentials"] * 5 + ["too_many_tries"] * 2


def test_member_who_may_not_sign_in_is_on_record(cast: Cast, client: Any) -> None:
    cache.clear()
    member = type(cast.lead_colleague).objects.get(pk=cast.lead_colleague.pk)
    member.set_password("a sentence that is long enough")
    member.save(update_fields=["password"])
    with administered(member.agency):
        type(member).objects.filter(pk=member.pk).update_unrecorded("a test", is_active=False)  # type: ignore[attr-defined]
    answer = client.post("/sign-in/", {"login": member.email, "password": "a sentence that is long enough"})
    assert [(entry.verb, entry.object_id) for entry in entries_of(answer)] == [("sign_in_failed", member.pk)]
