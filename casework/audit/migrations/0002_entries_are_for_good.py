from django.db import migrations

from casework.audit.sql import STAMP_AND_FREEZE, UNDO_STAMP_AND_FREEZE


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(STAMP_AND_FREEZE, UNDO_STAMP_AND_FREEZE)]
