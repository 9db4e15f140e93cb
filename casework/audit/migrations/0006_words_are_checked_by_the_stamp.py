from django.db import migrations, models

# A check constraint is parsed anew for every statement, two of them took as long as all the rest of an insert. The
# stamp looks at each new row anyway, is on in every mode of the session, and belongs to the superuser while the record
# is locked. A test compares its words with those of the code.
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


class Migration(migrations.Migration):
    """The words of an entry are checked where it is stamped, by the row and no longer by the statement."""

    dependencies = [("audit", "0005_seals")]
    operations = [
        migrations.RunSQL(STAMP, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="auditentry", name="entry_verb_known"),
        migrations.RemoveConstraint(model_name="auditentry", name="entry_outcome_known"),
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.SmallIntegerField(choices=[(0, "create"), (1, "update"), (2, "delete"), (3, "access")]),
        ),
    ]
