from django.db import migrations

OLD = """
grant delete on drafts_draft to casework_grants;
grant select (id, kept_at) on drafts_draft to casework_grants;
create policy drafts_draft_old on drafts_draft for delete to casework_grants
  using (kept_at < now() - interval '30 days');
create function casework_end_old_drafts() returns bigint language sql volatile security definer
 set search_path = pg_catalog, pg_temp as $$
  with gone as (delete from public.drafts_draft where kept_at < now() - interval '30 days' returning id)
  select count(*) from gone $$;
revoke all on function casework_end_old_drafts() from public;
grant execute on function casework_end_old_drafts() to casework_app;
alter function casework_end_old_drafts() owner to casework_grants;
"""


class Migration(migrations.Migration):
    """Text that nobody came back to for thirty days goes: it may be of a case that its author sees no more."""

    dependencies = [("drafts", "0002_walls")]
    operations = [migrations.RunSQL(OLD, migrations.RunSQL.noop)]
