"""Pages of the gate and of the pool: the record is searched first, and what it holds is shown."""

import pytest

from casework.access.models import CaseGrant
from casework.audit.models import AuditEntry
from casework.planning.models import Question
from casework.planning.request_models import FurtherRequest
from tests.cast import ANSWER

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(cast):
    return f"/cases/{cast.case.reference}/interview/"


@pytest.fixture
def typed(cast, client_of):
    """A request as it is typed, with the key of its form."""

    def form(client, url, **changes):
        page = client.get(url + "requests/new/")
        submission = page.context["form"]["submission"].value()
        return {
            "needed": "A date.", "questions": "Which day was it?", "expected": "The day.", "submission": submission,
            "purpose": "investigate", **changes,
        }  # fmt: skip

    return form


def test_the_page_says_what_the_record_holds_before_anything_is_sent(cast, client_of, url, typed, found, acting):
    client = client_of(cast.investigator)
    page = client.post(url + "requests/new/", typed(client, url))
    text = page.content.decode()
    assert page.status_code == 200 and "Nothing is sent yet" in text and ANSWER in text
    with acting("investigator") as member:
        assert FurtherRequest.objects.visible_to(member).filter(case=cast.case).count() == 1


def test_taking_the_answer_is_answered_from_the_record_and_counted(cast, client_of, url, typed, found, acting):
    client = client_of(cast.investigator)
    form = {**typed(client, url), "checked": "1", "takes": [cast.passage.pk]}
    for _twice in range(2):
        assert client.post(url + "requests/new/", form).status_code == 302
    text = client.get(url).content.decode()
    assert "Asked for 2 more times, 1 of these answered from the record." in text
    page = client.get(url + "requests/2/").content.decode()
    assert "Answered from the record" in page and "#t1p1" in page


@pytest.mark.parametrize("both", [{}, {"falls_short": "No day in it.", "takes": ["1"]}])
def test_what_was_found_is_either_taken_or_said_why_not(cast, client_of, url, typed, found, both):
    client = client_of(cast.investigator)
    if both:
        both = {**both, "takes": [cast.passage.pk]}
    answer = client.post(url + "requests/new/", {**typed(client, url), "checked": "1", **both})
    assert answer.status_code == 422 and "one of the two" in answer.content.decode()


def test_a_passage_that_was_not_found_cannot_be_forged_as_the_answer(cast, client_of, url, typed, found):
    client = client_of(cast.investigator)
    answer = client.post(url + "requests/new/", {**typed(client, url), "checked": "1", "takes": ["77"]})
    assert answer.status_code == 422 and "Select a valid choice" in answer.content.decode()


def test_a_question_that_the_record_answers_needs_nobody_any_more(cast, client_of, url, found, acting):
    client = client_of(cast.prosecutor)
    address = url + "plans/1/questions/new/"
    fresh = client.get(address).context["form"]
    form = {
        "text": "Which day was it?", "why": "For the charge.", "due_on_0": 1, "due_on_1": 3, "due_on_2": 2027,
        "purpose": fresh.fields["purpose"].choices[0][0], "submission": fresh["submission"].value(),
    }  # fmt: skip
    page = client.post(address, form)
    assert ANSWER in page.content.decode() and "Your question is not in the pool yet" in page.content.decode()
    assert client.post(address, {**form, "back": "1"}).status_code == 200
    assert client.post(address, {**form, "checked": "1", "takes": [cast.passage.pk]}).status_code == 302
    with acting("prosecutor") as member:
        question = Question.objects.visible_to(member).get(case=cast.case, number=2)
        assert (question.outcome, question.passage_keys) == ("from_record", [cast.passage.pk])


def test_why_what_was_found_does_not_do_stands_in_the_account(cast, client_of, url, typed, found):
    client = client_of(cast.investigator)
    form = {**typed(client, url), "checked": "1", "falls_short": "It names a phrase tin-orchard."}
    assert client.post(url + "requests/new/", form).status_code == 302
    assert "tin-orchard" in client_of(cast.lead_worker).get(url + "requests/2/").content.decode()
    text = client_of(cast.therapist).get(url + "requests/2/").content.decode()
    assert "tin-orchard" not in text and "to which you have no access" in text


def test_more_than_ten_questions_are_refused(cast, client_of, url, typed):
    client = client_of(cast.investigator)
    answer = client.post(url + "requests/new/", typed(client, url, questions="\n".join("abcdefghijk")))
    assert answer.status_code == 422 and "at most 10" in answer.content.decode()


def test_prior_accounts_are_shown_as_evidenced_by_who_heard_them(cast, client_of, url):
    text = client_of(cast.prosecutor).get(url + "requests/1/").content.decode()
    assert "Already evidenced by the adult who heard it" in text and ">T2<" in text
    assert "Already evidenced" not in client_of(cast.therapist).get(url + "requests/1/").content.decode()


def test_the_journey_of_a_request_on_its_page(cast, client_of, url):
    page = client_of(cast.therapist).get(url + "requests/1/")
    assert "You are heard for the child" in page.content.decode()
    assert client_of(cast.therapist).post(
        f"{url}requests/1/hearings/{cast.hearing.pk}/", {"answer": "objection"}
    ).status_code == 422  # fmt: skip
    assert client_of(cast.therapist).post(
        f"{url}requests/1/hearings/{cast.hearing.pk}/", {"answer": "no_objection"}
    ).status_code == 302  # fmt: skip
    decision = {
        "version": 1, "state": "authorised", "interviewer": cast.investigator.pk, "reason": "The date decides.",
    }  # fmt: skip
    assert client_of(cast.prosecution_supervisor).post(url + "requests/1/decide/", decision).status_code == 403
    lead = client_of(cast.lead_supervisor)
    assert lead.post(url + "requests/1/decide/", {**decision, "reason": ""}).status_code == 422
    assert lead.post(url + "requests/1/decide/", decision).status_code == 302
    again = lead.post(url + "requests/1/decide/", decision)
    assert again.status_code == 422 and "decided meanwhile" in again.content.decode()
    assert "Investigator" in client_of(cast.prosecutor).get(url + "requests/1/").content.decode()


def test_a_hearing_of_another_request_is_not_reached(cast, client_of, url, typed):
    client = client_of(cast.therapist)
    assert client.post(f"{url}requests/2/hearings/{cast.hearing.pk}/", {"answer": "no_objection"}).status_code == 404
    assert client.post(f"{url}requests/1/hearings/7/", {"answer": "no_objection"}).status_code == 404


def test_no_passage_is_shown_before_the_purpose_is_said_and_the_look_names_the_accounts_grant(
    cast, client_of, url, typed, found, acting
):
    client = client_of(cast.investigator)
    form = {**typed(client, url), "purpose": ""}
    refused = client.post(url + "requests/new/", form)
    assert refused.status_code == 422 and ANSWER not in refused.content.decode()
    shown = client.post(url + "requests/new/", {**form, "purpose": "investigate"})
    assert ANSWER in shown.content.decode()
    grant = CaseGrant.objects.live().get(
        user=cast.investigator, content_object=cast.case, permission__codename="read_account"
    )
    with acting("lead_supervisor"):
        entry = AuditEntry.objects.get(cid=shown["Correlation-Id"], verb="looked")
    assert (entry.grant_id, entry.purpose) == (grant.pk, "investigate")
    again = client.get(url + "plans/1/questions/new/")
    assert "What do you read it for?" not in again.content.decode(), "once per session and case"


def test_a_settled_request_says_nothing_of_a_silence_that_is_still_to_come(cast, client_of, acting, request_of):
    url = f"/cases/{cast.case.reference}/interview/requests/1/"
    assert "silence counts as no objection after" in client_of(cast.prosecutor).get(url).content.decode()
    with acting("lead_supervisor") as member:
        request = request_of(member)
        version = request.version
    data = {"version": version, "state": "declined", "reason": "The record answers it."}
    assert client_of(cast.lead_supervisor).post(url + "decide/", data).status_code == 302
    text = client_of(cast.prosecutor).get(url).content.decode()
    assert "silence counts" not in text
    assert "no answer before it was settled" in text
