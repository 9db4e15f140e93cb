import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import casework.vault.fields
from casework.access.policies import LED, compartment_clause

OVERVIEW_WRITE = compartment_clause("content_object_id", "overview", write=True)
BEFORE = "casework_may_grant(bigint, bigint, bigint, bigint, timestamptz)"
MAY_GRANT = "casework_may_grant(bigint, bigint, bigint, bigint, timestamptz, bigint)"
DECLARE = "casework_declare_wall(bigint, text, bigint, text)"

# Three sources of a grant, and no fourth: the own caseload of the lead agency, a share, an emergency.
GRANTS = f"""
grant select on emergency_emergencyaccess to casework_grants;
drop policy access_casegrant_add on access_casegrant;
drop policy access_casegrant_change on access_casegrant;
drop function {BEFORE};
create function casework_may_grant(for_case bigint, for_user bigint, by_share bigint, wanted bigint, until timestamptz,
  by_emergency bigint)
 returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.agencies_member u
      join public.agencies_member me on me.id = (select public.casework_standing_member())
      join public.cases_case c on c.id = for_case
      join public.auth_permission p on p.id = wanted
    where u.id = for_user and u.agency_id = me.agency_id and public.casework_has_standing(u.id)
      and not u.roles::text[] && array['auditor', 'agency_administrator']
      and not exists (select from public.access_wall w
        where w.member_id = u.id and w.case_id = for_case and w.lifted_at is null)
      and (
        by_share is null and by_emergency is null and c.lead_agency_id = me.agency_id
          and ('supervisor' = any(me.roles::text[]) or (c.opened_by_id = me.id and for_user = me.id
            and c.opened_xid = pg_current_xact_id_if_assigned()))
        or by_emergency is null and exists (select from public.sharing_share s
          where s.id = by_share and s.case_id = for_case
          and s.to_agency_id = me.agency_id and s.state = 'accepted' and s.until > now()
          and 'supervisor' = any(me.roles::text[])
          and until is not null and until <= s.until
          and split_part(p.codename, '_', 2) = any(
            case split_part(p.codename, '_', 1) when 'read' then s.compartments::text[] else s.may_write::text[] end))
        or by_share is null and exists (select from public.emergency_emergencyaccess e
          where e.id = by_emergency and e.case_id = for_case and e.member_id = me.id and for_user = me.id
          and e.reason_sealed <> '' and e.ended_at is null and e.ends_at > now() and until = e.ends_at
          and c.stage <> 'closed'
          and p.codename = any(select 'read_' || each from unnest(e.compartments::text[]) each))
      )) $$;
revoke all on function {MAY_GRANT} from public;
grant execute on function {MAY_GRANT} to casework_app, casework_grants;
alter function {MAY_GRANT} owner to casework_grants;

create policy access_casegrant_add on access_casegrant for insert to casework_app with check (ended_at is null
  and casework_may_grant(content_object_id, user_id, share_id, permission_id, ends_at, emergency_id));
create policy access_casegrant_change on access_casegrant for update to casework_app
  using (ended_at is null and (content_object_id = any({LED})
    or ({OVERVIEW_WRITE}) and content_object_id in (
      select id from cases_case where lead_agency_id = (select casework_agency()))
    or share_id in (select id from sharing_share where to_agency_id = (select casework_agency_as('supervisor')))
    or emergency_id is not null and user_id = (select casework_standing_member())))
  with check (ended_at is not null and ended_by_id = (select casework_standing_member()));
"""

# Who declares a wall by reference learns nothing: one call, one answer, whether or not there is such a case.
WALLS = f"""
create function casework_walled_ids() returns bigint[] language sql stable parallel safe security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(w.case_id), '{{}}') from public.access_wall w
  where w.member_id = (select public.casework_member()) and w.lifted_at is null $$;

create function casework_declare_wall(key bigint, wanted text, for_member bigint, of_kind text) returns bigint
 language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  insert into public.access_wall
    (id, member_id, case_id, kind, note_sealed, raised_by_id, raised_at, lifting_reason_sealed)
  select key, u.id, c.id, of_kind, '', me.id, now(), ''
  from public.cases_case c join public.agencies_member u on u.id = for_member
    join public.agencies_member me on me.id = (select public.casework_standing_member())
  where c.reference = wanted
    and (u.id = me.id or u.agency_id = me.agency_id and 'supervisor' = any(me.roles::text[]))
  on conflict (member_id, case_id) where lifted_at is null do nothing
  returning case_id $$;

grant insert on access_wall to casework_grants;
create policy access_wall_declared on access_wall for insert to casework_grants with check (lifted_at is null);
revoke all on function casework_walled_ids() from public;
revoke all on function {DECLARE} from public;
grant execute on function casework_walled_ids() to casework_app, casework_grants;
grant execute on function {DECLARE} to casework_app;
alter function casework_walled_ids() owner to casework_grants;
alter function {DECLARE} owner to casework_grants;

drop policy access_wall_add on access_wall;
drop policy access_wall_change on access_wall;
create policy access_wall_add on access_wall for insert to casework_app with check (lifted_at is null
  and raised_by_id = (select casework_standing_member())
  and (member_id = (select casework_standing_member()) or case_id = any({LED})));
create policy access_wall_change on access_wall for update to casework_app
  using (lifted_at is null and case_id = any({LED}) and member_id <> (select casework_standing_member()))
  with check (lifted_at is not null and lifted_by_id = (select casework_standing_member()));
revoke update on access_wall from casework_app;
grant update (lifted_at, lifted_by_id, lifting_reason_sealed) on access_wall to casework_app;

create policy audit_auditentry_not_walled on audit_auditentry as restrictive for select to casework_app using (
  xid = pg_current_xact_id_if_assigned() or case_id is null
  or not case_id = any((select casework_walled_ids())::bigint[]));
"""


class Migration(migrations.Migration):
    """A grant may stand on an emergency; a wall has its reason, and hides its case in the record of looks as well."""

    dependencies = [
        ("access", "0008_closed_is_closed"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("cases", "0003_who_changed_an_entry"),
        ("emergency", "0001_initial"),
        ("sharing", "0003_each_side_moves_a_share_its_own_way"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="casegrant", name="grant_once_per_share"),
        migrations.AddField(
            model_name="casegrant",
            name="emergency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="emergency.emergencyaccess",
            ),
        ),
        migrations.AddField(
            model_name="wall",
            name="kind",
            field=models.CharField(
                choices=[
                    ("relative", "A relative of a person in the case"),
                    ("neighbour", "A neighbour, or close to the family in another way"),
                    ("named", "Named in the case"),
                    ("former_worker", "Worked with the family before"),
                    ("other", "Another conflict of interest"),
                ],
                default="other",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="wall",
            name="lifting_reason_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=500),
        ),
        migrations.AddField(
            model_name="wall",
            name="note_sealed",
            field=casework.vault.fields.EncryptedText(max_plain=1000),
        ),
        migrations.AddConstraint(
            model_name="casegrant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("user", "content_object", "permission", "share", "emergency"),
                name="grant_once_per_source",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="casegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("emergency__isnull", True),
                    models.Q(("ends_at__isnull", False), ("share__isnull", True)),
                    _connector="OR",
                ),
                name="grant_in_emergency_ends_and_has_no_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="wall",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["relative", "neighbour", "named", "former_worker", "other"])),
                name="wall_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="wall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifted_by__isnull", True),
                    models.Q(("lifted_by", models.F("member")), _negated=True),
                    _connector="OR",
                ),
                name="wall_lifted_by_somebody_else",
            ),
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
