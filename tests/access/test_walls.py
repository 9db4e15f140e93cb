"""Both walls, each with the other taken away. Rows are those of the security checklist."""

import pytest
from django.db import connection, transaction

from casework.access.database import bind_member
from casework.access.task import acting_as
from casework.cases.models import Case, Child, Entry
from tests.cast import Cast

CONFIDENTIAL = (
    "cases_case",
    "cases_child",
    "cases_entry",
    "casework_account_telling",
    "casework_account_passage",
    "vault_casekey",
)


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "person", ["lead_colleague", "walled_worker", "lapsed_worker", "expired_worker", "ended_member"]
)
@pytest.mark.parametrize("table", CONFIDENTIAL)
def test_row_01_direct_sql_without_a_grant_returns_nothing(cast: Cast, person: str, table: str) -> None:
    with connection.cursor() as cursor:
        bind_member(cursor, cast.people[person].pk)
    assert rows_of(table) == 0


def test_direct_sql_with_a_grant_returns_what_it_gives(cast: Cast) -> None:
    with connection.cursor() as cursor:
        bind_member(cursor, cast.therapist.pk)
    assert rows_of("cases_case") == 1
    assert rows_of("cases_child") == 0
    assert rows_of("casework_account_passage") == 0
    assert rows_of("cases_entry") == 1


@pytest.mark.parametrize("token", ["", "1", "1.9999999999.00", "'; select 1", "1.1.1.1"])
def test_row_03_forged_token_sees_nothing(cast: Cast, token: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('casework.member', %s, true)", [token])
    assert rows_of("cases_case") == 0


def test_row_03_token_of_another_key_sees_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casework.access.database.settings", _settings_with(b"x" * 32))
    with connection.cursor() as cursor:
        bind_member(cursor, cast.lead_worker.pk)
    assert rows_of("cases_case") == 0


def test_row_03_expired_token_sees_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casework.access.database.TOKEN_SECONDS", -120)
    with connection.cursor() as cursor:
        bind_member(cursor, cast.lead_worker.pk)
    assert rows_of("cases_case") == 0


def _settings_with(key: bytes) -> object:
    return type("Settings", (), {"CASEWORK_KEYS": type("Keys", (), {"member_token": key})})


def test_guardian_says_yes_and_the_database_still_returns_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casework.access.scopes.visible", lambda rows, member: rows)
    monkeypatch.setattr(
        "guardian.core.ObjectPermissionChecker.get_perms", lambda self, obj: ["read_overview", "read_police"]
    )
    with acting_as(cast.stranger.pk, route="test"):
        assert Case.everything.filter(pk=cast.case.pk).count() == 0
        assert Entry.everything.filter(case_id=cast.case.pk).count() == 0
        assert Child.everything.filter(case_id=cast.case.pk).count() == 0


def test_policies_off_and_the_application_still_refuses(own_database: str, seeded: Cast, client_of, settings) -> None:
    from tests.conftest import superuser

    with superuser(own_database) as admin:
        admin.execute("drop event trigger casework_ddl; drop event trigger casework_drop")
        for table in CONFIDENTIAL:
            admin.execute(f"alter table {table} disable row level security")
    assert rows_of("cases_case") == 2, "the policies are off, so plain SQL sees everything"
    with acting_as(seeded.stranger.pk, route="test"):
        assert not Case.objects.visible_to(seeded.stranger).filter(pk=seeded.case.pk).exists()
    answer = client_of(seeded.stranger).get(f"/cases/{seeded.case.reference}/")
    assert answer.status_code == 404


def test_row_05_application_role_owns_nothing(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("select count(*) from pg_class where relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute("select has_schema_privilege('public', 'create')")
        assert cursor.fetchone() == (False,)


def test_row_04_every_table_with_a_case_has_forced_row_security(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, c.relrowsecurity and c.relforcerowsecurity from pg_class c"
            " join pg_attribute a on a.attrelid = c.oid and a.attname in ('case_id', 'content_object_id')"
            " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname not like 'guardian%'"
        )
        tables = dict(cursor.fetchall())
    assert len(tables) > 10
    assert [name for name, forced in tables.items() if not forced] == []


def test_row_06_definer_functions_have_a_fixed_path_and_owner(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select proname, proconfig::text, proowner::regrole::text from pg_proc"
            " where prosecdef and pronamespace = 'public'::regnamespace"
        )
        functions = cursor.fetchall()
    assert len(functions) >= 10
    assert [name for name, config, _owner in functions if "search_path=pg_catalog" not in (config or "")] == []
    # While the record is locked, months are added by a function of whoever put the lock on.
    assert {owner for name, _config, owner in functions if name != "audit_add_month"} == {"casework_grants"}
    assert {owner for name, _config, owner in functions if name == "audit_add_month"} == {"postgres"}


@pytest.mark.parametrize(
    "sentence",
    [
        "update audit_auditentry set purpose = 'x'",
        "delete from audit_auditentry",
        "truncate audit_auditentry",
        "delete from cases_case",
        "update cases_case set lead_agency_id = 1",
        "select * from casework_secret",
        "alter table audit_auditentry disable trigger all",
        "update vault_casekey set wrapped = ''",
        "set session_replication_role = replica",
    ],
)
def test_row_14_application_role_may_not(cast: Cast, sentence: str) -> None:
    from django.db import DatabaseError

    with pytest.raises(DatabaseError, match="permission denied|must be owner"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "truncate audit_auditentry",
        "alter table audit_auditentry disable trigger audit_entry_b_frozen",
        "create rule gone as on insert to audit_auditentry do instead nothing",
        "drop table audit_auditentry cascade",
        "alter table cases_case no force row level security",
        "alter table cases_case disable row level security",
        "create policy open on cases_case using (true)",
        "set local role casework_grants; create or replace function casework_standing_member() returns bigint"
        " language sql stable as 'select 1::bigint'",
        "set local role casework_grants; alter function casework_member() volatile",
        "grant update on access_casegrant to casework_app",
        "revoke insert on audit_auditentry from casework_app",
        "create or replace function audit_entry_frozen() returns trigger language plpgsql as 'begin return old; end'",
    ],
)
def test_row_14_owner_role_may_not_either(own_database: str, sentence: str) -> None:
    from django.db import DatabaseError, connections

    with pytest.raises(DatabaseError, match="never changed|locked|must be owner"), transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute(sentence)


def test_row_14_owner_role_finds_no_entry_to_change(own_database: str) -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("update audit_auditentry set purpose = 'x'")
        assert cursor.rowcount == 0


def test_row_14_superuser_is_stopped_by_the_trigger(own_database: str) -> None:
    import psycopg

    from tests.conftest import superuser

    with superuser(own_database) as admin, pytest.raises(psycopg.Error, match="never changed"):
        admin.execute("update audit_auditentry set purpose = 'x'")


def test_row_08_nothing_but_a_grant_gives_a_case(cast: Cast) -> None:
    assert cast.stranger.is_superuser is False
    with pytest.raises(AttributeError, match="no superuser"):
        cast.stranger.is_superuser = True
    with acting_as(cast.lead_worker.pk, route="test"):
        assert cast.lead_worker.has_perm("cases.read_social", cast.case)
        assert not cast.lead_worker.has_perm("cases.read_social")
        assert not cast.expired_worker.has_perm("cases.read_social", cast.case)
    with acting_as(cast.walled_worker.pk, route="test"):
        assert not cast.walled_worker.has_perm("cases.read_social", cast.case)


def test_a_receiving_supervisor_can_not_grant_beyond_the_share_by_sql(cast: Cast) -> None:
    from django.contrib.auth.models import Permission
    from django.db import DatabaseError

    from casework.access.models import CaseGrant

    def grant(codename: str, until: object) -> CaseGrant:
        return CaseGrant(
            user=cast.therapist,
            content_object=cast.case,
            permission=Permission.objects.get(codename=codename),
            share=cast.therapy_share,
            purpose="treat",
            legal_basis="consent",
            granted_by=cast.therapy_supervisor,
            ends_at=until,
        )

    with acting_as(cast.therapy_supervisor.pk, route="test"):
        for codename, until in (("read_social", cast.therapy_share.until), ("read_police", None)):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                grant(codename, until).save(force_insert=True)


def test_a_supervisor_who_was_only_offered_a_share_ends_nobodys_grant(cast: Cast) -> None:
    with connection.cursor() as cursor:
        bind_member(cursor, cast.stranger_supervisor.pk)
        cursor.execute(
            "update access_casegrant set ended_at = now(), ended_by_id = %s where content_object_id = %s",
            [cast.stranger_supervisor.pk, cast.case.pk],
        )
        assert cursor.rowcount == 0
