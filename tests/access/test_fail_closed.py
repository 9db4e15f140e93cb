"""Content leaves only after its entry is committed: the ways in which that could go wrong, each tried for real."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from casework.access.decorators import opens
from casework.access.rules import check_sees_case
from casework.cases.models import Case, Entry
from casework.urls import urlpatterns as house_urls
from tests.access.test_matrix import address
from tests.cast import SOCIAL_NOTE, Cast
from tests.conftest import superuser

CONTENT_PAGES = (
    ("lead_worker", "cases:case"),
    ("lead_worker", "cases:list"),
    ("lead_worker", "cases:entry"),
    ("lead_worker", "cases:social"),
    ("lead_worker", "cases:who_can_see"),
    ("investigator", "account:account"),
    ("lead_worker", "sharing:of_case"),
    ("lead_supervisor", "oversight:looks"),
    ("lead_supervisor", "oversight:cases"),
    ("prosecutor", "summaries:list"),
    ("stranger_supervisor", "sharing:inbox"),
)


def shown(case: Case, member: Any) -> str:
    return "".join(entry.text for entry in Entry.objects.visible_to(member).filter(case=case))


@opens(Case, may=check_sees_case)
def crashes_late(request: Any, case: Case) -> HttpResponse:
    shown(case, request.member)
    raise ValueError("after reading")


@opens(Case, may=check_sees_case)
def swallows_an_sql_error(request: Any, case: Case) -> HttpResponse:
    text = shown(case, request.member)
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1/0")
    except Exception:
        connection.needs_rollback = False
    return HttpResponse(text)


@opens(Case, may=check_sees_case)
def streams(request: Any, case: Case) -> StreamingHttpResponse:
    return StreamingHttpResponse([shown(case, request.member)])


@opens(Case, may=check_sees_case)
def answers_an_error_with_content(request: Any, case: Case) -> HttpResponse:
    return HttpResponse(shown(case, request.member), status=410)


@opens(Case, may=check_sees_case)
def loses_its_connection(request: Any, case: Case) -> HttpResponse:
    text = shown(case, request.member)
    with superuser() as admin:
        admin.execute("select pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    return HttpResponse(text)


def declares_nothing(request: Any, reference: str) -> HttpResponse:
    return HttpResponse(SOCIAL_NOTE)


BAD = (
    crashes_late,
    swallows_an_sql_error,
    streams,
    answers_an_error_with_content,
    loses_its_connection,
    declares_nothing,
)
urlpatterns = [*house_urls, *(path(f"bad/<str:reference>/{view.__name__}/", view) for view in BAD)]


@pytest.fixture
def committed(own_database: str, seeded: Cast) -> Iterator[Cast]:
    """The cast on a copy of the database where requests really commit."""
    yield seeded


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("crashes_late", 500),
        ("swallows_an_sql_error", 503),
        ("streams", 503),
        ("answers_an_error_with_content", 410),
        ("loses_its_connection", 503),
        ("declares_nothing", 403),
    ],
)
def test_row_26_a_view_that_goes_wrong_shows_nothing(
    name: str, status: int, committed: Cast, client_of: Callable[..., Any], settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.access.test_fail_closed"
    client = client_of(committed.lead_worker)
    answer = client.get(f"/bad/{committed.case.reference}/{name}/")
    assert SOCIAL_NOTE not in answer.content.decode()
    assert answer.status_code == (400 if status == 410 else status)
    with superuser(connections["default"].settings_dict["NAME"]) as admin:
        entry = admin.execute("select outcome from audit_auditentry order by id desc limit 1").fetchone()
    assert entry is not None and entry[0] in ("refused", "failed")


def test_the_same_page_shows_its_content_when_nothing_goes_wrong(
    committed: Cast, client_of: Callable[..., Any]
) -> None:
    answer = client_of(committed.lead_worker).get(address("cases:entry", committed))
    assert SOCIAL_NOTE in answer.content.decode()
    assert answer["Cache-Control"].count("no-store") == 1


@pytest.mark.parametrize(("person", "name"), CONTENT_PAGES)
def test_row_12_no_entry_no_content(person: str, name: str, committed: Cast, client_of: Callable[..., Any]) -> None:
    """The right to write entries is taken away: every page with content is a 503 without any."""
    client = client_of(committed.people[person])
    allowed = client.get(address(name, committed))
    assert allowed.status_code == 200
    database = connections["default"].settings_dict["NAME"]
    with superuser(database) as admin:
        admin.execute("drop event trigger casework_ddl; revoke insert on audit_auditentry from casework_app")
    answer = client.get(address(name, committed))
    assert answer.status_code == 503
    body = answer.content.decode()
    assert committed.case.pseudonym not in body
    assert committed.case.reference not in body
    assert SOCIAL_NOTE not in body


def test_row_12_no_entry_no_change(committed: Cast, client_of: Callable[..., Any]) -> None:
    client = client_of(committed.lead_worker)
    with superuser(connections["default"].settings_dict["NAME"]) as admin:
        admin.execute("drop event trigger casework_ddl; revoke insert on audit_auditentry from casework_app")
        before = admin.execute("select count(*) from cases_participant").fetchone()
        answer = client.post(address("cases:agencies", committed), {"agency": committed.agencies["far_social"].pk})
        assert answer.status_code in (500, 503)
        assert admin.execute("select count(*) from cases_participant").fetchone() == before


def test_row_27_next_request_on_the_same_connection_starts_from_nothing(
    committed: Cast, client_of: Callable[..., Any]
) -> None:
    assert client_of(committed.lead_worker).get(address("cases:case", committed)).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from cases_case")
        assert cursor.fetchone() == (0,)
    assert client_of(committed.stranger).get(address("cases:case", committed)).status_code == 404


def test_row_28_the_application_role_has_time_limits(committed: Cast) -> None:
    with connection.cursor() as cursor:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout", "lock_timeout"):
            cursor.execute(f"show {name}")
            assert cursor.fetchone()[0] not in ("0", ""), name


def test_row_25_headers_of_a_page_of_a_case(cast: Cast, client_of: Callable[..., Any]) -> None:
    answer = client_of(cast.lead_worker).get(address("cases:case", cast))
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(("person", "name"), [("lead_worker", "cases:case"), ("investigator", "account:account")])
def test_row_11_each_page_with_content_has_its_entry(
    person: str, name: str, committed: Cast, client_of: Callable[..., Any]
) -> None:
    client = client_of(committed.people[person])
    if name == "account:account":
        client.post(address("account:purpose", committed), {"purpose": "investigate"})
    client.get(address(name, committed))
    with superuser(connections["default"].settings_dict["NAME"]) as admin:
        row = admin.execute(
            "select verb, outcome, actor_name, case_id, purpose, grant_id is not null, route from audit_auditentry"
            " order by id desc limit 1"
        ).fetchone()
    purpose = "investigate" if person == "investigator" else "protect"
    member = committed.people[person]
    assert row == ("looked", "allowed", member.name, committed.case.pk, purpose, True, name)


@pytest.mark.parametrize(("person", "name"), [("lead_worker", "cases:case"), ("investigator", "account:account")])
def test_queries_are_at_most_fourteen(
    person: str, name: str, committed: Cast, client_of: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    client = client_of(committed.people[person])
    if name == "account:account":
        client.post(address("account:purpose", committed), {"purpose": "investigate"})
    client.get(address(name, committed))
    with django_assert_max_num_queries(14):
        assert client.get(address(name, committed)).status_code == 200
