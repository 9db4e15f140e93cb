from django.db import migrations

GUARD = """
create function agencies_member_guard() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if current_user <> 'casework_app' then return new; end if;
  if tg_op = 'UPDATE' and (
      new.id, new.email, new.name, new.agency_id, new.roles, new.is_active, new.joined_on, new.membership_ended_on,
      new.vetting_from, new.vetting_until, new.training_from, new.training_until)
    is not distinct from (
      old.id, old.email, old.name, old.agency_id, old.roles, old.is_active, old.joined_on, old.membership_ended_on,
      old.vetting_from, old.vetting_until, old.training_from, old.training_until) then
    return new;  -- password, last sign-in and language are the member's own
  end if;
  if new.id is not distinct from public.casework_member()
    or new.agency_id is distinct from public.casework_agency_as('agency_administrator')
    or tg_op = 'UPDATE' and old.agency_id <> new.agency_id then
    raise exception 'Only an administrator of the agency changes its members, and nobody the own entry.'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger agencies_member_guard before insert or update on agencies_member
  for each row execute function agencies_member_guard();
"""
UNDO = "drop trigger agencies_member_guard on agencies_member; drop function agencies_member_guard();"


class Migration(migrations.Migration):
    """Row-level security reads roles and dates: they stand behind the same wall, or plain SQL could raise its own."""

    dependencies = [("agencies", "0001_initial"), ("access", "0006_grants_end_with_the_role")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
