from django.db import migrations

from casework.access.policies import LED, OFFERED, compartment_clause

READ = compartment_clause("case_id", "overview", write=False)
# A policy of its own beside the one that says which entries a member reads of cases and of the own agency.
EYES = f"""
create policy audit_auditentry_operator on audit_auditentry for select to casework_app
  using (method = 'COMMAND' and case_id is null and (select casework_agency_as('auditor')) is not null);
alter policy vault_casekey_see on vault_casekey
  using (case_id = any((select casework_any_ids())::bigint[]) or case_id = any({OFFERED}) or case_id = any({LED}));
alter policy cases_participant_see on cases_participant
  using ({READ} or case_id = any({OFFERED}) or case_id = any({LED}));
"""


class Migration(migrations.Migration):
    """Auditors read entries, those of the operator's commands too; the key of a case they have no way to.

    So no text of a case opens for an auditor, whatever page or SQL asks for it.
    """

    dependencies = [
        ("access", "0009_a_grant_may_stand_on_an_emergency"),
        ("cases", "0003_who_changed_an_entry"),
    ]
    operations = [migrations.RunSQL(EYES, migrations.RunSQL.noop)]
