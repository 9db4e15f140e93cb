from django.db import migrations

# A wall that is raised while an emergency runs ends what it opened of the identity, whoever stands behind the wall: an
# emergency never opens the identity of a case with a wall, and what it opened before is not to outlast that. The lock
# makes the two wait for each other, also where plain SQL gives the identity later than the rest: whoever gives it looks
# for walls with the lock held, and so in a function that is volatile and sees what was committed meanwhile. A
# transaction that goes on seeing what it first saw can't know: it gives none and raises none. Nobody is told of walls by
# the way. An emergency that had to wait is asked for once more, so that its page says what it says beside any wall. What
# ended so does not come back, also not when the wall is lifted.
LOCK = "pg_advisory_xact_lock(hashtextextended('casework/emergency', {}))"
FUNCTIONS = f"""
create function casework_wall_ends_identity() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'A wall is raised by who sees what it has to end.' using errcode = 'insufficient_privilege';
  end if;
  perform {LOCK.format("new.case_id")};
  update public.access_casegrant g set ended_at = now(), ended_by_id = new.raised_by_id
  from public.auth_permission p
  where p.id = g.permission_id and p.codename = 'read_identity' and g.emergency_id is not null
    and g.content_object_id = new.case_id and g.ended_at is null;
  return null;
end $$;

create function casework_ended_by_wall(for_case bigint) returns table (grant_id bigint, member_id bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select g.id, g.user_id from public.access_casegrant g join public.auth_permission p on p.id = g.permission_id
  where g.content_object_id = for_case and p.codename = 'read_identity' and g.emergency_id is not null
    and g.ended_at = now() and g.ended_by_id = (select public.casework_standing_member())
    and exists (select from public.access_wall w where w.case_id = for_case and w.raised_at >= now()
      and w.raised_by_id = (select public.casework_standing_member())) $$;

create function casework_identity_is_shut(for_case bigint, by_emergency bigint) returns boolean
 language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' or not exists (
    select from public.emergency_emergencyaccess e where e.id = by_emergency and e.case_id = for_case
      and e.member_id = (select public.casework_standing_member())) then return true; end if;
  perform {LOCK.format("for_case")};
  return exists (select from public.access_wall w where w.case_id = for_case and w.lifted_at is null)
    or exists (select from public.access_casegrant g join public.auth_permission p on p.id = g.permission_id
      where g.emergency_id = by_emergency and p.codename = 'read_identity' and g.ended_at is not null);
end $$;

create or replace function emergency_access_starts() returns trigger language plpgsql
 set search_path = pg_catalog, pg_temp as $$
begin
  perform {LOCK.format("new.case_id")};
  if current_user = 'casework_app'
     and not coalesce(public.casework_may_break_glass(new.case_id, new.compartments::text[]), false) then
    raise exception 'There is nothing to open.' using errcode = 'check_violation';
  end if;
  new.started_at := now();
  new.ends_at := now() + interval '3 hours';
  return new;
end $$;
"""
TRIGGER = """
create trigger wall_ends_identity after insert on access_wall
  for each row execute function casework_wall_ends_identity();
"""
POLICY = """
create policy access_casegrant_add_no_shut_identity on access_casegrant as restrictive for insert to casework_app
  with check (emergency_id is null
    or permission_id <> (select id from auth_permission p where p.codename = 'read_identity')
    or not casework_identity_is_shut(content_object_id, emergency_id));
"""
OWNED = (
    ("casework_wall_ends_identity()", ""),
    ("casework_ended_by_wall(bigint)", "casework_app"),
    ("casework_identity_is_shut(bigint, bigint)", "casework_app"),
)
HANDED_OVER = "".join(
    f"revoke all on function {name} from public;\n"
    + (f"grant execute on function {name} to {user};\n" if user else "")
    + f"alter function {name} owner to casework_grants;\n"
    for name, user in OWNED
)


class Migration(migrations.Migration):
    """A wall that is raised while an emergency runs ends what the emergency opened of the identity, at once."""

    dependencies = [
        ("emergency", "0005_therapy_is_not_opened_by_an_enquirer"),
        ("access", "0014_the_identity_may_be_given_on_request"),
    ]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (FUNCTIONS, TRIGGER, HANDED_OVER, POLICY)]
