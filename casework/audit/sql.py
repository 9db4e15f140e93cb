"""The database's own guard of the record: stamped by trigger, never changed, never removed."""

STAMP_AND_FREEZE = """
create function audit_entry_stamp() returns trigger language plpgsql
 set search_path = pg_catalog, pg_temp as $$
begin
  new.xid := pg_current_xact_id();
  new."timestamp" := clock_timestamp();
  return new;
end $$;
create function audit_entry_frozen() returns trigger language plpgsql
 set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'An audit entry is never changed or removed.' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_a_stamp before insert on audit_auditentry
  for each row execute function audit_entry_stamp();
create trigger audit_entry_b_frozen before update or delete on audit_auditentry
  for each row execute function audit_entry_frozen();
create trigger audit_entry_c_frozen before truncate on audit_auditentry
  for each statement execute function audit_entry_frozen();
alter table audit_auditentry enable always trigger audit_entry_a_stamp;
alter table audit_auditentry enable always trigger audit_entry_b_frozen;
alter table audit_auditentry enable always trigger audit_entry_c_frozen;
revoke all on audit_auditentry from public;
grant select, insert on audit_auditentry to casework_app;
"""

UNDO_STAMP_AND_FREEZE = """
drop trigger audit_entry_a_stamp on audit_auditentry;
drop trigger audit_entry_b_frozen on audit_auditentry;
drop trigger audit_entry_c_frozen on audit_auditentry;
drop function audit_entry_stamp();
drop function audit_entry_frozen();
"""

# Needs a superuser, so it is no migration: `manage.py lock_audit` runs it where the operator may. The trigger
# functions then belong to that superuser, or the owner role could empty them with CREATE OR REPLACE.
LOCK = """
drop event trigger if exists casework_ddl;
drop event trigger if exists casework_drop;
alter function audit_entry_frozen() owner to current_user;
alter function audit_add_month(date) owner to current_user;
alter function audit_add_month(date) security definer;
grant execute on function audit_add_month(date) to casework_owner;
create or replace function casework_guarded_tables() returns oid[] language sql stable
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(c.oid), '{}') from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p')
    and (c.relname like 'audit\\_%' or c.relrowsecurity or c.relispartition
         or exists (select from pg_policy p where p.polrelid = c.oid)) $$;
create or replace function casework_is_guarded(class oid, object oid, tag text) returns boolean language sql stable
 set search_path = pg_catalog, pg_temp as $$
  select case class
    when 'pg_class'::regclass then object = any(public.casework_guarded_tables())
    when 'pg_trigger'::regclass then exists (
      select from pg_trigger t where t.oid = object and t.tgrelid = any(public.casework_guarded_tables()))
    when 'pg_rewrite'::regclass then exists (
      select from pg_rewrite r where r.oid = object and r.ev_class = any(public.casework_guarded_tables()))
    when 'pg_proc'::regclass then exists (
      select from pg_proc p where p.oid = object and p.pronamespace = 'public'::regnamespace)
    when 'pg_policy'::regclass then exists (
      select from pg_policy p where p.oid = object and p.polrelid = any(public.casework_guarded_tables()))
    else false end $$;
create or replace function casework_privileges_now() returns text language sql stable
 set search_path = pg_catalog, pg_temp as $$
  select string_agg(line, E'\n' order by line) from (
    select c.relname || ' ' || coalesce(c.relacl::text, '') || coalesce((
      select string_agg(a.attname || a.attacl::text, ' ' order by a.attnum) from pg_attribute a
      where a.attrelid = c.oid and a.attacl is not null), '') as line
    from pg_class c where c.oid = any(public.casework_guarded_tables())
      and (c.relacl is not null  -- a new month has none until somebody gives it one
        or exists (select from pg_attribute a where a.attrelid = c.oid and a.attacl is not null))
    union all
    select p.oid::regprocedure || ' ' || coalesce(p.proacl::text, '') from pg_proc p
    where p.pronamespace = 'public'::regnamespace) as lines $$;
create table if not exists casework_locked (only_row boolean primary key default true check (only_row), acls text);
grant select on casework_locked to public;
delete from casework_locked;
create or replace function casework_ddl_guard() returns event_trigger language plpgsql
 set search_path = pg_catalog, pg_temp as $$
declare
  command record;
begin
  -- Months are added while the lock is on, by one function that belongs to the superuser who put it on.
  if current_setting('casework.adding_month', true) = 'on'
     and (select rolsuper from pg_roles where rolname = current_user) then
    return;
  end if;
  if tg_tag in ('GRANT', 'REVOKE') then
    if public.casework_privileges_now() is distinct from (select acls from public.casework_locked) then
      raise exception 'The audit record and the access policies are locked: %.', tg_tag
        using errcode = 'insufficient_privilege';
    end if;
    return;
  end if;
  for command in select * from pg_event_trigger_ddl_commands() loop
    if public.casework_is_guarded(command.classid, command.objid, command.command_tag) then
      raise exception 'The audit record and the access policies are locked: %.', command.command_tag
        using errcode = 'insufficient_privilege';
    end if;
  end loop;
end $$;
create or replace function casework_drop_guard() returns event_trigger language plpgsql
 set search_path = pg_catalog, pg_temp as $$
declare
  gone record;
begin
  for gone in select * from pg_event_trigger_dropped_objects() loop
    if gone.object_type in ('table', 'trigger', 'policy', 'rule', 'function') and gone.schema_name = 'public'
       or gone.object_type in ('trigger', 'policy', 'rule') then
      raise exception 'The audit record and the access policies are locked: % % can''t be dropped.',
        gone.object_type, gone.object_identity using errcode = 'insufficient_privilege';
    end if;
  end loop;
end $$;
drop event trigger if exists casework_ddl;
drop event trigger if exists casework_drop;
insert into casework_locked (acls) values (casework_privileges_now());
create event trigger casework_ddl on ddl_command_end execute function casework_ddl_guard();
create event trigger casework_drop on sql_drop execute function casework_drop_guard();
"""

UNLOCK = """
drop event trigger if exists casework_ddl;
drop event trigger if exists casework_drop;
do $$
declare
  each regprocedure;
begin
  -- Back to the owner, or the next migration could not change them; the stamp is there where that was long ago.
  for each in select oid from pg_proc where pronamespace = 'public'::regnamespace
    and proname in ('audit_entry_stamp', 'audit_entry_frozen', 'audit_add_month') loop
    execute format('alter function %s owner to casework_owner', each);
    execute format('alter function %s security invoker', each);
  end loop;
end $$;
"""
