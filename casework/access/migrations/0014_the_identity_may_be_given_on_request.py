import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.access.policies import LED, compartment_clause

OVERVIEW_WRITE = compartment_clause("content_object_id", "overview", write=True)
BEFORE = "casework_may_grant(bigint, bigint, bigint, bigint, timestamptz, bigint)"
MAY_GRANT = "casework_may_grant(bigint, bigint, bigint, bigint, timestamptz, bigint, bigint)"
KEPT = "(select casework_kept_ids())::bigint[]"

# Who keeps the identity of a case: the custodians of its lead agency who read it by name; where there is none, the
# agency's supervisors who are on the case. Whoever got in by an emergency or by a request keeps nothing.
CUSTODIANS = """
grant select on custody_identityrequest to casework_grants;
create function casework_custodians_of(for_case bigint) returns setof bigint language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  with able as (
    select m.id, bool_or('identity_custodian' = any(m.roles::text[]) and p.codename = 'read_identity') as keeps,
      bool_or('supervisor' = any(m.roles::text[]) and p.codename = 'read_overview') as leads
    from public.cases_case c join public.access_casegrant g on g.content_object_id = c.id
      join public.agencies_member m on m.id = g.user_id and m.agency_id = c.lead_agency_id
      join public.auth_permission p on p.id = g.permission_id
    where c.id = for_case and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
      and g.emergency_id is null and g.identity_request_id is null
      and public.casework_has_standing(m.id)
      and not exists (select from public.access_wall w
        where w.member_id = m.id and w.case_id = c.id and w.lifted_at is null)
      and for_case = any((select public.casework_any_ids())::bigint[])
    group by m.id)
  select a.id from able a where a.keeps or a.leads and not exists (select from able k where k.keeps) $$;

create function casework_kept_ids() returns bigint[] language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(r.case_id), '{}')
  from (select distinct q.case_id from public.custody_identityrequest q
    where (select public.casework_agency_as('supervisor', 'identity_custodian')) is not null
      and q.case_id = any((select public.casework_visible_ids('read_overview'))::bigint[])) r
  where (select public.casework_standing_member()) in (select public.casework_custodians_of(r.case_id)) $$;

create function casework_sees_case_until(of_member bigint, for_case bigint) returns timestamptz language sql stable
 security definer set search_path = pg_catalog, pg_temp as $$
  select max(coalesce(g.ends_at, 'infinity')) from public.access_casegrant g
    join public.auth_permission p on p.id = g.permission_id
  where g.user_id = of_member and g.content_object_id = for_case and p.codename = 'read_overview'
    and g.ended_at is null and (g.ends_at is null or g.ends_at > now()) and g.emergency_id is null
    and (for_case = any((select public.casework_visible_ids('read_overview'))::bigint[])
      or for_case = any((select public.casework_offered_ids())::bigint[])
      or for_case = any((select public.casework_led_ids())::bigint[])) $$;
"""

# Four sources of a grant, and no fifth: the own caseload of the lead agency, a share, an emergency, and a request for
# the identity. The last alone reaches members of other agencies, and gives one permission. The end is asked for as $5:
# by its name it would be the column of the share, or of the request, and so compared with itself. Whoever ends the last
# grant by which somebody sees the case ends what was given of the identity on request with it.
GRANTS = f"""
drop policy access_casegrant_add on access_casegrant;
drop policy access_casegrant_change on access_casegrant;
drop function {BEFORE};
create function casework_may_grant(for_case bigint, for_user bigint, by_share bigint, wanted bigint, until timestamptz,
  by_emergency bigint, by_request bigint)
 returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.agencies_member u
      join public.agencies_member me on me.id = (select public.casework_standing_member())
      join public.cases_case c on c.id = for_case
      join public.auth_permission p on p.id = wanted
    where u.id = for_user and (u.agency_id = me.agency_id or by_request is not null)
      and public.casework_has_standing(u.id)
      and not u.roles::text[] && array['auditor', 'agency_administrator']
      and not exists (select from public.access_wall w
        where w.member_id = u.id and w.case_id = for_case and w.lifted_at is null)
      and (
        by_share is null and by_emergency is null and by_request is null and c.lead_agency_id = me.agency_id
          and ('supervisor' = any(me.roles::text[]) or (c.opened_by_id = me.id and for_user = me.id
            and c.opened_xid = pg_current_xact_id_if_assigned()))
        or by_emergency is null and by_request is null and exists (select from public.sharing_share s
          where s.id = by_share and s.case_id = for_case
          and s.to_agency_id = me.agency_id and s.state = 'accepted' and s.until > now()
          and 'supervisor' = any(me.roles::text[])
          and $5 is not null and $5 <= s.until
          and split_part(p.codename, '_', 2) = any(
            case split_part(p.codename, '_', 1) when 'read' then s.compartments::text[] else s.may_write::text[] end))
        or by_share is null and by_request is null and exists (select from public.emergency_emergencyaccess e
          where e.id = by_emergency and e.case_id = for_case and e.member_id = me.id and for_user = me.id
          and e.reason_sealed <> '' and e.ended_at is null and e.ends_at > now() and $5 = e.ends_at
          and c.stage <> 'closed'
          and p.codename = any(select 'read_' || each from unnest(e.compartments::text[]) each))
        or by_share is null and by_emergency is null and exists (select from public.custody_identityrequest r
          where r.id = by_request and r.case_id = for_case and r.member_id = for_user and me.id <> for_user
          and r.state = 'given' and r.decided_by_id = me.id and r.ended_at is null
          and $5 = r.given_until and $5 > now() and p.codename = 'read_identity' and c.stage <> 'closed'
          and $5 <= public.casework_sees_case_until(for_user, for_case)
          and for_case = any((select public.casework_kept_ids())::bigint[])
          and u.roles::text[] && array['social_worker', 'investigator', 'interviewer', 'therapist', 'clinician',
            'prosecutor', 'legal_representative', 'victim_advocate', 'supervisor', 'identity_custodian'])
      )) $$;

create policy access_casegrant_add on access_casegrant for insert to casework_app with check (ended_at is null
  and casework_may_grant(content_object_id, user_id, share_id, permission_id, ends_at, emergency_id,
    identity_request_id));
create policy access_casegrant_change on access_casegrant for update to casework_app
  using (ended_at is null and (content_object_id = any({LED})
    or ({OVERVIEW_WRITE}) and content_object_id in (
      select id from cases_case where lead_agency_id = (select casework_agency()))
    or share_id in (select id from sharing_share where to_agency_id = (select casework_agency_as('supervisor')))
    or emergency_id is not null and user_id = (select casework_standing_member())
    or identity_request_id is not null and (user_id = (select casework_standing_member())
      or content_object_id = any({KEPT})
      or casework_sees_case_until(user_id, content_object_id) is null)))
  with check (ended_at is not null and ended_by_id = (select casework_standing_member()));
"""
# Whoever decides on a request is told that its member can't be given access, as supervisors are who name somebody.
WALLS = """
set local role casework_grants;
create or replace function casework_stands_behind_wall(for_case bigint, for_member bigint) returns boolean
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.access_wall w join public.agencies_member u on u.id = w.member_id
    where w.case_id = for_case and w.member_id = for_member and w.lifted_at is null
      and (u.id = (select public.casework_standing_member())
        or for_case = any((select public.casework_kept_ids())::bigint[]) and exists (
          select from public.custody_identityrequest r where r.case_id = for_case and r.member_id = for_member)
        or u.agency_id = (select public.casework_agency_as('supervisor'))
          and (for_case = any((select public.casework_offered_ids())::bigint[])
            or for_case = any((select public.casework_led_ids())::bigint[])))) $$;
reset role;
"""
OWNED = (
    "casework_custodians_of(bigint)", "casework_kept_ids()", "casework_sees_case_until(bigint, bigint)", MAY_GRANT,
)  # fmt: skip
HANDED_OVER = "".join(
    f"revoke all on function {name} from public;\n"
    f"grant execute on function {name} to casework_app, casework_grants;\n"
    f"alter function {name} owner to casework_grants;\n"
    for name in OWNED
)


class Migration(migrations.Migration):
    """A fourth source of a grant: who the child is, given on request by the custodian of the case, and nothing else."""

    dependencies = [
        ("access", "0013_a_wall_stops_a_naming_by_another_agency"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("cases", "0004_what_an_agency_writes_is_its_own"),
        ("custody", "0001_initial"),
        ("emergency", "0004_the_key_until_it_is_explained"),
        ("sharing", "0006_who_is_on_a_case_is_reviewed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="casegrant", name="grant_once_per_source"),
        migrations.AddField(
            model_name="casegrant",
            name="identity_request",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="custody.identityrequest",
            ),
        ),
        migrations.AddConstraint(
            model_name="casegrant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("user", "content_object", "permission", "share", "emergency", "identity_request"),
                name="grant_once_per_source",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="casegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("identity_request__isnull", True),
                    models.Q(("emergency__isnull", True), ("ends_at__isnull", False), ("share__isnull", True)),
                    _connector="OR",
                ),
                name="grant_by_request_ends_and_has_no_other_source",
            ),
        ),
        migrations.RunSQL(CUSTODIANS, migrations.RunSQL.noop),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.RunSQL(HANDED_OVER, migrations.RunSQL.noop),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
