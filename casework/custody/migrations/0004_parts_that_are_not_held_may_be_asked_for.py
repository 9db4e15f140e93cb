from django.db import migrations

from casework.access.policies import compartment_clause

READ = compartment_clause("case_id", "overview", write=False)
ME = "(select casework_standing_member())"

# Whoever reads the identity by name, or in an emergency, holds every part of it; by a request, what that one gave.
FUNCTION = """
set local role casework_grants;
create function casework_identity_held(for_case bigint) returns text[] language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct part), '{}') from public.access_casegrant g
    join public.auth_permission p on p.id = g.permission_id
    left join public.custody_identityrequest r on r.id = g.identity_request_id
    cross join lateral unnest(case when r.id is null
      then array['names', 'birth', 'address', 'school', 'people', 'language'] else r.given_parts::text[] end) part
  where g.user_id = (select public.casework_standing_member()) and g.content_object_id = for_case
    and p.codename = 'read_identity' and g.ended_at is null and (g.ends_at is null or g.ends_at > now()) $$;
reset role;
"""
POLICY = f"""
alter policy custody_identityrequest_add on custody_identityrequest with check (
  member_id = {ME} and agency_id = (select casework_agency()) and {READ}
  and not (parts::text[] && casework_identity_held(case_id))
  and state = 'waiting' and octet_length(words_sealed) > 0 and decided_by_label = '' and ended_by_label = ''
  and octet_length(decision_reason_sealed) = 0 and until > now()
  and until <= casework_sees_case_until(member_id, case_id));
"""


class Migration(migrations.Migration):
    """Whoever was given some parts of the identity may ask for others; for what is held already, nobody asks."""

    dependencies = [("custody", "0003_who_is_behind_a_wall_sees_no_case")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (FUNCTION, POLICY)]
