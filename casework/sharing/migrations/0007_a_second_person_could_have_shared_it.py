from django.db import migrations

SECOND = """
create function casework_share_second_may() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if current_user <> 'casework_app' then return new; end if;
  if old.state = 'proposed' and new.second_by_id is not null
    and new.state in ('offered', 'not_agreed')
    and public.casework_agency_as('supervisor') is distinct from old.from_agency_id
    and not public.casework_may_share(old.case_id, old.from_agency_id, old.to_agency_id, old.compartments::text[],
      old.may_write::text[], old.until, octet_length(old.enquiry_sealed) > 0) then
    raise exception 'A second person is a supervisor, or could share this as well.' using errcode = 'check_violation',
      constraint = 'share_second_person_may';
  end if;
  return new;
end $$;
create trigger share_second_may before update on sharing_share
  for each row execute function casework_share_second_may();
"""
UNDO = "drop trigger share_second_may on sharing_share; drop function casework_share_second_may();"


class Migration(migrations.Migration):
    """Whoever only reads a case could agree to a share of it by plain SQL; the pages never let them."""

    dependencies = [("sharing", "0006_who_is_on_a_case_is_reviewed")]
    operations = [migrations.RunSQL(SECOND, UNDO)]
