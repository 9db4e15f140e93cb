from django.db import migrations

# What a member is kept from is looked up once, not compared for each grant. Cases that an agency oversees or was
# offered are asked for only where somebody's role may have any; one list makes one index condition of three.
FUNCTIONS = """
set local role casework_grants;
create or replace function casework_visible_ids(codename text) returns bigint[] language plpgsql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
declare
  me bigint := public.casework_standing_member();
  kept_from bigint[];
begin
  if me is null then return '{}'; end if;
  kept_from := array(select w.case_id from public.access_wall w where w.member_id = me and w.lifted_at is null);
  if codename not in ('read_overview', 'write_overview', 'read_identity', 'write_identity') then
    kept_from := kept_from || array(
      select b.case_id from public.access_blinding b where b.member_id = me and b.lifted_at is null);
  end if;
  return array(
    select g.content_object_id from public.access_casegrant g
    where g.user_id = me
      and g.permission_id = any (array(select p.id from public.auth_permission p where p.codename = $1))
      and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
      and not g.content_object_id = any (kept_from));
end $$;
reset role;
create function casework_case_ids() returns bigint[] language plpgsql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
declare
  ids bigint[] := public.casework_visible_ids('read_overview');
begin
  if (select m.roles::text[] && array['supervisor', 'auditor'] from public.agencies_member m
      where m.id = (select public.casework_member())) then
    return ids || public.casework_overseen_ids() || public.casework_offered_ids();
  end if;
  return ids;
end $$;
revoke all on function casework_case_ids() from public;
grant execute on function casework_case_ids() to casework_app, casework_grants;
alter function casework_case_ids() owner to casework_grants;
"""
POLICY = "alter policy cases_case_see on cases_case using (id = any((select casework_case_ids())::bigint[]));"


class Migration(migrations.Migration):
    """Row security of the caseload page at less than half its cost."""

    dependencies = [("access", "0014_the_identity_may_be_given_on_request"), ("cases", "0002_walls")]
    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(POLICY, migrations.RunSQL.noop),
    ]
