from django.db import migrations

from casework.access.policies import LED, OVERSEEN, compartment_clause, protect_sql

READ = compartment_clause("case_id", "overview", write=False)
IDENTITY = compartment_clause("case_id", "identity", write=False)
ME = "(select casework_standing_member())"
KEPT = "(select casework_kept_ids())::bigint[]"

ROWS = protect_sql(
    "custody_identityrequest",
    select=f"member_id = (select casework_member()) and {READ} or case_id = any({KEPT}) or case_id = any({OVERSEEN})",
    insert=f"member_id = {ME} and agency_id = (select casework_agency()) and {READ} and not ({IDENTITY})"
    " and state = 'waiting' and octet_length(words_sealed) > 0 and decided_by_label = '' and ended_by_label = ''"
    " and octet_length(decision_reason_sealed) = 0 and until > now()"
    " and until <= casework_sees_case_until(member_id, case_id)",
)
# What may follow what, and by whom; who else may come near the row is said by the policies.
GUARD = """
create function identity_request_starts() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if current_user <> 'casework_app' then return new; end if;
  new.asked_at := now();
  if new.until > date_trunc('day', now(), 'UTC') + interval '15 days' then
    raise exception 'Who a child is, is given for fourteen days at most.' using errcode = 'check_violation',
      constraint = 'identity_asked_for_fourteen_days';
  end if;
  return new;
end $$;

create function identity_request_guard() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  me bigint := public.casework_standing_member();
  kept boolean := new.case_id = any((select public.casework_kept_ids())::bigint[]);
  led boolean := new.case_id = any((select public.casework_led_ids())::bigint[]);
  decision_stays boolean := (new.given_parts, new.given_until, new.decision_reason_sealed, new.decided_by_id,
      new.decided_by_label, new.decided_at) is not distinct from (old.given_parts, old.given_until,
      old.decision_reason_sealed, old.decided_by_id, old.decided_by_label, old.decided_at);
  is_allowed boolean := false;
begin
  if current_user <> 'casework_app' then return new; end if;
  if old.state = 'waiting' and new.state in ('given', 'declined') then
    is_allowed := kept and me <> old.member_id and new.decided_by_id = me and new.decided_at = now()
      and new.ended_at is null and old.until > now()
      and (new.state = 'given' and new.given_until > now()
        or new.state = 'declined' and octet_length(new.decision_reason_sealed) > 0);
  elsif old.state = 'waiting' and new.state in ('withdrawn', 'lapsed') then
    is_allowed := decision_stays and new.ended_by_id = me
      and (me = old.member_id and (new.state = 'withdrawn') = (old.until > now()) or new.state = 'lapsed' and led);
  elsif old.state = 'given' and new.state = 'given' then
    is_allowed := decision_stays and old.ended_at is null and new.ended_by_id = me
      and (me = old.member_id or kept or led);
  end if;
  if not coalesce(is_allowed, false) then
    raise exception 'What was asked stays, and it is decided once, by somebody else.'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

create trigger identity_request_starts before insert on custody_identityrequest
  for each row execute function identity_request_starts();
create trigger identity_request_guard before update on custody_identityrequest
  for each row execute function identity_request_guard();
set local role casework_grants;  -- only who may execute a function makes a trigger of it
grant execute on function casework_case_is_closed() to casework_owner;
reset role;
create trigger case_is_closed before insert on custody_identityrequest
  for each row execute function casework_case_is_closed('case_id');
set local role casework_grants;
revoke execute on function casework_case_is_closed() from casework_owner;
reset role;
"""
MOVES = f"""
grant update (state, given_parts, given_until, decision_reason_sealed, decided_by_id, decided_by_label, decided_at,
  ended_by_id, ended_by_label, ended_at, version) on custody_identityrequest to casework_app;
create policy custody_identityrequest_own on custody_identityrequest for update to casework_app
  using (member_id = {ME} and {READ} and state in ('waiting', 'given')) with check (member_id = {ME});
create policy custody_identityrequest_decide on custody_identityrequest for update to casework_app
  using (case_id = any({KEPT}) and member_id <> {ME} and state in ('waiting', 'given'))
  with check (case_id = any({KEPT}) and member_id <> {ME});
create policy custody_identityrequest_close on custody_identityrequest for update to casework_app
  using (case_id = any({LED}) and state in ('waiting', 'given')) with check (case_id = any({LED}));
"""
# Who reads the identity by a request reads it only while seeing the case; a review prolongs no such grant.
ELSEWHERE = f"""
alter policy cases_child_see on cases_child using (({IDENTITY}) and ({READ}));
set local role casework_grants;
create or replace function casework_review_case(for_case bigint, keep bigint[])
 returns table (what text, key bigint, was timestamptz, due timestamptz)
 language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  old_due timestamptz;
  new_due timestamptz := now() + interval '90 days';
  lead bigint;
begin
  if not for_case = any((select public.casework_led_ids())::bigint[]) then
    raise exception 'Only a supervisor of the lead agency reviews a case.' using errcode = 'insufficient_privilege';
  end if;
  select c.review_due, c.lead_agency_id into old_due, lead from public.cases_case c where c.id = for_case for update;
  update public.cases_case c set review_due = new_due where c.id = for_case;
  return query select 'case', for_case, old_due, new_due;
  return query with held as (
      update public.sharing_share s set until = new_due
      where s.case_id = for_case and s.from_agency_id = lead and s.state = 'accepted'
        and s.until > old_due - interval '1 day'
        and exists (select from public.access_casegrant g
          where g.share_id = s.id and g.user_id = any(keep) and g.ended_at is null)
      returning s.id)
    select 'share', held.id, old_due, new_due from held;
  return query with kept as (
      update public.access_casegrant g set ends_at = new_due
      where g.content_object_id = for_case and g.user_id = any(keep) and g.ended_at is null and g.emergency_id is null
        and g.identity_request_id is null
        and g.ends_at > old_due - interval '1 day'
        and (g.share_id is null or exists (select from public.sharing_share s
          where s.id = g.share_id and s.from_agency_id = lead and s.state = 'accepted'
            and s.until > old_due - interval '1 day'))
      returning g.id)
    select 'grant', kept.id, old_due, new_due from kept;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    """Who the child is, on request: asked by whoever sees the case, decided once, by the custodian of the case."""

    dependencies = [("custody", "0001_initial"), ("access", "0014_the_identity_may_be_given_on_request")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (ROWS, GUARD, MOVES, ELSEWHERE)]
