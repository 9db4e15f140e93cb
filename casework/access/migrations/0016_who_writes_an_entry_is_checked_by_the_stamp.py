from django.db import migrations

# A check in a policy is prepared anew for every statement, which took as long as a quarter of the insert; the stamp
# looks at each new row anyway, and is the superuser's while the record is locked.
STAMP = """
create or replace function audit_entry_stamp() returns trigger language plpgsql
 set search_path = pg_catalog, pg_temp as $$
declare
  stamp timestamptz := clock_timestamp();
begin
  if new.verb not in ('looked', 'listed', 'entered', 'created', 'changed', 'deleted', 'exported', 'signed_in',
       'signed_out', 'sign_in_failed', 'factor_changed', 'refused', 'failed')
     or new.outcome not in ('allowed', 'refused', 'failed') or new.action < 0 then
    raise exception 'An audit entry says what was done, and how it came out, in one of the words that are known.'
      using errcode = 'check_violation';
  end if;
  if new.actor_id is not null and new.verb not in ('signed_in', 'signed_out', 'sign_in_failed', 'factor_changed')
     and new.actor_id is distinct from public.casework_member() then
    raise exception 'An audit entry names nobody but who asks.' using errcode = 'insufficient_privilege';
  end if;
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
alter policy audit_auditentry_add on audit_auditentry with check (true);
"""


class Migration(migrations.Migration):
    """Who is named as the author of an entry is held against who asks where the entry is stamped."""

    dependencies = [
        ("access", "0015_one_list_of_cases_a_statement"),
        ("audit", "0006_words_are_checked_by_the_stamp"),
    ]
    operations = [migrations.RunSQL(STAMP, migrations.RunSQL.noop)]
