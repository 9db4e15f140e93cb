from django.db import migrations, models


class Migration(migrations.Migration):
    """Pieces in drafts count with those of saved forms: else a picture could lie cut up in three of them."""

    dependencies = [("drafts", "0003_old_drafts_end")]
    operations = [
        migrations.AddField(model_name="draft", name="pieces", field=models.PositiveSmallIntegerField(default=0))
    ]
