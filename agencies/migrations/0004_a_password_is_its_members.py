from django.db import migrations

# As before, and: whoever is known to the database changes no other member's password.
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
      new.vetting_from, new.vetting_until, new.training_from, new.training_until)
    is not distinct from (
      old.id, old.email, old.name, old.agency_id, old.roles, old.is_active, old.joined_on, old.membership_ended_on,
      old.vetting_from, old.vetting_until, old.training_from, old.training_until)
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
FACTORS = """
alter table mfa_authenticator enable row level security;
create policy mfa_authenticator_see on mfa_authenticator for select to casework_app using (true);
create policy mfa_authenticator_add on mfa_authenticator for insert to casework_app
  with check ((select casework_member()) is null or user_id = (select casework_member()));
create policy mfa_authenticator_change on mfa_authenticator for update to casework_app
  using ((select casework_member()) is null or user_id = (select casework_member()));
create policy mfa_authenticator_remove on mfa_authenticator for delete to casework_app
  using ((select casework_member()) is null or user_id = (select casework_member()));
"""


class Migration(migrations.Migration):
    """A signed-in member changes nobody else's password or second factor, whatever SQL reaches the database."""

    dependencies = [
        ("agencies", "0003_member_member_roles_apart"),
        ("access", "0007_standing_counts_and_an_end_is_an_end"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop), migrations.RunSQL(FACTORS, migrations.RunSQL.noop)]
