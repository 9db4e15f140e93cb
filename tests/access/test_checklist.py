"""Rows of the security checklist (SECURITY.md, section 7) that no other file of this folder names."""

import datetime
import json
import time
from collections.abc import Callable
from typing import Any

import psycopg
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.db import connection, connections, transaction

from agencies.actions import change_roles
from agencies.models import Member
from casework.access.checker import live_permissions
from casework.access.task import acting_as
from casework.audit.kinds import Verb
from casework.cases.models import Case
from casework.provision import connection_parameters
from casework.sharing.actions import accept_share, agree_to_share, offer_share, revoke_share
from casework.sharing.models import Share
from casework.summaries.models import SummaryCopy
from casework.summaries.tasks import build_copy
from tests.access.test_matrix import address
from tests.cast import RELATED, Cast, _case, _terms
from tests.conftest import recorded, superuser

MANY_CASES = 20_000


def database_in_use() -> str:
    return str(connections["default"].settings_dict["NAME"])


def test_row_02_a_grant_that_ended_a_second_ago_gives_nothing_anywhere(
    own_database: str, seeded: Cast, client_of: Callable[..., Any]
) -> None:
    """List, search, single page, export and background task, for one who could do all of it a moment before."""
    client, prosecutor = client_of(seeded.prosecutor), seeded.prosecutor
    reference = seeded.case.reference
    with acting_as(prosecutor.pk, route="test"):
        copy = SummaryCopy.objects.visible_to(prosecutor).get(case=seeded.case)
    assert reference in client.get("/cases/").content.decode()
    with superuser(own_database) as admin:
        changed = admin.execute(
            "update access_casegrant set ends_at = now() - interval '1 second', granted_at = now() - interval '1 day'"
            " where user_id = %s",
            [prosecutor.pk],
        )
        assert changed.rowcount > 2
    assert reference not in client.get("/cases/").content.decode()
    assert seeded.case.pseudonym not in client.get("/cases/", {"words": reference}).content.decode()
    for name in ("cases:case", "account:account", "summaries:summary"):
        assert client.get(address(name, seeded)).status_code == 404
    assert client.post(address("summaries:download", seeded)).status_code == 404
    assert build_copy(copy.pk, prosecutor.pk) == "nothing to do"
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("select state from casework_waiting_copies() join summaries_summarycopy on id = copy_id")
        assert cursor.fetchall() == []


def test_row_07_the_list_of_cases_costs_as_much_as_the_caseload(own_database: str, seeded: Cast) -> None:
    """With 20,000 cases of others, the list of somebody with one case reads that one by the index on its key."""
    with superuser(own_database) as admin:
        admin.execute("drop event trigger casework_ddl; drop event trigger casework_drop")
        columns = ", ".join(
            f'"{row[0]}"'
            for row in admin.execute(
                "select column_name from information_schema.columns where table_name = 'cases_case'"
                " and column_name not in ('id', 'reference')"
            )
        )
        admin.execute(
            f"insert into cases_case (id, reference, {columns})"
            f" select n, 'X' || lpad(n::text, 8, '0'), {columns}"
            f" from generate_series(1, {MANY_CASES}) n, (select * from cases_case limit 1) one"
        )
        admin.execute("analyze")
    with acting_as(seeded.stranger.pk, route="test"):
        rows = Case.objects.visible_to(seeded.stranger).order_by("-opened_at", "-id")[:26]
        plan = json.loads(rows.explain(format="json", analyze=True))[0]["Plan"]
        assert len(rows) == 1
    reads = list(reads_of(plan, "cases_case"))
    assert reads
    for node in reads:
        assert node["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Heap Scan"), node
        assert node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0) < 10, node


def reads_of(plan: dict[str, Any], table: str) -> Any:
    """The nodes of a plan that read this table."""
    if plan.get("Relation Name") == table:
        yield plan
    for inner in plan.get("Plans", []):
        yield from reads_of(inner, table)


def test_row_09_of_two_shares_the_one_that_stays_still_gives(cast: Cast, client_of: Callable[..., Any]) -> None:
    first, second = cast.share, _second_share(cast)
    client, page = client_of(cast.investigator), address("account:account", cast)
    assert client.get(page).status_code == 200
    _revoke(cast, first)
    assert client.get(page).status_code == 200, "the second share still gives the account"
    assert client.get(address("cases:police", cast)).status_code == 403, "what only the first gave has ended"
    _revoke(cast, second)
    assert client.get(page).status_code == 404


def _second_share(cast: Cast) -> Share:
    lead, receiver = cast.lead_worker, cast.police_supervisor
    with acting_as(lead.pk, route="test"):
        to, terms = cast.agencies["north_police"], _terms(("account",), ())
        share = offer_share(case=_case(cast, lead), to=to, by=lead, terms=terms)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        agree_to_share(share=share, by=cast.lead_supervisor, version=1)
    with acting_as(receiver.pk, route="test"):
        offered = Share.objects.offered_to(receiver).select_related(*RELATED).get(pk=share.pk)
        accept_share(share=offered, by=receiver, version=2, members=[cast.investigator])
    return share


def _revoke(cast: Cast, share: Share) -> None:
    lead = cast.lead_worker
    with acting_as(lead.pk, route="test"):
        found = Share.objects.visible_to(lead).select_related(*RELATED).get(pk=share.pk)
        revoke_share(share=found, by=lead, version=found.version, reason="A test")


def test_row_15_an_entry_of_a_slow_transaction_is_not_passed_over(own_database: str, seeded: Cast) -> None:
    """A begins and writes, B writes and commits, A commits: by the horizon both are found, in two passes."""
    found: list[int] = []
    with psycopg.connect(**connection_parameters(connections["default"].settings_dict)) as slow:
        first = _write_entry(slow)
        with psycopg.connect(**connection_parameters(connections["default"].settings_dict)) as fast:
            second = _write_entry(fast)
        horizon, rows = _pass(own_database, "0")
        found += rows
        assert first not in rows and second not in rows, "both wait for the slow one"
    _horizon, rows = _pass(own_database, horizon)
    found += rows
    assert first < second and found.count(first) == found.count(second) == 1


def _write_entry(by: psycopg.Connection[Any]) -> int:
    row = by.execute(
        "insert into audit_auditentry (verb, outcome, action, rule, object_pk, object_repr, cid, actor_name,"
        " actor_roles, actor_agency, listed_case_ids, compartments, shown, purpose, legal_basis, session, route,"
        " method)"
        " values ('entered', 'allowed', 3, '', '', '', '', '', '{}', '', '{}', '{}', '{}', '', '', '', '', '')"
        " returning id"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _pass(database: str, since: str) -> tuple[str, list[int]]:
    """One pass of a sealer: first the horizon, then in a later statement what lies before it."""
    with superuser(database) as admin:
        horizon = admin.execute("select pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
        assert horizon is not None
        rows = admin.execute(
            "select id from audit_auditentry where xid >= %s::xid8 and xid < %s::xid8 order by xid, id",
            [since, horizon[0]],
        ).fetchall()
    return str(horizon[0]), [row[0] for row in rows]


def test_row_20_the_time_of_an_entry_is_the_database_clock(cast: Cast) -> None:
    """The application can't say of time and transaction: tests/audit/test_stamp.py."""
    with acting_as(cast.lead_worker.pk, route="test"), connection.cursor() as cursor:
        cursor.execute("select clock_timestamp(), pg_current_xact_id()::text")
        before, xid = cursor.fetchone()
        entry = recorded(Verb.ENTERED)
        cursor.execute("select clock_timestamp()")
        after = cursor.fetchone()[0]
    assert before <= entry.timestamp <= after
    assert str(entry.xid) == xid
    assert entry.timestamp.utcoffset() == datetime.timedelta(0)


def test_row_29_a_change_of_roles_ends_every_session(cast: Cast, client_of: Callable[..., Any]) -> None:
    client, worker = client_of(cast.lead_worker), Member.objects.get(pk=cast.lead_worker.pk)
    assert client.get("/cases/").status_code == 200
    with acting_as(cast.lead_admin.pk, route="test"):
        change_roles(member=worker, by=cast.lead_admin, roles=["social_worker", "victim_advocate"])
    answer = client.get("/cases/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/cases/")


def test_row_29_what_leaves_the_house_is_asked_for_by_somebody_who_has_just_confirmed(
    cast: Cast, client_of: Callable[..., Any]
) -> None:
    client = client_of(cast.prosecutor)
    _signed_in_seconds_ago(client, 299)
    assert client.post(address("summaries:download", cast)).status_code == 422, "reached: the copy is not ready"
    _signed_in_seconds_ago(client, 301)
    answer = client.post(address("summaries:download", cast))
    back = address("summaries:copy", cast)
    assert answer.status_code == 302
    assert answer["Location"].replace("%2F", "/") == f"/agency/confirm/?next={back}"
    onward = client.get(answer["Location"])
    assert onward["Location"].replace("%2F", "/") == f"/sign-in/again/?next={back}"


def test_row_29_confirming_leads_nowhere_else(cast: Cast, client_of: Callable[..., Any]) -> None:
    answer = client_of(cast.prosecutor).get("/agency/confirm/", {"next": "https://elsewhere.example/"})
    assert answer["Location"] == "/sign-in/again/?next=%2F"


def _signed_in_seconds_ago(client: Any, seconds: int) -> None:
    session = client.session
    for each in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        each["at"] = time.time() - seconds
    session.save()


def test_row_29_the_last_second_factor_stays(cast: Cast, client_of: Callable[..., Any]) -> None:
    answer = client_of(cast.lead_worker).post("/factors/app/remove/")
    assert answer.status_code == 403
    assert "only second factor" in answer.content.decode()


def test_a_role_that_is_taken_away_takes_its_grants_along(cast: Cast) -> None:
    """What a member holds never goes beyond the roles: neither in the application nor by plain SQL."""
    worker = Member.objects.get(pk=cast.lead_worker.pk)
    with acting_as(cast.lead_admin.pk, route="test"):
        change_roles(member=worker, by=cast.lead_admin, roles=["victim_advocate"])
    worker.refresh_from_db()
    with acting_as(worker.pk, route="test"):
        held = live_permissions(worker, _case(cast, worker))
    assert held == {"read_overview", "read_identity", "read_social"}
