"""Acting on the plan of the cast's case: as a member, with what that member sees."""

import dataclasses
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from casework.access.task import acting_as
from casework.account.models import Telling
from casework.cases.models import Case
from casework.planning import actions
from casework.planning.contents import PlanContent
from casework.planning.models import Plan, Question

WITH = ("case", "case__lead_agency")


@pytest.fixture
def acting(cast):
    """`with acting("therapist") as member: ...`"""

    @contextmanager
    def act(key):
        with acting_as(cast.people[key].pk, route="test") as acting:
            yield acting.member

    return act


@pytest.fixture
def plan_of(cast):
    """Plan 1 as this member sees it now."""

    def read(member):
        rows = Plan.objects.visible_to(member).select_related(*WITH, "lead_interviewer", "telling")
        return rows.get(case_id=cast.case.pk, number=1)

    return read


@pytest.fixture
def question_of(cast):
    """A question of plan 1, by number."""

    def read(member, number=1):
        rows = Question.objects.visible_to(member).select_related(*WITH, "plan", "merged_into")
        return rows.get(case_id=cast.case.pk, plan__number=1, number=number)

    return read


@pytest.fixture
def case_of(cast):
    return lambda member: Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.case.pk)


@pytest.fixture
def telling_of(cast):
    def read(member, number):
        rows = Telling.objects.visible_to(member).select_related(*WITH)
        return rows.get(case_id=cast.case.pk, number=number)

    return read


@pytest.fixture
def said(cast):
    """What plan 1 says now, with these fields changed."""

    def content(plan, **changes):
        names = [name for name in PlanContent.names() if name != "known"]
        return dataclasses.replace(PlanContent(**{name: getattr(plan, name) for name in names}), **changes)

    return content


@pytest.fixture
def sign(acting, plan_of):
    """Have these people sign plan 1 for their agencies."""

    def each(*keys):
        for key in keys:
            with acting(key) as member:
                plan = plan_of(member)
                actions.sign_plan(plan=plan, by=member, version=plan.version)

    return each


@pytest.fixture
def found(cast, monkeypatch):
    """Have the search of the record find T1 ¶1, for whoever may read it; the engine has tests of its own."""
    from casework.account.models import Passage

    def already_told(member, case, text, **options):
        rows = Passage.objects.visible_to(member).select_related("case", "telling")
        row = rows.filter(pk=cast.passage.pk).first()
        hits = (SimpleNamespace(passage=row),) if row else ()
        none = {"elsewhere": (), "coverage": (), "unprepared": 0, "was_cut": False}
        return SimpleNamespace(hits=hits, may_read=row is not None, reads_all=row is not None, **none)

    monkeypatch.setattr("casework.planning.record._searchers", [already_told])


@pytest.fixture
def request_of(cast):
    """A request of the case, by number."""
    from casework.planning.request_models import FurtherRequest

    def read(member, number=1):
        rows = FurtherRequest.objects.visible_to(member).select_related(*WITH, "telling")
        return rows.get(case_id=cast.case.pk, number=number)

    return read
