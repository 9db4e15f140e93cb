from django.db import migrations

from casework.access.policies import LED, OFFERED, OVERSEEN, compartment_clause, confidential_sql, protect_sql

READ = compartment_clause("case_id", "overview", write=False)
WRITE = compartment_clause("case_id", "overview", write=True)

CASES = protect_sql(
    "cases_case",
    select=f"{compartment_clause('id', 'overview', write=False)} or id = any({OVERSEEN}) or id = any({OFFERED})",
    insert="opened_by_id = (select casework_standing_member()) and lead_agency_id = (select casework_agency())",
    update=f"{compartment_clause('id', 'overview', write=True)} or id = any({LED})",
    changing=(
        "pseudonym",
        "stage",
        "risk",
        "age_band",
        "concern_sealed",
        "cautions_sealed",
        "closed_at",
        "closed_by_id",
        "closing_reason_sealed",
        "version",
    ),
)
PARTICIPANTS = protect_sql(
    "cases_participant",
    select=f"{READ} or case_id = any({OVERSEEN}) or case_id = any({OFFERED})",
    insert=WRITE,
    update=WRITE,
    changing=("left_at", "removed_by_id"),
)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("access", "0004_who_asks_and_what_they_may")]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (
            CASES,
            PARTICIPANTS,
            confidential_sql("cases_child", "identity"),
            confidential_sql("cases_entry", None),
            confidential_sql("cases_entryrevision", None, may_change=False),
        )
    ]
