from django.db import migrations

# Without retired rows: they are empty, and no passages any more, but keep the number that they had. And no topic for
# an interviewer who is kept from the record: to know of what the child has spoken is to be led by it.
TOPICS = """
set local role casework_grants;
create or replace function casework_topics_besides(for_case bigint, seen bigint[]) returns setof text
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct coalesce(topic, '') from public.casework_account_passage p
    left join unnest(p.topics) as topic on true
  where p.case_id = for_case and for_case = any(public.casework_visible_ids('read_overview'))
    and not for_case = any(public.casework_blinded_ids())
    and p.retired_at is null and p.id <> all(seen) $$;
reset role;
"""
PLACES = """
create or replace function casework_passages_by_topic(for_case bigint)
 returns table (topic text, telling integer, passages integer[])
 language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(each, ''), t.number::integer, array_agg(p.number::integer order by p.number)
  from public.casework_account_passage p
    join public.casework_account_telling t on t.id = p.telling_id
    left join unnest(p.topics) as each on true
  where p.case_id = for_case and p.retired_at is null group by 1, 2 order by 1, 2 $$;
"""


class Migration(migrations.Migration):
    """Whoever is kept from the record learns no topic of it; a passage that was joined to another stands nowhere."""

    dependencies = [
        ("search", "0002_walls_and_jobs"),
        ("casework_account", "0007_two_people_seal_what_was_told"),
        ("planning", "0003_a_retired_passage_answers_nothing"),
        ("access", "0012_an_interviewer_may_be_kept_from_the_record"),
    ]
    operations = [migrations.RunSQL(TOPICS + PLACES, migrations.RunSQL.noop)]
