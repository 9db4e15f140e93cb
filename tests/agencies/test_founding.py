"""An agency and its first administrator, by the operator; everybody else by an administrator, also in plain SQL."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from agencies.models import Agency, Member
from casework.access.database import bind_member
from tests.cast import Cast
from tests.conftest import superuser

ANSWERS = ["Kotka Child Services", "--kind", "social_services", "--country", "fi", "--administrator", "Aino Salmi"]


def test_an_operator_founds_an_agency_once(own_database: str, seeded: Cast, client: Any, capsys: Any) -> None:
    call_command("add_agency", *ANSWERS, "--email", "aino@kotka.example")
    said = capsys.readouterr().out
    link = next(line for line in said.splitlines() if line.startswith("/agency/set-up/"))
    assert client.get(link).status_code == 200
    member = Member.objects.select_related("agency").get(email="aino@kotka.example")
    assert (member.agency.name, member.agency.country, member.roles) == (ANSWERS[0], "FI", ["agency_administrator"])
    with superuser(own_database) as admin:
        rows = admin.execute(
            "select verb, actor_name from audit_auditentry where object_pk = %s and verb = 'created'", [str(member.pk)]
        ).fetchall()
    assert ("created", "Operator") in rows
    with pytest.raises(CommandError, match="already"):
        call_command("add_agency", *ANSWERS, "--email", "other@kotka.example")
    with pytest.raises(CommandError, match="already"):
        call_command("add_agency", "Another", *ANSWERS[1:], "--email", "aino@kotka.example")


@pytest.mark.parametrize(
    ("name", "country", "email", "said"),
    [
        ("", "FI", "a@b.example", "need a name"),
        ("A", "FIN", "a@b.example", "two letters"),
        ("A", "FI", "nobody", "valid"),
    ],
)
def test_wrong_answers_found_nothing(db: None, name: str, country: str, email: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command(
            "add_agency", name, "--kind", "police", "--country", country, "--administrator", "X", "--email", email
        )


@pytest.mark.parametrize(
    ("person", "change"),
    [
        ("lead_worker", "roles = '{supervisor}'"),
        ("lead_worker", "vetting_until = '2099-01-01'"),
        ("lead_admin", "roles = '{supervisor}'"),
        ("stranger_supervisor", "agency_id = agency_id + 1"),
    ],
)
def test_nobody_raises_themselves_by_plain_sql(cast: Cast, person: str, change: str) -> None:
    member = cast.people[person]
    with transaction.atomic(), connection.cursor() as cursor:
        bind_member(cursor, member.pk)
        with pytest.raises(ProgrammingError, match="Only an administrator"), transaction.atomic():
            cursor.execute(f"update agencies_member set {change} where id = %s", [member.pk])


def test_an_administrator_reaches_the_own_agency_only(cast: Cast) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        bind_member(cursor, cast.lead_admin.pk)
        cursor.execute("update agencies_member set roles = '{therapist}' where id = %s", [cast.lead_colleague.pk])
        assert cursor.rowcount == 1
        for sentence in (
            "update agencies_member set roles = '{supervisor}' where id = %s",
            "update agencies_member set agency_id = (select agency_id from agencies_member where name = 'Lead Admin')"
            " where id = %s",
        ):
            with pytest.raises(ProgrammingError, match="Only an administrator"), transaction.atomic():
                cursor.execute(sentence, [cast.stranger.pk])


def test_the_serving_role_founds_no_agency(cast: Cast) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Agency.objects.create(name="Nowhere", kind="police", country="FI")
