"""Who holds what: an agency shares what it wrote, and opening a compartment for another opens nothing of a third."""

import datetime

import pytest
from django.db import connection

from agencies.models import Member
from agencies.standing import today
from casework.access.database import bind_member, database_now
from casework.access.errors import AccessDenied, NotVisible
from casework.access.task import acting_as
from casework.cases.entry_actions import EntryContent, change_entry, write_entry
from casework.cases.models import Case, Entry
from casework.cases.people_actions import name_member
from casework.sharing.actions import offer_share
from casework.sharing.terms import ShareTerms
from tests.cast import NOTE, OWN_TERMS, THERAPY_NOTE, Cast, administered

SECOND_NOTE = "Second therapy agency phrase brass-willow"


@pytest.fixture
def second_therapist(cast: Cast, give) -> Member:
    """A therapist of Quiet House, another therapy agency on the same case, for which therapy was opened too."""
    agency = cast.agencies["quiet_house"]
    dates = {
        f"{kind}_{end}": getattr(cast.lead_worker, f"{kind}_{end}")
        for kind in ("vetting", "training")
        for end in ("from", "until")
    }
    with administered(agency):
        people = [
            Member.objects.create(email=f"{key}@quiet.example", name=key, agency=agency, roles=roles, **dates)
            for key, roles in (("Quiet Therapist", ["therapist"]), ("Quiet Supervisor", ["supervisor"]))
        ]
    cast.people["quiet_therapist"], cast.people["quiet_supervisor"] = people
    give(
        "quiet_house",
        ["quiet_therapist"],
        receiver="quiet_supervisor",
        compartments=("therapy",),
        may_write=("therapy",),
    )
    with acting_as(people[0].pk, route="test"):
        case = Case.objects.visible_to(people[0]).select_related("lead_agency").get(pk=cast.case.pk)
        content = EntryContent("fact", today(), "A title", SECOND_NOTE)
        write_entry(case=case, by=people[0], compartment="therapy", content=content)
    yield people[0]
    del cast.people["quiet_therapist"], cast.people["quiet_supervisor"]


def notes(member: Member, compartment: str, *, by_sql: bool = False) -> set[str]:
    with acting_as(member.pk, route="test"):
        rows = Entry.everything if by_sql else Entry.objects.visible_to(member)
        return {entry.text for entry in rows.select_related("case").filter(compartment=compartment)}


@pytest.mark.parametrize("by_sql", [False, True])
def test_two_therapy_agencies_on_one_case_read_their_own_notes_alone(cast, second_therapist, by_sql):
    assert notes(cast.therapist, "therapy", by_sql=by_sql) == {THERAPY_NOTE}
    assert notes(second_therapist, "therapy", by_sql=by_sql) == {SECOND_NOTE}


@pytest.mark.parametrize("by_sql", [False, True])
def test_naming_the_own_people_opens_nothing_that_another_agency_wrote(cast, by_sql):
    """A social worker is named for therapy and police by the own supervisor; the notes stay with their agencies."""
    supervisor, worker = cast.lead_supervisor, cast.lead_colleague
    with acting_as(supervisor.pk, route="test"):
        case = Case.objects.overseen_by(supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        name_member(
            case=case, member=worker, by=supervisor, read=["therapy", "police", "social"], write=[], terms=OWN_TERMS
        )
    assert notes(worker, "therapy", by_sql=by_sql) == notes(worker, "police", by_sql=by_sql) == set()
    assert len(notes(worker, "social", by_sql=by_sql)) == 1


@pytest.mark.parametrize("by_sql", [False, True])
def test_the_therapists_agency_shares_its_notes_back_and_those_of_nobody_else(cast, give, second_therapist, by_sql):
    give("harbour_social", ["lead_worker"], by="therapist", second="therapy_supervisor", compartments=("therapy",))
    assert notes(cast.lead_worker, "therapy", by_sql=by_sql) == {THERAPY_NOTE}


def test_shared_notes_are_read_and_not_changed(cast, give):
    give("crown_prosecution", ["prosecutor"], by="investigator", compartments=("police",))
    assert notes(cast.prosecutor, "police") == {NOTE}
    with acting_as(cast.prosecutor.pk, route="test"):
        entry = (
            Entry.objects.visible_to(cast.prosecutor)
            .select_related("case", "case__lead_agency")
            .get(compartment="police")
        )
        with pytest.raises(NotVisible):
            change_entry(entry=entry, by=cast.prosecutor, version=1, content=EntryContent("fact", today(), "T", "x"))
    with connection.cursor() as cursor:
        bind_member(cursor, cast.prosecutor.pk)
        cursor.execute("update cases_entry set version = 9 where id = %s", [entry.pk])
        assert cursor.rowcount == 0


def offer(cast: Cast, person: str, to: str, **changed: object) -> None:
    member = cast.people[person]
    until = database_now() + datetime.timedelta(days=20)
    wanted = {
        "compartments": (),
        "may_write": (),
        "purpose": "treat",
        "legal_basis": "public_task",
        "until": until,
        **changed,
    }
    with acting_as(member.pk, route="test"):
        case = Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.case.pk)
        offer_share(case=case, to=cast.agencies[to], by=member, terms=ShareTerms(**wanted))


@pytest.mark.parametrize(
    ("person", "to", "changed", "rule"),
    [
        ("investigator", "harbour_social", {"compartments": ("account",)}, "give"),
        ("investigator", "harbour_social", {"compartments": ("identity",)}, "give"),
        ("investigator", "bluebell_therapy", {"compartments": ("police",), "may_write": ("police",)}, "give_writing"),
        ("investigator", "far_social", {"compartments": ("police",)}, "receiver_takes_part"),
        ("therapist", "north_police", {"compartments": ("therapy",)}, "enquiry"),
        ("therapist", "crown_prosecution", {"compartments": ("therapy",), "enquiry": "   "}, "enquiry"),
        ("investigator", "north_police", {"compartments": ("police",)}, "share_with_another"),
        ("lead_worker", "far_social", {"compartments": ("police",)}, "give"),
    ],
)
def test_nobody_gives_what_another_holds(cast, person, to, changed, rule):
    with pytest.raises(AccessDenied) as refused:
        offer(cast, person, to, **changed)
    assert refused.value.rule == rule


def test_notes_of_therapy_go_to_the_police_on_a_line_of_enquiry_that_two_of_the_agency_decide(cast, give):
    line = "Whether the child named the day of the match; the first session was on the day after."
    give(
        "north_police", ["investigator"], by="therapist", second="therapy_supervisor", compartments=("therapy",),
        purpose="investigate", enquiry=line,
    )  # fmt: skip
    assert notes(cast.investigator, "therapy") == set(), "the role of an investigator is not given therapy"


def test_database_refuses_therapy_for_the_police_without_a_line(cast):
    with connection.cursor() as cursor:
        bind_member(cursor, cast.therapist.pk)
        for line, may in ((False, False), (True, True)):
            cursor.execute(
                "select casework_may_share(%s, %s, %s, '{overview,therapy}', '{}', now() + interval '1 day', %s)",
                [cast.case.pk, cast.therapist.agency_id, cast.agencies["north_police"].pk, line],
            )
            assert cursor.fetchone() == (may,)


def test_the_lead_agency_withdraws_what_a_partner_shared_and_other_partners_do_not(cast, give, client_of, shares):
    share = give("crown_prosecution", ["prosecutor"], by="investigator", compartments=("police",))
    url = f"/cases/{cast.case.reference}/shares/{share.pk}/withdraw/"
    sent = {"reason": "Not for this.", "version": 2}
    assert client_of(cast.therapist).post(url, sent).status_code == 403
    assert client_of(cast.lead_worker).post(url, sent).status_code == 403
    assert client_of(cast.lead_supervisor).post(f"/oversight{url}", sent).status_code == 302
    assert shares()[share.pk].state == "revoked"
    assert notes(cast.prosecutor, "police") == set()
