"""Once a day: questions whose outcome is overdue are marked. Nobody is written to; My work shows them."""

from celery import shared_task
from django.db import connection, transaction

from casework.audit.context import Asker, asked_by
from casework.audit.kinds import Verb
from casework.audit.record import record

MARK = "planning.mark_overdue_questions"


@shared_task(name=MARK)  # type: ignore[untyped-decorator]
def mark_overdue_questions() -> int:
    """Mark questions past their day that have no outcome. For no member: keys and numbers alone. Returns how many."""
    with asked_by(Asker(name="Casework", route=MARK, method="TASK")), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select case_id, questions from casework_mark_overdue_questions()")
            marked = cursor.fetchall()
        for case_id, questions in marked:
            record(Verb.CHANGED, case_id=case_id, compartments=["overview"], details={"overdue_questions": questions})
    return sum(questions for _case, questions in marked)
