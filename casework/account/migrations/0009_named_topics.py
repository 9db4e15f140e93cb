from django.db import migrations

from casework.access.policies import compartment_clause, passages_clause, topics_clause

WHOLE = compartment_clause("case_id", "account", write=False)
BESIDE_READ = "exists (select from casework_account_passage p where p.id = passage_id)"
TOPICS = f"""
create function casework_topic_pairs() returns text[] language sql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct g.content_object_id || '/' || topic), '{{}}')
  from public.access_casegrant g join public.auth_permission p on p.id = g.permission_id
    join public.sharing_share s on s.id = g.share_id, unnest(s.topics) topic
  where g.user_id = (select public.casework_standing_member()) and p.codename = 'read_account_topics'
    and g.ended_at is null and g.ends_at > now()
    and not exists (select from public.access_wall w
      where w.member_id = g.user_id and w.case_id = g.content_object_id and w.lifted_at is null) $$;
create function casework_pairs(of_case bigint, topics text[]) returns text[] language sql immutable parallel safe
 set search_path = pg_catalog, pg_temp as $$ select array_agg(of_case || '/' || topic) from unnest(topics) topic $$;

grant select (id, telling_id, number, retired_at) on casework_account_passage to casework_grants;
create function casework_last_passage(of_telling bigint, of_case bigint) returns bigint language sql stable
 security definer set search_path = pg_catalog, pg_temp as $$
  select max(p.number)::bigint from public.casework_account_passage p
  where p.telling_id = of_telling and p.retired_at is null and of_case = any((select public.casework_visible_ids('read_account_topics'))::bigint[])
    and exists (select from public.casework_account_telling t where t.id = of_telling and t.case_id = of_case) $$;
alter function casework_topic_pairs() owner to casework_grants;
alter function casework_last_passage(bigint, bigint) owner to casework_grants;
revoke all on function casework_topic_pairs() from public;
revoke all on function casework_last_passage(bigint, bigint) from public;
grant execute on function casework_topic_pairs() to casework_app, casework_grants;
grant execute on function casework_last_passage(bigint, bigint) to casework_app;

alter policy casework_account_telling_see on casework_account_telling using ({WHOLE} or {topics_clause()});
alter policy casework_account_passage_see on casework_account_passage using ({passages_clause()});
alter policy casework_account_correction_see on casework_account_correction
  using ({WHOLE} or ({topics_clause()} and {BESIDE_READ}));
"""


class Migration(migrations.Migration):
    """Whoever was given named topics reads passages about those alone, and the occasions on which they were told."""

    dependencies = [
        ("casework_account", "0008_what_was_sealed_can_be_held_against_the_record"),
        ("sharing", "0005_holders_and_four_eyes_in_the_database"),
    ]
    operations = [migrations.RunSQL(TOPICS, migrations.RunSQL.noop)]
