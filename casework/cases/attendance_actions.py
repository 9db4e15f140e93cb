"""The only writer of attendance."""

import datetime
from typing import Any

from django.db import transaction

from casework.cases.models import Attendance, Case
from casework.cases.rules import check_can_record_attendance


@transaction.atomic
def record_attendance(*, case: Case, by: Any, held_on: datetime.date, outcome: str) -> Attendance:
    """Record whether the child came to an appointment. For a day that has a record, this one counts from now on.

    `outcome`: a code of AttendanceOutcome. Raises: AccessDenied.
    """
    case.refresh_from_db(fields=["stage"])
    check_can_record_attendance(by, case)
    row = Attendance(case=case, agency_id=by.agency_id, held_on=held_on, outcome=outcome, recorded_by=by)
    row.recorded_by_label = by.in_full
    row.save(force_insert=True)
    return row
