"""The counts of a case: right, from one question to the database, behind the same walls as the case."""

import datetime

import pytest

from casework.account import actions
from casework.account.panels import counts_by_case
from casework.account.session import PersonPresent
from casework.cases.panels import AccountCounts
from tests.cast import OWN_TERMS

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted(told, acting):
    """T1, an interview, heard by Maja Lind; T2, prior, by her again and by two more; T3, prior, by a teacher."""
    with acting(told.worker):
        people = (PersonPresent("Vera Hall"), PersonPresent("Paul Reed", seat="observing"))
        day = datetime.date(2026, 3, 4)
        logs = (
            actions.TellingLog("prior", day, told_to="MAJA LIND, interviewer", people=people),
            actions.TellingLog("prior", None, told_to="A teacher"),
        )
        for number, log in enumerate(logs, start=2):
            actions.record_telling(case=told.case, by=told.worker, number=number, log=log)
    return told


def counts(told, acting, member):
    with acting(member):
        return counts_by_case([told.case.pk]).get(told.case.pk)


def test_tellings_hearers_and_readers_are_counted(counted, acting, ready_client, client_of, send):
    assert counts(counted, acting, counted.worker) == AccountCounts(formal=1, informal=2, heard=4, read=0)
    ready_client.get(counted.url)
    other = client_of(counted.police)
    send(other, counted.url + "purpose/", {"purpose": "investigate"})
    other.get(counted.url)
    other.get(counted.url)
    assert counts(counted, acting, counted.worker).read == 2


def test_everyone_on_the_case_sees_the_same_counts_and_nobody_else_learns_anything(counted, cast, acting):
    seen = counts(counted, acting, counted.worker)
    assert counts(counted, acting, counted.police) == seen
    assert counts(counted, acting, counted.reader) == seen
    assert counts(counted, acting, cast.lead_supervisor) == seen, "by oversight"
    for outsider in ("stranger", "stranger_supervisor", "lead_colleague", "lead_admin", "prosecutor"):
        assert counts(counted, acting, cast.people[outsider]) is None


def test_walls_and_standing_shut_the_counts(counted, cast, acting, monkeypatch):
    from casework.access.actions import grant_compartments, raise_wall

    with acting(cast.lead_supervisor):
        grant_compartments(
            case=counted.case, member=cast.lead_colleague, by=cast.lead_supervisor, read=["overview"], write=[],
            terms=OWN_TERMS,
        )  # fmt: skip
    assert counts(counted, acting, cast.lead_colleague) is not None
    with acting(cast.lead_colleague):
        raise_wall(case=counted.case, member=cast.lead_colleague, by=cast.lead_colleague)
    assert counts(counted, acting, cast.lead_colleague) is None
    assert counts(counted, acting, cast.lapsed_worker) is None


@pytest.mark.parametrize("where", ["/cases/", "{case}", "{account}", "{account}tellings/1/"])
def test_counts_stand_wherever_the_case_is(counted, ready_client, where):
    text = ready_client.get(
        where.format(case=f"/cases/{counted.case.reference}/", account=counted.url)
    ).content.decode()
    words = " ".join(text.split())
    assert "Told 3 times" in words
    assert "1 formal, 2 informal" in words
    if where != "/cases/":
        assert "heard by 4 people" in words
