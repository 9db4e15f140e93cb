"""How long one question takes, from text to passages, with the vectors ready: on a database, decryption included."""

import time
from collections.abc import Sequence
from typing import Any

from agencies.models import Agency, Member
from agencies.standing import today
from casework.access.task import acting_as
from casework.account.actions import TellingLog, add_passages, record_telling
from casework.account.transcript import SplitPassage
from casework.audit.context import Asker, asked_by
from casework.bench._labelled import Account
from casework.bench.rows import Row, Say, percentile
from casework.cases.actions import ChildIdentity, open_case
from casework.cases.models import Case
from casework.search import actions
from casework.search.embedders import Embedder
from casework.search.models import TellingIndex
from casework.search.selectors import already_told

ASKED = 40  # questions for each size
BARS = {500: "bar 50", 5_000: "bar 200"}


def latencies(model: Embedder, account: Account, sizes: Sequence[int], say: Say) -> list[Row]:
    """A case of each size, filled with the passages of one account over and over; each asked the same questions.

    Inside a scratch database.
    """
    rows = []
    worker = _worker()
    for number, size in enumerate(sizes, start=1):
        say(f"Latency at {size} passages ...")
        case = _case(worker, model, account, size, number)
        taken = _times(worker, case, account)
        rows.append(Row(f"latency_ms_p95_{size}", percentile(taken, 0.95), "ms", BARS.get(size, "")))
        rows.append(Row(f"latency_ms_p50_{size}", percentile(taken, 0.5), "ms"))
    return rows


def _worker() -> Member:
    with asked_by(Asker(name="Benchmark")):
        agency = Agency.objects.using("owner").create(name="Benchmark", kind="social_services", country="DK")
        dates: dict[str, Any] = dict.fromkeys(
            ("vetting_from", "vetting_until", "training_from", "training_until"), today()
        )
        member = Member(email="bench@example.test", name="Bench", agency=agency, roles=["social_worker"], **dates)
        member.set_unusable_password()
        member.save(using="owner")
    return Member.objects.select_related("agency").get(pk=member.pk)


def _case(worker: Member, model: Embedder, account: Account, size: int, number: int) -> Case:
    passages = [
        SplitPassage(place + 1, said.question, said.answer, "", "", "", uncertain=False, why="")
        for place in range(size)
        for said in [account.said[place % len(account.said)]]
    ]
    with acting_as(worker.pk, route="bench"):
        child = ChildIdentity(given_names="Nobody")
        case = open_case(
            by=worker, pseudonym=f"Bench {number}", concern="Invented.", risk="low", age_band="unknown", child=child
        )
        telling = record_telling(case=case, by=worker, number=1, log=TellingLog("joint", today()))
        add_passages(telling=telling, by=worker, version=1, passages=passages)
    with acting_as(worker.pk, route="bench"):
        index = TellingIndex.objects.visible_to(worker).get(telling_id=telling.pk)
        work = actions.begin(index_id=index.pk, by=worker, embedder=model)
    assert work is not None
    vectors = actions.made_vectors(work, model)
    with acting_as(worker.pk, route="bench"):
        actions.finish(work=work, by=worker, vectors=vectors, embedder=model)
    return case


def _times(worker: Member, case: Case, account: Account) -> list[float]:
    """Milliseconds of each question; the first is asked twice, and not counted the first time."""
    questions = [each.text for each in account.questions]
    taken = []
    for turn in range(ASKED + 1):
        with acting_as(worker.pk, route="bench"):
            seen = Case.objects.visible_to(worker).select_related("lead_agency").get(pk=case.pk)
            before = time.perf_counter()
            answer = already_told(worker, seen, questions[turn % len(questions)])
            assert answer.hits
            assert answer.unprepared == 0
            taken.append((time.perf_counter() - before) * 1_000)
    return taken[1:]
