from django.db import migrations

FUNCTION = """
set local role casework_grants;
create or replace function casework_sees_case_until(of_member bigint, for_case bigint) returns timestamptz language sql
 stable security definer set search_path = pg_catalog, pg_temp as $$
  select max(coalesce(g.ends_at, 'infinity')) from public.access_casegrant g
    join public.auth_permission p on p.id = g.permission_id
  where g.user_id = of_member and g.content_object_id = for_case and p.codename = 'read_overview'
    and g.ended_at is null and (g.ends_at is null or g.ends_at > now()) and g.emergency_id is null
    and not exists (select from public.access_wall w
      where w.member_id = of_member and w.case_id = for_case and w.lifted_at is null)
    and (for_case = any((select public.casework_visible_ids('read_overview'))::bigint[])
      or for_case = any((select public.casework_offered_ids())::bigint[])
      or for_case = any((select public.casework_led_ids())::bigint[])) $$;
reset role;
"""


class Migration(migrations.Migration):
    """Until when somebody sees a case by name: for who is behind a wall of it, not at all."""

    dependencies = [("custody", "0002_walls")]
    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
