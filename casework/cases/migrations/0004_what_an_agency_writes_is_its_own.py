import datetime

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import casework.audit.fields
import casework.vault.ids
from casework.access.policies import compartment_clause, own_writing_clause, protect_sql

COMPARTMENTS = ("overview", "identity", "account", "police", "social", "therapy", "medical", "legal")
PERMISSIONS = [
    *(
        (f"{act}_{compartment}", f"Can {act} {compartment}")
        for compartment in COMPARTMENTS
        for act in ("read", "write")
    ),
    ("read_account_topics", "Can read named topics of the account"),
]

# What was written before belongs to the agency for which its author works: members never move to another one.
HELD = """
alter table cases_entry no force row level security;
alter table cases_entryrevision no force row level security;
update cases_entry e set agency_id = m.agency_id from agencies_member m where m.id = e.author_id;
update cases_entryrevision r set agency_id = e.agency_id from cases_entry e where e.id = r.entry_id;
alter table cases_entry force row level security;
alter table cases_entryrevision force row level security;
"""

WRITE = compartment_clause("case_id", None, write=True)
OWN = "agency_id = (select casework_agency())"
HOLDERS = """
create function casework_holders(codename text) returns text[] language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct g.content_object_id || '/' || holder), '{}')
  from public.access_casegrant g join public.auth_permission p on p.id = g.permission_id
    left join public.sharing_share s on s.id = g.share_id,
    unnest(array[(select public.casework_agency())::text, s.from_agency_id::text,
      case when g.emergency_id is not null then '*' end]) holder
  where g.user_id = (select public.casework_standing_member()) and p.codename = $1 and holder is not null
    and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
    and not exists (select from public.access_wall w
      where w.member_id = g.user_id and w.case_id = g.content_object_id and w.lifted_at is null) $$;
revoke all on function casework_holders(text) from public;
grant execute on function casework_holders(text) to casework_app, casework_grants;
alter function casework_holders(text) owner to casework_grants;
"""
ENTRIES = f"""
alter policy cases_entry_see on cases_entry using ({own_writing_clause()});
alter policy cases_entryrevision_see on cases_entryrevision using ({own_writing_clause()});
alter policy cases_entry_add on cases_entry with check (({WRITE}) and {OWN});
alter policy cases_entryrevision_add on cases_entryrevision with check (({WRITE}) and {OWN});
alter policy cases_entry_change on cases_entry using (({WRITE}) and {OWN}) with check (({WRITE}) and {OWN});
"""

# No grant outlasts the review of its case, but for an emergency, which has its own three hours.
REVIEWED = """
create function casework_grant_ends_with_review() returns trigger language plpgsql security definer
 set search_path = pg_catalog, pg_temp as $$
declare
  due timestamptz;
begin
  if new.emergency_id is not null then return new; end if;
  select c.review_due into due from public.cases_case c where c.id = new.content_object_id;
  if due <= now() then
    raise exception 'Who is on this case has to be reviewed first.' using errcode = 'check_violation',
      constraint = 'case_review_overdue';
  end if;
  new.ends_at := least(new.ends_at, due);
  return new;
end $$;
create trigger grant_ends_with_review before insert on access_casegrant for each row
  execute function casework_grant_ends_with_review();
revoke all on function casework_grant_ends_with_review() from public;
alter function casework_grant_ends_with_review() owner to casework_grants;
alter table access_casegrant no force row level security;
alter table cases_case no force row level security;
update access_casegrant g set ends_at = least(g.ends_at, c.review_due) from cases_case c
  where c.id = g.content_object_id and g.ended_at is null;
alter table access_casegrant force row level security;
alter table cases_case force row level security;
"""

ATTENDANCE = protect_sql(
    "cases_attendance",
    select=compartment_clause("case_id", "overview", write=False),
    insert=f"{compartment_clause('case_id', 'therapy', write=True)}"
    f" and {OWN} and recorded_by_id = (select casework_standing_member())",
)
# Only who may execute a function makes a trigger of it.
ATTENDANCE += """
set local role casework_grants;
grant execute on function casework_case_is_closed() to casework_owner;
reset role;
create trigger case_is_closed before insert on cases_attendance for each row
  execute function casework_case_is_closed('case_id');
set local role casework_grants;
revoke execute on function casework_case_is_closed() from casework_owner;
reset role;
"""


class Migration(migrations.Migration):
    """An entry belongs to the agency that wrote it; grants end with the review; attendance of therapy is no secret."""

    dependencies = [
        ("access", "0012_an_interviewer_may_be_kept_from_the_record"),
        ("agencies", "0004_a_password_is_its_members"),
        ("cases", "0003_who_changed_an_entry"),
        ("sharing", "0003_each_side_moves_a_share_its_own_way"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="case",
            options={
                "base_manager_name": "everything",
                "default_permissions": (),
                "permissions": PERMISSIONS,
                "verbose_name": "case",
                "verbose_name_plural": "cases",
            },
        ),
        migrations.AddField(
            "case",
            "review_due",
            casework.audit.fields.StampField(
                db_default=django.db.models.functions.datetime.Now() + datetime.timedelta(days=90), editable=False
            ),
        ),
        *(
            migrations.AddField(
                model,
                "agency",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="agencies.agency",
                ),
            )
            for model in ("entry", "entryrevision")
        ),
        migrations.RunSQL(HELD, migrations.RunSQL.noop),
        *(
            migrations.AlterField(
                model,
                "agency",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"),
            )
            for model in ("entry", "entryrevision")
        ),
        migrations.RunSQL(HOLDERS, migrations.RunSQL.noop),
        migrations.RunSQL(ENTRIES, migrations.RunSQL.noop),
        migrations.RunSQL(REVIEWED, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=casework.vault.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("held_on", models.DateField(verbose_name="day of the appointment")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("attended", "Attended"),
                            ("missed", "Did not come"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=10,
                        verbose_name="came or not",
                    ),
                ),
                ("recorded_by_label", models.CharField(max_length=300)),
                (
                    "recorded_at",
                    casework.audit.fields.StampField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "attendance",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex("attendance", models.Index(fields=["case", "-held_on"], name="attendance_by_case")),
        migrations.AddConstraint(
            "attendance",
            models.CheckConstraint(
                condition=models.Q(("outcome__in", ["attended", "missed", "cancelled"])),
                name="attendance_outcome_known",
            ),
        ),
        migrations.RunSQL(ATTENDANCE, migrations.RunSQL.noop),
    ]
