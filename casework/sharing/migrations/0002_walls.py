from django.db import migrations

from casework.access.policies import LED, OFFERED, OVERSEEN, compartment_clause, protect_sql

READ = compartment_clause("case_id", "overview", write=False)
WRITE = compartment_clause("case_id", "overview", write=True)
RECEIVED = f"case_id = any({OFFERED}) and to_agency_id = (select casework_agency_as('supervisor'))"

SHARES = protect_sql(
    "sharing_share",
    select=f"{READ} or case_id = any({OVERSEEN}) or {RECEIVED}",
    insert=f"({WRITE} or case_id = any({LED})) and from_agency_id = (select casework_agency())"
    " and offered_by_id = (select casework_standing_member())",
    update=f"{WRITE} or case_id = any({LED}) or to_agency_id = (select casework_agency_as('supervisor'))",
    changing=(
        "state",
        "decided_by_id",
        "decided_by_label",
        "decided_at",
        "revoked_by_id",
        "revoked_at",
        "reason_sealed",
        "version",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial"), ("access", "0004_who_asks_and_what_they_may")]
    operations = [migrations.RunSQL(SHARES, migrations.RunSQL.noop)]
