from django.db import migrations

TABLES = (
    "access_casegrant", "cases_entry", "cases_participant", "casework_account_telling", "casework_account_passage",
    "casework_account_correction", "sharing_share", "summaries_summary", "summaries_summaryitem",
    "summaries_summarycopy",
)  # fmt: skip

# The lock on the case's row makes whoever writes and whoever closes wait for each other. The function's owner may take
# it and can change nothing: no new row would pass the policy.
CLOSED = """
grant update (version) on cases_case to casework_grants;
create policy cases_case_held on cases_case for update to casework_grants using (true) with check (false);
create function casework_case_is_closed() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
declare
  of_case bigint := (to_jsonb(new) ->> tg_argv[0])::bigint;
  is_closed boolean;
begin
  select c.stage = 'closed' into is_closed from public.cases_case c where c.id = of_case for share;
  if is_closed then
    raise exception 'Nothing is added to a closed case.' using errcode = 'check_violation',
      constraint = 'case_is_closed';
  end if;
  return new;
end $$;
"""
TRIGGERS = "".join(
    f"create trigger case_is_closed before insert on {table} for each row"
    f" execute function casework_case_is_closed('{'content_object_id' if table == 'access_casegrant' else 'case_id'}');"
    for table in TABLES
)


# After the triggers: only who may execute a function makes a trigger of it.
HAND_OVER = """
revoke all on function casework_case_is_closed() from public;
alter function casework_case_is_closed() owner to casework_grants;
"""


class Migration(migrations.Migration):
    """What was under way when a case was closed is not written after it: no share, no grant, no entry, no telling."""

    dependencies = [
        ("access", "0007_standing_counts_and_an_end_is_an_end"),
        ("casework_account", "0005_earlier_wordings_are_kept"),
        ("cases", "0003_who_changed_an_entry"),
        ("sharing", "0003_each_side_moves_a_share_its_own_way"),
        ("summaries", "0004_what_was_approved_and_issued"),
    ]
    operations = [migrations.RunSQL(CLOSED + TRIGGERS + HAND_OVER, migrations.RunSQL.noop)]
