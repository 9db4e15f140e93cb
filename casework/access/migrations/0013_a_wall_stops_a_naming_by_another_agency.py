from django.db import migrations

# Walls are seen by their member and by who oversees the case. Whoever names a member of the own agency on a case of
# another one is refused by the database; this says so beforehand, of that member alone.
SIGNATURE = "casework_stands_behind_wall(bigint, bigint)"
FUNCTION = f"""
create function casework_stands_behind_wall(for_case bigint, for_member bigint) returns boolean
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.access_wall w join public.agencies_member u on u.id = w.member_id
    where w.case_id = for_case and w.member_id = for_member and w.lifted_at is null
      and (u.id = (select public.casework_standing_member())
        or u.agency_id = (select public.casework_agency_as('supervisor'))
          and (for_case = any((select public.casework_offered_ids())::bigint[])
            or for_case = any((select public.casework_led_ids())::bigint[])))) $$;
revoke all on function {SIGNATURE} from public;
grant execute on function {SIGNATURE} to casework_app;
alter function {SIGNATURE} owner to casework_grants;
"""


class Migration(migrations.Migration):
    """A supervisor who names a member behind a wall is told that it can't be, whichever agency leads the case."""

    dependencies = [("access", "0012_an_interviewer_may_be_kept_from_the_record")]
    operations = [migrations.RunSQL(FUNCTION, f"drop function {SIGNATURE};")]
