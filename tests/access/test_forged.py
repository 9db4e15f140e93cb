"""What a sender can forge: user agents, addresses, correlation ids, and addresses of pages with NUL in them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from casework.access.middleware import client_address
from casework.audit.models import AuditEntry
from tests.access.test_matrix import address, routes
from tests.cast import Cast

LONG = 64 * 1024


def entries_of(answer: Any) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(cid=answer["Correlation-Id"]))


@pytest.mark.parametrize("proxies", [0, 1])
def test_headers_of_64_kb_are_answered_and_leave_no_trace_of_their_text(
    proxies: int, cast: Cast, client_of: Callable[..., Any], settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    forged = {
        "HTTP_USER_AGENT": "Mozilla " * (LONG // 8),
        "HTTP_X_FORWARDED_FOR": "6.6.6.6, " * (LONG // 9) + "x" * LONG,
    }
    answer = client_of(cast.lead_worker).get(address("cases:case", cast), **forged)
    assert answer.status_code == 200
    [entry] = entries_of(answer)
    assert entry.remote_addr == (None if proxies else "127.0.0.1")
    assert "Mozilla" not in str([getattr(entry, field.attname) for field in AuditEntry._meta.concrete_fields])


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "found"),
    [
        (0, "6.6.6.6", "192.0.2.1", "192.0.2.1"),
        (1, "6.6.6.6, 192.0.2.7", "10.0.0.1", "192.0.2.7"),
        (2, "6.6.6.6, 192.0.2.7, 10.0.0.2", "10.0.0.1", "192.0.2.7"),
        (2, "192.0.2.7", "10.0.0.1", None),
        (1, "", "10.0.0.1", None),
        (1, "not an address", "10.0.0.1", None),
        (1, "fe80::1%" + "z" * 500, "10.0.0.1", "fe80::1"),
        (0, "", "fe80::1%eth0", "fe80::1"),
        (0, "", "x" * LONG, None),
        (0, "", "1.2.3.4\x00", None),
    ],
)
def test_address_is_what_the_last_trusted_proxy_saw(
    proxies: int, forwarded: str, peer: str, found: str | None, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR=peer)
    assert client_address(request) == found


@pytest.mark.parametrize(
    "header", ["HTTP_CORRELATION_ID", "HTTP_X_CORRELATION_ID", "HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT"]
)
def test_correlation_id_from_outside_is_not_taken(header: str, cast: Cast, client_of: Callable[..., Any]) -> None:
    client = client_of(cast.lead_worker)
    first = client.get("/cases/")
    again = client.get("/cases/", **{header: first["Correlation-Id"]})
    assert again["Correlation-Id"] != first["Correlation-Id"]
    assert len(entries_of(first)) == len(entries_of(again)) == 1


def test_nul_in_an_address_leads_nowhere_and_is_on_record(cast: Cast, client_of: Callable[..., Any]) -> None:
    client, walked = client_of(cast.lead_worker), 0
    for name, pattern in routes().items():
        if "reference" not in pattern.pattern.converters:
            continue
        walked += 1
        for method in ("get", "post"):
            path = address(name, cast).replace(cast.case.reference, cast.case.reference[:4] + "%00")
            answer = getattr(client, method)(path)
            assert answer.status_code == 404, f"{method} {name}"
            [entry] = entries_of(answer)
            assert (entry.verb, entry.additional_data["asked_for"].get("reference")) == ("refused", None)
    assert walked > 30


@pytest.mark.parametrize("name", ["cases:list", "oversight:search", "oversight:refusals", "oversight:sign_ins"])
def test_nul_in_a_filter_is_no_error(name: str, cast: Cast, client_of: Callable[..., Any]) -> None:
    client = client_of(cast.lead_supervisor)
    for field in ("words", "after", "before", "person", "agency", "reference", "verb", "first_0", "stage"):
        assert client.get(f"{address(name, cast)}?{field}=%00").status_code in (200, 422), field


def test_sign_in_with_nul_or_a_megabyte_is_a_failure_on_record(client: Any, cast: Cast) -> None:
    for typed in ("a\x00b@cast.example", "x" * 10**6 + "@cast.example"):
        assert client.post("/sign-in/", {"login": typed, "password": "wrong horse battery"}).status_code in (200, 400)


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "testserver.elsewhere.example", "x" * LONG, "a b", "", "[::1", "\x00"]
)
def test_foreign_host_is_refused_on_record_and_signs_nobody_in(
    host: str, cast: Cast, client_of: Callable[..., Any]
) -> None:
    answer = client_of(cast.lead_worker).get(address("cases:case", cast), HTTP_HOST=host)
    assert answer.status_code == 400
    assert cast.case.pseudonym not in answer.content.decode()
    [entry] = entries_of(answer)
    assert (entry.verb, entry.outcome, entry.rule, entry.actor_id) == ("refused", "refused", "foreign_host", None)
    assert entry.case_id is None or entry.case_id == cast.case.pk
    assert not host.strip() or host not in str(entry.additional_data)
