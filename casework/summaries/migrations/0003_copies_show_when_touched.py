from django.db import migrations, models

# Beat runs for no member, and sees no row. It is told only which copies wait and for whom, nothing of their cases.
WAITING = """
grant select (id, asked_by_id, state, asked_at, touched_at) on summaries_summarycopy to casework_grants;
create function casework_waiting_copies() returns table (copy_id bigint, asked_by_id bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, c.asked_by_id from public.summaries_summarycopy c
  where greatest(c.asked_at, c.touched_at) > now() - interval '1 day'
    and (c.state = 'queued' and coalesce(c.touched_at, c.asked_at) < now() - interval '20 seconds'
      or c.state = 'building' and c.touched_at < now() - interval '2 minutes')
  order by c.asked_at limit 100 $$;
alter function casework_waiting_copies() owner to casework_grants;
revoke all on function casework_waiting_copies() from public;
grant execute on function casework_waiting_copies() to casework_app;
"""
NOT_WAITING = """
drop function casework_waiting_copies();
revoke select (id, asked_by_id, state, asked_at, touched_at) on summaries_summarycopy from casework_grants;
"""


class Migration(migrations.Migration):
    dependencies = [("summaries", "0002_walls"), ("access", "0004_who_asks_and_what_they_may")]
    operations = [
        migrations.AddField("summarycopy", "touched_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunSQL(WAITING, NOT_WAITING),
    ]
