from django.db import migrations

from casework.access.policies import compartment_clause, confidential_sql, protect_sql

TABLES = ("assessment_harms", "assessment_distribution", "assessment_screeninganswer")
READ = compartment_clause("case_id", "overview", write=False)
WRITES_CAUTION = " or ".join(compartment_clause("case_id", each, write=True) for each in ("overview", "therapy"))
# Nobody changes a row: what was assessed before stays, a new version is a new row.
WALLS = (
    confidential_sql("assessment_harms", "therapy", may_change=False)
    + protect_sql("assessment_distribution", select=READ, insert=f"({READ}) and ({WRITES_CAUTION})")
    + confidential_sql("assessment_screeninganswer", "overview", may_change=False)
)

# Only who may execute a function makes a trigger of it; this one was handed over to the role of the look-ups.
CLOSED = (
    "set local role casework_grants; grant execute on function casework_case_is_closed() to casework_owner; reset role;"
    + "".join(
        f"create trigger case_is_closed before insert on {table} for each row"
        " execute function casework_case_is_closed('case_id');"
        for table in TABLES
    )
    + "set local role casework_grants; revoke execute on function casework_case_is_closed() from casework_owner;"
    " reset role;"
)

SCREENED = """
grant select (case_id, question, version, finding) on assessment_screeninganswer to casework_grants;
create function casework_screening_is_answered() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
begin
  if (select count(*) from (
        select distinct on (a.question) a.finding from public.assessment_screeninganswer a
        where a.case_id = new.id order by a.question, a.version desc) newest
      where newest.finding <> 'not_yet') < 4 then
    raise exception 'The screening is not answered.' using errcode = 'check_violation',
      constraint = 'screening_is_answered';
  end if;
  return new;
end $$;
create trigger screening_is_answered before update of stage on cases_case for each row
  when (old.stage = 'assessment' and new.stage <> 'assessment')
  execute function casework_screening_is_answered();
revoke all on function casework_screening_is_answered() from public;
alter function casework_screening_is_answered() owner to casework_grants;
"""
UNSCREENED = """
drop trigger screening_is_answered on cases_case;
drop function casework_screening_is_answered();
"""


class Migration(migrations.Migration):
    """Versions are for good; and no case leaves the stage of assessment with the screening unanswered."""

    dependencies = [
        ("assessment", "0001_what_is_assessed"),
        ("access", "0008_closed_is_closed"),
        ("cases", "0003_who_changed_an_entry"),
    ]
    operations = [
        migrations.RunSQL(WALLS + CLOSED, migrations.RunSQL.noop),
        migrations.RunSQL(SCREENED, UNSCREENED),
    ]
