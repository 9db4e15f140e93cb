"""A case of its own for summaries: a maker who chooses, a supervisor who approves, one who may read only a part."""

import datetime
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from agencies.models import Member
from casework.access.actions import GrantTerms, grant_compartments
from casework.access.task import bound_to
from casework.account import actions as account_actions
from casework.account.models import Passage
from casework.account.transcript import split_transcript
from casework.audit.context import Asker, asked_by
from casework.cases.actions import ChildIdentity, open_case
from casework.cases.entry_actions import EntryContent, write_entry
from casework.cases.models import Entry
from casework.summaries import actions, copies
from casework.summaries.left_out import stamp_now
from casework.vault.reading import open_reading
from tests.cast import administered, name_police, seal_by_two

TRANSCRIPT = "I: Where did you go?\nC: To the lake.\nI: Who came along?\nC: My brother.\nI: And then?\nC: We swam.\n"
DETAILS = actions.SummaryDetails("For the hearing", "District court", "", "prosecute", "court_order")
EVERYTHING = ["overview", "account", "social", "legal"]
STANDING = ("vetting_from", "vetting_until", "training_from", "training_until")


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
def court(cast, acting):
    """`case` with a sealed telling of three passages and two entries; `maker`, `approver`, `half` (no account)."""
    worker, supervisor = cast.lead_worker, cast.lead_supervisor

    def member(name, role):
        with administered(worker.agency):
            return Member.objects.create(
                email=f"{name}@summaries.example",
                name=name.title(),
                agency=worker.agency,
                roles=[role],
                **{each: getattr(worker, each) for each in STANDING},
            )

    people = {"maker": member("maker", "legal_representative"), "approver": member("approver", "supervisor")}
    people |= {"half": member("half", "supervisor"), "other": member("other", "legal_representative")}
    with acting(worker):
        case, telling = _told_case(worker)
    seal_by_two(telling, worker, name_police(cast, case, acting), acting)
    reads = {"half": ["overview", "social", "legal"]}
    with acting(supervisor):
        for name, person in people.items():
            terms = GrantTerms(purpose="represent", legal_basis="court_order")
            read = reads.get(name, EVERYTHING)
            grant_compartments(case=case, member=person, by=supervisor, read=read, write=["legal"], terms=terms)
    return SimpleNamespace(
        case=case, worker=worker, supervisor=supervisor, url=f"/cases/{case.reference}/summaries/", **people
    )


def _told_case(worker):
    case = open_case(
        by=worker,
        pseudonym="Linen Lark",
        concern="Invented for a test.",
        risk="high",
        age_band="10-12",
        child=ChildIdentity("Ada", "Virtanen"),
    )
    log = account_actions.TellingLog(
        kind="joint", told_on=datetime.date(2026, 3, 3), told_to="Maja Lind", interviewer_id=worker.pk
    )
    telling = account_actions.record_telling(case=case, by=worker, number=1, log=log)
    passages = split_transcript(TRANSCRIPT).passages
    account_actions.add_passages(telling=telling, by=worker, version=1, passages=passages)
    for number, text in enumerate(("The room is quiet.", "The room is warm."), start=1):
        content = EntryContent("fact", datetime.date(2026, 3, number), f"Visit {number}", text)
        write_entry(case=case, by=worker, compartment="social", content=content)
    return case, telling


@pytest.fixture
def keys(court, acting):
    """Keys of the three passages, in order, and of the two entries, by date."""
    with acting(court.maker):
        passages = Passage.objects.visible_to(court.maker).filter(case=court.case).order_by("number")
        entries = Entry.objects.visible_to(court.maker).filter(case=court.case).order_by("happened_on")
        return SimpleNamespace(passages=[each.pk for each in passages], entries=[each.pk for each in entries])


@pytest.fixture
def draft(court, keys, acting):
    """S1 with passages 1 and 3 and the first entry, not asked for yet. Version 2."""
    with acting(court.maker):
        summary = actions.start_summary(case=court.case, by=court.maker, number=1, details=DETAILS)
        chosen = {"passages": [keys.passages[0], keys.passages[2]], "entries": keys.entries[:1]}
        actions.choose_items(summary=summary, by=court.maker, version=1, **chosen)
        summary.refresh_from_db()
    return summary


@pytest.fixture
def asked(court, draft, acting):
    """S1, waiting for approval. Version 3."""
    with acting(court.maker):
        return actions.ask_approval(summary=draft, by=court.maker, version=2)


@pytest.fixture
def approved(court, asked, acting):
    """S1, approved. Version 4."""
    with acting(court.approver):
        return actions.approve(summary=asked, by=court.approver, version=3, seen=stamp_now(court.approver, asked))


@pytest.fixture
def queued(court, approved, acting):
    """Copy 1 of S1, asked for by the maker. No message is sent: a test's transaction never commits."""
    with acting(court.maker):
        return copies.ask_copy(summary=approved, by=court.maker, number=1)
