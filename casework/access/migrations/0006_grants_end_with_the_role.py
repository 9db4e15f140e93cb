from django.db import migrations

GRANTS_AND_HEADS = """
create function casework_end_grants_beyond(of_member bigint, fitting text[])
 returns table (grant_id bigint, case_id bigint, share_id bigint, codename text)
 language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update public.access_casegrant g set ended_at = now(), ended_by_id = (select public.casework_standing_member())
  from public.auth_permission p
  where p.id = g.permission_id and g.user_id = of_member and g.ended_at is null and not p.codename = any(fitting)
    and exists (select from public.agencies_member m
      where m.id = of_member and m.id <> (select public.casework_standing_member())
        and m.agency_id = (select public.casework_agency_as('agency_administrator')))
  returning g.id, g.content_object_id, g.share_id, p.codename::text $$;

create function casework_written_by_others(for_case bigint, in_compartment text, than_agency bigint) returns boolean
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from public.cases_entry e join public.agencies_member m on m.id = e.author_id
    where e.case_id = for_case and e.compartment = in_compartment and m.agency_id <> than_agency)
  and for_case = any(public.casework_any_ids()) $$;

drop function casework_headcount(bigint);
create function casework_headcount(for_case bigint, out can_see bigint, out have_seen bigint)
 language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select
    (select count(distinct g.user_id) from public.access_casegrant g
      where g.content_object_id = for_case and g.ended_at is null and (g.ends_at is null or g.ends_at > now())
        and not exists (select from public.access_wall w
          where w.member_id = g.user_id and w.case_id = for_case and w.lifted_at is null)),
    (select count(distinct e.actor_id) from public.audit_auditentry e
      where e.case_id = for_case and e.outcome = 'allowed' and e.verb in ('looked', 'exported')
        and not e.shown ? 'audit.auditentry')
  where for_case = any(public.casework_any_ids()) or for_case = any(public.casework_overseen_ids()) $$;

grant update (ended_at, ended_by_id) on access_casegrant to casework_grants;
create policy access_casegrant_role_taken on access_casegrant for update to casework_grants
  using (ended_at is null) with check (ended_at is not null and ended_by_id is not null);
grant select on cases_entry to casework_grants;
revoke all on function casework_end_grants_beyond(bigint, text[]) from public;
revoke all on function casework_headcount(bigint) from public;
revoke all on function casework_written_by_others(bigint, text, bigint) from public;
grant execute on function casework_end_grants_beyond(bigint, text[]) to casework_app;
grant execute on function casework_written_by_others(bigint, text, bigint) to casework_app;
grant execute on function casework_headcount(bigint) to casework_app;
alter function casework_headcount(bigint) owner to casework_grants;
alter function casework_end_grants_beyond(bigint, text[]) owner to casework_grants;
alter function casework_written_by_others(bigint, text, bigint) owner to casework_grants;
"""


class Migration(migrations.Migration):
    """A role that is taken away takes its grants along; whoever reads the record of looks has not seen the case."""

    dependencies = [("access", "0005_a_grant_gives_no_more_than_its_share"), ("cases", "0002_walls")]
    operations = [migrations.RunSQL(GRANTS_AND_HEADS, migrations.RunSQL.noop)]
