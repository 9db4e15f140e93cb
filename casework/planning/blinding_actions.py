"""Who interviews may be kept from the record until the interview is sealed: the plan says so, this makes it so."""

from typing import Any

from django.db import transaction

from casework.access.actions import keep_from_record, open_record_again
from casework.access.models import Blinding
from casework.cases.models import Case
from casework.planning.models import Plan


@transaction.atomic
def keep_interviewers_from_record(*, plan: Plan, by: Any) -> None:
    """Bring what is kept from whom to what the plan says. The seal itself is followed by the database.

    Raises: AccessDenied where somebody would open the record to themselves.
    """
    wanted = {}
    if plan.blinds_interviewers and not plan.is_closed:
        people = (plan.lead_interviewer, plan.second_interviewer)
        wanted = {member.pk: member for member in people if member is not None}
    for blinding in kept_from_record(plan.case):
        if wanted.pop(blinding.member_id, None) is None:
            open_record_again(blinding=blinding, by=by)
    if plan.telling_id is None:  # afterwards there is nothing left to keep anybody from
        for member in wanted.values():
            keep_from_record(case=plan.case, member=member, by=by)


def kept_from_record(case: Case) -> list[Blinding]:
    """Who is kept from the record of a case now, by name."""
    rows = Blinding.objects.filter(case=case, lifted_at=None).select_related("member", "case")
    return list(rows.order_by("member__name", "pk"))
