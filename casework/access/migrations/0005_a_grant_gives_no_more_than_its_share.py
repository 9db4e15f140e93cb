from django.db import migrations

from casework.access.policies import LED, OVERSEEN, compartment_clause

OVERVIEW_WRITE = compartment_clause("content_object_id", "overview", write=True)
SIGNATURE = "casework_may_grant(bigint, bigint, bigint, bigint, timestamptz)"

TIGHTER = f"""
drop policy access_casegrant_add on access_casegrant;
drop policy access_casegrant_change on access_casegrant;
drop function casework_may_grant(bigint, bigint, bigint);
create function casework_may_grant(for_case bigint, for_user bigint, by_share bigint, wanted bigint, until timestamptz)
 returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.agencies_member u
      join public.agencies_member me on me.id = (select public.casework_standing_member())
      join public.cases_case c on c.id = for_case
      join public.auth_permission p on p.id = wanted
    where u.id = for_user and u.agency_id = me.agency_id
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
create function casework_case_of(wanted text) returns bigint language sql stable security definer
 set search_path = pg_catalog, pg_temp as $$
  select c.id from public.cases_case c where c.reference = wanted $$;
revoke all on function {SIGNATURE} from public;
revoke all on function casework_case_of(text) from public;
grant execute on function {SIGNATURE} to casework_app, casework_grants;
grant execute on function casework_case_of(text) to casework_app, casework_grants;
alter function {SIGNATURE} owner to casework_grants;
alter function casework_case_of(text) owner to casework_grants;
create policy access_casegrant_add on access_casegrant for insert to casework_app
  with check (casework_may_grant(content_object_id, user_id, share_id, permission_id, ends_at));
create policy access_casegrant_change on access_casegrant for update to casework_app
  using (content_object_id = any({LED})
    or ({OVERVIEW_WRITE}) and content_object_id in (
      select id from cases_case where lead_agency_id = (select casework_agency()))
    or share_id in (select id from sharing_share where to_agency_id = (select casework_agency_as('supervisor'))))
  with check (true);
alter policy audit_auditentry_see on audit_auditentry using (
  xid = pg_current_xact_id_if_assigned() or case_id = any({OVERSEEN}) or listed_case_ids && {OVERSEEN}
  or case_id is null and listed_case_ids = '{{}}'
    and agency_id = (select casework_agency_as('supervisor', 'auditor', 'agency_administrator'))
  or outcome = 'refused' and agency_id = (select casework_agency_as('supervisor', 'auditor')));
"""


class Migration(migrations.Migration):
    """A receiving supervisor could give by SQL what was never shared, and end grants of others' shares."""

    dependencies = [
        ("access", "0004_who_asks_and_what_they_may"),
        ("cases", "0002_walls"),
        ("sharing", "0003_each_side_moves_a_share_its_own_way"),
    ]
    operations = [migrations.RunSQL(TIGHTER, migrations.RunSQL.noop)]
