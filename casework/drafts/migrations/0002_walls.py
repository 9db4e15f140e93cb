from django.db import migrations

from casework.access.policies import protect_sql

OWN = "member_id = (select casework_member())"
DRAFTS = (
    protect_sql("drafts_draft", select=OWN, insert=OWN, update=OWN)
    + "grant delete on drafts_draft to casework_app;"
    + f"create policy drafts_draft_discard on drafts_draft for delete to casework_app using ({OWN});"
)


class Migration(migrations.Migration):
    dependencies = [("drafts", "0001_initial"), ("access", "0004_who_asks_and_what_they_may")]
    operations = [migrations.RunSQL(DRAFTS, migrations.RunSQL.noop)]
