from django.db import migrations

LOST = """
drop function casework_lost_answers(bigint);
create function casework_lost_answers(of_plan bigint) returns int[] language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(q.number order by q.number), '{{}}') from public.planning_question q
  where q.plan_id = of_plan and q.outcome = 'answered'
    and q.case_id = any((select public.casework_visible_ids('read_overview'))::bigint[])
    and exists (select from unnest(q.passage_keys) as key
      where not exists (select from public.casework_account_passage p where p.id = key{retired})) $$;
revoke all on function casework_lost_answers(bigint) from public;
grant execute on function casework_lost_answers(bigint) to casework_app;
alter function casework_lost_answers(bigint) owner to casework_grants;
"""
REPLACE = "grant select (retired_at) on casework_account_passage to casework_grants;" + LOST.format(
    retired=" and p.retired_at is null"
)


class Migration(migrations.Migration):
    """A passage that was joined to another, or undone, is no answer any more, although its row is kept."""

    dependencies = [
        ("planning", "0002_walls"),
        ("casework_account", "0007_two_people_seal_what_was_told"),
    ]
    operations = [migrations.RunSQL(REPLACE, LOST.format(retired=""))]
