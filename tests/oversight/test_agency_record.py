"""Refusals, sign-ins, single entries: the record of an agency, and the words of it."""

import pytest
from django.utils import timezone

from casework.access.task import acting_as
from casework.audit.kinds import Outcome, Verb
from casework.audit.models import AuditEntry
from casework.audit.record import record
from casework.oversight import selectors, words
from casework.oversight.selectors import LookFilter
from casework.oversight.sentences import sentence_of
from tests.cast import PHRASES
from tests.conftest import recorded
from tests.oversight.test_looks import shown_by, text_of

PAGES = ("/oversight/", "/oversight/refusals/", "/oversight/sign-ins/")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("person", "status"),
    [("lead_supervisor", 200), ("lead_auditor", 200), ("lead_worker", 403), ("lead_admin", 403), ("therapist", 403)],
)
def test_record_of_an_agency_is_for_its_supervisors_and_auditors(cast, client_of, page, person, status):
    assert client_of(cast.people[person]).get(page).status_code == status


@pytest.mark.parametrize("page", PAGES)
def test_record_is_only_read(cast, client_of, page):
    assert client_of(cast.lead_supervisor).post(page, {}).status_code == 405


def test_refusal_of_a_member_is_read_by_the_own_supervisor_alone(cast, client_of):
    assert client_of(cast.stranger).get(f"/cases/{cast.case.reference}/").status_code == 404
    page = text_of(client_of(cast.stranger_supervisor).get("/oversight/refusals/"))
    asked = f"Stranger (Social worker, Far Social Services) asked for a page of a case {cast.case.reference}"
    assert f"{asked}, and was refused. For this person it does not exist." in page
    assert "Far Social Services" not in text_of(client_of(cast.therapy_supervisor).get("/oversight/refusals/"))


def test_entry_of_a_refusal_tells_no_more_of_a_case_that_exists_than_of_one_that_does_not(cast, client_of):
    pages = []
    for reference in (cast.case.reference, "ZZZZ-ZZZZ"):
        assert client_of(cast.stranger).get(f"/cases/{reference}/").status_code == 404
        newest = shown_by(client_of(cast.stranger_supervisor).get("/oversight/refusals/"))[0]
        answer = client_of(cast.stranger_supervisor).get(f"/oversight/entries/{newest.pk}/")
        assert answer.status_code == 200
        told = answer.context["about"], answer.context["shown"], answer.context["compartments"]
        pages.append((*told, answer.context["entry"].rule, answer.context["entry"].object_repr))
    assert pages[0] == pages[1]


def test_refusal_that_names_the_case_is_read_by_the_agency_that_leads_it(cast, client_of):
    with acting_as(cast.therapist.pk, route="test"):
        record(Verb.REFUSED, outcome=Outcome.REFUSED, rule="read_police", case_id=cast.case.pk)
    page = text_of(client_of(cast.lead_supervisor).get("/oversight/refusals/"))
    assert "Therapist (Therapist, Bluebell Therapy)" in page
    assert "No access to the compartment Police." in page
    [row] = [row for row in client_of(cast.lead_auditor).get("/oversight/").context["rows"] if row.case == cast.case]
    assert row.refusals == 1


@pytest.mark.parametrize("kind", ["refusals", "sign_ins"])
def test_reading_the_record_of_an_agency_is_on_its_record(cast, client_of, entries, kind):
    client_of(cast.lead_worker).get("/oversight/refusals/")
    page = client_of(cast.lead_supervisor).get(f"/oversight/{kind.replace('_', '-')}/")
    [entry] = [
        entry
        for entry in entries(cast.lead_supervisor, case_id=None, actor_id=cast.lead_supervisor.pk, verb="looked")
        if (entry.additional_data or {}).get("record") == kind
    ]
    assert entry.additional_data["entries"] == [shown.pk for shown in shown_by(page)]
    assert "Your reading of it is recorded too." in page.content.decode()


def test_reading_a_refusal_on_a_case_is_on_the_record_of_that_case(cast, client_of, entries):
    with acting_as(cast.therapist.pk, route="test"):
        refused = recorded(Verb.REFUSED, outcome=Outcome.REFUSED, rule="read_police", case_id=cast.case.pk)
    client_of(cast.lead_auditor).get("/oversight/refusals/")
    assert entries(actor_id=cast.lead_auditor.pk)[0].shown == {"audit.auditentry": [refused.pk]}


def test_no_refusals_without_the_entry_of_reading_them(cast, client_of, monkeypatch):
    client_of(cast.lead_worker).get("/oversight/refusals/")

    def broken(*arguments, **options):
        raise RuntimeError

    monkeypatch.setattr("casework.oversight.reading.record", broken)
    answer = client_of(cast.lead_supervisor).get("/oversight/refusals/")
    assert answer.status_code in (500, 503)
    assert "Lead Worker" not in answer.content.decode()


def sign_in_entries(cast) -> dict[str, AuditEntry]:
    """As the sign-in pages write them, for Lead Worker and for a member of another agency."""
    worker, stranger = cast.lead_worker, cast.stranger
    who = {
        "actor_id": worker.pk,
        "actor_name": worker.name,
        "actor_roles": worker.roles,
        "actor_agency": worker.agency.name,
    }
    own = {"agency_id": worker.agency_id, "subject": worker}
    return {
        "in": recorded(Verb.SIGNED_IN, **own, **who),
        "failed": recorded(Verb.SIGN_IN_FAILED, outcome=Outcome.REFUSED, rule="credentials", **own),
        "factor": recorded(Verb.FACTOR_CHANGED, details={"factor": "totp", "change": "added"}, **own, **who),
        "elsewhere": recorded(
            Verb.SIGN_IN_FAILED, outcome=Outcome.REFUSED, agency_id=stranger.agency_id, subject=stranger
        ),
    }


@pytest.mark.parametrize("person", ["lead_supervisor", "lead_auditor"])
def test_sign_ins_failures_and_factors_of_the_own_agency_are_listed(cast, client_of, person):
    made = sign_in_entries(cast)
    answer = client_of(cast.people[person]).get("/oversight/sign-ins/")
    shown = {entry.pk for entry in shown_by(answer)}
    assert {made[key].pk for key in ("in", "failed", "factor")} <= shown
    assert made["elsewhere"].pk not in shown
    page = text_of(answer)
    assert "Lead Worker (Social worker, Harbour Social Services) signed in." in page
    assert "Somebody with the address of Lead Worker tried to sign in, and failed." in page
    assert "Address and password did not fit." in page
    assert "Lead Worker (Social worker, Harbour Social Services) changed a sign-in factor." in page


def test_failed_sign_in_is_not_among_refusals(cast):
    made = sign_in_entries(cast)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        found = selectors.refusals(cast.lead_supervisor, LookFilter()).entries
    assert made["failed"].pk not in {entry.pk for entry in found}


def test_agency_record_is_narrowed_by_person(cast, client_of):
    client_of(cast.lead_worker).get("/oversight/refusals/")
    client_of(cast.lead_admin).get("/oversight/refusals/")
    answer = client_of(cast.lead_supervisor).get("/oversight/refusals/", {"person": cast.lead_admin.pk})
    assert {entry.actor_id for entry in shown_by(answer)} == {cast.lead_admin.pk}
    assert client_of(cast.lead_supervisor).get("/oversight/refusals/", {"person": cast.stranger.pk}).status_code == 422


def test_entry_page_has_every_field_in_words_and_no_content(cast, client_of, entries):
    assert client_of(cast.investigator).get(f"/cases/{cast.case.reference}/").status_code == 200
    look = entries(actor_id=cast.investigator.pk, route="cases:case")[0]
    answer = client_of(cast.lead_supervisor).get(f"/oversight/entries/{look.pk}/")
    page = text_of(answer)
    for said in (
        "Amber Heron",
        cast.case.reference,
        "Harbour Social Services to North Police",
        "Investigator, to read: Overview, given by Police Supervisor",
        "Investigate, Public task",
        look.cid,
        str(look.xid),
    ):
        assert said in page
    assert [phrase for phrase in PHRASES if phrase in page] == []
    newest = entries(actor_id=cast.lead_supervisor.pk)[0]
    assert newest.shown == {
        "access.casegrant": [look.grant_id],
        "audit.auditentry": [look.pk],
        "cases.case": [cast.case.pk],
        "sharing.share": [cast.share.pk],
    }


@pytest.mark.parametrize(
    ("person", "status"),
    [("lead_auditor", 200), ("police_supervisor", 404), ("stranger_supervisor", 404), ("lead_worker", 403)],
)
def test_entry_of_a_case_is_found_by_those_who_oversee_it(cast, client_of, entries, person, status):
    entry = entries()[0]
    assert client_of(cast.people[person]).get(f"/oversight/entries/{entry.pk}/").status_code == status


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30])
def test_unknown_entry_is_not_found(cast, client_of, number):
    assert client_of(cast.lead_supervisor).get(f"/oversight/entries/{number}/").status_code == 404


def test_selectors_alone_keep_other_agencies_out_when_the_database_says_yes(cast, entries, monkeypatch):
    """Asked as the supervisor of the case, for another member: the explicit filter has to hold by itself."""
    entry = entries()[0]
    with acting_as(cast.lead_supervisor.pk, route="test"):
        assert selectors.find_entry(cast.lead_supervisor, entry.pk) is not None
        assert selectors.find_entry(cast.police_supervisor, entry.pk) is None
        assert selectors.looks_at(cast.police_supervisor, cast.case, LookFilter()).entries == [
            each
            for each in selectors.looks_at(cast.police_supervisor, cast.case, LookFilter()).entries
            if each.listed_case_ids
        ]
        assert selectors.tallies(cast.police_supervisor, cast.case).people == []


def test_every_verb_has_a_sentence_and_every_shown_row_a_name():
    assert set(words.SENTENCES) == set(Verb)
    for verb in Verb:
        entry = AuditEntry(verb=verb, outcome=Outcome.ALLOWED, timestamp=timezone.now(), compartments=["account"])
        assert "{" not in sentence_of(entry).text


def test_every_watched_model_is_counted_by_name():
    from auditlog.registry import auditlog

    watched = {model._meta.label_lower for model in auditlog.get_models()}
    assert len(watched) >= 12
    assert watched - set(words.THINGS) == set()
    for label in words.THINGS:
        assert "80" in words.things_in_words(label, 80)


def test_name_in_a_sentence_can_not_bring_markup():
    entry = AuditEntry(verb=Verb.SIGNED_IN, actor_name="<b>{person}</b>", actor_agency="<i>", timestamp=timezone.now())
    text = sentence_of(entry).text
    assert "<b>" not in text
    assert "&lt;b&gt;{person}&lt;/b&gt;" in text
