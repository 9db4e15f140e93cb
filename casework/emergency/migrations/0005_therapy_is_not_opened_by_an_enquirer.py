from django.db import migrations

NARROWER = """
set local role casework_grants;
create or replace function casework_may_break_glass(for_case bigint, wanted text[]) returns boolean
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.cases_case c join public.agencies_member me on me.id = (select public.casework_standing_member())
      join public.agencies_agency a on a.id = me.agency_id
    where c.id = for_case and c.stage <> 'closed'
      and not me.roles::text[] && array['auditor', 'agency_administrator'] and me.roles <> '{}'
      and not ('therapy' = any(wanted) and a.kind in ('police', 'prosecution'))
      and not exists (select from public.access_wall w
        where w.member_id = me.id and w.case_id = for_case and w.lifted_at is null)
      and not exists (select from public.emergency_emergencyaccess e
        where e.member_id = me.id and e.reviewed_at is null)
      and not ('identity' = any(wanted)
        and exists (select from public.access_wall w where w.case_id = for_case and w.lifted_at is null))) $$;
reset role;
"""


class Migration(migrations.Migration):
    """No emergency opens notes of therapy for police or prosecution: they take a line of enquiry, and two to agree."""

    dependencies = [("emergency", "0004_the_key_until_it_is_explained")]
    operations = [migrations.RunSQL(NARROWER, migrations.RunSQL.noop)]
