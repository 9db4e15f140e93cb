from django.db import migrations

SIGNATURE = "casework_emergencies_of(bigint)"
RUNNING = f"""
create function {SIGNATURE.replace("bigint", "for_case bigint")} returns jsonb language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_array(e.member_label, extract(epoch from e.ends_at)) order by e.started_at), '[]')
  from public.emergency_emergencyaccess e
  where e.case_id = for_case and e.reviewed_at is null and e.ended_at is null and e.ends_at > now()
    and (for_case = any((select public.casework_any_ids())::bigint[])
      or for_case = any((select public.casework_overseen_ids())::bigint[])) $$;
revoke all on function {SIGNATURE} from public;
grant execute on function {SIGNATURE} to casework_app, casework_grants;
alter function {SIGNATURE} owner to casework_grants;
"""


class Migration(migrations.Migration):
    """Every page of a case says who reads it in an emergency; counted with the others, in the same query."""

    dependencies = [("emergency", "0002_three_hours_and_no_more")]
    operations = [migrations.RunSQL(RUNNING, f"drop function {SIGNATURE};")]
