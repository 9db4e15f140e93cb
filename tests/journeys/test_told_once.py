"""A teacher's disclosure, one planned interview, and the gate: three journeys of one case, by seven people."""

import re
from typing import Any

import pytest

from tests.journeys.conftest import House
from tests.journeys.people import Person, accessible
from tests.journeys.test_main_journey import accept, agree, read_account, share

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WORDS = "I: What is on your mind?\nC: Somebody writes to me every evening.\nI: Does anyone at home know?\nC: No.\n"
TOLD = "I: Tell me everything.\nC: It began in September.\nI: Where was that?\nC: At the lake, behind the boats.\n"
AGAIN = "I: Which colour was the boat?\nC: Green.\n"
LEAD, POLICE, THERAPY, COURT = "Giulia Conti", "Luca Rossi", "Chiara Fontana", "Elena Vitale"
POOL = (
    (LEAD, "Who at home knows of it?"), (LEAD, "What would help her now?"), (LEAD, "Whom does she trust?"),
    (POLICE, "When did it begin?"), (POLICE, "Where was it?"), (POLICE, "Who else was there?"),
    (THERAPY, "How does she sleep?"), (COURT, "Since when has it gone on?"), (COURT, "Which device was used?"),
)  # fmt: skip


def due(person: Person, field: str) -> None:
    for box, value in zip(range(3), ("1", "3", "2027"), strict=True):
        person.fill(f"{field}_{box}", value)


def open_case(worker: Person) -> str:
    """A case that begins with what the teacher heard. Its address."""
    worker.go("/cases/new/")
    worker.fill("pseudonym", "Umber Nuthatch")
    worker.fill("concern", "The concern: contact of an adult with a child through messages.")
    worker.choose("risk", "high")
    worker.press("Continue")
    worker.press("Open the case")
    worker.choose("answer", "yes")
    worker.fill("told_to", "Ms Bellini, class teacher")
    worker.fill("words", WORDS)
    worker.page.locator("main form button").first.click()
    worker.page.wait_for_load_state("load")
    found = re.search(r"/cases/([0-9A-Z]{4}-[0-9A-Z]{4})/", worker.page.url)
    assert found is not None, worker.text()
    case = f"/cases/{found.group(1)}/"
    police = ["overview", "identity", "account", "police"]
    share(worker, case, "Polizia di Monteluce", police, ["account", "police"], "investigate")
    share(worker, case, "Centro Acquachiara", ["overview", "therapy"], ["therapy"], "treat")
    share(worker, case, "Procura di Monteluce", ["overview", "account", "legal"], ["legal"], "prosecute")
    return case


def ask(person: Person, plan: str, text: str) -> None:
    """Into the pool, after the record was searched; what it found does not do."""
    person.go(f"{plan}questions/new/")
    person.fill("text", text)
    person.fill("why", "To plan what comes next.")
    due(person, "due_on")
    person.press("Search the record first")
    if person.page.locator("[name=falls_short]").count():
        person.fill("falls_short", "It does not say.")
    person.page.locator("button[name=checked]").click()
    person.page.wait_for_load_state("load")
    assert text in person.text()


def decide(person: Person, plan: str, number: int, outcome: str, passages: str = "", reason: str = "") -> None:
    person.go(f"{plan}questions/{number}/")
    person.choose("outcome", outcome)
    person.fill("passages", passages)
    person.fill("reason", reason)
    person.press("Record the outcome")
    assert "is recorded" in person.text()


def record(interviewer: Person, case: str, number: int, kind: str, transcript: str) -> None:
    """An interview by Sara Negri, with its passages, not signed yet."""
    interviewer.go(f"{case}account/tellings/new/")
    interviewer.choose("kind", kind)
    for box, value in zip(range(3), ("20", "11", "2026"), strict=True):
        interviewer.fill(f"told_on_{box}", value)
    interviewer.fill("told_to", "Sara Negri, interviewer")
    negri = interviewer.page.locator("select[name=interviewer] option", has_text="Sara Negri").first
    interviewer.page.select_option("select[name=interviewer]", negri.get_attribute("value"))
    interviewer.press("Save and paste the transcript")
    interviewer.go(f"{case}account/tellings/{number}/paste/")
    interviewer.fill("pasted", transcript)
    interviewer.press("Show the passages")
    interviewer.page.locator("button[name=act][value=save]").first.click()
    interviewer.page.wait_for_load_state("load")


def seal(interviewer: Person, worker: Person, case: str, number: int) -> None:
    """Signed by the police, sealed by social services."""
    interviewer.go(f"{case}account/tellings/{number}/seal/")
    interviewer.page.locator("input[name=checked]").check()
    interviewer.press(f"Sign T{number}")
    worker.go(f"{case}account/tellings/{number}/seal/")
    worker.page.locator("input[name=checked]").check()
    worker.press(f"Seal T{number} for good")


def planned_and_held(people: dict[str, Person], case: str) -> None:
    worker, interviewer, plan = people[LEAD], people["Sara Negri"], f"{case}interview/plans/1/"
    worker.go(f"{case}interview/plans/new/")
    worker.fill("purpose", "To hear her once, for everybody.")
    worker.fill("known", "What Ms Bellini heard (T1).")
    negri = worker.page.locator("select[name=lead_interviewer] option", has_text="Sara Negri").first
    worker.page.select_option("select[name=lead_interviewer]", negri.get_attribute("value"))
    worker.choose("medical", "not_needed")
    worker.look("plan-form")
    worker.press("Save the plan")
    for name in (LEAD, POLICE, THERAPY):
        people[name].go(plan)
        people[name].page.get_by_role("button", name=re.compile("^Sign for")).click()
        people[name].page.wait_for_load_state("load")
        assert "You have signed the plan" in people[name].text()
    for name, text in POOL:
        ask(people[name], plan, text)
    worker.go(f"{plan}questions/merge/")
    worker.choose("keep", "4")
    worker.choose("others", "8")
    worker.press("Merge")
    assert "Stands for question 8 as well" in worker.text()
    decide(worker, plan, 1, "from_record", passages="T1 ¶2")
    worker.go(plan)
    worker.look("plan-pooled")
    assert accessible(worker.page) == []

    record(interviewer, case, 2, "joint", TOLD)
    interviewer.go(f"{case}account/tellings/2/seal/")
    interviewer.page.locator("input[name=checked]").check()
    interviewer.press("Sign T2")
    assert "have no outcome yet" in interviewer.text(), "not signed with planned questions left open"
    for number, outcome, passages, reason in (
        (4, "answered", "T2 ¶1", ""), (5, "answered", "T2 ¶2", ""), (2, "declined", "", "She shook her head."),
        (3, "not_asked", "", "There was no time."), (6, "not_asked", "", "She was tired."),
        (7, "not_asked", "", "For the first session."), (9, "declined", "", "She said nothing to it."),
    ):  # fmt: skip
        decide(interviewer, plan, number, outcome, passages, reason)
    seal(interviewer, worker, case, 2)
    assert "T2 is sealed" in worker.text()
    worker.go(plan)
    worker.press("Close the plan")
    assert "The plan is closed" in worker.text() and "0 without an outcome" in worker.text()


def answered_from_the_record(prosecutor: Person, case: str) -> None:
    request(prosecutor, case, "Where was that?", "The place.")
    if prosecutor.page.locator("input[name=takes]").count():
        row = prosecutor.page.locator("li.passage", has_text="behind the boats").first
        row.locator("input[name=takes]").check()
        prosecutor.look("request-found")
        prosecutor.page.locator("button[name=checked]").click()
    else:  # where the search is not installed, the passage is named by hand
        prosecutor.page.locator("button[name=checked]").click()
        prosecutor.page.wait_for_load_state("load")
        prosecutor.page.locator("#id_take_passages").fill("T2 ¶2")
        prosecutor.press("Withdraw it as answered from the record")
    prosecutor.page.wait_for_load_state("load")
    assert "Answered from the record" in prosecutor.text()
    prosecutor.look("request-answered")
    prosecutor.go(f"{case}interview/")
    assert "Asked for 1 more time, 1 of these answered from the record." in prosecutor.text()


def request(person: Person, case: str, question: str, expected: str) -> None:
    person.go(f"{case}interview/requests/new/")
    person.fill("needed", "It decides about the charge.")
    person.fill("questions", question)
    person.fill("expected", expected)
    person.press("Search the record first")


def held_again(people: dict[str, Person], case: str, browser: Any, house: House) -> None:
    prosecutor, interviewer, worker = people[COURT], people["Sara Negri"], people[LEAD]
    interviewer.go(f"{case}account/tellings/new/")
    request(prosecutor, case, "Which colour was the boat?", "The colour of the boat.")
    if prosecutor.page.locator("[name=falls_short]").count():
        prosecutor.fill("falls_short", "It names the boats and no colour.")
    prosecutor.page.locator("button[name=checked]").click()
    prosecutor.page.wait_for_load_state("load")
    page = f"{case}interview/requests/2/"
    prosecutor.look("request-asked")
    assert accessible(prosecutor.page) == []
    therapist = people[THERAPY]
    therapist.go(page)
    therapist.choose("answer", "no_objection")
    therapist.press("Record my answer")
    supervisor = Person(browser, house.address, "Paolo Ferri")
    supervisor.go(f"{case}people/")
    ferri = supervisor.page.locator("select[name=member] option", has_text="Paolo Ferri").first
    supervisor.page.select_option("select[name=member]", ferri.get_attribute("value"))
    supervisor.page.select_option("select[name=purpose]", "supervise")
    supervisor.page.locator("main form button", has_text="Name this member").click()
    supervisor.go(page)
    supervisor.choose("state", "authorised")
    supervisor.fill("reason", "The colour is the only mark of the place.")
    supervisor.look("request-decide")
    supervisor.press("Record the decision")
    assert "the same person as in the last interview" in supervisor.text()
    record(interviewer, case, 3, "supplementary", AGAIN)
    seal(interviewer, worker, case, 3)
    assert "T3 is sealed" in worker.text()
    prosecutor.go(page)
    assert "Sara Negri" in prosecutor.text() and "T3" in prosecutor.text()
    interviewer.go(f"{case}account/tellings/new/")
    interviewer.choose("kind", "supplementary")
    interviewer.fill("told_to", "Sara Negri, interviewer")
    for box, value in zip(range(3), ("21", "11", "2026"), strict=True):
        interviewer.fill(f"told_on_{box}", value)
    interviewer.press("Save and paste the transcript")
    assert "A further one takes an authorised request" in interviewer.text()


def test_told_once_asked_once(house: House, browser: Any) -> None:
    names = (LEAD, POLICE, THERAPY, COURT, "Sara Negri")
    people = {name: Person(browser, house.address, name) for name in names}
    case = open_case(people[LEAD])
    reference = case.split("/")[2]
    agree(Person(browser, house.address, "Paolo Ferri"), reference)
    accept(Person(browser, house.address, "Vito Marchetti"), reference, "Sara Negri", "Luca Rossi")
    accept(Person(browser, house.address, "רות לוי"), reference, "Chiara Fontana")
    accept(Person(browser, house.address, "Carlo De Angelis"), reference, "Elena Vitale", "Carlo De Angelis")
    for name, purpose in (
        (LEAD, "protect"),
        (POLICE, "investigate"),
        (COURT, "prosecute"),
        ("Sara Negri", "investigate"),
    ):
        read_account(people[name], case, purpose)
    planned_and_held(people, case)
    answered_from_the_record(people[COURT], case)
    held_again(people, case, browser, house)
