from django.db import migrations

from casework.access.policies import compartment_clause, narrow_changes_sql, protect_sql

READ = compartment_clause("case_id", "account", write=False)
WRITE = compartment_clause("case_id", "account", write=True)
# Whoever may write in the account has it turned into numbers; the job itself is opened by the database alone.
WALLS = (
    protect_sql("search_tellingindex", select=READ, update=WRITE, changing=("ready", "embedder", "language"))
    + protect_sql("search_indexpage", select=READ, insert=WRITE, update=WRITE)
    + narrow_changes_sql("search_indexpage", "vectors_sealed")
)

# What was told changes by several actions, and more to come: none of them can forget the job. The job has the key of
# its telling. A correction changes what is found, too.
JOBS = """
grant select, insert, update on search_tellingindex to casework_grants;
create policy search_tellingindex_opened on search_tellingindex for insert to casework_grants with check (true);
create policy search_tellingindex_sent on search_tellingindex for update to casework_grants
  using (true) with check (true);
create function casework_search_wanted() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
declare
  of_telling bigint := case when tg_table_name = 'casework_account_telling'
    then (to_jsonb(new) ->> 'id')::bigint
    else (select p.telling_id from public.casework_account_passage p
          where p.id = (to_jsonb(new) ->> 'passage_id')::bigint) end;
begin
  insert into public.search_tellingindex as i
    (id, case_id, telling_id, wanted, ready, embedder, language, asked_by_id, sent)
  select of_telling, new.case_id, of_telling, 1, 0, '', '', coalesce(public.casework_member(), t.recorded_by_id), 0
    from public.casework_account_telling t where t.id = of_telling
  on conflict (telling_id) do update
    set wanted = i.wanted + 1, asked_by_id = excluded.asked_by_id, asked_at = now(), sent = 0, sent_at = null;
  return null;
end $$;
create trigger search_wanted after insert or update of version on casework_account_telling
  for each row execute function casework_search_wanted();
create trigger search_wanted after insert on casework_account_correction
  for each row execute function casework_search_wanted();
grant select (id, case_id, telling_id, topics) on casework_account_passage to casework_grants;
grant select (id, case_id, recorded_by_id) on casework_account_telling to casework_grants;
"""

# Before the walls stand. The owner is bound by the walls of the account, too.
SO_FAR = """
alter table casework_account_telling no force row level security;
insert into search_tellingindex (id, case_id, telling_id, wanted, ready, embedder, language, asked_by_id, sent)
  select id, case_id, id, 1, 0, '', '', recorded_by_id, 0 from casework_account_telling;
set constraints all immediate;  -- new rows leave their keys to be checked, and no table is altered meanwhile
alter table casework_account_telling force row level security;
"""

# Hands out what waits, and notes that it did: each time it waits twice as long before it hands out the same again, up
# to some hours, so that what can't be done (its member has lost the access) doesn't fill the record of refusals.
WAITING = """
create function casework_waiting_indexes(model text) returns table (index_id bigint, asked_by bigint)
 language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update public.search_tellingindex i set sent = least(i.sent + 1, 12), sent_at = now()
  where i.id in (
    select w.id from public.search_tellingindex w
    where (w.ready < w.wanted or w.embedder <> model)
      and (w.sent_at is null or w.sent_at < now() - interval '15 seconds' * power(2, w.sent))
    order by w.asked_at limit 50 for update skip locked)
  returning i.id, i.asked_by_id $$;
"""

# To people on the case, which topics hold passages beside those that they name. No count, no passage, no word.
TOPICS = """
create function casework_topics_besides(for_case bigint, seen bigint[]) returns setof text
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct coalesce(topic, '') from public.casework_account_passage p
    left join unnest(p.topics) as topic on true
  where p.case_id = for_case and for_case = any(public.casework_visible_ids('read_overview'))
    and p.id <> all(seen) $$;
"""
# To who may read the account, as row security decides: where what stands, without a word of it.
PLACES = """
create function casework_passages_by_topic(for_case bigint)
 returns table (topic text, telling integer, passages integer[])
 language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(each, ''), t.number::integer, array_agg(p.number::integer order by p.number)
  from public.casework_account_passage p
    join public.casework_account_telling t on t.id = p.telling_id
    left join unnest(p.topics) as each on true
  where p.case_id = for_case group by 1, 2 order by 1, 2 $$;
revoke all on function casework_passages_by_topic(bigint) from public;
grant execute on function casework_passages_by_topic(bigint) to casework_app;
"""
GIVEN = "".join(
    f"revoke all on function {name} from public; grant execute on function {name} to casework_app;"
    f" alter function {name} owner to casework_grants;"
    for name in ("casework_waiting_indexes(text)", "casework_topics_besides(bigint, bigint[])")
)
# After the triggers: only who may execute a function makes a trigger of it.
HAND_OVER = (
    GIVEN
    + """
revoke all on function casework_search_wanted() from public;
alter function casework_search_wanted() owner to casework_grants;
"""
)
UNDO = """
drop trigger search_wanted on casework_account_telling;
drop trigger search_wanted on casework_account_correction;
drop function casework_search_wanted();
drop function casework_waiting_indexes(text);
drop function casework_topics_besides(bigint, bigint[]);
drop function casework_passages_by_topic(bigint);
"""


class Migration(migrations.Migration):
    """The account as numbers stands behind the account's own walls; a job is a row that the database itself writes."""

    dependencies = [
        ("search", "0001_the_account_as_numbers"),
        ("casework_account", "0006_several_topics_per_passage"),
        ("access", "0008_closed_is_closed"),
    ]
    operations = [
        migrations.RunSQL(SO_FAR, migrations.RunSQL.noop),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
        migrations.RunSQL(JOBS + WAITING + TOPICS + PLACES + HAND_OVER, UNDO),
    ]
