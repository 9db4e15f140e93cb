"""The pages of the assessment, as one fills them in."""

import html

import pytest
from django.urls import reverse

from casework.assessment.actions import Answered
from tests.assessment.test_assessment import UNKNOWN, answer, move

pytestmark = pytest.mark.django_db
SCREENING = {
    f"{code}{part}": value
    for code in ("signs", "devices", "reports", "reference")
    for part, value in (("", "unknown"), ("_note", ""), ("_version", "0"))
}


def page(name, cast):
    return reverse(f"assessment:{name}", args=[cast.case.reference])


def text_of(answer):
    return html.unescape(answer.content.decode())


def test_page_says_what_is_not_yet_looked_into(cast, client_of):
    text = text_of(client_of(cast.lead_worker).get(page("assessment", cast)))
    assert text.count("Not yet looked into") == 4
    assert "assume that the child knows nothing" in text
    assert "to which you have no access" in text


def test_screening_is_answered_on_one_page(cast, client_of):
    client = client_of(cast.lead_worker)
    given = {**SCREENING, "reference": "yes", "reference_number": "HL-2026-00417", "signs_note": "School nurse."}
    answer_page = client.post(page("screening", cast), given)
    assert answer_page.status_code == 302
    text = text_of(client.get(page("assessment", cast)))
    assert "HL-2026-00417" in text
    assert "School nurse." in text
    assert "Not yet looked into" not in text


def test_address_is_refused_beside_its_field(cast, client_of):
    given = {**SCREENING, "reference_number": "https://host.example/x"}
    response = client_of(cast.lead_worker).post(page("screening", cast), given)
    assert response.status_code == 422
    assert "Give the reference number alone" in text_of(response)


def test_who_comes_second_keeps_what_was_typed_and_sees_the_other(cast, client_of):
    answer(cast, {"signs": Answered(0, "yes", "By the clinic.")}, "lead_supervisor")
    client = client_of(cast.lead_worker)
    response = client.post(page("screening", cast), {**SCREENING, "signs_note": "My own words."})
    text = text_of(response)
    assert response.status_code == 422
    assert "My own words." in text
    assert "By the clinic." in text
    again = client.post(page("screening", cast), {**SCREENING, "signs_note": "My own words.", "signs_version": "1"})
    assert again.status_code == 302


def test_stage_can_t_be_left_and_the_form_says_why(cast, client_of):
    move(cast, "assessment")
    client = client_of(cast.lead_worker)
    url = reverse("cases:change", args=[cast.case.reference])
    given = {
        "stage": "investigation", "risk": "high", "age_band": "10-12", "concern": "Still concerned.", "cautions": "",
        "version": "2",
    }  # fmt: skip
    response = client.post(url, given)
    assert response.status_code == 422
    assert "is not answered yet" in text_of(response)
    assert "Still concerned." in text_of(response)
    answer(cast, UNKNOWN)
    assert client.post(url, given).status_code == 302


def test_closing_from_assessment_says_why_not(cast, client_of):
    move(cast, "assessment")
    url = reverse("cases:close", args=[cast.case.reference])
    response = client_of(cast.lead_supervisor).post(url, {"reason": "Moved away.", "version": "2"})
    assert response.status_code == 422
    assert "is not answered yet" in text_of(response)
    assert "Moved away." in text_of(response)


def test_therapist_records_harms_and_caution(cast, client_of):
    client = client_of(cast.therapist)
    harms = {"abuse": "First.", "filmed": "Second.", "circulating": "", "version": "0"}
    assert client.post(page("harms", cast), harms).status_code == 302
    assert client.post(page("harms", cast), harms).status_code == 422  # stale: somebody recorded it meanwhile
    known = {"child_knows": "suspects", "who_may_speak": "Me.", "must_not_say": "Numbers.", "version": "0"}
    assert client.post(page("distribution", cast), known).status_code == 302
    text = text_of(client.get(page("assessment", cast)))
    for said in ("First.", "Second.", "The child suspects that pictures circulate", "Numbers."):
        assert said in text


def test_case_page_still_makes_few_queries(cast, client_of, django_assert_max_num_queries):
    client = client_of(cast.lead_worker)
    url = reverse("cases:case", args=[cast.case.reference])
    client.get(url)
    with django_assert_max_num_queries(14):
        client.get(url)
