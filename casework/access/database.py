"""What PostgreSQL itself enforces: who asks, which cases that member may see, and a policy for every table.

Source of the forms: SECURITY.md, section 1 (measured). An array from a scalar sub-select is an index condition, so
that the cost follows the member's caseload and not the table.
"""

import datetime
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

TOKEN_SECONDS = 60  # longer than transaction_timeout, so that no token ends inside its transaction

FUNCTIONS = """
create table casework_secret (only_row boolean primary key default true check (only_row), ip bytea, op bytea);
revoke all on casework_secret from public;
grant select on casework_secret to casework_grants;
grant select on access_casegrant, access_wall, agencies_member, agencies_agency, auth_permission, sharing_share,
  cases_case, cases_participant, audit_auditentry to casework_grants;

create function casework_member() returns bigint language plpgsql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
declare
  token text := current_setting('casework.member', true);
  parts text[];
  secret record;
begin
  if coalesce(token, '') !~ '^[0-9]{1,18}[.][0-9]{1,11}[.][0-9a-f]{64}$' then return null; end if;
  parts := string_to_array(token, '.');
  if to_timestamp(parts[2]::bigint) < now() then return null; end if;
  select * into strict secret from public.casework_secret;
  if encode(sha256(secret.op || sha256(secret.ip || convert_to(parts[1] || '.' || parts[2], 'UTF8'))), 'hex')
     <> parts[3] then return null; end if;
  return parts[1]::bigint;
end $$;

create function casework_standing_member() returns bigint language sql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
  select m.id from public.agencies_member m join public.agencies_agency a on a.id = m.agency_id
  where m.id = (select public.casework_member()) and m.is_active and a.is_active
    and m.membership_ended_on is null
    and (now() at time zone 'UTC')::date between m.vetting_from and m.vetting_until
    and (now() at time zone 'UTC')::date between m.training_from and m.training_until $$;

create function casework_visible_ids(codename text) returns bigint[] language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct g.content_object_id), '{}')
  from public.access_casegrant g join public.auth_permission p on p.id = g.permission_id
  where g.user_id = (select public.casework_standing_member()) and p.codename = $1
    and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
    and not exists (select from public.access_wall w
      where w.member_id = g.user_id and w.case_id = g.content_object_id and w.lifted_at is null) $$;

create function casework_any_ids() returns bigint[] language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct g.content_object_id), '{}')
  from public.access_casegrant g
  where g.user_id = (select public.casework_standing_member())
    and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
    and not exists (select from public.access_wall w
      where w.member_id = g.user_id and w.case_id = g.content_object_id and w.lifted_at is null) $$;

create function casework_agency() returns bigint language sql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
  select m.agency_id from public.agencies_member m where m.id = (select public.casework_standing_member()) $$;

create function casework_agency_as(variadic wanted text[]) returns bigint language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select m.agency_id from public.agencies_member m
  where m.id = (select public.casework_standing_member()) and m.roles::text[] && wanted $$;

create function casework_overseen_ids() returns bigint[] language sql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct c.id), '{}') from public.cases_case c
  where c.lead_agency_id = (select public.casework_agency_as('supervisor', 'auditor'))
    and not exists (select from public.access_wall w
      where w.member_id = (select public.casework_member()) and w.case_id = c.id and w.lifted_at is null) $$;

create function casework_led_ids() returns bigint[] language sql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct c.id), '{}') from public.cases_case c
  where c.lead_agency_id = (select public.casework_agency_as('supervisor'))
    and not exists (select from public.access_wall w
      where w.member_id = (select public.casework_member()) and w.case_id = c.id and w.lifted_at is null) $$;

create function casework_offered_ids() returns bigint[] language sql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct s.case_id), '{}') from public.sharing_share s
  where s.to_agency_id = (select public.casework_agency_as('supervisor')) and s.state in ('offered', 'accepted')
    and s.until > now()
    and not exists (select from public.access_wall w
      where w.member_id = (select public.casework_member()) and w.case_id = s.case_id and w.lifted_at is null) $$;

create function casework_may_grant(for_case bigint, for_user bigint, by_share bigint) returns boolean
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.agencies_member u
      join public.agencies_member me on me.id = (select public.casework_standing_member())
      join public.cases_case c on c.id = for_case
    where u.id = for_user and u.agency_id = me.agency_id
      and (
        by_share is null and c.lead_agency_id = me.agency_id
          and ('supervisor' = any(me.roles::text[]) or (c.opened_by_id = me.id and for_user = me.id
            and c.opened_xid = pg_current_xact_id_if_assigned()))
        or exists (select from public.sharing_share s where s.id = by_share and s.case_id = for_case
          and s.to_agency_id = me.agency_id and s.state = 'accepted' and s.until > now()
          and 'supervisor' = any(me.roles::text[]))
      )) $$;

create function casework_headcount(for_case bigint, out can_see bigint, out have_seen bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select
    (select count(distinct g.user_id) from public.access_casegrant g
      where g.content_object_id = for_case and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
        and not exists (select from public.access_wall w
          where w.member_id = g.user_id and w.case_id = for_case and w.lifted_at is null)),
    (select count(distinct e.actor_id) from public.audit_auditentry e
      where e.case_id = for_case and e.outcome = 'allowed' and e.verb in ('looked', 'exported'))
  where for_case = any(public.casework_any_ids()) or for_case = any(public.casework_overseen_ids()) $$;
"""

OWNED_BY_GRANTS = (
    "casework_member()",
    "casework_standing_member()",
    "casework_visible_ids(text)",
    "casework_any_ids()",
    "casework_agency()",
    "casework_agency_as(text[])",
    "casework_overseen_ids()",
    "casework_led_ids()",
    "casework_offered_ids()",
    "casework_may_grant(bigint, bigint, bigint)",
    "casework_headcount(bigint)",
)


def functions_sql() -> str:
    """The look-up functions, owned by the role that may read grants and do nothing else."""
    handed_over = "".join(
        f"revoke all on function {name} from public;\n"
        f"grant execute on function {name} to casework_app, casework_grants;\n"
        f"alter function {name} owner to casework_grants;\n"
        for name in OWNED_BY_GRANTS
    )
    return FUNCTIONS + handed_over


def member_token(member_id: int) -> str:
    """A token that tells the database who asks: `id.expiry.hmac`, good for TOKEN_SECONDS, bound to our key.

    With a bare setting, injected SQL could become another member; with this it can't.
    """
    body = f"{member_id}.{int(time.time()) + TOKEN_SECONDS}"
    digest = hmac.new(settings.CASEWORK_KEYS.member_token, body.encode(), hashlib.sha256).hexdigest()
    return f"{body}.{digest}"


def bind_member(cursor: Any, member_id: int | None) -> str:
    """Tell the database who asks, for this transaction only. Returns the transaction's id (xid8 as text)."""
    token = "" if member_id is None else member_token(member_id)
    cursor.execute("select set_config('casework.member', %s, true), pg_current_xact_id()::text", [token])
    return str(cursor.fetchone()[1])


@dataclass(frozen=True)
class RunningEmergency:
    """The emergency access that the one who asks has open now. `ends_at`: UTC."""

    id: int
    reference: str
    ends_at: datetime.datetime


def bind_request(cursor: Any, member_id: int | None) -> tuple[str, RunningEmergency | None]:
    """As `bind_member`, for a page: in the same query, the emergency access that its frame has to show."""
    cursor.execute(
        "select bound.xid, running.* from (select set_config('casework.member', %s, true) as token,"
        " pg_current_xact_id()::text as xid offset 0) bound"
        " left join lateral casework_emergency_now(bound.token) running on true",
        ["" if member_id is None else member_token(member_id)],
    )
    xid, number, reference, ends_at = cursor.fetchone()
    return str(xid), None if number is None else RunningEmergency(number, reference, ends_at)


def database_now() -> datetime.datetime:
    """Now (UTC) by the database's clock, which decides when anything ends: servers' own clocks may be wrong."""
    with connection.cursor() as cursor:
        cursor.execute("select now()")
        moment: datetime.datetime = cursor.fetchone()[0]
        return moment


def install_member_key(cursor: Any, key: bytes) -> None:
    """Write the pads of the token key (as in RFC 2104) where only the look-up functions can read them."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner, outer = bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
    cursor.execute(
        "insert into casework_secret (only_row, ip, op) values (true, %s, %s)"
        " on conflict (only_row) do update set ip = excluded.ip, op = excluded.op"
        " where (casework_secret.ip, casework_secret.op) is distinct from (excluded.ip, excluded.op)",
        [inner, outer],
    )


def drop_functions_sql() -> str:
    """Undo `functions_sql`. Cascades to the policies that use them: without them, nobody sees anything."""
    drops = "".join(f"drop function {name} cascade;\n" for name in reversed(OWNED_BY_GRANTS))
    return drops + "drop table casework_secret;"
