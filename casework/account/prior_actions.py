"""What the child has told before the case was opened: each prior account a telling, and the answer itself a row."""

from typing import Any

from django.db import transaction

from casework.account.actions import TellingLog, add_passages, record_telling
from casework.account.kinds import PriorAnswer, TellingKind
from casework.account.models import Telling, ToldBefore
from casework.account.rules import check_can_record_telling
from casework.account.transcript import split_transcript
from casework.cases.models import Case


@transaction.atomic
def answer_told_before(*, case: Case, by: Any, answer: str) -> ToldBefore:
    """Keep whether the child has told anybody already; the last answer counts, and the same again is kept once.

    `answer`: a code of PriorAnswer. Raises: AccessDenied; ValueError.
    """
    check_can_record_telling(by, case)
    answer = PriorAnswer(answer).value
    rows = ToldBefore.objects.visible_to(by).filter(case=case).order_by("-answered_at", "-pk")
    last: ToldBefore | None = rows.select_related("case").first()
    if last is not None and last.answer == answer:
        return last
    row = ToldBefore(case=case, answer=answer, answered_by=by, answered_by_label=by.in_full)
    row.save(force_insert=True)
    return row


@transaction.atomic
def record_prior_account(*, case: Case, by: Any, number: int, log: TellingLog, words: str) -> Telling:
    """Record what the child told somebody before, as a telling of its own, and that the child had told.

    `words`: the child's own, as noted: kept as passages, one where they can't be divided; may be empty.
    `number`: the one that the page announced. Raises: AccessDenied; StalePage; GuardRefusal; ValueError.
    """
    if log.kind != TellingKind.PRIOR:
        raise ValueError("A prior account is a prior disclosure.")
    telling = record_telling(case=case, by=by, number=number, log=log)
    passages = split_transcript(words).passages
    if passages:
        add_passages(telling=telling, by=by, version=telling.version, passages=passages)
    answer_told_before(case=case, by=by, answer=PriorAnswer.YES)
    return telling
