from django.db import migrations

from casework.access.policies import compartment_clause, passages_clause, topics_clause

WHOLE = compartment_clause("case_id", "account", write=False)
TOPICS = f"""
alter policy search_tellingindex_see on search_tellingindex using ({WHOLE} or {topics_clause()});
alter policy search_indexpage_see on search_indexpage using ({passages_clause()});
"""


class Migration(migrations.Migration):
    """Whoever was given named topics searches the passages about those alone, as they are read."""

    dependencies = [
        ("search", "0003_no_hint_to_who_is_kept_from_the_record"),
        ("casework_account", "0009_named_topics"),
    ]
    operations = [migrations.RunSQL(TOPICS, migrations.RunSQL.noop)]
