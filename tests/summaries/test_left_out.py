"""What is left out is counted once, over the whole case, and is the same for whoever reads it and on paper."""

import datetime

import pytest

from casework.access.errors import StalePage
from casework.account.models import Telling
from casework.cases.entry_actions import EntryContent, write_entry
from casework.summaries import actions, copies
from casework.summaries.left_out import left_out_of, stamp_now
from casework.summaries.paper import paper_of
from casework.summaries.selectors import contents_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(court, acting):
    """An entry of the lead worker in a compartment that is open to neither maker, approver nor `half`."""

    def entry(compartment="therapy"):
        content = EntryContent("fact", datetime.date(2026, 3, 9), "Session", "A brass heron.")
        with acting(court.worker):
            write_entry(case=court.case, by=court.worker, compartment=compartment, content=content)

    return entry


def test_everyone_reads_the_same_and_every_compartment_is_counted(court, asked, write, client_of):
    write("overview")
    pages = [
        client_of(person).get(court.url + path)
        for person, path in ((court.maker, "1/"), (court.approver, "1/decide/"), (court.half, "1/decide/"))
    ]
    counted = [[(part.name, part.words) for part in page.context["left_out"]] for page in pages]
    assert counted[0] == [("What the child told, T1", "1 of 3"), ("Overview", "1 of 1"), ("Social", "1 of 2")]
    assert counted[1] == counted[2] == counted[0]
    for page in pages:
        assert '<th scope="row">Overview</th><td>1 of 1</td>' in page.content.decode()


def test_what_the_reader_may_not_read_is_counted_too(court, asked, acting):
    with acting(court.half):
        assert [each.words for each in left_out_of(asked)] == ["1 of 3", "1 of 2"]
    with acting(court.worker):  # who may not read summaries is told nothing
        assert left_out_of(asked) == ()


def test_paper_prints_what_was_approved_also_when_the_case_has_grown(court, approved, write, acting):
    write("overview")
    with acting(court.maker):
        copy = copies.ask_copy(summary=approved, by=court.maker, number=1)
        paper = paper_of(copy, contents_of(court.maker, copy.summary))
        assert paper.left_out == (("What the child told, T1", "1 of 3"), ("Social", "1 of 2"))
        assert "when this summary was approved, on " in paper.absent[0]
        again = actions.open_again(summary=approved, by=court.maker, version=4)
        assert [each.place for each in left_out_of(again)] == ["T1", "overview", "social"]


def test_what_is_added_while_it_is_read_is_read_before_it_is_approved(court, asked, write, acting):
    with acting(court.approver):
        seen = stamp_now(court.approver, asked)
    write("overview")
    with acting(court.approver):
        with pytest.raises(StalePage, match="the case grew"):
            actions.approve(summary=asked, by=court.approver, version=3, seen=seen)
        now = stamp_now(court.approver, asked)
        assert actions.approve(summary=asked, by=court.approver, version=3, seen=now).left_out[1] == ["overview", 1, 1]


def test_paper_names_both_who_sealed(court, queued, acting):
    with acting(court.maker):
        paper = paper_of(queued, contents_of(court.maker, queued.summary))
        telling = Telling.objects.visible_to(court.maker).get(case=court.case)
    sealed = dict(paper.tellings[0].facts)["Sealed"]
    assert telling.signed_by_label != telling.sealed_by_label
    assert sealed.endswith(f"by {telling.signed_by_label} and {telling.sealed_by_label}")
