from django.db import migrations

# What an interviewer records since the plan keeps from the record is open to that interviewer, who is kept from everything else.
ME = "(select casework_standing_member())"
OWN = "(select casework_own_telling_ids())::bigint[]"
BLINDED = "case_id = any((select casework_blinded_ids())::bigint[])"


def granted(codename: str) -> str:
    """True for cases that a grant would open, were the member not kept from the record."""
    return f"{BLINDED} and case_id = any((select casework_granted_ids('{codename}'))::bigint[])"


def own_rows(table: str, belongs: str) -> str:
    """Policies beside those of the table: its rows of the interviewer's own tellings."""
    write = f"{belongs} and {granted('write_account')}"
    return (
        f"create policy {table}_own_see on {table} for select to casework_app"
        f" using ({belongs} and {granted('read_account')});"
        f"create policy {table}_own_add on {table} for insert to casework_app with check ({write});"
        f"create policy {table}_own_change on {table} for update to casework_app using ({write}) with check ({write});"
    )


TELLINGS = """
grant update (blinds_interviewers) on planning_plan to casework_app;
grant select (id, case_id, recorded_by_id, recorded_at, sealed_at) on casework_account_telling to casework_grants;
grant update (lifted_at, lifted_by_id) on access_blinding to casework_grants;
create policy access_blinding_ends on access_blinding for update to casework_grants using (true) with check (true);

create function casework_blinded_since(for_case bigint) returns timestamptz language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select b.set_at from public.access_blinding b
  where b.member_id = (select public.casework_standing_member()) and b.case_id = for_case and b.lifted_at is null $$;

create function casework_own_telling_ids() returns bigint[] language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(t.id), '{}') from public.casework_account_telling t
    join public.access_blinding b on b.case_id = t.case_id and b.member_id = t.recorded_by_id
  where t.recorded_by_id = (select public.casework_standing_member())
    and b.lifted_at is null and t.recorded_at >= b.set_at $$;

create function casework_seal_opens_the_record() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
begin
  if old.sealed_at is null and new.sealed_at is not null then
    update public.access_blinding set lifted_at = now(), lifted_by_id = new.sealed_by_id
    where case_id = new.case_id and lifted_at is null
      and exists (select from public.planning_plan p where p.telling_id = new.id);
  end if;
  return null;
end $$;
create trigger seal_opens_the_record after update of sealed_at on casework_account_telling
  for each row execute function casework_seal_opens_the_record();
"""
OWNED = ("casework_blinded_since(bigint)", "casework_own_telling_ids()", "casework_seal_opens_the_record()")
HAND_OVER = (
    "".join(f"revoke all on function {name} from public;" for name in OWNED)
    + "grant execute on function casework_own_telling_ids(), casework_blinded_since(bigint) to casework_app;"
    + "".join(f"alter function {name} owner to casework_grants;" for name in OWNED)
)
POLICIES = (
    own_rows("casework_account_telling", f"recorded_by_id = {ME} and recorded_at >= casework_blinded_since(case_id)")
    + own_rows("casework_account_passage", f"telling_id = any({OWN})")
    + own_rows("casework_account_passageedit", f"telling_id = any({OWN})")
    + own_rows(
        "casework_account_passagerevision",
        f"exists (select from casework_account_passage p where p.id = passage_id and p.telling_id = any({OWN}))",
    )
)


class Migration(migrations.Migration):
    """Whoever is kept from the record records the interview all the same; the seal opens the record again."""

    dependencies = [
        ("planning", "0005_the_gate"),
        ("access", "0012_an_interviewer_may_be_kept_from_the_record"),
        ("casework_account", "0007_two_people_seal_what_was_told"),
    ]
    operations = [migrations.RunSQL(TELLINGS + HAND_OVER + POLICIES, migrations.RunSQL.noop)]
