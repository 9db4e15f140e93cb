from django.db import migrations

from casework.access.policies import compartment_clause, confidential_sql, protect_sql

ME = "(select casework_standing_member())"
OWN_AGENCY = "(select casework_agency())"
READ = compartment_clause("case_id", "overview", write=False)
WRITE = compartment_clause("case_id", "overview", write=True)
ACCOUNT_WRITE = compartment_clause("case_id", "account", write=True)
# Only for rows that are written, one at a time: never in a policy that reads.
LEADS = (
    f"({WRITE}) and exists (select from cases_case c where c.id = case_id and c.lead_agency_id = {OWN_AGENCY})"
)  # fmt: skip

WALLS = (
    protect_sql(
        "planning_plan",
        select=READ,
        insert=f"{LEADS} and prepared_by_id = {ME} and telling_id is null",
        update=LEADS,
        changing=(
            "purpose_sealed", "age_needs_sealed", "language_sealed", "disability_sealed", "medication_sealed",
            "comfort_sealed", "wishes_sealed", "interview_on", "venue_sealed", "lead_interviewer_id",
            "lead_interviewer_label", "lead_reason_sealed", "second_interviewer_id", "second_interviewer_label",
            "second_reason_sealed", "supporter_sealed", "observers_sealed", "medical", "medical_note_sealed",
            "protection_before_sealed", "protection_after_sealed", "child_consent_sealed", "carer_consent_sealed",
            "closed_at", "closed_by_id", "closed_by_label", "version",
        ),
    ),
    confidential_sql("planning_planknown", "account"),
    confidential_sql("planning_planrevision", None, may_change=False),
    protect_sql(
        "planning_signature",
        select=READ,
        insert=f"({READ}) and signed_by_id = {ME} and agency_id = {OWN_AGENCY}",
        update=LEADS,
        changing=("withdrawn_at", "withdrawn_by_id", "withdrawn_by_label", "withdrawn_because"),
    ),
    protect_sql(
        "planning_planstep",
        select=READ,
        insert=f"{LEADS} and added_by_id = {ME}",
        update=f"({LEADS}) or ({READ}) and agency_id = {OWN_AGENCY}",
        changing=("done_at", "done_by_id", "done_by_label"),
    ),
    protect_sql(
        "planning_question",
        select=READ,
        insert=f"({READ}) and asked_by_id = {ME} and agency_id = {OWN_AGENCY}",
        update=f"({READ}) and (asked_by_id = {ME} or {WRITE} or exists (select from planning_plan p"
        f" where p.id = plan_id and {ME} in (p.lead_interviewer_id, p.second_interviewer_id)))",
        changing=(
            "merged_into_id", "outcome", "outcome_reason_sealed", "passage_keys", "outcome_by_id", "outcome_by_label",
            "outcome_at", "version",
        ),
    ),
    # Who asked writes down what was found, also without the account; reading it again takes the account.
    protect_sql(
        "planning_recordcheck",
        select=compartment_clause("case_id", "account", write=False),
        insert=f"({READ}) and checked_by_id = {ME}",
    ),
)  # fmt: skip

TABLES = (
    "planning_plan", "planning_planknown", "planning_planrevision", "planning_signature", "planning_planstep",
    "planning_question", "planning_recordcheck",
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
        for table in TABLES
    )
    + TAKE_BACK
)

# Who records an interview seldom may change the plan's row, and nobody may seal with a question left open.
INTERVIEWS = """
grant select on planning_plan, planning_question to casework_grants;
grant select (id, telling_id) on casework_account_passage to casework_grants;
grant update (telling_id) on planning_plan to casework_grants;
grant update (overdue_since) on planning_question to casework_grants;
create policy planning_plan_held on planning_plan for update to casework_grants using (true) with check (true);
create policy planning_question_marked on planning_question for update to casework_grants
  using (true) with check (true);

create function casework_interview_of_plan() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
begin
  if new.kind in ('joint', 'supplementary') then
    update public.planning_plan p set telling_id = new.id
    where p.case_id = new.case_id and p.closed_at is null and p.telling_id is null
      and not exists (select from public.planning_plan other where other.telling_id = new.id);
  end if;
  return null;
end $$;

create function casework_lost_answers(of_plan bigint) returns int[] language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(q.number order by q.number), '{}') from public.planning_question q
  where q.plan_id = of_plan and q.outcome = 'answered'
    and q.case_id = any((select public.casework_visible_ids('read_overview'))::bigint[])
    and exists (select from unnest(q.passage_keys) as key
      where not exists (select from public.casework_account_passage p where p.id = key)) $$;

create function casework_no_question_is_open() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
begin
  if old.sealed_at is null and new.sealed_at is not null and exists (
    select from public.planning_plan p join public.planning_question q on q.plan_id = p.id
    where p.telling_id = new.id and q.merged_into_id is null and q.outcome = '') then
    raise exception 'A telling is not sealed with a planned question left open.' using errcode = 'check_violation',
      constraint = 'question_left_open';
  end if;
  return new;
end $$;

create function casework_plan_closes_with_outcomes() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
begin
  if old.closed_at is not null then
    raise exception 'A closed plan stays as it was.' using errcode = 'check_violation', constraint = 'plan_is_closed';
  end if;
  if new.closed_at is not null and exists (select from public.planning_question q
    where q.plan_id = new.id and q.merged_into_id is null and q.outcome = '') then
    raise exception 'A plan is not closed with a question left open.' using errcode = 'check_violation',
      constraint = 'question_left_open';
  end if;
  return new;
end $$;

create function casework_mark_overdue_questions() returns table (case_id bigint, questions bigint)
 language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with marked as (
    update public.planning_question q set overdue_since = (now() at time zone 'UTC')::date
    where q.outcome = '' and q.merged_into_id is null and q.overdue_since is null
      and q.due_on < (now() at time zone 'UTC')::date
      and exists (select from public.planning_plan p where p.id = q.plan_id and p.closed_at is null)
    returning q.case_id as of_case)
  select of_case, count(*) from marked group by of_case $$;

create trigger interview_of_plan after insert or update of kind on casework_account_telling
  for each row execute function casework_interview_of_plan();
create trigger no_question_is_open before update of sealed_at on casework_account_telling
  for each row execute function casework_no_question_is_open();
create trigger plan_closes_with_outcomes before update on planning_plan
  for each row execute function casework_plan_closes_with_outcomes();
"""
OWNED = (
    "casework_interview_of_plan()", "casework_no_question_is_open()", "casework_plan_closes_with_outcomes()",
    "casework_lost_answers(bigint)", "casework_mark_overdue_questions()",
)  # fmt: skip
CALLED = ("casework_lost_answers(bigint)", "casework_mark_overdue_questions()")
HAND_OVER = (
    "".join(f"revoke all on function {name} from public;" for name in OWNED)
    + "".join(f"grant execute on function {name} to casework_app;" for name in CALLED)
    + "".join(f"alter function {name} owner to casework_grants;" for name in OWNED)
)


class Migration(migrations.Migration):
    """The walls of planning; an interview is written on its plan; nothing is sealed or closed with a question open."""

    dependencies = [
        ("planning", "0001_initial"),
        ("access", "0008_closed_is_closed"),
        ("casework_account", "0006_several_topics_per_passage"),
    ]
    operations = [
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in WALLS),
        migrations.RunSQL(CLOSED + INTERVIEWS + HAND_OVER, migrations.RunSQL.noop),
    ]
