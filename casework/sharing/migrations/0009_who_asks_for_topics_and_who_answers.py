from django.db import migrations

from casework.access.policies import LED, compartment_clause, protect_sql

READ = compartment_clause("case_id", "overview", write=False)
WRITE = compartment_clause("case_id", "overview", write=True)
ACCOUNT = compartment_clause("case_id", "account", write=False)
ME = "(select casework_standing_member())"
LEADS = "case_id in (select id from cases_case where lead_agency_id = (select casework_agency()))"
SUPERVISES = "(select casework_agency_as('supervisor')) is not null"

ROWS = protect_sql(
    "sharing_topicrequest",
    select=f"({READ}) and (member_id = (select casework_member()) or {LEADS}) or case_id = any({LED})",
    insert=f"member_id = {ME} and agency_id = (select casework_agency()) and {READ} and not ({ACCOUNT}) and not {LEADS}"
    " and not case_id = any((select casework_blinded_ids())::bigint[])"
    " and state = 'waiting' and octet_length(why_sealed) > 0 and octet_length(decision_reason_sealed) = 0"
    " and decided_by_label = '' and ended_by_label = ''",
)
# What may follow what, by whom and when; who else may come near the row is said by the policies. A share answers while
# it is new or changed: one that was withdrawn or declined gives nothing.
GUARD = """
create function topic_request_starts() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if current_user = 'casework_app' then new.asked_at := now(); end if;
  return new;
end $$;

create function topic_request_guard() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  me bigint := public.casework_standing_member();
  led boolean := new.case_id = any((select public.casework_led_ids())::bigint[]);
  answered boolean := new.decided_by_id = me and me <> old.member_id and new.decided_at = now()
    and new.ended_at is null and new.case_id = any(public.casework_visible_ids('read_overview'));
  is_allowed boolean := false;
begin
  if current_user <> 'casework_app' then return new; end if;
  if old.state = 'waiting' and new.state = 'shared' then
    is_allowed := answered and octet_length(new.decision_reason_sealed) = 0 and exists (
      select from public.sharing_share s join public.cases_case c on c.id = s.case_id
      where s.id = new.share_id and s.case_id = old.case_id and s.from_agency_id = c.lead_agency_id
        and s.state in ('proposed', 'offered') and s.until > now()
        and s.to_agency_id = old.agency_id and 'account' = any(s.compartments::text[])
        and (s.topics = '{}' or old.topics::text[] <@ s.topics::text[]));
  elsif old.state = 'waiting' and new.state = 'declined' then
    is_allowed := answered and led and octet_length(new.decision_reason_sealed) > 0;
  elsif old.state = 'waiting' and new.state in ('withdrawn', 'lapsed') then
    is_allowed := new.ended_by_id = me and new.ended_at = now() and new.decided_at is null
      and octet_length(new.decision_reason_sealed) = 0
      and (new.state = 'withdrawn' and me = old.member_id or new.state = 'lapsed' and led);
  end if;
  if not coalesce(is_allowed, false) then
    raise exception 'What was asked stays, and it is answered once, by the agency that leads.'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

create trigger topic_request_starts before insert on sharing_topicrequest
  for each row execute function topic_request_starts();
create trigger topic_request_guard before update on sharing_topicrequest
  for each row execute function topic_request_guard();
set local role casework_grants;  -- only who may execute a function makes a trigger of it
grant execute on function casework_case_is_closed() to casework_owner;
reset role;
create trigger case_is_closed before insert on sharing_topicrequest
  for each row execute function casework_case_is_closed('case_id');
set local role casework_grants;
revoke execute on function casework_case_is_closed() from casework_owner;
reset role;
"""
MOVES = f"""
grant update (state, share_id, decided_by_id, decided_by_label, decided_at, decision_reason_sealed, ended_by_id,
  ended_by_label, ended_at, version) on sharing_topicrequest to casework_app;
create policy sharing_topicrequest_own on sharing_topicrequest for update to casework_app
  using (member_id = {ME} and {READ} and state = 'waiting') with check (member_id = {ME});
create policy sharing_topicrequest_answer on sharing_topicrequest for update to casework_app
  using (({WRITE} or {READ} and {SUPERVISES}) and {LEADS} and member_id <> {ME} and state = 'waiting')
  with check ({LEADS} and member_id <> {ME});
create policy sharing_topicrequest_close on sharing_topicrequest for update to casework_app
  using (case_id = any({LED}) and state = 'waiting') with check (case_id = any({LED}));
"""


class Migration(migrations.Migration):
    """Topics of the account are asked for by who sees the case from another agency; the agency that leads it answers."""

    dependencies = [
        ("sharing", "0008_topics_are_asked_for"),
        ("access", "0014_the_identity_may_be_given_on_request"),
    ]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (ROWS, GUARD, MOVES)]
