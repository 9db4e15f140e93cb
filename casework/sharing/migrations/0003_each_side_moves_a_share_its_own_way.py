from django.db import migrations

from casework.access.policies import LED, compartment_clause

WRITE = compartment_clause("case_id", "overview", write=True)
OWN = "from_agency_id = (select casework_agency())"
LEADS = "exists (select from cases_case c where c.id = case_id and c.lead_agency_id = from_agency_id)"
RECEIVES = "to_agency_id = (select casework_agency_as('supervisor'))"

# Whoever writes in the overview of a case may work for any agency; only the lead agency shares, only the receiving
# one decides, and a share that has ended is never taken up again.
NARROWER = f"""
drop policy sharing_share_add on sharing_share;
drop policy sharing_share_change on sharing_share;
create policy sharing_share_add on sharing_share for insert to casework_app with check (
  state = 'offered' and ({WRITE} or case_id = any({LED})) and {OWN} and {LEADS}
  and offered_by_id = (select casework_standing_member()));
create policy sharing_share_withdraw on sharing_share for update to casework_app
  using (({WRITE} or case_id = any({LED})) and {OWN} and state in ('offered', 'accepted'))
  with check (state = 'revoked' and {OWN});
create policy sharing_share_decide on sharing_share for update to casework_app
  using ({RECEIVES} and state in ('offered', 'accepted') and until > now())
  with check ({RECEIVES} and state in ('accepted', 'rejected'));
"""


class Migration(migrations.Migration):
    dependencies = [("sharing", "0002_walls"), ("cases", "0002_walls")]
    operations = [migrations.RunSQL(NARROWER, migrations.RunSQL.noop)]
