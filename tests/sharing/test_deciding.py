"""Deciding on a share: accept and name, name more, take off, decline; each by the receiving side alone."""

import threading

import pytest
from django.db import connections

from agencies.models import Member
from casework.access.actions import raise_wall_by_reference
from casework.access.errors import AccessDenied, StalePage
from casework.access.task import acting_as
from casework.cases.models import Case
from casework.sharing.actions import accept_share, name_members
from casework.sharing.models import Share
from casework.sharing.panels import work_on_shares
from tests.cast import CONCERN, Cast, administered


def share_of(cast: Cast, member: Member) -> Share:
    rows = Share.objects.offered_to(member).select_related("case", "case__lead_agency", "to_agency", "from_agency")
    return rows.get(pk=cast.offered.pk)


def test_inbox_lists_what_waits_and_only_for_the_receiving_agency(cast, client_of):
    page = client_of(cast.stranger_supervisor).get("/shares/").content.decode()
    assert cast.case.reference in page
    assert "Waiting for your decision" in page
    assert cast.case.reference not in client_of(cast.lead_supervisor).get("/shares/").content.decode()


@pytest.mark.parametrize("person", ["stranger", "lead_worker", "lead_admin", "lead_auditor"])
def test_inbox_is_for_supervisors(cast, client_of, person):
    assert client_of(cast.people[person]).get("/shares/").status_code == 403


def test_received_page_says_from_whom_and_what_for_and_no_content(cast, client_of, received_url, entries):
    page = client_of(cast.stranger_supervisor).get(received_url).content.decode()
    for words in (
        "Harbour Social Services shares Amber Heron",
        "Investigate, Public task",
        "A note",
        "Overview, Social",
    ):
        assert words in page
    assert CONCERN not in page
    assert entries()[0].shown == {"cases.case": [cast.case.pk], "sharing.share": [cast.offered.pk]} or (
        entries()[0].shown == {"sharing.share": [cast.offered.pk]}
    )


@pytest.mark.parametrize(
    "person", ["stranger", "police_supervisor", "lead_supervisor", "lead_worker", "investigator", "lead_admin"]
)
@pytest.mark.parametrize("act", ["accept", "decline", "end"])
def test_only_a_supervisor_of_the_receiving_agency_decides(cast, client_of, received_url, shares, person, act):
    client = client_of(cast.people[person])
    sent = {"members": [cast.stranger.pk], "member": cast.stranger.pk, "version": 1, "reason": "Because."}
    assert client.get(received_url).status_code == 404
    assert client.post(f"{received_url}{act}/", sent).status_code == 404
    assert shares()[cast.offered.pk].state == "offered"


def test_accepting_gives_the_named_what_their_roles_allow(
    cast, client_of, received_url, shares, permissions_by, entries
):
    sent = {"members": [cast.stranger.pk], "version": 1}
    assert client_of(cast.stranger_supervisor).post(f"{received_url}accept/", sent).status_code == 302
    share = shares()[cast.offered.pk]
    assert (share.state, share.decided_by_id) == ("accepted", cast.stranger_supervisor.pk)
    assert permissions_by(share) == {("Stranger", "read_overview"), ("Stranger", "read_social")}
    assert client_of(cast.stranger).get(f"/cases/{cast.case.reference}/").status_code == 200
    assert {entry.verb for entry in entries(actor_id=cast.stranger_supervisor.pk)} >= {"created", "changed"}


def test_naming_never_gives_more_than_the_role_reads(cast, permissions_by):
    supervisor = cast.stranger_supervisor
    analyst = _colleague(cast.stranger, "analyst", ["hotline_analyst"])
    with acting_as(supervisor.pk, route="test"):
        accept_share(share=share_of(cast, supervisor), by=supervisor, version=1, members=[analyst])
    assert permissions_by(cast.offered) == {("analyst", "read_overview")}


def test_members_listed_have_standing_and_a_role_that_fits(cast, client_of, received_url):
    _colleague(cast.stranger, "auditor", ["auditor"])
    lapsed = _colleague(cast.stranger, "lapsed", ["social_worker"])
    lapsed.vetting_until = lapsed.vetting_from
    with administered(lapsed.agency):
        lapsed.save(update_fields=["vetting_until"])
    page = client_of(cast.stranger_supervisor).get(received_url)
    listed = {member.name for member in page.context["naming"].fields["members"].queryset}
    assert listed == {"Stranger", "Stranger Supervisor"}


@pytest.mark.parametrize("whom", ["lead_colleague", "investigator", "lapsed_worker"])
def test_member_of_another_agency_in_a_forged_form_is_refused(cast, client_of, received_url, shares, whom):
    sent = {"members": [cast.people[whom].pk], "version": 1}
    page = client_of(cast.stranger_supervisor).post(f"{received_url}accept/", sent)
    assert page.status_code == 422
    assert page.context["naming"].errors["members"]
    assert shares()[cast.offered.pk].state == "offered"


def test_action_refuses_a_member_of_another_agency(cast):
    supervisor = cast.stranger_supervisor
    with pytest.raises(AccessDenied, match="Only members of your own agency"), acting_as(supervisor.pk, route="test"):
        accept_share(share=share_of(cast, supervisor), by=supervisor, version=1, members=[cast.investigator])


def test_member_without_vetting_in_a_forged_form_is_refused(cast, client_of, received_url, shares):
    """Not offered for choice, and not taken by the action either."""
    colleague = _colleague(cast.stranger, "unvetted", ["social_worker"])
    with administered(cast.stranger.agency):
        colleague.vetting_until = colleague.vetting_from
        colleague.save(update_fields=["vetting_until"])
    page = client_of(cast.stranger_supervisor).post(f"{received_url}accept/", {"members": [colleague.pk], "version": 1})
    assert page.status_code == 422 and page.context["naming"].errors["members"]
    supervisor, unvetted = cast.stranger_supervisor, Member.objects.select_related("agency").get(pk=colleague.pk)
    with pytest.raises(AccessDenied) as refused, acting_as(supervisor.pk, route="test"):
        accept_share(share=share_of(cast, supervisor), by=supervisor, version=1, members=[unvetted])
    assert refused.value.rule == "standing"
    assert shares()[cast.offered.pk].state == "offered"


def test_member_behind_a_wall_is_refused_and_nobody_is_named(cast, client_of, received_url, shares, permissions_by):
    with acting_as(cast.stranger.pk, route="test"):
        raise_wall_by_reference(reference=cast.case.reference, member=cast.stranger, by=cast.stranger, kind="neighbour")
    sent = {"members": [cast.stranger.pk], "version": 1}
    page = client_of(cast.stranger_supervisor).post(f"{received_url}accept/", sent)
    assert page.status_code == 422
    assert "Stranger can&#x27;t be given access to this case." in page.content.decode()
    assert shares()[cast.offered.pk].state == "offered" and permissions_by(cast.offered) == set()


@pytest.mark.parametrize("sent", [{"version": 1}, {"members": [], "version": 1}])
def test_accepting_without_a_name_keeps_it_waiting(cast, client_of, received_url, shares, sent):
    page = client_of(cast.stranger_supervisor).post(f"{received_url}accept/", sent)
    assert page.status_code == 422
    assert page.context["naming"].errors["members"] == ["Name at least one member."]
    assert shares()[cast.offered.pk].state == "offered"


def test_second_acceptance_from_an_old_page_is_told_and_keeps_the_choice(cast, client_of, received_url, permissions_by):
    client, colleague = client_of(cast.stranger_supervisor), _colleague(cast.stranger, "second", ["social_worker"])
    assert client.post(f"{received_url}accept/", {"members": [cast.stranger.pk], "version": 1}).status_code == 302
    page = client.post(f"{received_url}accept/", {"members": [colleague.pk], "version": 1})
    assert page.status_code == 422
    assert "changed meanwhile. It is now: Accepted." in page.content.decode()
    assert permissions_by(cast.offered) == {("Stranger", "read_overview"), ("Stranger", "read_social")}
    form = page.context["naming"]
    assert (form["members"].value(), form["version"].value()) == ([str(colleague.pk)], "2")
    again = {"members": form["members"].value(), "version": form["version"].value()}
    assert client.post(f"{received_url}accept/", again).status_code == 302
    assert len(permissions_by(cast.offered)) == 4


def test_accepting_after_withdrawal_is_not_found(cast, client_of, received_url):
    _withdraw(cast, client_of)
    sent = {"members": [cast.stranger.pk], "version": 1}
    assert client_of(cast.stranger_supervisor).post(f"{received_url}accept/", sent).status_code == 404


def test_accepting_after_withdrawal_is_told_where_another_share_still_opens_the_page(
    cast, client_of, received_url, answers, permissions_by
):
    offer = f"/cases/{cast.case.reference}/shares/new/"
    assert client_of(cast.lead_worker).post(offer, {**answers(), "step": "send"}).status_code == 302
    _withdraw(cast, client_of)
    client = client_of(cast.stranger_supervisor)
    page = client.post(f"{received_url}accept/", {"members": [cast.stranger.pk], "version": 1})
    assert page.status_code == 422
    assert "changed meanwhile. It is now: Withdrawn." in page.content.decode()
    assert "This share is not in force" in client.get(received_url).content.decode()
    assert permissions_by(cast.offered) == set()


def test_declining_keeps_the_reason_for_the_lead_agency_and_shows_nobody_anything(
    cast, client_of, received_url, shares, permissions_by
):
    sent = {"reason": "Not ours: another district.", "version": 1}
    assert client_of(cast.stranger_supervisor).post(f"{received_url}decline/", sent).status_code == 302
    assert shares()[cast.offered.pk].state == "rejected"
    assert permissions_by(cast.offered) == set()
    url = f"/cases/{cast.case.reference}/shares/"
    assert "Not ours: another district." in client_of(cast.lead_worker).get(url).content.decode()
    assert "Not ours: another district." not in client_of(cast.investigator).get(url).content.decode()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\u202eb"])
def test_declining_takes_a_reason_that_may_be_kept(cast, client_of, received_url, shares, reason):
    page = client_of(cast.stranger_supervisor).post(f"{received_url}decline/", {"reason": reason, "version": 1})
    assert page.status_code == 422
    assert page.context["reason"].errors["reason"]
    assert shares()[cast.offered.pk].state == "offered"


def test_declining_what_was_accepted_is_told(cast, client_of, received_url, shares):
    client = client_of(cast.stranger_supervisor)
    client.post(f"{received_url}accept/", {"members": [cast.stranger.pk], "version": 1})
    page = client.post(f"{received_url}decline/", {"reason": "Too late.", "version": 2})
    assert page.status_code == 422
    assert "It is now: Accepted." in page.content.decode()
    assert shares()[cast.offered.pk].state == "accepted"


def test_member_taken_off_loses_the_case_at_once(cast, client_of, received_url, permissions_by):
    supervisor, worker = client_of(cast.stranger_supervisor), client_of(cast.stranger)
    supervisor.post(f"{received_url}accept/", {"members": [cast.stranger.pk], "version": 1})
    assert worker.get(f"/cases/{cast.case.reference}/").status_code == 200
    assert supervisor.post(f"{received_url}end/", {"member": cast.stranger.pk}).status_code == 302
    assert worker.get(f"/cases/{cast.case.reference}/").status_code == 404
    assert permissions_by(cast.offered) == set()
    assert supervisor.post(f"{received_url}end/", {"member": cast.stranger.pk}).status_code == 404


def test_member_without_standing_any_more_can_still_be_taken_off(cast, client_of, received_url, permissions_by):
    supervisor = client_of(cast.stranger_supervisor)
    colleague = _colleague(cast.stranger, "leaving", ["social_worker"])
    supervisor.post(f"{received_url}accept/", {"members": [colleague.pk], "version": 1})
    colleague.vetting_until = colleague.vetting_from
    with administered(colleague.agency):
        colleague.save(update_fields=["vetting_until"])
    page = supervisor.get(received_url).content.decode()
    assert "Vetting, training or membership is not current" in page
    assert supervisor.post(f"{received_url}end/", {"member": colleague.pk}).status_code == 302
    assert permissions_by(cast.offered) == set()


@pytest.mark.parametrize("act", ["", "accept/", "decline/", "end/"])
def test_share_of_another_case_in_the_address_is_not_found(cast, client_of, act):
    client = client_of(cast.stranger_supervisor)
    url = f"/shares/{cast.other_case.reference}/{cast.offered.pk}/{act}"
    sent = {"members": [cast.stranger.pk], "member": cast.stranger.pk, "version": 1, "reason": "x"}
    answer = client.post(url, sent) if act else client.get(url)
    assert answer.status_code == 404


@pytest.mark.parametrize("act", ["accept", "decline", "end"])
def test_decisions_are_posted(cast, client_of, received_url, act):
    assert client_of(cast.stranger_supervisor).get(f"{received_url}{act}/").status_code == 405


def test_waiting_share_stands_under_my_work_of_the_supervisor_alone(cast, client_of, received_url):
    assert received_url in client_of(cast.stranger_supervisor).get("/").content.decode()
    with acting_as(cast.stranger.pk, route="test"):
        assert list(work_on_shares(cast.stranger)) == []


def test_who_is_named_finds_the_case_in_their_work_until_it_is_opened(cast, client_of, received_url):
    case, supervisor = f"/cases/{cast.case.reference}/", client_of(cast.stranger_supervisor)
    named = {"members": [cast.stranger.pk, cast.stranger_supervisor.pk], "version": 1}
    assert supervisor.post(f"{received_url}accept/", named).status_code == 302
    assert f'href="{case}">Go to the case</a>' in supervisor.get(received_url).content.decode()
    worker = client_of(cast.stranger)
    assert f'href="{case}">You were named on this case: open it</a>' in worker.get("/").content.decode()
    assert worker.get(case).status_code == 200
    assert "You were named on this case" not in worker.get("/").content.decode()


def test_naming_on_a_waiting_share_is_refused(cast):
    supervisor = cast.stranger_supervisor
    with pytest.raises(AccessDenied) as refused, acting_as(supervisor.pk, route="test"):
        name_members(share=share_of(cast, supervisor), by=supervisor, version=1, members=[cast.stranger])
    assert refused.value.rule == "share_in_force"


def test_two_supervisors_at_once_accept_once(own_database, seeded, django_db_blocker):
    """Real commits: both hold the same page; one accepts, the other is told, and grants are those of the first."""
    supervisor, ready, told = seeded.stranger_supervisor, threading.Barrier(2), []

    def accept(member: Member) -> None:
        try:
            with django_db_blocker.unblock(), acting_as(supervisor.pk, route="test"):
                share = share_of(seeded, supervisor)
                ready.wait(timeout=20)
                accept_share(share=share, by=supervisor, version=1, members=[member])
            told.append("accepted")
        except StalePage as problem:
            told.append(str(problem))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept, args=[member]) for member in (seeded.stranger, supervisor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(told) == ["This share was decided or changed meanwhile. It is now: Accepted.", "accepted"]
    seen = []
    for member in (seeded.stranger, supervisor):
        with acting_as(member.pk, route="test"):
            seen.append(Case.objects.visible_to(member).filter(pk=seeded.case.pk).exists())
    assert sorted(seen) == [False, True]


def _colleague(of: Member, name: str, roles: list[str]) -> Member:
    dates = {
        f"{kind}_{end}": getattr(of, f"{kind}_{end}") for kind in ("vetting", "training") for end in ("from", "until")
    }
    with administered(of.agency):
        return Member.objects.create(email=f"{name}@cast.example", name=name, agency=of.agency, roles=roles, **dates)


def _withdraw(cast: Cast, client_of) -> None:
    url = f"/cases/{cast.case.reference}/shares/{cast.offered.pk}/withdraw/"
    assert client_of(cast.lead_worker).post(url, {"reason": "Changed plan.", "version": 1}).status_code == 302
