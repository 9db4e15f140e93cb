from django.db import migrations, models

# How much of a case is not in a summary stands on paper, and is the same for who makes, approves and copies it: none of
# them need be able to read every compartment. Counts alone, for whoever may read the summaries of the case.
LEFT_OUT = """
grant select (id, case_id) on summaries_summary to casework_grants;
grant select (summary_id, passage_id, entry_id, dropped_at) on summaries_summaryitem to casework_grants;
grant select (number, sealed_at) on casework_account_telling to casework_grants;
create function casework_left_out(of_summary bigint) returns table (place text, missing bigint, total bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with wanted as (
    select s.id, s.case_id from public.summaries_summary s
    where s.id = of_summary and s.case_id = any((select public.casework_visible_ids('read_legal'))::bigint[])
  ), chosen as (
    select i.passage_id, i.entry_id from public.summaries_summaryitem i join wanted on wanted.id = i.summary_id
    where i.dropped_at is null
  )
  select 'T' || t.number, count(p.id) filter (where not exists (select from chosen c where c.passage_id = p.id)),
    count(p.id)
  from wanted join public.casework_account_telling t on t.case_id = wanted.case_id and t.sealed_at is not null
    left join public.casework_account_passage p on p.telling_id = t.id and p.retired_at is null
  group by t.number
  union all
  select e.compartment, count(*) filter (where not exists (select from chosen c where c.entry_id = e.id)), count(*)
  from wanted join public.cases_entry e on e.case_id = wanted.case_id
  group by e.compartment $$;
alter function casework_left_out(bigint) owner to casework_grants;
revoke all on function casework_left_out(bigint) from public;
grant execute on function casework_left_out(bigint) to casework_app;
grant update (left_out) on summaries_summary to casework_app;
"""
NOT_COUNTED = """
drop function casework_left_out(bigint);
revoke select (number, sealed_at) on casework_account_telling from casework_grants;
revoke select (summary_id, passage_id, entry_id, dropped_at) on summaries_summaryitem from casework_grants;
revoke select (id, case_id) on summaries_summary from casework_grants;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("summaries", "0004_what_was_approved_and_issued"),
        ("casework_account", "0009_named_topics"),
        ("cases", "0001_initial"),
    ]
    operations = [
        migrations.AddField("summary", "left_out", models.JSONField(default=list, editable=False)),
        migrations.RunSQL(LEFT_OUT, NOT_COUNTED),
    ]
