import django.contrib.postgres.fields
from django.db import migrations, models

GUARD = """
create or replace function agencies_member_guard() returns trigger language plpgsql
 set search_path = pg_catalog, pg_temp as $$
declare
  asks bigint;
begin
  if current_user <> 'casework_app' then return new; end if;
  asks := public.casework_member();
  if tg_op = 'UPDATE' and (
      new.id, new.email, new.name, new.agency_id, new.roles, new.is_active, new.joined_on, new.membership_ended_on,
      new.vetting_from, new.vetting_until, new.training_from, new.training_until, new.address_marks)
    is not distinct from (
      old.id, old.email, old.name, old.agency_id, old.roles, old.is_active, old.joined_on, old.membership_ended_on,
      old.vetting_from, old.vetting_until, old.training_from, old.training_until, old.address_marks)
    and (asks is null or asks = new.id or new.password = old.password) then
    return new;  -- the own password; last sign-in and language
  end if;
  if new.id is not distinct from asks
    or new.agency_id is distinct from public.casework_agency_as('agency_administrator')
    or tg_op = 'UPDATE' and old.agency_id <> new.agency_id then
    raise exception 'Only an administrator of the agency changes its members, and nobody the own entry.'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
"""


class Migration(migrations.Migration):
    """Where a member lives is compared with where the child lives, so that a conflict of interest is noticed.

    Nobody takes the own address away: administrators record it, as they do vetting.
    """

    dependencies = [("agencies", "0004_a_password_is_its_members")]
    operations = [
        migrations.AddField(
            "member",
            "address_marks",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=17), blank=True, default=list, editable=False, size=None
            ),
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
