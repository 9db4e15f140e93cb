from django.db import migrations

from casework.access.database import drop_functions_sql, functions_sql
from casework.access.policies import LED, OFFERED, OVERSEEN, compartment_clause, protect_sql

OVERVIEW = compartment_clause("content_object_id", "overview", write=False)
OVERVIEW_WRITE = compartment_clause("content_object_id", "overview", write=True)

GRANTS = protect_sql(
    "access_casegrant",
    select=f"user_id = (select casework_member()) or {OVERVIEW}"
    f" or content_object_id = any({OVERSEEN}) or content_object_id = any({OFFERED})",
    insert="casework_may_grant(content_object_id, user_id, share_id)",
    update=f"{OVERVIEW_WRITE} or content_object_id = any({LED}) or content_object_id = any({OFFERED})",
    changing=("ended_at", "ended_by_id"),
)
WALLS = protect_sql(
    "access_wall",
    select=f"member_id = (select casework_member()) or case_id = any({OVERSEEN})",
    insert=f"member_id = (select casework_member()) or case_id = any({LED})",
    update=f"case_id = any({LED})",
    changing=("lifted_at", "lifted_by_id"),
)
ENTRIES = protect_sql(
    "audit_auditentry",
    select="xid = pg_current_xact_id_if_assigned()"
    f" or case_id = any({OVERSEEN}) or listed_case_ids && {OVERSEEN}"
    " or case_id is null and listed_case_ids = '{}'"
    " and agency_id = (select casework_agency_as('supervisor', 'auditor', 'agency_administrator'))",
    insert="actor_id is null or actor_id = (select casework_member())"
    " or verb in ('signed_in', 'signed_out', 'sign_in_failed', 'factor_changed')",
)
KEYS = (
    protect_sql(
        "vault_casekey",
        select="case_id = any((select casework_any_ids())::bigint[])"
        f" or case_id = any({OFFERED}) or case_id = any({OVERSEEN})",
        insert="(select casework_standing_member()) is not null",
    )
    + "create policy vault_casekey_rewrap on vault_casekey to casework_owner using (true) with check (true);"
)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_initial"),
        ("audit", "0002_entries_are_for_good"),
        ("agencies", "0001_initial"),
        ("vault", "0001_initial"),
        ("cases", "0001_initial"),
        ("sharing", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(functions_sql(), drop_functions_sql()),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
        migrations.RunSQL(ENTRIES, migrations.RunSQL.noop),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
    ]
