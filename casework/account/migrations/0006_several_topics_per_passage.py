import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q

from casework.access.policies import narrow_changes_sql

TOPICS = {
    "home": "Home", "school": "School", "online": "Online", "person": "A person", "place": "A place", "time": "When",
    "device": "A device", "feelings": "Feelings", "safety": "Safety", "told_whom": "Whom the child told",
}  # fmt: skip
# The type is changed in place: no row is updated, so neither the seal's trigger nor row security stands in the way,
# and a sealed telling keeps, to the letter, what was sealed.
SEVERAL = """
alter table casework_account_passage alter column topic type varchar(12)[]
  using case when topic = '' then '{}'::varchar(12)[] else array[topic] end;
alter table casework_account_passage rename column topic to topics;
"""
ONE = """
alter table casework_account_passage rename column topics to topic;
alter table casework_account_passage alter column topic type varchar(12) using coalesce(topic[1], '');
"""
# Every telling that is sealed by now has format 1, the others none.
SEALED_SO_FAR = """
alter table casework_account_telling add column seal_format smallint not null default 0
  check (seal_format >= 0);
alter table casework_account_telling disable trigger telling_seal_is_final;
alter table casework_account_telling no force row level security;
update casework_account_telling set seal_format = 1 where sealed_at is not null;
alter table casework_account_telling force row level security;
alter table casework_account_telling enable always trigger telling_seal_is_final;
alter table casework_account_telling alter column seal_format drop default;
"""
NARROW = narrow_changes_sql(
    "casework_account_telling", "kind", "told_on", "started_at", "ended_at", "protocol", "told_to_sealed",
    "place_sealed", "present_sealed", "language_sealed", "circumstances_sealed", "demeanour_sealed", "breaks_sealed",
    "recording_reference_sealed", "sealed_by_id", "sealed_at", "digest", "seal_format", "version",
)  # fmt: skip


class Migration(migrations.Migration):
    """A passage may be about several things. Seals made before stay valid: they say in which format they were made."""

    dependencies = [("casework_account", "0005_earlier_wordings_are_kept")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(SEVERAL, ONE)],
            state_operations=[
                migrations.RemoveField("passage", "topic"),
                migrations.AddField(
                    "passage",
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(choices=list(TOPICS.items()), max_length=12),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="topics",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "passage",
            models.CheckConstraint(condition=Q(topics__contained_by=list(TOPICS)), name="passage_topics_known"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(SEALED_SO_FAR, "alter table casework_account_telling drop column seal_format")
            ],
            state_operations=[
                migrations.AddField("telling", "seal_format", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.RemoveConstraint("telling", "telling_sealed_by_whom_and_when"),
        migrations.AddConstraint(
            "telling",
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, sealed_by__isnull=True, digest="", seal_format=0)
                | Q(sealed_at__isnull=False, sealed_by__isnull=False, seal_format__gt=0) & ~Q(digest=""),
                name="telling_sealed_by_whom_and_when",
            ),
        ),
        migrations.RunSQL(NARROW, migrations.RunSQL.noop),
    ]
