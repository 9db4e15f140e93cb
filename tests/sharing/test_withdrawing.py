"""Withdrawing a share, what another one leaves, closing a case, and the database's own wall on shares."""

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from agencies.kinds import Role
from casework.access.task import acting_as
from casework.cases.actions import close_case
from casework.cases.models import Case
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share
from casework.sharing.states import STATES, may_follow
from tests.cast import Cast
from tests.custody.conftest import decided


@pytest.fixture
def withdraw_url(cast: Cast) -> str:
    return f"/cases/{cast.case.reference}/shares/{cast.share.pk}/withdraw/"


def share_again(cast, client_of, answers):
    """A second share with the police, of the overview alone, with the investigator named."""
    sent = {**answers("north_police", compartments=["overview"]), "step": "send"}
    assert client_of(cast.lead_worker).post(f"/cases/{cast.case.reference}/shares/new/", sent).status_code == 302
    with acting_as(cast.police_supervisor.pk, route="test"):
        rows = Share.objects.offered_to(cast.police_supervisor)
        second = rows.filter(case=cast.case, to_agency=cast.agencies["north_police"], state="offered").get()
    url = f"/shares/{cast.case.reference}/{second.pk}/accept/"
    answer = client_of(cast.police_supervisor).post(url, {"members": [cast.investigator.pk], "version": 1})
    assert answer.status_code == 302
    return second


def test_page_says_how_many_lose_access_before_anything_ends(cast, client_of, withdraw_url, permissions_by):
    page = client_of(cast.lead_worker).get(withdraw_url).content.decode()
    assert "1 person there loses access at once" in page
    assert "Overview, Identity, Account, Police" in page
    assert permissions_by(cast.share)


def test_withdrawing_ends_every_grant_of_it_at_once(cast, client_of, withdraw_url, shares, permissions_by, entries):
    investigator = client_of(cast.investigator)
    assert investigator.get(f"/cases/{cast.case.reference}/").status_code == 200
    answer = client_of(cast.lead_worker).post(withdraw_url, {"reason": "The plan has changed.", "version": 3})
    assert answer.status_code == 302
    assert investigator.get(f"/cases/{cast.case.reference}/").status_code == 404
    share = shares()[cast.share.pk]
    assert (share.state, share.revoked_by_id) == ("revoked", cast.lead_worker.pk)
    assert permissions_by(cast.share) == set()
    changed = entries(verb="changed", object_id=cast.share.pk)
    assert changed[0].changes["state"] == ["accepted", "revoked"]
    assert "The plan has changed." not in str(changed[0].changes)
    assert len(entries(verb="changed", object_repr__startswith="access.casegrant")) >= 6


def test_withdrawing_one_share_leaves_what_another_gives(cast, client_of, withdraw_url, answers, permissions_by):
    second = share_again(cast, client_of, answers)
    page = client_of(cast.lead_worker).get(withdraw_url).content.decode()
    kept = page[page.index("Something else still lets these of them read:") :].partition("</ul>")[0]
    assert "<bdi>Investigator</bdi>" in kept and "<div>Overview <span" in kept and "Police" not in kept
    client_of(cast.lead_worker).post(withdraw_url, {"reason": "Less is enough.", "version": 3})
    assert permissions_by(second) == {("Investigator", "read_overview")}
    investigator = client_of(cast.investigator)
    assert investigator.get(f"/cases/{cast.case.reference}/").status_code == 200
    assert investigator.get(f"/cases/{cast.case.reference}/account/").status_code == 403


def test_identity_given_on_request_is_not_said_to_be_kept_when_nothing_else_is(cast, client_of):
    """It ends with the share by which its member sees the case, so the page may not promise it."""
    decided(cast)
    url = f"/cases/{cast.case.reference}/shares/{cast.therapy_share.pk}/withdraw/"
    worker = client_of(cast.lead_worker)
    page = worker.get(url)
    assert "1 person there loses access at once" in page.content.decode()
    assert "Something else still lets" not in page.content.decode()
    sent = {"reason": "The plan has changed.", "version": page.context["share"].version}
    assert worker.post(url, sent).status_code == 302
    assert client_of(cast.therapist).get(f"/cases/{cast.case.reference}/identity/").status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reason": "", "version": 3}, "reason"),
        ({"reason": "x" * 501, "version": 3}, "reason"),
        ({"reason": "A reason."}, "version"),
    ],
)
def test_withdrawing_takes_a_reason(cast, client_of, withdraw_url, shares, sent, field):
    page = client_of(cast.lead_worker).post(withdraw_url, sent)
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert shares()[cast.share.pk].state == "accepted"


def test_withdrawing_twice_is_told_and_keeps_the_reason(cast, client_of, withdraw_url):
    client = client_of(cast.lead_worker)
    assert client.post(withdraw_url, {"reason": "First.", "version": 3}).status_code == 302
    page = client.post(withdraw_url, {"reason": "Second try.", "version": 4})
    assert page.status_code == 422
    assert "It is now: Withdrawn." in page.content.decode()
    assert "Second try." in page.content.decode()


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("investigator", 403),
        ("police_supervisor", 404),
        ("therapist", 403),
        ("lead_colleague", 404),
        ("walled_worker", 404),
        ("lead_auditor", 404),
        ("stranger_supervisor", 404),
    ],
)
def test_only_the_lead_agency_withdraws(cast, client_of, withdraw_url, shares, person, status):
    client = client_of(cast.people[person])
    assert client.get(withdraw_url).status_code == status
    assert client.post(withdraw_url, {"reason": "No.", "version": 3}).status_code == status
    assert shares()[cast.share.pk].state == "accepted"


def test_share_of_another_case_in_the_address_is_not_withdrawn(cast, client_of, shares):
    url = f"/cases/{cast.other_case.reference}/shares/{cast.share.pk}/withdraw/"
    assert client_of(cast.stranger).post(url, {"reason": "No.", "version": 3}).status_code == 404
    assert client_of(cast.lead_worker).post(url, {"reason": "No.", "version": 3}).status_code == 404
    assert shares()[cast.share.pk].state == "accepted"


def test_supervisor_without_access_to_the_case_withdraws_from_the_overseen_list(cast, client_of, shares):
    with acting_as(cast.lead_supervisor.pk, route="test"):
        from casework.cases.people_actions import end_access

        case = Case.objects.overseen_by(cast.lead_supervisor).get(pk=cast.case.pk)
        end_access(case=case, member=cast.lead_supervisor, by=cast.lead_supervisor)
    client = client_of(cast.lead_supervisor)
    assert client.get(f"/cases/{cast.case.reference}/shares/").status_code == 404
    base = f"/oversight/cases/{cast.case.reference}/shares/"
    assert "North Police" in client.get(base).content.decode()
    assert client.get(f"{base}{cast.share.pk}/withdraw/").status_code == 200
    answer = client.post(f"{base}{cast.share.pk}/withdraw/", {"reason": "Not needed.", "version": 3})
    assert (answer.status_code, answer.url) == (302, base)
    assert shares()[cast.share.pk].state == "revoked"


@pytest.mark.parametrize(
    ("person", "status"), [("lead_auditor", 403), ("lead_worker", 404), ("police_supervisor", 404), ("stranger", 404)]
)
def test_overseen_list_is_for_supervisors_of_the_lead_agency(cast, client_of, person, status):
    base = f"/oversight/cases/{cast.case.reference}/shares/"
    client = client_of(cast.people[person])
    assert client.get(base).status_code == status
    assert client.post(f"{base}{cast.share.pk}/withdraw/", {"reason": "No.", "version": 3}).status_code == status


def test_list_of_a_case_costs_the_same_for_few_and_many_shares(cast, client_of, answers):
    client, url = client_of(cast.lead_worker), f"/cases/{cast.case.reference}/shares/"
    with CaptureQueriesContext(connection) as few:
        assert client.get(url).status_code == 200
    for _time in range(3):
        share_again(cast, client_of, answers)
    with CaptureQueriesContext(connection) as many:
        assert client.get(url).content.decode().count("North Police") >= 4
    assert len(many) == len(few)


def test_closing_the_case_ends_every_share(cast, shares, permissions_by):
    assert {share.state for share in shares().values()} == {"offered", "accepted"}
    with acting_as(cast.lead_supervisor.pk, route="test"):
        case = Case.objects.visible_to(cast.lead_supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        close_case(case=case, by=cast.lead_supervisor, version=case.version, reason="Done.")
    assert {share.state for share in shares().values()} == {"revoked"}
    assert permissions_by(cast.share) == permissions_by(cast.therapy_share) == set()


def test_every_state_has_an_owner_and_a_way_to_its_end():
    assert set(STATES) == set(ShareState)
    for state, rule in STATES.items():
        assert rule.owner
        assert state in (ShareState.REJECTED, ShareState.REVOKED) or rule.ways_out
    assert not may_follow("revoked", "accepted")
    assert not may_follow("rejected", "accepted")


def change(member, share, state):
    """Try to move a share by plain SQL as this member. Returns how many rows the database let through."""
    with acting_as(member.pk, route="test"), connection.cursor() as cursor:
        cursor.execute(
            "update sharing_share set state = %s, decided_by_id = %s, decided_at = now(), revoked_by_id = %s,"
            " revoked_at = now() where id = %s",
            [state, member.pk, member.pk, share.pk],
        )
        return cursor.rowcount


@pytest.mark.parametrize("person", ["lead_worker", "lead_supervisor"])
def test_database_does_not_let_the_sharing_side_accept(cast, person):
    with pytest.raises(DatabaseError, match="row-level security"):
        change(cast.people[person], cast.offered, "accepted")


def test_database_does_not_let_the_receiving_side_withdraw_or_revive(cast, client_of):
    with pytest.raises(DatabaseError, match="row-level security"):
        change(cast.stranger_supervisor, cast.offered, "revoked")
    assert change(cast.stranger_supervisor, cast.offered, "rejected") == 1
    assert change(cast.stranger_supervisor, cast.offered, "accepted") == 0
    assert change(cast.lead_worker, cast.offered, "revoked") == 0


@pytest.mark.parametrize("person", ["investigator", "police_supervisor", "stranger", "therapist", "lead_colleague"])
def test_database_lets_nobody_else_move_a_share(cast, person):
    assert change(cast.people[person], cast.offered, "revoked") == 0


def test_database_does_not_let_a_partner_who_writes_the_overview_share_on(cast, client_of, answers):
    """By what was shared, the investigator writes in the overview; sharing stays with the lead agency."""
    assert Role.INVESTIGATOR in cast.investigator.roles
    sent = {**answers("north_police", compartments=["overview"], may_write=["overview"]), "step": "send"}
    client_of(cast.lead_worker).post(f"/cases/{cast.case.reference}/shares/new/", sent)
    with acting_as(cast.police_supervisor.pk, route="test"):
        waiting = Share.objects.offered_to(cast.police_supervisor).get(case=cast.case, state="offered")
    url = f"/shares/{cast.case.reference}/{waiting.pk}/accept/"
    client_of(cast.police_supervisor).post(url, {"members": [cast.investigator.pk], "version": 1})
    with acting_as(cast.investigator.pk, route="test"), connection.cursor() as cursor:
        cursor.execute("select %s = any(casework_visible_ids('write_overview'))", [cast.case.pk])
        assert cursor.fetchone() == (True,), "without this the test would prove nothing"
    with pytest.raises(DatabaseError, match="row-level security"), acting_as(cast.investigator.pk, route="test"):
        share = Share(
            case=cast.case, from_agency=cast.agencies["north_police"], to_agency=cast.agencies["far_social"],
            compartments=["overview"], purpose="investigate", legal_basis="public_task", until=waiting.until,
            offered_by=cast.investigator, offered_by_label="x",
        )  # fmt: skip
        share.note = ""
        share.save(force_insert=True)
