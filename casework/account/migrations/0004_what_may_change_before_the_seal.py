from django.db import migrations

from casework.access.policies import narrow_changes_sql

NARROW = narrow_changes_sql(
    "casework_account_telling", "kind", "told_on", "started_at", "ended_at", "protocol", "told_to_sealed",
    "place_sealed", "present_sealed", "language_sealed", "circumstances_sealed", "demeanour_sealed", "breaks_sealed",
    "recording_reference_sealed", "sealed_by_id", "sealed_at", "digest", "version",
) + narrow_changes_sql(
    "casework_account_passage", "question_sealed", "answer_sealed", "phase", "question_type", "topic", "uncertain",
)  # fmt: skip


class Migration(migrations.Migration):
    """Who recorded a telling, when, and the number of a passage stay as they were, before the seal as after it."""

    dependencies = [("casework_account", "0003_tellings_can_be_counted")]
    operations = [migrations.RunSQL(NARROW, migrations.RunSQL.noop)]
