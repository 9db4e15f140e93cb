"""Pages of the plan: what is said before signatures are withdrawn, pages that are stale, and forms sent twice."""

import re

import pytest

from casework.planning.models import Plan, Question, Signature
from tests.cast import KNOWN, POOLED

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(cast):
    return f"/cases/{cast.case.reference}/interview/plans/1/"


@pytest.fixture
def typed(cast):
    """The plan's form as it stands, with changes."""

    def form(**changes):
        return {
            "purpose": "To hear the child once.", "known": KNOWN, "lead_interviewer": cast.investigator.pk,
            "medical": "undecided", "version": 1, **changes,
        }  # fmt: skip

    return form


def test_the_page_shows_who_signed_and_hides_what_is_known_from_who_may_not_read(cast, client_of, url):
    text = client_of(cast.lead_worker).get(url).content.decode()
    assert KNOWN in text and POOLED in text and "Signed" in text
    assert "Nobody of it is named on the case yet" in text
    text = client_of(cast.therapist).get(url).content.decode()
    assert KNOWN not in text and "to which you have no access" in text
    assert "Sign for Bluebell Therapy" in text and "Change the plan" not in text


def test_before_saving_the_page_says_whose_signature_goes_and_whose_stays(cast, client_of, url, typed, acting, plan_of):
    client_of(cast.therapist).post(url + "sign/", {"version": 1})
    page = client_of(cast.lead_worker).post(url + "change/", typed(medication="Rest at noon."))
    text = page.content.decode()
    assert page.status_code == 200
    assert "This withdraws 1 signature" in text and "Nothing is saved yet" in text
    assert "Medication and tiredness" in text
    assert "These signatures stay" in text and "North Police" in text
    with acting("lead_worker") as member:
        assert plan_of(member).version == 1
    kept = dict(page.context["kept"])
    assert kept["medication"] == "Rest at noon."
    answer = client_of(cast.lead_worker).post(url + "change/", kept)
    assert answer.status_code == 302
    with acting("lead_worker") as member:
        assert plan_of(member).medication == "Rest at noon."
        assert (
            Signature.objects.visible_to(member).filter(withdrawn_at=None).get().agency == cast.agencies["north_police"]
        )
    again = client_of(cast.lead_worker).post(url + "change/", kept)
    assert again.status_code == 422 and "changed meanwhile" in again.content.decode()


def test_back_to_what_was_typed_loses_nothing(cast, client_of, url, typed):
    page = client_of(cast.lead_worker).post(url + "change/", {**typed(venue="Room 2", withdrawing="1"), "back": "1"})
    assert page.status_code == 200 and "Room 2" in page.content.decode()


def test_a_stale_page_keeps_what_was_typed(cast, client_of, url, typed):
    answer = client_of(cast.lead_worker).post(url + "change/", typed(version=7, medication="At eight."))
    text = answer.content.decode()
    assert answer.status_code == 422 and "At eight." in text and "changed meanwhile" in text
    assert 'name="version" value="1"' in text, "sent once more, it is a decision"


def test_the_same_person_does_not_lead_and_assist(cast, client_of, url, typed):
    answer = client_of(cast.lead_worker).post(url + "change/", typed(second_interviewer=cast.investigator.pk))
    assert answer.status_code == 422 and "another person" in answer.content.decode()


def test_members_of_no_case_cannot_be_forged_into_the_form(cast, client_of, url, typed):
    answer = client_of(cast.lead_worker).post(url + "change/", typed(lead_interviewer=cast.stranger.pk))
    assert answer.status_code == 422 and "Select a valid choice" in answer.content.decode()


def test_a_second_plan_is_refused_with_what_was_typed(cast, client_of, typed, acting):
    address = f"/cases/{cast.case.reference}/interview/plans/new/"
    answer = client_of(cast.lead_worker).post(address, typed(number=2, purpose="A second plan."))
    assert answer.status_code == 422 and "A second plan." in answer.content.decode()
    with acting("lead_worker") as member:
        assert Plan.objects.visible_to(member).filter(case=cast.case).count() == 1


def test_the_pool_on_the_page_names_everybody_who_asked(cast, client_of, url, acting):
    client = client_of(cast.therapist)
    page = client.get(url + "questions/new/")
    form = {
        "text": "How does the child sleep?", "why": "For the first session.", "due_on_0": 1, "due_on_1": 3,
        "due_on_2": 2027, "submission": page.context["form"]["submission"].value(),
    }  # fmt: skip
    page = client.post(url + "questions/new/", form)
    assert page.status_code == 200 and "Your question is not in the pool yet" in page.content.decode()
    for _twice in range(2):
        assert client.post(url + "questions/new/", {**form, "checked": "1"}).status_code == 302
    with acting("lead_worker") as member:
        assert Question.objects.visible_to(member).filter(case=cast.case).count() == 2
    lead = client_of(cast.lead_worker)
    assert lead.post(url + "questions/merge/", {"keep": 1, "others": [2]}).status_code == 302
    text = lead.get(url).content.decode()
    assert (
        "Stands for question 2 as well" in text
        and "<bdi>Therapist</bdi>, Therapist, <bdi>Bluebell Therapy</bdi>" in text
    )
    answer = lead.post(url + "questions/2/", {"outcome": "declined", "reason": "x", "version": 2})
    assert answer.status_code == 422 and "changed meanwhile" in answer.content.decode()


@pytest.mark.parametrize(
    ("passages", "says"),
    [("T1 ¶1 and more", "is no passage"), ("T9 ¶9", "not in this account"), ("", "Name the passages")],
)
def test_an_outcome_at_passages_that_are_not_there_is_refused(cast, client_of, url, passages, says):
    form = {"outcome": "answered", "passages": passages, "version": 1}
    answer = client_of(cast.investigator).post(url + "questions/1/", form)
    assert answer.status_code == 422 and says in answer.content.decode()


def test_an_outcome_at_a_passage_is_shown_as_a_link_to_it(cast, client_of, url):
    form = {"outcome": "answered", "passages": "t1 1", "version": 1}
    assert client_of(cast.investigator).post(url + "questions/1/", form).status_code == 302
    assert "#t1p1" in client_of(cast.lead_worker).get(url).content.decode()
    assert "at 1 passage that you may not read" in client_of(cast.therapist).get(url).content.decode()


def test_another_case_s_question_is_not_reached_through_this_one(cast, client_of, url):
    wrong = url.replace(cast.case.reference, cast.other_case.reference)
    assert client_of(cast.lead_worker).get(wrong + "questions/1/").status_code == 404
    assert client_of(cast.stranger).get(wrong + "questions/1/").status_code == 404
    assert client_of(cast.walled_worker).get(url + "questions/1/").status_code == 404


def test_what_the_plan_said_before_stands_on_its_own_page(cast, client_of, url, typed):
    client = client_of(cast.lead_worker)
    page = client.post(url + "change/", typed(purpose="Another aim."))
    client.post(url + "change/", dict(page.context["kept"]))
    text = client.get(url + "earlier/").content.decode()
    assert "To hear the child once." in text and "Lead Worker" in text


def test_cautions_stand_where_a_question_for_the_child_is_written_and_read(cast, client_of, url):
    for page in ("questions/new/", "questions/1/"):
        assert "<h2>Cautions</h2>" in client_of(cast.lead_worker).get(url + page).content.decode()


def test_the_words_of_a_question_are_its_link(cast, client_of, url):
    text = client_of(cast.lead_worker).get(url).content.decode()
    assert re.search(rf'<a href="{url}questions/1/" dir="auto">1\. {POOLED}[^<]*</a>', text)


def test_names_are_set_apart_from_roles_and_agency_and_days_are_in_words(cast, client_of, url, typed):
    data = typed(interview_on_0="4", interview_on_1="3", interview_on_2="2027")
    kept = client_of(cast.lead_worker).post(url + "change/", data)
    client_of(cast.lead_worker).post(url + "change/", dict(kept.context["kept"]))
    text = client_of(cast.lead_worker).get(url).content.decode()
    name, agency = cast.investigator.name, cast.investigator.agency.name
    assert re.search(rf"<dd><bdi>{name}</bdi>, [^<]+, <bdi>{agency}</bdi></dd>", text), "the lead interviewer"
    assert "4 Mar 2027" in text
    assert re.search(r">[^<]*2027-03-04", text) is None
    assert f"<bdi>{cast.investigator.in_full}" not in text
