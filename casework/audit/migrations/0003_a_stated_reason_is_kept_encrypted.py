from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_entries_are_for_good")]
    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="reason_sealed",
            field=models.BinaryField(null=True),
        ),
    ]
