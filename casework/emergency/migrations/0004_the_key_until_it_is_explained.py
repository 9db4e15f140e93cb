from django.db import migrations

NARROWER = """
set local role casework_grants;
create or replace function casework_own_emergency_ids() returns bigint[] language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(e.case_id), '{}') from public.emergency_emergencyaccess e
  where e.member_id = (select public.casework_standing_member()) and e.reviewed_at is null and e.explained_at is null
    and not e.case_id = any((select public.casework_walled_ids())::bigint[]) $$;
reset role;
"""


class Migration(migrations.Migration):
    """What the member explained is for the reviewer: from then on the member has no way to the key of the case."""

    dependencies = [("emergency", "0003_who_reads_in_an_emergency")]
    operations = [migrations.RunSQL(NARROWER, migrations.RunSQL.noop)]
