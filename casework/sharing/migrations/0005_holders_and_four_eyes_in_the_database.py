from django.db import migrations

from casework.access.policies import LED, OFFERED, OVERSEEN, compartment_clause

READ = compartment_clause("case_id", "overview", write=False)
WRITE = compartment_clause("case_id", "overview", write=True)
OWN = "from_agency_id = (select casework_agency())"
GIVES = f"from_agency_id = (select casework_agency_as('supervisor')) and case_id = any({OFFERED})"
RECEIVES = "to_agency_id = (select casework_agency_as('supervisor'))"
SENT = """state not in ('proposed', 'not_agreed') and (state <> 'revoked' or decided_at is not null
  or second_at is not null or not compartments::text[] && array['account', 'identity', 'therapy'])"""
MAY_SHARE = "casework_may_share(bigint, bigint, bigint, text[], text[], timestamptz, boolean)"
ASKED = """casework_may_share({0}case_id, {0}from_agency_id, {0}to_agency_id, {0}compartments::text[],
  {0}may_write::text[], {0}until, octet_length({0}enquiry_sealed) > 0)"""

# Who holds what. The lead agency: overview, identity and account; and it opens the other compartments for agencies to
# write in, which shows them nothing, since what stands there is held by whoever wrote it. Any other agency: what its
# own members write in the compartments in which they may; it shares that with agencies that take part already.
FUNCTIONS = f"""
create function {
    MAY_SHARE.replace(
        "(bigint, bigint, bigint, text[], text[], timestamptz, boolean)",
        "(for_case bigint, giver bigint, receiver bigint, what text[], writes text[], until timestamptz, enquires boolean)",
    )
}
 returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from public.cases_case c
      join public.agencies_member me on me.id = (select public.casework_standing_member())
      join public.agencies_agency r on r.id = receiver
    where c.id = for_case and me.agency_id = giver and until <= c.review_due
      and (enquires or not ('therapy' = any(what) and r.kind in ('police', 'prosecution')))
      and (
        c.lead_agency_id = giver and ('supervisor' = any(me.roles::text[])
          or for_case = any(public.casework_visible_ids('write_overview')))
        or c.lead_agency_id <> giver and not exists (select from unnest(what) w where w <> 'overview' and (w in ('identity', 'account')
            or not for_case = any(public.casework_visible_ids('write_' || w))))
          and writes = '{{}}'
          and (receiver = c.lead_agency_id or exists (select from public.sharing_share s where s.case_id = for_case
            and s.from_agency_id = c.lead_agency_id and s.to_agency_id = receiver and s.state = 'accepted'
            and s.until > now()))
      )) $$;

create function casework_share_moves() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  me bigint := public.casework_standing_member();
  is_allowed boolean;
begin
  if current_user <> 'casework_app' then return new; end if;
  if (new.compartments, new.topics, new.may_write, new.purpose, new.legal_basis, new.consent_from, new.consent_on,
      new.withheld_sealed, new.withheld_because, new.enquiry_sealed, new.report_back, new.note_sealed, new.until,
      new.offered_by_id, new.offered_by_label)
    is distinct from (old.compartments, old.topics, old.may_write, old.purpose, old.legal_basis, old.consent_from,
      old.consent_on, old.withheld_sealed, old.withheld_because, old.enquiry_sealed, old.report_back, old.note_sealed,
      old.until, old.offered_by_id, old.offered_by_label)
  then
    is_allowed := old.state in ('proposed', 'not_agreed', 'offered') and new.offered_by_id = me
      and new.second_by_id is null and new.state = (case
        when new.compartments::text[] && array['account', 'identity', 'therapy'] then 'proposed' else 'offered' end)
      and public.{ASKED.format("new.")};
  elsif new.state <> old.state then
    is_allowed := case new.state
      when 'offered' then old.state = 'proposed' and new.second_by_id = me
      when 'not_agreed' then old.state = 'proposed' and new.second_by_id = me
      when 'accepted' then old.state = 'offered' and new.decided_by_id = me
      when 'rejected' then old.state = 'offered' and new.decided_by_id = me
      when 'revoked' then new.revoked_by_id = me
      else false end;
  else
    is_allowed := false;
  end if;
  if not coalesce(is_allowed, false) then
    raise exception 'A share moves only as its states allow.' using errcode = 'check_violation',
      constraint = 'share_moves';
  end if;
  return new;
end $$;
revoke all on function {MAY_SHARE} from public;
grant execute on function {MAY_SHARE} to casework_app, casework_grants;
alter function {MAY_SHARE} owner to casework_grants;
create trigger share_moves before update on sharing_share for each row execute function casework_share_moves();
"""

SHARES = f"""
alter policy sharing_share_see on sharing_share using ({READ} or case_id = any({OVERSEEN})
  or {GIVES} or case_id = any({OFFERED}) and {RECEIVES} and {SENT});
drop policy sharing_share_add on sharing_share;
drop policy sharing_share_withdraw on sharing_share;
drop policy sharing_share_decide on sharing_share;
create policy sharing_share_add on sharing_share for insert to casework_app with check (
  state = (case when compartments::text[] && array['account', 'identity', 'therapy'] then 'proposed' else 'offered' end)
  and ({READ} or case_id = any({LED})) and offered_by_id = (select casework_standing_member())
  and second_by_id is null and {ASKED.format("")});
create policy sharing_share_give on sharing_share for update to casework_app
  using (({READ} or case_id = any({LED}) or {GIVES}) and {OWN}
    and state in ('proposed', 'not_agreed', 'offered', 'accepted'))
  with check ({OWN} and state in ('proposed', 'not_agreed', 'offered', 'revoked'));
create policy sharing_share_lead_withdraws on sharing_share for update to casework_app
  using (case_id = any({LED}) and state in ('proposed', 'not_agreed', 'offered', 'accepted'))
  with check (case_id = any({LED}) and state = 'revoked');
create policy sharing_share_decide on sharing_share for update to casework_app
  using ({RECEIVES} and state in ('offered', 'accepted') and until > now())
  with check ({RECEIVES} and state in ('accepted', 'rejected'));
grant update (compartments, topics, may_write, purpose, legal_basis, consent_from, consent_on, withheld_sealed,
  withheld_because, enquiry_sealed, report_back, note_sealed, until, offered_by_id, offered_by_label, second_by_id,
  second_by_label, second_at, revoked_by_label) on sharing_share to casework_app;
"""

# Named topics give the permission for topics, the whole account that for the account; nothing else gives topics.
GRANTS = """
create function casework_topics_fit(by_share bigint, wanted bigint) returns boolean language sql stable
 security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(case p.codename
    when 'read_account_topics' then (select s.topics <> '{}' from public.sharing_share s where s.id = by_share)
    when 'read_account' then by_share is null
      or (select s.topics = '{}' from public.sharing_share s where s.id = by_share)
    else true end, false)
  from public.auth_permission p where p.id = wanted $$;
revoke all on function casework_topics_fit(bigint, bigint) from public;
grant execute on function casework_topics_fit(bigint, bigint) to casework_app, casework_grants;
alter function casework_topics_fit(bigint, bigint) owner to casework_grants;
create policy access_casegrant_topics on access_casegrant as restrictive for insert to casework_app
  with check (casework_topics_fit(share_id, permission_id));
"""


class Migration(migrations.Migration):
    """Each agency shares what it holds; a second person agrees to terms, not to a row; topics give topics."""

    dependencies = [
        ("access", "0012_an_interviewer_may_be_kept_from_the_record"),
        ("cases", "0004_what_an_agency_writes_is_its_own"),
        ("sharing", "0004_topics_consent_and_a_second_person"),
    ]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (FUNCTIONS, SHARES, GRANTS)]
