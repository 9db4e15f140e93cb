"""A big house by SQL alone: agencies, members, cases and grants, and the same grants in guardian's generic tables.

Triggers and foreign keys are off and indexes are built afterwards, as for any load of this size; what is measured runs
on the finished tables, with the policies on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission
from psycopg import sql

AGENCIES = 100
STEP, STRIDE = 1_999, 104_729  # primes: the cases of one member are spread over the whole house, none twice
LOADED = ("cases_case", "access_casegrant", "guardian_userobjectpermission", "bench_case")


@dataclass(frozen=True)
class Size:
    """How big. `each`: grants of one member, of which one in ten has ended by its date."""

    members: int
    cases: int
    each: int

    @property
    def grants(self) -> int:
        """Of all members together."""
        return self.members * self.each


def lay_ground(admin: Any) -> None:
    """Agencies, the twin of the case table for the generic permissions, and its permission."""
    admin.execute("set synchronous_commit = off")
    admin.execute(
        "create function bench_id(number bigint) returns bigint language sql immutable as"
        " $$ select ('x' || substr(md5(number::text), 1, 15))::bit(60)::bigint $$"
    )
    admin.execute(
        "insert into agencies_agency (name, kind, country, is_active)"
        " select 'Agency ' || n, 'social_services', 'DK', true from generate_series(1, %s) n",
        [AGENCIES],
    )
    admin.execute("create table bench_case (like cases_case including defaults)")
    admin.execute("alter table bench_case add primary key (id)")
    admin.execute("create index bench_case_newest on bench_case (opened_at desc, id)")
    admin.execute("grant select on bench_case to casework_app")
    admin.execute("insert into django_content_type (app_label, model) values ('bench', 'genericcase')")
    admin.execute(
        "insert into auth_permission (name, codename, content_type_id) select 'Can read', 'read_overview', id"
        " from django_content_type where app_label = 'bench'"
    )


def fill(admin: Any, size: Size, before: Size | None = None) -> None:
    """Grow the house to this size. The members of `before` keep the cases they have; new ones get theirs of all."""
    first = before or Size(0, 0, size.each)
    with _loading(admin):
        admin.execute(
            "insert into agencies_member (id, password, name, email, agency_id, roles, language, is_active, joined_on,"
            " vetting_from, vetting_until, training_from, training_until, address_marks)"
            " overriding system value select n, '!', 'Member ' || n, n || '@bench.invalid',"
            " (select min(id) from agencies_agency) + n %% %s, '{social_worker}', 'en', true, current_date,"
            " current_date - 9, current_date + 90, current_date - 9, current_date + 90, '{}'"
            " from generate_series(%s::bigint, %s::bigint) n",
            [AGENCIES, first.members + 1, size.members],
        )
        admin.execute(
            "insert into cases_case (id, reference, pseudonym, stage, risk, age_band, lead_agency_id, concern_sealed,"
            " cautions_sealed, opened_by_id, opened_at, closing_reason_sealed, version, changed_by_label)"
            " select bench_id(n),"
            " lpad(to_hex(n), 8, '0'), 'Pseudonym ' || n, 'referred', 'low', 'unknown',"
            " (select min(id) from agencies_agency) + n %% %s, '', '', 1 + n %% %s,"
            " now() - (%s - n) * interval '1 minute', '', 1, '' from generate_series(%s::bigint, %s::bigint) n",
            [AGENCIES, size.members, size.cases, first.cases + 1, size.cases],
        )
        admin.execute("truncate bench_case")
        admin.execute("insert into bench_case select * from cases_case")
        _grants(admin, size, first.members)
    for table in (*LOADED, "agencies_member"):
        admin.execute(sql.SQL("vacuum analyze {}").format(sql.Identifier(table)))


def _grants(admin: Any, size: Size, members_before: int) -> None:
    permission = Permission.objects.get(content_type__app_label="cases", codename="read_overview")
    admin.execute(
        "insert into access_casegrant (id, user_id, content_object_id, permission_id, purpose, legal_basis,"
        " granted_by_id, granted_at, ends_at) select (m - 1) * %s + k, m, bench_id(1 + (m * %s + k * %s) %% %s), %s,"
        " 'protect', 'public_task', m, now() - interval '9 days',"
        " case when k %% 10 = 0 then now() - interval '1 day' when k %% 2 = 0 then now() + interval '90 days' end"
        " from generate_series(%s::bigint, %s::bigint) m, generate_series(1::bigint, %s::bigint) k",
        [size.each, STRIDE, STEP, size.cases, permission.pk, members_before + 1, size.members, size.each],
    )
    admin.execute(
        "insert into guardian_userobjectpermission (object_pk, content_type_id, permission_id, user_id)"
        " select g.content_object_id::text, p.content_type_id, p.id, g.user_id from access_casegrant g,"
        " auth_permission p join django_content_type t on t.id = p.content_type_id"
        " where t.app_label = 'bench' and g.user_id > %s and (g.ends_at is null or g.ends_at > now())",
        [members_before],
    )


@contextmanager
def _loading(admin: Any) -> Iterator[None]:
    """Triggers off, and every index that carries no constraint built anew at the end."""
    rows = admin.execute(
        "select indexname, indexdef from pg_indexes i where tablename = any(%s) and not exists"
        " (select from pg_constraint c where c.conindid = (quote_ident(i.indexname))::regclass)",
        [list(LOADED)],
    ).fetchall()
    admin.execute("set session_replication_role = replica")
    for name, _definition in rows:
        admin.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
    yield
    for _name, definition in rows:
        admin.execute(definition)
    admin.execute("set session_replication_role = origin")
