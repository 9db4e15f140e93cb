from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_what_an_agency_writes_is_its_own"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="changed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="changed_by_label",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.RunSQL(
            "grant update (changed_by_label, changed_at) on cases_case to casework_app;", migrations.RunSQL.noop
        ),
    ]
