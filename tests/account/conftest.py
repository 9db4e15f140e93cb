"""A case of its own for the account: its worker writes, a reader reads, an adviser writes but may not seal."""

import datetime
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from agencies.models import Member
from casework.access.actions import GrantTerms, grant_compartments
from casework.access.task import bound_to
from casework.account import actions
from casework.account.transcript import split_transcript
from casework.audit.context import Asker, asked_by
from casework.cases.actions import ChildIdentity, open_case
from casework.vault.reading import open_reading
from tests.cast import administered, name_police, seal_by_two

STANDING = ("vetting_from", "vetting_until", "training_from", "training_until")
TRANSCRIPT = "I: Where did you go?\nC: To the lake.\nI: Who came along?\nC: My brother.\nI: And then?\nC: We swam.\n"


@pytest.fixture
def acting():
    """As this member inside a block, without an entry of the block itself: `with acting(member): ...`."""

    @contextmanager
    def act(member):
        with open_reading(member.pk), asked_by(asker_for(member)), bound_to(member.pk):
            yield

    def asker_for(member):
        return Asker(
            member_id=member.pk,
            name=member.name,
            roles=tuple(member.roles),
            agency_id=member.agency_id,
            agency=member.agency.name,
        )

    return act


@pytest.fixture
def send():
    """POST as a browser does it: a plain form."""

    def post(client, url, data):
        return client.post(url, urlencode(data, doseq=True), content_type="application/x-www-form-urlencoded")

    return post


@pytest.fixture
def told(cast, acting):
    """`case`, `telling` (T1, three passages, open), `worker` and `police` (read and write; one of each side), `reader`
    (reads only), `url`. `seal()`: T1 as sealed by the two of them.
    """
    worker = cast.lead_worker
    with acting(worker):
        case = open_case(
            by=worker,
            pseudonym="Willow Wren",
            concern="Invented for a test.",
            risk="high",
            age_band="10-12",
            child=ChildIdentity("Ada", "Virtanen"),
        )
        log = actions.TellingLog(
            kind="joint", told_on=datetime.date(2026, 3, 3), told_to="Maja Lind", interviewer_id=worker.pk
        )
        telling = actions.record_telling(case=case, by=worker, number=1, log=log)
        passages = split_transcript(TRANSCRIPT).passages
        actions.add_passages(telling=telling, by=worker, version=1, passages=passages)
        telling.refresh_from_db()
    with administered(worker.agency):
        reader = Member.objects.create(
            email="reader@account.example",
            name="Rita Reader",
            agency=worker.agency,
            roles=["therapist"],
            **{name: getattr(worker, name) for name in STANDING},
        )
    with acting(cast.lead_supervisor):
        terms = GrantTerms(purpose="treat", legal_basis="public_task")
        grant_compartments(
            case=case, member=reader, by=cast.lead_supervisor, read=["overview", "account"], write=[], terms=terms
        )
    police = name_police(cast, case, acting)
    return SimpleNamespace(
        case=case,
        telling=telling,
        worker=worker,
        police=police,
        reader=reader,
        url=f"/cases/{case.reference}/account/",
        seal=lambda: seal_by_two(telling, worker, police, acting),
    )


@pytest.fixture
def ready_client(told, client_of, send):
    """The worker's client, with the purpose of the reading stated."""
    client = client_of(told.worker)
    assert send(client, told.url + "purpose/", {"purpose": "protect"}).status_code == 302
    return client
