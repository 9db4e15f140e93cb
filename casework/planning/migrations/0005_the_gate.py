from django.db import migrations

from casework.access.policies import LED, compartment_clause, protect_sql

ME = "(select casework_standing_member())"
OWN_AGENCY = "(select casework_agency())"
READ = compartment_clause("case_id", "overview", write=False)
LEADS = f"case_id = any({LED})"

WALLS = (
    protect_sql(
        "planning_furtherrequest",
        select=READ,
        insert=f"({READ}) and requested_by_id = {ME} and agency_id = {OWN_AGENCY} and state = 'asked'",
        update=f"({READ}) and (requested_by_id = {ME} or {LEADS}) and (state not in ('authorised', 'declined')"
        f" or {LEADS} and decided_by_id = {ME} and requested_by_id <> {ME})",
        changing=(
            "state", "decided_by_id", "decided_by_label", "decided_at", "reason_sealed", "passage_keys",
            "interviewer_id", "interviewer_label", "version",
        ),
    ),
    protect_sql(
        "planning_hearing",
        select=READ,
        insert=f"({READ}) and answer = '' and exists (select from planning_furtherrequest r"
        f" where r.id = request_id and r.requested_by_id = {ME})",
        update=f"({READ}) and member_id = {ME}",
        changing=("answer", "words_sealed", "answered_at"),
    ),
)  # fmt: skip

# Only who may execute a function makes a trigger of it; this one was handed over to the role of the look-ups.
LEND, TAKE_BACK = (
    f"set local role casework_grants; {words} casework_owner; reset role;"
    for words in (
        "grant execute on function casework_case_is_closed() to",
        "revoke execute on function casework_case_is_closed() from",
    )
)
CLOSED = (
    LEND
    + "".join(
        f"create trigger case_is_closed before insert on {table} for each row"
        " execute function casework_case_is_closed('case_id');"
        for table in ("planning_furtherrequest", "planning_hearing")
    )
    + TAKE_BACK
)

GATE = """
grant select on planning_furtherrequest, planning_hearing to casework_grants;
grant select (id, case_id, kind, number, interviewer_id) on casework_account_telling to casework_grants;
grant update (telling_id) on planning_furtherrequest to casework_grants;
create policy planning_furtherrequest_held on planning_furtherrequest for update to casework_grants
  using (true) with check (true);

create function casework_gate(for_case bigint, out last int, out interviewer_id bigint, out authorised int)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select
    (select max(t.number) from public.casework_account_telling t
      where t.case_id = for_case and t.kind in ('joint', 'supplementary')),
    (select coalesce(t.interviewer_id, p.lead_interviewer_id) from public.casework_account_telling t
      left join public.planning_plan p on p.telling_id = t.id
      where t.case_id = for_case and t.kind in ('joint', 'supplementary') order by t.number desc limit 1),
    (select min(r.number) from public.planning_furtherrequest r
      where r.case_id = for_case and r.state = 'authorised' and r.telling_id is null)
  where for_case = any((select public.casework_visible_ids('read_overview'))::bigint[]) $$;

create function casework_further_telling_is_authorised() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
declare
  used bigint;
begin
  if new.kind not in ('joint', 'supplementary') or tg_op = 'UPDATE' and old.kind in ('joint', 'supplementary')
     or not exists (select from public.casework_account_telling t where t.case_id = new.case_id and t.id <> new.id
       and t.kind in ('joint', 'supplementary')) then
    return null;
  end if;
  select r.id into used from public.planning_furtherrequest r
  where r.case_id = new.case_id and r.state = 'authorised' and r.telling_id is null order by r.number limit 1 for update;
  if used is null then
    raise exception 'A further formal telling takes an authorised request.' using errcode = 'check_violation',
      constraint = 'further_telling_needs_request';
  end if;
  update public.planning_furtherrequest set telling_id = new.id where id = used;
  return null;
end $$;

create function casework_request_is_decided_once() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
begin
  if old.state <> 'asked' and (new.state <> old.state or new.reason_sealed is distinct from old.reason_sealed
     or new.passage_keys <> old.passage_keys or new.interviewer_id is distinct from old.interviewer_id
     or old.telling_id is not null and new.telling_id is distinct from old.telling_id) then
    raise exception 'A decision on a request stays as it was.' using errcode = 'check_violation',
      constraint = 'request_is_decided';
  end if;
  if new.state = 'authorised' and old.state = 'asked' and exists (select from public.planning_hearing h
    where h.request_id = new.id and h.answer = '' and h.until >= (now() at time zone 'UTC')::date) then
    raise exception 'Somebody is still heard for the child.' using errcode = 'check_violation',
      constraint = 'request_hearing_is_open';
  end if;
  return new;
end $$;

create trigger further_telling_is_authorised after insert or update of kind on casework_account_telling
  for each row execute function casework_further_telling_is_authorised();
create trigger request_is_decided_once before update on planning_furtherrequest
  for each row execute function casework_request_is_decided_once();

drop function casework_request_counts(bigint[]);
create function casework_request_counts(for_cases bigint[])
 returns table (case_id bigint, asked bigint, answered bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.case_id, count(*), count(*) filter (where r.state = 'from_record')
  from public.planning_furtherrequest r where r.case_id = any(for_cases)
    and (r.case_id = any((select public.casework_visible_ids('read_overview'))::bigint[])
      or r.case_id = any((select public.casework_overseen_ids())::bigint[])
      or r.case_id = any((select public.casework_offered_ids())::bigint[]))
  group by r.case_id $$;
"""
OWNED = (
    "casework_gate(bigint)", "casework_further_telling_is_authorised()", "casework_request_is_decided_once()",
    "casework_request_counts(bigint[])",
)  # fmt: skip
HAND_OVER = (
    "".join(f"revoke all on function {name} from public;" for name in OWNED)
    + "grant execute on function casework_gate(bigint), casework_request_counts(bigint[]) to casework_app;"
    + "".join(f"alter function {name} owner to casework_grants;" for name in OWNED)
)


class Migration(migrations.Migration):
    """A further formal telling takes an authorised request; who asks never decides; requests are counted."""

    dependencies = [
        ("planning", "0004_a_further_telling_is_asked_for"),
        ("casework_account", "0007_two_people_seal_what_was_told"),
    ]
    operations = [
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in WALLS),
        migrations.RunSQL(CLOSED + GATE + HAND_OVER, migrations.RunSQL.noop),
    ]
