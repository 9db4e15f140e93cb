from django.db import migrations, models

from casework.access.policies import compartment_clause

ME = "(select casework_standing_member())"
READ = compartment_clause("case_id", "account", write=False)
LEADS = (
    f"({compartment_clause('case_id', 'overview', write=True)}) and exists (select from cases_case c"
    " where c.id = case_id and c.lead_agency_id = (select casework_agency()))"
)
# A search that was not made, since who asked may not read the account, is made once by the agency that leads.
LATER = f"""
grant update (passage_keys, falls_short_sealed, checked_by_id, checked_by_label, checked_at, was_searched)
  on planning_recordcheck to casework_app;
create policy planning_recordcheck_made on planning_recordcheck for update to casework_app
  using (({READ}) and ({LEADS}) and not was_searched) with check (was_searched and checked_by_id = {ME});
"""


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0006_what_the_interviewer_records"),
    ]
    operations = [
        migrations.AddField("recordcheck", "was_searched", models.BooleanField(default=True)),
        migrations.RunSQL(LATER, migrations.RunSQL.noop),
    ]
