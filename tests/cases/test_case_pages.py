"""The pages of a case: who gets in, what is on them, what is recorded, and how bad input is met."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.access.task import acting_as
from casework.cases import selectors
from casework.cases.actions import ChildIdentity, lock_case, open_case
from casework.cases.kinds import IdentityPart
from casework.cases.models import Case, Entry, EntryRevision
from tests.cast import BIRTH_DATE, CONCERN, FAMILY_NAME, GIVEN_NAME, NOTE, SOCIAL_NOTE, THERAPY_NOTE, Cast

ClientOf = Callable[..., Any]
NEW_CASE = {
    "pseudonym": "Misty Wagtail",
    "risk": "high",
    "age_band": "6-9",
    "concern": "A concern, invented.",
    "cautions": "",
    "given_names": "Ada",
    "birth_date_0": "27",
    "birth_date_1": "3",
    "birth_date_2": "2018",
}


def page(name: str, cast: Cast, **more: Any) -> str:
    return reverse(f"cases:{name}", kwargs={"reference": cast.case.reference, **more})


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def hidden(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text_of(answer))
    assert found is not None, name
    return found.group(1)


def test_case_page_shows_pseudonym_and_never_the_name(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.lead_worker).get(page("case", cast))
    assert answer.status_code == 200
    assert CONCERN in text_of(answer)
    assert "Amber Heron" in text_of(answer)
    assert GIVEN_NAME not in text_of(answer)
    assert FAMILY_NAME not in text_of(answer)
    assert "Told 2 times" in text_of(answer)


def test_case_page_makes_at_most_fourteen_queries(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    client.get(page("case", cast))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page("case", cast)).status_code == 200
    asked = [each["sql"] for each in queries.captured_queries]
    assert len(asked) <= 14, "\n".join(asked)


@pytest.mark.parametrize("who", ["walled_worker", "expired_worker", "stranger", "stranger_supervisor", "lead_admin"])
def test_case_page_does_not_exist_for_others(cast: Cast, client_of: ClientOf, who: str) -> None:
    answer = client_of(cast.people[who]).get(page("case", cast))
    wrong = client_of(cast.people[who]).get("/cases/ZZZZ-ZZZZ/")
    assert answer.status_code == wrong.status_code == 404
    strip = re.compile(
        r"Reference number: \w+|data-session-ends=\"[^\"]+\"|signed out at \d\d:\d\d|name=\"csrf\w+\" value=\"\w+\""
    )
    assert strip.sub("", text_of(answer)) == strip.sub("", text_of(wrong))


def test_closed_compartment_is_refused_with_the_reason(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.therapist).get(page("police", cast))
    assert answer.status_code == 403
    assert "You have no access to the compartment" in text_of(answer)
    assert NOTE not in text_of(answer)


def test_chronology_shows_only_readable_compartments(cast: Cast, client_of: ClientOf) -> None:
    entries = {
        who: set(re.findall(r"/entries/(\d+)/", text_of(client_of(cast.people[who]).get(page("case", cast)))))
        for who in ("lead_worker", "therapist")
    }
    assert entries["lead_worker"] == {str(cast.entry.pk)}
    assert len(entries["therapist"]) == 1
    assert not entries["therapist"] & entries["lead_worker"]


def test_entry_page_is_not_there_through_another_case(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    assert SOCIAL_NOTE in text_of(client.get(page("entry", cast, entry=cast.entry.pk)))
    elsewhere = reverse("cases:entry", args=[cast.other_case.reference, cast.entry.pk])
    assert client.get(elsewhere).status_code == 404
    answer = client_of(cast.therapist).get(page("entry", cast, entry=cast.entry.pk))
    assert answer.status_code == 404
    assert THERAPY_NOTE not in text_of(answer)


def test_opening_a_case_asks_first_and_happens_once(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_colleague)
    form = client.get(reverse("cases:new"))
    data = {**NEW_CASE, "submission": hidden(form, "submission")}
    check = client.post(reverse("cases:new"), data)
    assert check.status_code == 200
    assert "One person: you" in text_of(check)
    opened = [client.post(reverse("cases:new"), {**data, "confirmed": "1"}) for _twice in range(2)]
    assert [answer.status_code for answer in opened] == [302, 302]
    assert opened[0].url == opened[1].url
    shown = client.get(opened[0].url)
    assert "Misty Wagtail" in text_of(shown)
    assert client_of(cast.lead_worker).get(opened[0].url).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("concern", "", "required"),
        ("concern", "a\x00b", "U+0000"),
        ("concern", "a\u202eb", "U+202E"),
        ("concern", "x" * 1_000_000, "at most 5000"),
        ("risk", "unheard-of", "Select a valid choice"),
        ("birth_date_0", "31", "not a real date"),
    ],
)
def test_opening_a_case_with_bad_input(cast: Cast, client_of: ClientOf, field: str, value: str, words: str) -> None:
    data = {**NEW_CASE, "birth_date_1": "2", field: value}
    answer = client_of(cast.lead_worker).post(reverse("cases:new"), data)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "Misty Wagtail" in text_of(answer)


def test_therapist_does_not_open_cases(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.therapist).get(reverse("cases:new"))
    assert answer.status_code == 403
    assert "may open a case" in text_of(answer)


def test_stale_change_of_identity_shows_nothing_without_a_reason(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.lead_worker).post(page("change_identity", cast), {"version": 99, "given_names": "Other"})
    assert answer.status_code == 422
    text = text_of(answer)
    assert "Other" in text
    assert GIVEN_NAME not in text


def test_identity_is_changed_with_its_version(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    assert client.get(page("change_identity", cast)).url == page("identity", cast), "first the reason"
    everything = {"reason": "contact", "parts": IdentityPart.values}
    assert client.post(page("identity", cast), {**everything, "parts": ["names"]}).status_code == 302
    assert client.get(page("change_identity", cast)).status_code == 302, "not all of it"
    assert client.post(page("identity", cast), everything).status_code == 302
    form = client.get(page("change_identity", cast))
    year, month, day = BIRTH_DATE.split("-")
    data = {"given_names": "Changed", "birth_date_0": day, "birth_date_1": month, "birth_date_2": year}
    data["version"] = hidden(form, "version")
    assert client.post(page("change_identity", cast), data).status_code == 302
    stale = client.post(page("change_identity", cast), {**data, "given_names": "Second"})
    assert stale.status_code == 422
    assert "Somebody changed this meanwhile" in text_of(stale)
    assert "Second" in text_of(stale)
    assert "Changed" in text_of(stale)


def new_entry(form: Any, **more: str) -> dict[str, str]:
    data = {"nature": "fact", "compartment": "social", "title": "A visit", "text": "Everybody was at home."}
    day = {"happened_on_0": "2", "happened_on_1": "3", "happened_on_2": "2026"}
    return {**data, **day, "submission": hidden(form, "submission"), **more}


def test_entry_is_written_once_and_with_its_author_as_then(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    data = new_entry(client.get(page("new_entry", cast)))
    answers = [client.post(page("new_entry", cast), data) for _twice in range(2)]
    assert [each.status_code for each in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    shown = text_of(client.get(answers[0].url))
    assert "Everybody was at home." in shown
    assert "Fact, observed by the author" in shown
    assert "Lead Worker" in shown


@pytest.mark.parametrize("compartment", ["police", "unheard-of", "identity"])
def test_entry_into_a_compartment_that_is_not_offered(cast: Cast, client_of: ClientOf, compartment: str) -> None:
    client = client_of(cast.lead_worker)
    data = new_entry(client.get(page("new_entry", cast)), compartment=compartment)
    answer = client.post(page("new_entry", cast), data)
    assert answer.status_code == 422
    assert "Everybody was at home." in text_of(answer)


def test_second_of_two_people_saving_an_entry_keeps_the_text(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    address = page("change_entry", cast, entry=cast.entry.pk)
    data = new_entry(client.get(page("new_entry", cast)), version=hidden(client.get(address), "version"))
    assert client.post(address, {**data, "text": "The first of two."}).status_code == 302
    second = client.post(address, {**data, "text": "The second of two."})
    assert second.status_code == 422
    assert "The first of two." in text_of(second)
    assert "The second of two." in text_of(second)
    with acting_as(cast.lead_worker.pk, route="test"):
        entry = Entry.objects.visible_to(cast.lead_worker).select_related("case").get(pk=cast.entry.pk)
        kept = list(EntryRevision.objects.visible_to(cast.lead_worker).select_related("case").filter(entry=entry))
        assert entry.text == "The first of two."
        assert [each.text for each in kept] == [SOCIAL_NOTE]


def test_case_is_changed_with_its_version(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    version = hidden(client.get(page("change", cast)), "version")
    data = {"stage": "assessment", "risk": "acute", "age_band": "10-12", "concern": "Newer words.", "version": version}
    assert client.post(page("change", cast), data).status_code == 302
    stale = client.post(page("change", cast), {**data, "concern": "Older words."})
    assert stale.status_code == 422
    assert "Older words." in text_of(stale)
    assert "Newer words." in text_of(stale)
    closing = client.post(page("change", cast), {**data, "stage": "closed"})
    assert closing.status_code == 422


def test_closing_ends_what_was_shared_and_refuses_writing(cast: Cast, client_of: ClientOf) -> None:
    supervisor = client_of(cast.lead_supervisor)
    assert client_of(cast.lead_worker).get(page("close", cast)).status_code == 403
    form = supervisor.get(page("close", cast))
    assert re.search(r"4 people of other agencies lose access", text_of(form))
    data = {"reason": "The child is safe.", "version": hidden(form, "version")}
    assert supervisor.post(page("close", cast), data).status_code == 302
    assert "The child is safe." in text_of(supervisor.get(page("case", cast)))
    assert client_of(cast.investigator).get(page("case", cast)).status_code == 404
    worker = client_of(cast.lead_worker)
    assert worker.get(page("case", cast)).status_code == 200
    refused = worker.get(page("new_entry", cast))
    assert refused.status_code == 403
    assert "This case is closed" in text_of(refused)
    again = supervisor.post(page("close", cast), data)
    assert again.status_code == 403
    reopening = supervisor.get(page("reopen", cast))
    assert supervisor.post(page("reopen", cast), {"version": hidden(reopening, "version")}).status_code == 302
    assert worker.get(page("new_entry", cast)).status_code == 200


def test_supervisor_names_and_ends_without_reading(cast: Cast, client_of: ClientOf) -> None:
    supervisor, colleague = client_of(cast.lead_supervisor), client_of(cast.lead_colleague)
    assert colleague.get(page("case", cast)).status_code == 404
    data = {
        "member": cast.lead_colleague.pk,
        "read": ["overview", "social"],
        "write": ["social"],
        "purpose": "protect",
        "legal_basis": "public_task",
    }
    assert supervisor.post(page("people", cast), data).status_code == 302
    assert SOCIAL_NOTE in text_of(colleague.get(page("entry", cast, entry=cast.entry.pk)))
    assert colleague.get(page("therapy", cast)).status_code == 403
    end = page("end_access", cast)
    assert "Lead Colleague" in text_of(supervisor.get(f"{end}?member={cast.lead_colleague.pk}"))
    assert supervisor.post(end, {"member": cast.lead_colleague.pk}).status_code == 302
    assert colleague.get(page("case", cast)).status_code == 404


@pytest.mark.parametrize(
    ("who", "words"), [("walled_worker", "can&#x27;t be given access"), ("lapsed_worker", "Select a valid choice")]
)
def test_naming_somebody_who_may_not_be_named(cast: Cast, client_of: ClientOf, who: str, words: str) -> None:
    data = {"member": cast.people[who].pk, "read": ["overview"], "purpose": "protect", "legal_basis": "public_task"}
    answer = client_of(cast.lead_supervisor).post(page("people", cast), data)
    assert answer.status_code == 422
    assert words in text_of(answer)


@pytest.mark.parametrize(("who", "status"), [("lead_auditor", 403), ("police_supervisor", 404), ("lead_worker", 404)])
def test_naming_is_for_supervisors_of_the_lead_agency(cast: Cast, client_of: ClientOf, who: str, status: int) -> None:
    assert client_of(cast.people[who]).get(page("people", cast)).status_code == status


def test_list_shows_own_cases_and_is_recorded(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    answer = client.get(reverse("cases:list"))
    assert cast.case.reference in text_of(answer)
    assert cast.other_case.reference not in text_of(answer)
    assert "on the record" in text_of(answer)
    nothing = client.get(reverse("cases:list"), {"words": "no such thing", "stage": "referred"})
    assert "No case of yours fits these filters" in text_of(nothing)
    found = client.get(reverse("cases:list"), {"words": "amber", "stage": "bogus", "after": "rubbish"})
    assert cast.case.reference in text_of(found)


def test_my_work_of_somebody_with_nothing_to_do(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.lead_colleague).get(reverse("cases:my_work"))
    assert "Nothing is waiting for you" in text_of(answer)


def test_my_work_of_a_supervisor_with_an_offer(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.stranger_supervisor).get(reverse("cases:my_work"))
    assert "Amber Heron" in text_of(answer)


def test_locking_a_case_takes_a_right_to_change_it(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        case = Case.objects.visible_to(cast.lead_worker).get(pk=cast.case.pk)
        assert lock_case(case, cast.lead_worker).pk == cast.case.pk


def test_supervisor_of_another_agency_does_not_close(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.prosecution_supervisor)
    assert client.get(page("case", cast)).status_code == 200
    answer = client.post(page("close", cast), {"reason": "Not ours.", "version": "1"})
    assert answer.status_code == 403
    assert "Only the lead agency of this case may do this" in text_of(answer)


def test_who_can_see_names_people_by_agency(cast: Cast, client_of: ClientOf) -> None:
    shown = text_of(client_of(cast.lead_worker).get(page("who_can_see", cast)))
    for name in ("Lead Worker", "Investigator", "Therapist", "Prosecutor", "North Police"):
        assert name in shown
    for name in ("Expired Worker", "Lead Colleague", "Stranger"):
        assert name not in shown
    assert "no standing now" in shown


def test_overseer_is_told_who_is_behind_a_wall(cast: Cast, client_of: ClientOf) -> None:
    shown = text_of(client_of(cast.lead_supervisor).get(page("people", cast)))
    assert re.search(r"Walled Worker</bdi>\s*<span[^>]*>behind a wall", shown)
    assert shown.count("behind a wall") == 1


def test_list_goes_on_where_the_page_ended(cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        for number in range(4):
            open_case(
                by=cast.lead_worker,
                pseudonym=f"Page {number}",
                concern="A concern, invented.",
                risk="low",
                age_band="unknown",
                child=ChildIdentity(),
            )
    monkeypatch.setattr(selectors, "PAGE", 2)
    client, address, seen = client_of(cast.lead_worker), "", []
    for _page in range(5):
        shown = text_of(client.get(reverse("cases:list") + address))
        seen += re.findall(r'<th scope="row"><a href="/cases/([^/]+)/"', shown)
        found = re.search(r'<p class="pager"><a href="([^"]+)"', shown)
        if found is None:
            break
        address = found.group(1).replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 5
    assert cast.case.reference in seen


def test_chronology_goes_on_within_a_day(cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    client, address, seen = client_of(cast.lead_worker), "", []
    for _entry in range(6):
        client.post(page("new_entry", cast), new_entry(client.get(page("new_entry", cast))))
    monkeypatch.setattr(selectors, "PAGE", 2)
    for _page in range(6):
        shown = text_of(client.get(page("social", cast) + address))
        seen += re.findall(r"/entries/(\d+)/", shown)
        found = re.search(r'<p class="pager"><a href="([^"]+)"', shown)
        if found is None:
            break
        address = found.group(1)
    assert len(seen) == len(set(seen)) == 7
    assert seen[0] == str(cast.entry.pk)


def test_list_makes_the_same_number_of_queries_for_more_cases(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)

    def asked() -> int:
        client.get(reverse("cases:list"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("cases:list")).status_code == 200
        return len(queries.captured_queries)

    few = asked()
    with acting_as(cast.lead_worker.pk, route="test"):
        for name in ("One More", "Two More"):
            open_case(
                by=cast.lead_worker,
                pseudonym=name,
                concern="A concern, invented.",
                risk="low",
                age_band="unknown",
                child=ChildIdentity(),
            )
    assert asked() == few
