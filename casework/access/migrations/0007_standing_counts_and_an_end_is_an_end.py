from django.db import migrations

from casework.access.policies import LED, compartment_clause

OVERVIEW_WRITE = compartment_clause("content_object_id", "overview", write=True)
MAY_GRANT = "casework_may_grant(bigint, bigint, bigint, bigint, timestamptz)"
SQL = f"""
create function casework_has_standing(of_member bigint) returns boolean language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from public.agencies_member m join public.agencies_agency a on a.id = m.agency_id
    where m.id = of_member and m.is_active and a.is_active and m.membership_ended_on is null
      and (now() at time zone 'UTC')::date between m.vetting_from and m.vetting_until
      and (now() at time zone 'UTC')::date between m.training_from and m.training_until) $$;

create function casework_people_of(for_case bigint) returns setof bigint language sql stable parallel safe
 security definer set search_path = pg_catalog, pg_temp as $$
  select distinct g.user_id from public.access_casegrant g
  where g.content_object_id = for_case and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
    and public.casework_has_standing(g.user_id)
    and not exists (select from public.access_wall w
      where w.member_id = g.user_id and w.case_id = for_case and w.lifted_at is null)
    and (for_case = any((select public.casework_any_ids())::bigint[])
      or for_case = any((select public.casework_overseen_ids())::bigint[])) $$;

drop function casework_headcount(bigint);
create function casework_headcount(for_case bigint, out can_see bigint, out have_seen bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select
    (select count(*) from public.casework_people_of(for_case)),
    (select count(distinct e.actor_id) from public.audit_auditentry e
      where e.case_id = for_case and e.outcome = 'allowed' and e.verb in ('looked', 'exported')
        and not e.shown ? 'audit.auditentry')
  where for_case = any((select public.casework_any_ids())::bigint[])
    or for_case = any((select public.casework_overseen_ids())::bigint[]) $$;

drop policy access_casegrant_add on access_casegrant;
drop policy access_casegrant_change on access_casegrant;
drop function {MAY_GRANT};
create function casework_may_grant(for_case bigint, for_user bigint, by_share bigint, wanted bigint, until timestamptz)
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
        by_share is null and c.lead_agency_id = me.agency_id
          and ('supervisor' = any(me.roles::text[]) or (c.opened_by_id = me.id and for_user = me.id
            and c.opened_xid = pg_current_xact_id_if_assigned()))
        or exists (select from public.sharing_share s where s.id = by_share and s.case_id = for_case
          and s.to_agency_id = me.agency_id and s.state = 'accepted' and s.until > now()
          and 'supervisor' = any(me.roles::text[])
          and until is not null and until <= s.until
          and split_part(p.codename, '_', 2) = any(
            case split_part(p.codename, '_', 1) when 'read' then s.compartments::text[] else s.may_write::text[] end))
      )) $$;

revoke all on function casework_has_standing(bigint) from public;
revoke all on function casework_people_of(bigint) from public;
revoke all on function casework_headcount(bigint) from public;
revoke all on function {MAY_GRANT} from public;
grant execute on function casework_has_standing(bigint) to casework_grants;
grant execute on function casework_people_of(bigint) to casework_app, casework_grants;
grant execute on function casework_headcount(bigint) to casework_app, casework_grants;
grant execute on function {MAY_GRANT} to casework_app, casework_grants;
alter function casework_has_standing(bigint) owner to casework_grants;
alter function casework_people_of(bigint) owner to casework_grants;
alter function casework_headcount(bigint) owner to casework_grants;
alter function {MAY_GRANT} owner to casework_grants;

create policy access_casegrant_add on access_casegrant for insert to casework_app
  with check (ended_at is null and casework_may_grant(content_object_id, user_id, share_id, permission_id, ends_at));
create policy access_casegrant_change on access_casegrant for update to casework_app
  using (ended_at is null and (content_object_id = any({LED})
    or ({OVERVIEW_WRITE}) and content_object_id in (
      select id from cases_case where lead_agency_id = (select casework_agency()))
    or share_id in (select id from sharing_share where to_agency_id = (select casework_agency_as('supervisor')))))
  with check (ended_at is not null and ended_by_id = (select casework_standing_member()));
revoke update on access_casegrant from casework_app;
grant update (ended_at, ended_by_id) on access_casegrant to casework_app;
"""


class Migration(migrations.Migration):
    """Who can see a case is counted by standing too; an ended grant can't be revived, and a wall stops a new one."""

    dependencies = [
        ("access", "0006_grants_end_with_the_role"),
        ("agencies", "0002_only_administrators_change_members"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
