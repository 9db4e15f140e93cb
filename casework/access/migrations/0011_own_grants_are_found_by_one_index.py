from django.conf import settings
from django.db import migrations, models

from casework.access.policies import OFFERED, OVERSEEN, compartment_clause

OVERVIEW = compartment_clause("content_object_id", "overview", write=False)

# Measured by `manage.py bench access`. An OR of arrays is taken as one index condition per arm, each with its own list
# of cases, although the first arm decides for one's own grants; a CASE asks for the lists only where it does not.
POLICY = f"""
alter policy access_casegrant_see on access_casegrant using (
  case when user_id = (select casework_member()) then true
  else {OVERVIEW} or content_object_id = any({OVERSEEN}) or content_object_id = any({OFFERED}) end);
"""

# Permission and walls as arrays: looked up once per call, not joined for each grant; the index holds all the rest.
FUNCTIONS = """
set local role casework_grants;
create or replace function casework_visible_ids(codename text) returns bigint[] language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct g.content_object_id), '{}')
  from public.access_casegrant g
  where g.user_id = (select public.casework_standing_member())
    and g.permission_id = any (array(select p.id from public.auth_permission p where p.codename = $1))
    and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
    and not g.content_object_id = any ((select public.casework_walled_ids())::bigint[]) $$;
create or replace function casework_any_ids() returns bigint[] language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct g.content_object_id), '{}')
  from public.access_casegrant g
  where g.user_id = (select public.casework_standing_member())
    and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
    and not g.content_object_id = any ((select public.casework_walled_ids())::bigint[]) $$;
reset role;
"""


class Migration(migrations.Migration):
    """The caseload page costs what the member's own cases cost, whatever the size of the house."""

    dependencies = [
        ("access", "0010_separate_eyes"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddIndex(
            model_name="casegrant",
            index=models.Index(
                fields=["user", "permission"],
                include=["content_object", "ends_at"],
                condition=models.Q(("ended_at__isnull", True)),
                name="grant_in_force_by_user",
            ),
        ),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(POLICY, migrations.RunSQL.noop),
    ]
