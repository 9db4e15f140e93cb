from django.db import migrations

# How often a child has told is seen by everyone who sees the case (DESIGN.md, section 4.2), also without the account.
COUNT = """
grant select (id, case_id) on casework_account_telling to casework_grants;
create function casework_count_tellings(for_cases bigint[]) returns table (case_id bigint, tellings bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.case_id, count(*) from public.casework_account_telling t
  where t.case_id = any(for_cases)
    and (t.case_id = any(public.casework_visible_ids('read_overview'))
      or t.case_id = any(public.casework_overseen_ids()) or t.case_id = any(public.casework_offered_ids()))
  group by t.case_id $$;
alter function casework_count_tellings(bigint[]) owner to casework_grants;
revoke all on function casework_count_tellings(bigint[]) from public;
grant execute on function casework_count_tellings(bigint[]) to casework_app;
"""
UNCOUNT = """
drop function casework_count_tellings(bigint[]);
revoke select (id, case_id) on casework_account_telling from casework_grants;
"""


class Migration(migrations.Migration):
    dependencies = [("casework_account", "0002_walls_and_seal"), ("access", "0004_who_asks_and_what_they_may")]
    operations = [migrations.RunSQL(COUNT, UNCOUNT)]
