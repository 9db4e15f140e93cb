from django.db import migrations

from casework.access.policies import LED, OVERSEEN, compartment_clause, protect_sql

READ = compartment_clause("case_id", "overview", write=False)
ME = "(select casework_standing_member())"
WALLED = "(select casework_walled_ids())::bigint[]"
NOT_WALLED = f"not case_id = any({WALLED})"
MAY = "casework_may_break_glass(bigint, text[])"
FIND = "casework_emergency_case(text, text[])"

ROWS = protect_sql(
    "emergency_emergencyaccess",
    select=f"(member_id = (select casework_member()) or agency_id = (select casework_agency_as('supervisor')))"
    f" and {NOT_WALLED} or {READ} or case_id = any({OVERSEEN})",
)
FUNCTIONS = """
create function casework_may_break_glass(for_case bigint, wanted text[]) returns boolean
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.cases_case c join public.agencies_member me on me.id = (select public.casework_standing_member())
    where c.id = for_case and c.stage <> 'closed'
      and not me.roles::text[] && array['auditor', 'agency_administrator'] and me.roles <> '{}'
      and not exists (select from public.access_wall w
        where w.member_id = me.id and w.case_id = for_case and w.lifted_at is null)
      and not exists (select from public.emergency_emergencyaccess e
        where e.member_id = me.id and e.reviewed_at is null)
      and not ('identity' = any(wanted)
        and exists (select from public.access_wall w where w.case_id = for_case and w.lifted_at is null))) $$;

create function casework_emergency_case(of_reference text, wanted text[]) returns bigint
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id from public.cases_case c
  where c.reference = of_reference and public.casework_may_break_glass(c.id, wanted) $$;

create function casework_waits_for_review() returns boolean
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from public.emergency_emergencyaccess e
    where e.member_id = (select public.casework_member()) and e.reviewed_at is null) $$;

create function casework_own_emergency_ids() returns bigint[] language sql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(e.case_id), '{}') from public.emergency_emergencyaccess e
  where e.member_id = (select public.casework_standing_member()) and e.reviewed_at is null
    and not e.case_id = any((select public.casework_walled_ids())::bigint[]) $$;

create function casework_emergency_now(token text, out emergency_id bigint, out reference text, out ends_at timestamptz)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.id, c.reference::text, e.ends_at
  from public.emergency_emergencyaccess e join public.cases_case c on c.id = e.case_id
  where token is not null and e.member_id = (select public.casework_standing_member()) and e.reviewed_at is null
    and e.ended_at is null and e.ends_at > now()
    and not e.case_id = any((select public.casework_walled_ids())::bigint[]) $$;

create function emergency_access_starts() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.started_at := now();
  new.ends_at := now() + interval '3 hours';
  return new;
end $$;

create function emergency_access_guard() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare me bigint := public.casework_standing_member();
begin
  if current_user <> 'casework_app' then return new; end if;
  if new.reason_sealed is distinct from old.reason_sealed and (old.reason_sealed <> '' or me <> old.member_id)
    or new.ended_at is distinct from old.ended_at
      and (old.ended_at is not null or new.ended_by_id is distinct from me or old.ends_at <= now())
    or (new.explanation_sealed, new.explained_at) is distinct from (old.explanation_sealed, old.explained_at)
      and (old.explained_at is not null or me <> old.member_id)
    or new.reviewed_at is distinct from old.reviewed_at
      and (new.reviewed_by_id is distinct from me or me = old.member_id
        or old.ended_at is null and old.ends_at > now())
    or old.reviewed_at is null and new.reviewed_at is null
      and (new.outcome <> '' or new.review_note_sealed is distinct from old.review_note_sealed) then
    raise exception 'What was written about an emergency access stays; it is reviewed by somebody else, at its end.'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

create trigger emergency_access_starts before insert on emergency_emergencyaccess
  for each row execute function emergency_access_starts();
create trigger emergency_access_guard before update on emergency_emergencyaccess
  for each row execute function emergency_access_guard();
set local role casework_grants;  -- only who may execute a function makes a trigger of it
grant execute on function casework_case_is_closed() to casework_owner;
reset role;
create trigger case_is_closed before insert on emergency_emergencyaccess
  for each row execute function casework_case_is_closed('case_id');
"""
OWNED = (
    MAY, FIND, "casework_waits_for_review()", "casework_own_emergency_ids()", "casework_emergency_now(text)",
)  # fmt: skip
HANDED_OVER = "".join(
    f"revoke all on function {name} from public;\n"
    f"grant execute on function {name} to casework_app, casework_grants;\n"
    f"alter function {name} owner to casework_grants;\n"
    for name in OWNED
)
POLICIES = f"""
grant insert on emergency_emergencyaccess to casework_app;
create policy emergency_emergencyaccess_add on emergency_emergencyaccess for insert to casework_app with check (
  member_id = {ME} and agency_id = (select casework_agency()) and casework_may_break_glass(case_id, compartments::text[])
  and ended_at is null and explained_at is null and reviewed_at is null);
grant update (reason_sealed, ended_at, ended_by_id, explanation_sealed, explained_at, outcome, review_note_sealed,
  reviewed_by_id, reviewed_by_label, reviewed_at, version) on emergency_emergencyaccess to casework_app;
create policy emergency_emergencyaccess_own on emergency_emergencyaccess for update to casework_app
  using (member_id = {ME} and reviewed_at is null and {NOT_WALLED}) with check (member_id = {ME} and reviewed_at is null);
create policy emergency_emergencyaccess_review on emergency_emergencyaccess for update to casework_app
  using (case_id = any({LED}) and reviewed_at is null) with check (case_id = any({LED}));
create policy vault_casekey_explain on vault_casekey for select to casework_app
  using (case_id = any((select casework_own_emergency_ids())::bigint[]));
"""


class Migration(migrations.Migration):
    """Who may break the glass, for how long, and that somebody else reviews it, also against plain SQL.

    Until the review is closed its member may fetch the key of the case, to write and read the own reason and
    explanation; the key alone opens no row.
    """

    dependencies = [("emergency", "0001_initial"), ("access", "0009_a_grant_may_stand_on_an_emergency")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (ROWS, FUNCTIONS, HANDED_OVER, POLICIES)]
