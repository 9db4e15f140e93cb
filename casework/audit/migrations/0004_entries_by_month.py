from django.db import migrations

# An entry's month decides where it lies, so its time can't be changed on its way there by a trigger. The stamp keeps
# the database's own default to the microsecond where the month turned meanwhile, and refuses any other time that
# somebody named. The key of an entry comes from the sequence whatever was asked for, since no constraint can keep it
# unique over all months.
STAMP = """
create or replace function audit_entry_stamp() returns trigger language plpgsql
 set search_path = pg_catalog, pg_temp as $$
declare
  stamp timestamptz := clock_timestamp();
begin
  new.id := nextval('public.audit_auditentry_id_seq');
  new.xid := pg_current_xact_id();
  if date_trunc('month', new."timestamp", 'UTC') = date_trunc('month', stamp, 'UTC') then
    new."timestamp" := stamp;
  elsif new."timestamp" not between stamp - interval '1 second' and stamp + interval '1 second' then
    raise exception 'An audit entry is stamped by the clock of the database alone.'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
"""

# A month that is there, that overlaps another partition, or whose entries lie in the default partition already, is
# left as it is: nothing is ever moved.
ADD_MONTH = """
create function audit_add_month(month date) returns boolean language plpgsql
 set search_path = pg_catalog, pg_temp as $$
declare
  first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
  upto timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
  name text := 'audit_auditentry_' || to_char(month, 'YYYY_MM');
begin
  if to_regclass('public.' || name) is not null then return false; end if;
  perform set_config('casework.adding_month', 'on', true);
  begin
    execute format('create table public.%I (like public.audit_auditentry including defaults including constraints)',
      name);
    execute format('alter table public.%I owner to casework_owner', name);
    execute format('alter table public.%I enable row level security', name);
    execute format('alter table public.%I force row level security', name);
    execute format('create trigger audit_entry_c_frozen before truncate on public.%I'
      ' for each statement execute function public.audit_entry_frozen()', name);
    execute format('alter table public.%I enable always trigger audit_entry_c_frozen', name);
    execute format('alter table public.audit_auditentry attach partition public.%I for values from (%L) to (%L)',
      name, first, upto);
  exception when check_violation or invalid_object_definition then
    perform set_config('casework.adding_month', '', true);
    return false;
  end;
  perform set_config('casework.adding_month', '', true);
  return true;
end $$;
revoke all on function audit_add_month(date) from public;
"""

BY_MONTH = """
do $$
declare
  top bigint;
  upto timestamptz;
  each record;
begin
  if not exists (select from pg_roles where rolname = 'casework_sealer') then
    raise exception 'The role casework_sealer is missing: run "manage.py prepare" first.';
  end if;
  alter table audit_auditentry no force row level security;
  select max(id), date_trunc('month', max("timestamp"), 'UTC') + interval '1 month' into top, upto
  from audit_auditentry;

  alter table audit_auditentry rename to audit_auditentry_before;
  alter table audit_auditentry_before alter id drop identity;
  alter table audit_auditentry_before drop constraint audit_auditentry_pkey;
  drop trigger audit_entry_a_stamp on audit_auditentry_before;
  drop trigger audit_entry_b_frozen on audit_auditentry_before;
  create table audit_auditentry (like audit_auditentry_before including defaults including constraints)
    partition by range ("timestamp");
  alter table audit_auditentry add constraint audit_auditentry_pkey primary key (id, "timestamp");
  create sequence audit_auditentry_id_seq as bigint owned by audit_auditentry.id;
  perform setval('audit_auditentry_id_seq', coalesce(top, 0) + 1, false);
  grant usage on sequence audit_auditentry_id_seq to casework_app;

  for each in select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i where i.indrelid = 'audit_auditentry_before'::regclass loop
    execute format('alter index %I rename to %I', each.name, each.name || '_before');
    execute replace(each.definition, 'public.audit_auditentry_before', 'public.audit_auditentry');
  end loop;

  create trigger audit_entry_a_stamp before insert on audit_auditentry
    for each row execute function audit_entry_stamp();
  create trigger audit_entry_b_frozen before update or delete on audit_auditentry
    for each row execute function audit_entry_frozen();
  create trigger audit_entry_c_frozen before truncate on audit_auditentry
    for each statement execute function audit_entry_frozen();
  alter table audit_auditentry enable always trigger audit_entry_a_stamp;
  alter table audit_auditentry enable always trigger audit_entry_b_frozen;
  alter table audit_auditentry enable always trigger audit_entry_c_frozen;

  alter table audit_auditentry enable row level security;
  alter table audit_auditentry force row level security;
  for each in select p.polname, p.polpermissive, p.polcmd,
      (select string_agg(case r when 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', ')
       from unnest(p.polroles) r) as roles,
      pg_get_expr(p.polqual, p.polrelid) as seen, pg_get_expr(p.polwithcheck, p.polrelid) as written
    from pg_policy p where p.polrelid = 'audit_auditentry_before'::regclass loop
    execute format('create policy %I on audit_auditentry as %s for %s to %s', each.polname,
        case when each.polpermissive then 'permissive' else 'restrictive' end,
        case each.polcmd when 'r' then 'select' when 'a' then 'insert' else 'all' end, each.roles)
      || coalesce(' using (' || each.seen || ')', '') || coalesce(' with check (' || each.written || ')', '');
    execute format('drop policy %I on audit_auditentry_before', each.polname);
  end loop;
  create policy audit_auditentry_sealer on audit_auditentry for select to casework_sealer using (true);
  revoke all on audit_auditentry_before from public, casework_app, casework_grants;
  revoke all on audit_auditentry from public;
  grant select, insert on audit_auditentry to casework_app;
  grant select on audit_auditentry to casework_grants, casework_sealer;

  create table audit_auditentry_rest partition of audit_auditentry default;
  alter table audit_auditentry_rest enable row level security;
  alter table audit_auditentry_rest force row level security;
  create trigger audit_entry_c_frozen before truncate on audit_auditentry_rest
    for each statement execute function audit_entry_frozen();
  alter table audit_auditentry_rest enable always trigger audit_entry_c_frozen;

  if top is null then
    drop table audit_auditentry_before;
  else
    alter table audit_auditentry_before force row level security;
    execute format('alter table audit_auditentry attach partition audit_auditentry_before'
      ' for values from (minvalue) to (%L)', upto);
  end if;
  perform audit_add_month((current_date + ahead * interval '1 month')::date) from generate_series(0, 2) ahead;
end $$;
"""


class Migration(migrations.Migration):
    """One table a month under the old name. Entries from before stay where they are, as the first partition."""

    dependencies = [("audit", "0003_a_stated_reason_is_kept_encrypted"), ("access", "0008_closed_is_closed")]
    operations = [
        migrations.RunSQL(STAMP, migrations.RunSQL.noop),
        migrations.RunSQL(ADD_MONTH, migrations.RunSQL.noop),
        migrations.RunSQL(BY_MONTH, migrations.RunSQL.noop),
    ]
