from django.db import migrations

from casework.access.policies import protect_sql

OWN = "member_id = (select casework_member())"
SUM = """
create function casework_pieces_kept(wanted bigint, days integer) returns bigint language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select greatest(
    coalesce(sum(size) filter (where member_id = (select public.casework_member())), 0),
    coalesce(sum(size) filter (where case_id = wanted), 0))::bigint
  from public.guard_keptpieces
  where kept_at > now() - make_interval(days => days)
    and (member_id = (select public.casework_member()) or case_id = wanted) $$;
grant select on guard_keptpieces to casework_grants;
revoke all on function casework_pieces_kept(bigint, integer) from public;
grant execute on function casework_pieces_kept(bigint, integer) to casework_app, casework_grants;
alter function casework_pieces_kept(bigint, integer) owner to casework_grants;
"""


class Migration(migrations.Migration):
    dependencies = [("guard", "0001_how_much_was_kept_in_pieces"), ("access", "0004_who_asks_and_what_they_may")]
    operations = [
        migrations.RunSQL(
            protect_sql("guard_keptpieces", select=OWN, insert=OWN) + SUM,
            "drop function casework_pieces_kept(bigint, integer);",
        )
    ]
