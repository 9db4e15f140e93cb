from django.db import migrations

from casework.access.policies import confidential_sql

SEAL = """
create function account_seal_is_final() returns trigger language plpgsql
 set search_path = pg_catalog, public, pg_temp as $$
declare
  sealed boolean;
begin
  if tg_table_name = 'casework_account_telling' then
    sealed := old.sealed_at is not null;
  else
    select bool_or(t.sealed_at is not null) into sealed from public.casework_account_telling t
    where t.id in (case when tg_op <> 'INSERT' then old.telling_id end,
                   case when tg_op <> 'DELETE' then new.telling_id end);
  end if;
  if sealed then
    raise exception 'A sealed telling is never changed.' using errcode = 'check_violation',
      constraint = 'telling_sealed_is_final';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger telling_seal_is_final before update or delete on casework_account_telling
  for each row execute function account_seal_is_final();
create trigger passage_seal_is_final before insert or update or delete on casework_account_passage
  for each row execute function account_seal_is_final();
alter table casework_account_telling enable always trigger telling_seal_is_final;
alter table casework_account_passage enable always trigger passage_seal_is_final;
"""
UNSEAL = """
drop trigger telling_seal_is_final on casework_account_telling;
drop trigger passage_seal_is_final on casework_account_passage;
drop function account_seal_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("casework_account", "0001_initial"), ("access", "0004_who_asks_and_what_they_may")]
    operations = [
        migrations.RunSQL(confidential_sql("casework_account_telling", "account"), migrations.RunSQL.noop),
        migrations.RunSQL(confidential_sql("casework_account_passage", "account"), migrations.RunSQL.noop),
        migrations.RunSQL(
            confidential_sql("casework_account_correction", "account", may_change=False), migrations.RunSQL.noop
        ),
        migrations.RunSQL(SEAL, UNSEAL),
    ]
