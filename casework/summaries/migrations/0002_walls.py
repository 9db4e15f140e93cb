from django.db import migrations

from casework.access.policies import confidential_sql


class Migration(migrations.Migration):
    dependencies = [("summaries", "0001_initial"), ("access", "0004_who_asks_and_what_they_may")]
    operations = [
        migrations.RunSQL(confidential_sql(table, "legal"), migrations.RunSQL.noop)
        for table in ("summaries_summary", "summaries_summaryitem", "summaries_summarycopy")
    ]
