"""The only writer of reviews: each person on a case is confirmed until the next one, or comes off."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from agencies.models import Member
from casework.access.actions import end_grants
from casework.access.errors import AccessDenied, StalePage
from casework.access.models import CaseGrant
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.cases.models import Case
from casework.sharing.kinds import ReviewOutcome
from casework.sharing.models import PersonReview, Share
from casework.sharing.reviewing import grants_under_review
from casework.sharing.rules import check_can_review_people


@dataclass(frozen=True)
class Decision:
    """What is decided of one person. `reason`: at most 500 characters; it is needed for who comes off."""

    stays: bool
    reason: str = ""


@transaction.atomic
def review_people(*, case: Case, by: Member, decisions: Mapping[int, Decision]) -> int:
    """Confirm each person on the case until the next review, or take them off now. Returns how many come off.

    `decisions`: by member id, for exactly those who are on the case. Raises: AccessDenied; StalePage when somebody came
    or went meanwhile.
    """
    check_can_review_people(by, case)
    people = {grant.user_id: grant.user for grant in grants_under_review(case).select_related("user__agency")}
    if set(people) != set(decisions):
        raise StalePage(_("Somebody came on the case or left it meanwhile. Please look at the list again."))
    if any(not each.stays and not each.reason.strip() for each in decisions.values()):
        raise AccessDenied(_("Say why somebody comes off the case."), rule="review_reason")
    off = [key for key, each in decisions.items() if not each.stays]
    live = CaseGrant.objects.filter(content_object=case, user_id__in=off, emergency=None)
    end_grants(grants=live, by=by)
    due = _move_review(case, [key for key, each in decisions.items() if each.stays])
    for key, each in sorted(decisions.items()):
        review = PersonReview(
            case=case,
            member=people[key],
            member_label=people[key].in_full,
            outcome=ReviewOutcome.CONFIRMED if each.stays else ReviewOutcome.ENDED,
            until=due if each.stays else None,
            decided_by=by,
            decided_by_label=by.in_full,
        )
        review.reason = each.reason
        review.save(force_insert=True)
    return len(off)


def _move_review(case: Case, keep: list[int]) -> datetime.datetime:
    """The database moves every end that hung on the review, and says which; each gets its entry. Returns the next."""
    subjects: dict[str, type[models.Model]] = {"case": Case, "share": Share, "grant": CaseGrant}
    columns = {"case": "review_due", "share": "until", "grant": "ends_at"}
    with connection.cursor() as cursor:
        cursor.execute("select what, key, was, due from casework_review_case(%s, %s)", [case.pk, keep])
        moved = cursor.fetchall()
    for what, key, was, due in moved:
        subject = subjects[what](pk=key)
        changes = {columns[what]: [str(was), str(due)]}
        record(Verb.CHANGED, subject=subject, case_id=case.pk, changes=changes, details={"review": True})
    following: datetime.datetime = next(row[3] for row in moved if row[0] == "case")
    case.review_due = following
    return following
