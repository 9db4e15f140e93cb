from django.db import migrations

# A trigger in PL/pgSQL prepares each of its expressions anew in every transaction, which took as long as a quarter of
# the insert; a policy of reading took as long again wherever the new row was asked back. What the application can't
# name, it can't set: its right to write leaves out the columns that the database fills. Whoever else writes is refused
# by row security, which binds the owner as well. The key comes from the sequence, since no constraint can keep it
# unique over all months. A test compares the words with those of the code.
ENTRIES = """
drop trigger audit_entry_a_stamp on audit_auditentry;
drop function audit_entry_stamp();
alter table audit_auditentry alter id set default nextval('public.audit_auditentry_id_seq'),
  alter xid set default pg_current_xact_id(), alter "timestamp" set default clock_timestamp();
do $$
declare
  columns text;
begin
  select string_agg(quote_ident(attname), ', ' order by attnum) into columns from pg_attribute
  where attrelid = 'public.audit_auditentry'::regclass and attnum > 0 and not attisdropped
    and attname not in ('id', 'xid', 'timestamp');
  revoke insert on audit_auditentry from casework_app;
  execute format('grant insert (%s) on public.audit_auditentry to casework_app', columns);
end $$;
alter policy audit_auditentry_add on audit_auditentry with check (
  verb in ('looked', 'listed', 'entered', 'created', 'changed', 'deleted', 'exported', 'signed_in', 'signed_out',
    'sign_in_failed', 'factor_changed', 'refused', 'failed')
  and outcome in ('allowed', 'refused', 'failed') and action >= 0
  and (actor_id is null or verb in ('signed_in', 'signed_out', 'sign_in_failed', 'factor_changed')
    or actor_id = casework_member()));
"""


class Migration(migrations.Migration):
    """Number, transaction and time of an entry are out of reach for whoever writes it; nothing is put right afterwards."""

    dependencies = [
        ("access", "0015_one_list_of_cases_a_statement"),
        ("audit", "0006_words_are_checked_by_the_stamp"),
    ]
    operations = [migrations.RunSQL(ENTRIES, migrations.RunSQL.noop)]
