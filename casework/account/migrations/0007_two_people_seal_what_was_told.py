import casework.audit.fields
import casework.vault.fields
import casework.vault.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

from casework.access.policies import confidential_sql, narrow_changes_sql

# What a telling holds that is not its signature or its seal, as one value: it may not change under a signature.
SEAL = """
create or replace function account_seal_is_final() returns trigger language plpgsql
 set search_path = pg_catalog, public, pg_temp as $$
declare
  sealed boolean;
  signed boolean;
begin
  if tg_table_name = 'casework_account_telling' then
    sealed := old.sealed_at is not null;
    signed := false;
  else
    select bool_or(t.sealed_at is not null), bool_or(t.signed_at is not null) into sealed, signed
    from public.casework_account_telling t
    where t.id in (case when tg_op <> 'INSERT' then old.telling_id end,
                   case when tg_op <> 'DELETE' then new.telling_id end);
  end if;
  if sealed then
    raise exception 'A sealed telling is never changed.' using errcode = 'check_violation',
      constraint = 'telling_sealed_is_final';
  end if;
  if signed then
    raise exception 'A change takes back the first signature first.' using errcode = 'check_violation',
      constraint = 'telling_signature_first';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

create function account_seal_by_two() returns trigger language plpgsql
 set search_path = pg_catalog, public, pg_temp as $$
declare
  by_whom text[] := array['signed_by_id', 'signed_by_label', 'signed_at', 'sealed_by_id', 'sealed_by_label',
    'sealed_at', 'digest', 'seal_format', 'version'];
  kinds text[];
begin
  if tg_op = 'INSERT' then
    if new.signed_at is not null or new.sealed_at is not null then
      raise exception 'A telling is recorded before it is signed.' using errcode = 'check_violation',
        constraint = 'telling_recorded_first';
    end if;
    return new;
  end if;
  if old.sealed_at is not null then
    return new; -- what is sealed is kept by telling_seal_is_final
  end if;
  if old.signed_at is not null and new.signed_at is not null then
    if to_jsonb(new) - by_whom <> to_jsonb(old) - by_whom or new.signed_by_id <> old.signed_by_id then
      raise exception 'A change takes back the first signature.' using errcode = 'check_violation',
        constraint = 'telling_signature_first';
    end if;
  elsif new.signed_at is not null and new.signed_by_id is distinct from public.casework_member() then
    raise exception 'Everybody signs for themselves.' using errcode = 'check_violation',
      constraint = 'telling_signed_by_oneself';
  end if;
  if new.sealed_at is not null then
    select array_agg(distinct case a.kind when 'childrens_house' then 'social_services' else a.kind end order by
      case a.kind when 'childrens_house' then 'social_services' else a.kind end) into kinds
    from public.agencies_member m join public.agencies_agency a on a.id = m.agency_id
    where m.id in (new.signed_by_id, new.sealed_by_id);
    if old.signed_at is null or new.sealed_by_id is distinct from public.casework_member()
       or kinds is distinct from array['police', 'social_services'] then
      raise exception 'Two people seal: one of the police, one of social work.' using errcode = 'check_violation',
        constraint = 'telling_sealed_by_two_sides';
    end if;
  end if;
  return new;
end $$;
create trigger telling_seal_by_two before insert or update on casework_account_telling
  for each row execute function account_seal_by_two();
alter table casework_account_telling enable always trigger telling_seal_by_two;

create function account_same_case() returns trigger language plpgsql
 set search_path = pg_catalog, public, pg_temp as $$
declare
  theirs record;
begin
  if tg_table_name in ('casework_account_passage', 'casework_account_passageedit') then
    select t.case_id, t.sealed_at into theirs from public.casework_account_telling t where t.id = new.telling_id;
  else
    select p.case_id, t.sealed_at, p.retired_at into theirs from public.casework_account_passage p
      join public.casework_account_telling t on t.id = p.telling_id where p.id = new.passage_id;
    if tg_table_name = 'casework_account_correction' and (theirs.sealed_at is null or theirs.retired_at is not null) then
      raise exception 'Only a passage of a sealed telling is corrected.' using errcode = 'check_violation',
        constraint = 'correction_of_what_is_sealed';
    end if;
  end if;
  if theirs.case_id is distinct from new.case_id then
    raise exception 'A row of the account belongs to one case.' using errcode = 'check_violation',
      constraint = 'account_same_case';
  end if;
  return new;
end $$;
create trigger passage_same_case before insert on casework_account_passage
  for each row execute function account_same_case();
create trigger edit_same_case before insert on casework_account_passageedit
  for each row execute function account_same_case();
create trigger revision_same_case before insert on casework_account_passagerevision
  for each row execute function account_same_case();
create trigger correction_same_case before insert on casework_account_correction
  for each row execute function account_same_case();
create trigger edit_seal_is_final before insert or update on casework_account_passageedit
  for each row execute function account_seal_is_final();
alter table casework_account_passage enable always trigger passage_same_case;
alter table casework_account_passageedit enable always trigger edit_same_case;
alter table casework_account_passagerevision enable always trigger revision_same_case;
alter table casework_account_correction enable always trigger correction_same_case;
alter table casework_account_passageedit enable always trigger edit_seal_is_final;
"""
UNSEAL = """
drop trigger telling_seal_by_two on casework_account_telling;
drop trigger passage_same_case on casework_account_passage;
drop trigger revision_same_case on casework_account_passagerevision;
drop trigger correction_same_case on casework_account_correction;
drop trigger edit_same_case on casework_account_passageedit;
drop trigger edit_seal_is_final on casework_account_passageedit;
drop function account_same_case();
drop function account_seal_by_two();
"""
# Everyone who sees a case sees how often the child has told, to how many, and how many have read it (DESIGN.md, 4.2).
# Requests for a further telling are counted by the part that keeps them: its migration drops casework_request_counts,
# makes its own in its place, with the same columns, and hands it to casework_grants.
COUNT = """
grant select (id, case_id, kind, heard_keys) on casework_account_telling to casework_grants;
create function casework_request_counts(for_cases bigint[])
 returns table (case_id bigint, asked bigint, answered bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select null::bigint, 0::bigint, 0::bigint where false $$;
create function casework_account_counts(for_cases bigint[])
 returns table (case_id bigint, formal bigint, informal bigint, heard bigint, read bigint, asked bigint,
   answered bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with seen as (
    select wanted as id from unnest(for_cases) as wanted
    where wanted = any((select public.casework_visible_ids('read_overview'))::bigint[])
      or wanted = any((select public.casework_overseen_ids())::bigint[])
      or wanted = any((select public.casework_offered_ids())::bigint[])
  ), requested as (
    select * from public.casework_request_counts((select coalesce(array_agg(id), '{}') from seen))
  )
  select s.id, coalesce(told.formal, 0), coalesce(told.informal, 0), coalesce(told.heard, 0),
    (select count(distinct e.actor_id) from public.audit_auditentry e
      where e.case_id = s.id and e.outcome = 'allowed' and e.verb in ('looked', 'exported')
        and e.shown ? 'casework_account.passage'),
    coalesce(r.asked, 0), coalesce(r.answered, 0)
  from seen s
    left join lateral (
      select count(distinct t.id) filter (where t.kind <> 'prior') as formal,
        count(distinct t.id) filter (where t.kind = 'prior') as informal,
        count(distinct coalesce(h.key, 't' || t.id)) as heard
      from public.casework_account_telling t left join lateral unnest(t.heard_keys) as h(key) on true
      where t.case_id = s.id) as told on true
    left join requested r on r.case_id = s.id $$;
alter function casework_request_counts(bigint[]) owner to casework_grants;
alter function casework_account_counts(bigint[]) owner to casework_grants;
revoke all on function casework_request_counts(bigint[]) from public;
revoke all on function casework_account_counts(bigint[]) from public;
grant execute on function casework_request_counts(bigint[]) to casework_grants;
grant execute on function casework_account_counts(bigint[]) to casework_app;
drop function casework_count_tellings(bigint[]);
"""
UNCOUNT = """
drop function casework_account_counts(bigint[]);
drop function casework_request_counts(bigint[]);
create function casework_count_tellings(for_cases bigint[]) returns table (case_id bigint, tellings bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.case_id, count(*) from public.casework_account_telling t
  where t.case_id = any(for_cases) and t.case_id = any(public.casework_visible_ids('read_overview'))
  group by t.case_id $$;
alter function casework_count_tellings(bigint[]) owner to casework_grants;
revoke all on function casework_count_tellings(bigint[]) from public;
grant execute on function casework_count_tellings(bigint[]) to casework_app;
"""
NARROW = (
    narrow_changes_sql(
        "casework_account_telling", "kind", "told_on", "started_at", "ended_at", "protocol", "told_to_sealed",
        "place_sealed", "present_sealed", "language_sealed", "circumstances_sealed", "demeanour_sealed",
        "breaks_sealed", "recording_reference_sealed", "told_when_sealed", "interviewer_id", "people_rows_sealed",
        "heard_keys", "questions_asked_sealed", "drawings_sealed", "pause_rows_sealed", "recording_custodian_sealed",
        "note_reference_sealed", "new_topics_sealed", "protection_sealed", "salient_points_sealed", "signed_by_id",
        "signed_by_label", "signed_at", "sealed_by_id", "sealed_by_label", "sealed_at", "digest", "seal_format",
        "version",
    )
    + narrow_changes_sql(
        "casework_account_passage", "question_sealed", "answer_sealed", "question_speaker_sealed",
        "answer_speaker_sealed", "time_code", "phase", "question_type", "topics", "uncertain", "number", "changed_in",
        "retired_at",
    )
    + narrow_changes_sql("casework_account_passageedit", "undone_by_id", "undone_at")
)  # fmt: skip


class Migration(migrations.Migration):
    """Two people seal; a change takes back the first signature; edits can be undone; counts for everyone on a case."""

    dependencies = [
        ("cases", "0003_who_changed_an_entry"),
        ("casework_account", "0006_several_topics_per_passage"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PassageEdit",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=casework.vault.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("change", "put right"),
                            ("tag", "phases and topics"),
                            ("split", "split"),
                            ("join", "joined with the one before"),
                            ("move", "moved"),
                        ],
                        max_length=8,
                    ),
                ),
                ("place", models.PositiveIntegerField()),
                ("upto", models.PositiveIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("made_by_label", models.CharField(max_length=300)),
                (
                    "made_at",
                    casework.audit.fields.StampField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "edit of passages",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="ToldBefore",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=casework.vault.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[("yes", "Yes"), ("no", "No, as far as anybody knows"), ("unknown", "Not known yet")],
                        max_length=8,
                        verbose_name="has the child told anybody already",
                    ),
                ),
                ("answered_by_label", models.CharField(max_length=300)),
                (
                    "answered_at",
                    casework.audit.fields.StampField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "verbose_name": "answer whether the child has told already",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="passage",
            name="passage_numbered_once",
        ),
        migrations.AddField(
            model_name="passage",
            name="changed_in",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="passage",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="passagerevision",
            name="answer_speaker_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=120, verbose_name="who answered"),
        ),
        migrations.AddField(
            model_name="passagerevision",
            name="phase",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name="passagerevision",
            name="question_speaker_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=120, verbose_name="who asked"),
        ),
        migrations.AddField(
            model_name="passagerevision",
            name="question_type",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="passagerevision",
            name="time_code",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name="passagerevision",
            name="topics",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="passagerevision",
            name="uncertain",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="telling",
            name="drawings_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=2000, verbose_name="drawings and props, in words"),
        ),
        migrations.AddField(
            model_name="telling",
            name="heard_keys",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=32), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="interviewer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="new_topics_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=2000, verbose_name="new topics"),
        ),
        migrations.AddField(
            model_name="telling",
            name="note_reference_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=300, verbose_name="where the original note is"),
        ),
        migrations.AddField(
            model_name="telling",
            name="pause_rows_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=20000, verbose_name="breaks"),
        ),
        migrations.AddField(
            model_name="telling",
            name="people_rows_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=60000, verbose_name="people in the room and observing"),
        ),
        migrations.AddField(
            model_name="telling",
            name="protection_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=2000, verbose_name="immediate protection"),
        ),
        migrations.AddField(
            model_name="telling",
            name="questions_asked_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=5000, verbose_name="which questions were asked"),
        ),
        migrations.AddField(
            model_name="telling",
            name="recording_custodian_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=200, verbose_name="who keeps the recording"),
        ),
        migrations.AddField(
            model_name="telling",
            name="salient_points_sealed",
            field=casework.vault.fields.EncryptedText(
                max_plain=5000, verbose_name="salient points agreed by police and social work"
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="sealed_by_label",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="telling",
            name="signed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="telling",
            name="signed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="signed_by_label",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="telling",
            name="told_when_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=200, verbose_name="when, in words"),
        ),
        migrations.AlterField(
            model_name="passage",
            name="phase",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Not set"),
                    ("introduction", "Introduction and ground rules"),
                    ("rapport", "Rapport"),
                    ("practice", "Practice of memory"),
                    ("free_recall", "Free recall"),
                    ("cued", "Cued"),
                    ("focused", "Focused"),
                    ("closure", "Closure"),
                ],
                max_length=12,
                verbose_name="phase",
            ),
        ),
        migrations.AlterField(
            model_name="telling",
            name="breaks_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=1000, verbose_name="notes on breaks"),
        ),
        migrations.AlterField(
            model_name="telling",
            name="present_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=1000, verbose_name="notes on who was there"),
        ),
        migrations.AlterField(
            model_name="telling",
            name="recording_reference_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=200, verbose_name="reference of the recording"),
        ),
        migrations.AlterField(
            model_name="telling",
            name="told_on",
            field=models.DateField(blank=True, null=True, verbose_name="date"),
        ),
        migrations.AddConstraint(
            model_name="passage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at__isnull", True)),
                fields=("telling", "number"),
                name="passage_numbered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="passage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retired_at__isnull", True),
                    models.Q(("phase", ""), ("question_type", ""), ("time_code", ""), ("topics", [])),
                    _connector="OR",
                ),
                name="passage_retired_is_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="passage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "phase__in",
                        ["", "introduction", "rapport", "practice", "free_recall", "cued", "focused", "closure"],
                    )
                ),
                name="passage_phase_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="passage",
            constraint=models.CheckConstraint(
                condition=models.Q(("question_type__in", ["", "open", "cued", "option_posing", "suggestive"])),
                name="passage_question_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at__isnull", True), ("signed_by__isnull", True), ("signed_by_label", "")),
                    models.Q(
                        ("signed_at__isnull", False),
                        ("signed_by__isnull", False),
                        models.Q(("signed_by_label", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="telling_signed_by_whom_and_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("seal_format__lt", 3),
                    models.Q(
                        ("signed_by__isnull", False),
                        models.Q(("signed_by", models.F("sealed_by")), _negated=True),
                        models.Q(("sealed_by_label", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="telling_sealed_by_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_on__isnull", False), ("kind", "prior"), _connector="OR"),
                name="telling_day_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["prior", "joint", "supplementary"])), name="telling_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(("protocol__in", ["none", "nichd", "abe", "other"])), name="telling_protocol_known"
            ),
        ),
        migrations.AddField(
            model_name="passageedit",
            name="case",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
        ),
        migrations.AddField(
            model_name="passageedit",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="passageedit",
            name="telling",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework_account.telling"
            ),
        ),
        migrations.AddField(
            model_name="passageedit",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="passagerevision",
            name="edit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="casework_account.passageedit",
            ),
        ),
        migrations.AddField(
            model_name="toldbefore",
            name="answered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="toldbefore",
            name="case",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
        ),
        migrations.AddConstraint(
            model_name="passageedit",
            constraint=models.UniqueConstraint(fields=("telling", "version"), name="edit_once_per_version"),
        ),
        migrations.AddConstraint(
            model_name="passageedit",
            constraint=models.CheckConstraint(
                condition=models.Q(("act__in", ["change", "tag", "split", "join", "move"])), name="edit_act_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="passageedit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                    _connector="OR",
                ),
                name="edit_undone_by_whom_and_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldbefore",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer__in", ["yes", "no", "unknown"])), name="told_before_answer_known"
            ),
        ),
        migrations.RunSQL(confidential_sql("casework_account_passageedit", "account"), migrations.RunSQL.noop),
        migrations.RunSQL(
            confidential_sql("casework_account_toldbefore", "account", may_change=False), migrations.RunSQL.noop
        ),
        migrations.RunSQL(SEAL, UNSEAL),
        migrations.RunSQL(COUNT, UNCOUNT),
        migrations.RunSQL(NARROW, migrations.RunSQL.noop),
    ]
