from django.db import migrations

# What is kept of a sealed telling, byte for byte, as one hash: whoever verifies holds no key and reads no word, and
# still sees that a byte was changed. The names of the columns are written out, so that a later one changes no old hash.
TELLING = (
    "id, case_id, number, kind, told_on, told_when_sealed, started_at, ended_at, protocol, told_to_sealed,"
    " interviewer_id, place_sealed, people_rows_sealed, heard_keys, present_sealed, language_sealed,"
    " circumstances_sealed, questions_asked_sealed, demeanour_sealed, drawings_sealed, pause_rows_sealed,"
    " breaks_sealed, recording_reference_sealed, recording_custodian_sealed, note_reference_sealed,"
    " new_topics_sealed, protection_sealed, salient_points_sealed, recorded_by_id, recorded_at, signed_by_id,"
    " signed_by_label, signed_at, sealed_by_id, sealed_by_label, sealed_at, digest, seal_format, version"
)
PASSAGE = (
    "id, case_id, telling_id, number, question_sealed, answer_sealed, question_speaker_sealed, answer_speaker_sealed,"
    " time_code, phase, question_type, topics, uncertain, changed_in, retired_at"
)


def columns(table: str, names: str) -> str:
    return ", ".join(f"{table}.{name.strip()}" for name in names.split(","))


FUNCTIONS = f"""
grant select ({TELLING}) on casework_account_telling to casework_grants;
grant select ({PASSAGE}) on casework_account_passage to casework_grants;
grant select on audit_archive to casework_grants;

create function account_kept_rows(of_telling bigint) returns text language sql stable security definer
 set search_path = pg_catalog, pg_temp set bytea_output = 'hex' set timezone = 'UTC' as $$
  select encode(sha256(convert_to(
    coalesce((select row({columns("t", TELLING)})::text from public.casework_account_telling t
      where t.id = of_telling), '') || chr(10) ||
    coalesce((select string_agg(row({columns("p", PASSAGE)})::text, chr(10) order by p.id)
      from public.casework_account_passage p where p.telling_id = of_telling), ''), 'UTF8')), 'hex') $$;

create function casework_kept_rows(of_telling bigint) returns text language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select public.account_kept_rows(t.id) from public.casework_account_telling t
  where t.id = of_telling and t.case_id = any((select public.casework_visible_ids('read_overview'))::bigint[]) $$;

-- Keys of entries alone: of those that say how a telling was sealed, and it is not so any more (`altered`); and of the
-- newest entry that names a sealed telling of which no entry says that it was sealed (`unsaid`).
create function casework_tellings_not_as_sealed() returns table (problem text, entry_id bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select 'altered', e.id from public.audit_auditentry e
    left join public.casework_account_telling t on t.id = e.object_id
  where e.additional_data ? 'sealed' and e.outcome = 'allowed'
    and (t.id is null or t.case_id is distinct from e.case_id
      or t.digest is distinct from e.additional_data ->> 'digest'
      or e.additional_data ? 'rows' and public.account_kept_rows(t.id) is distinct from e.additional_data ->> 'rows')
  union all
  select 'unsaid', (select max(a.id) from public.audit_auditentry a where a.case_id = t.case_id)
  from public.casework_account_telling t
  where t.sealed_at is not null
    and not exists (select from public.audit_auditentry e where e.case_id = t.case_id and e.object_id = t.id
      and e.additional_data ? 'sealed')
    and not exists (select from public.audit_archive m where m.month = date_trunc('month', t.sealed_at, 'UTC')::date)
  order by 2 $$;

revoke all on function account_kept_rows(bigint), casework_kept_rows(bigint), casework_tellings_not_as_sealed()
  from public;
grant execute on function casework_kept_rows(bigint) to casework_app;
grant execute on function casework_tellings_not_as_sealed() to casework_sealer;
grant execute on function account_kept_rows(bigint) to casework_grants;
alter function account_kept_rows(bigint) owner to casework_grants;
alter function casework_kept_rows(bigint) owner to casework_grants;
alter function casework_tellings_not_as_sealed() owner to casework_grants;
"""


class Migration(migrations.Migration):
    """Every verification of the record also holds what is kept of each sealed telling against its entry."""

    dependencies = [
        ("casework_account", "0007_two_people_seal_what_was_told"),
        ("audit", "0005_seals"),
        ("access", "0012_an_interviewer_may_be_kept_from_the_record"),
    ]
    operations = [migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop)]
