"""From opening a case to a signed summary, by nine people in five agencies, through everything that runs."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from casework.summaries.signing import check_copy
from tests.journeys.conftest import House
from tests.journeys.people import Person, accessible

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TRANSCRIPT = Path(__file__).resolve().parents[2] / "casework" / "demo" / "stories" / "transcript_80.txt"


def share(worker: Person, case: str, agency: str, read: list[str], write: list[str], purpose: str) -> None:
    """Question by question; what needs a second person waits for one."""
    worker.go(f"{case}shares/new/")
    worker.choose("compartments", *read)
    worker.press("Continue")
    if "account" in read:
        assert "All that the child told, or some topics?" in worker.text()
        worker.choose("extent", "all")
        worker.press("Continue")
    choice = worker.page.locator("select[name=to] option", has_text=agency).first.get_attribute("value")
    worker.page.select_option("select[name=to]", choice)
    worker.press("Continue")
    worker.choose("may_write", *write)
    worker.press("Continue")
    worker.choose("purpose", purpose)
    worker.press("Continue")
    worker.choose("legal_basis", "public_task")
    for _question in ("basis", "until", "words"):
        worker.press("Continue")
    assert "They will not see" in worker.text()
    worker.press("Ask a second person to agree")
    assert agency in worker.text()


def agree(supervisor: Person, reference: str) -> None:
    """The second person agrees to everything of this case that waits."""
    supervisor.go("/")
    waiting = supervisor.page.locator(f"a[href*='{reference}'][href*='/second/']")
    for _share in range(waiting.count()):
        waiting.first.click()
        supervisor.press("Agree and send it")
        supervisor.go("/")
    assert waiting.count() == 0


def accept(supervisor: Person, reference: str, *members: str) -> None:
    supervisor.go("/shares/")
    supervisor.page.locator("tr", has_text=reference).get_by_role("link").first.click()
    for member in members:
        supervisor.page.get_by_label(re.compile(member)).check()
    supervisor.press("Accept and give access")
    assert "Named by your agency" in supervisor.text()


def read_account(reader: Person, case: str, purpose: str) -> None:
    reader.go(f"{case}account/")
    if reader.page.locator(f"input[name=purpose][value={purpose}]").count():
        reader.choose("purpose", purpose)
    reader.press("Read the account")


def edit(interviewer: Person, case: str) -> None:
    """By keys alone: a type, a move and back, a passage divided and put together again."""
    interviewer.go(f"{case}account/tellings/1/passages/")
    interviewer.look("editor")
    first = interviewer.page.locator("#p1")
    first.focus()
    first.press("1")
    first.press("s")
    interviewer.page.wait_for_load_state("load")
    assert interviewer.page.locator("#p1 select[name$=question_type]").input_value() == "open"
    interviewer.page.locator("#p2").focus()
    interviewer.page.locator("#p2").press("Alt+ArrowUp")
    interviewer.page.wait_for_url("**/passages/#p1")
    interviewer.page.locator("#p1").press("u")
    interviewer.page.wait_for_load_state("load")
    interviewer.go(f"{case}account/tellings/1/passages/1/")
    answer = interviewer.page.locator("textarea[name=answer]")
    answer.press("ControlOrMeta+End")
    answer.type("\n")
    answer.type("And that is all.")
    answer.press("Home")
    answer.press("Control+Shift+Enter")
    interviewer.page.wait_for_url("**/passages/?from=1#p1")
    assert "And that is all." in interviewer.page.locator("#p2").inner_text()
    interviewer.page.locator("#p2").focus()
    interviewer.page.locator("#p2").press("u")
    interviewer.page.wait_for_load_state("load")
    assert interviewer.page.locator("text=And that is all.").count() == 0


def test_the_main_journey(house: House, browser: Any, tmp_path: Path) -> None:
    def person(name: str) -> Person:
        return Person(browser, house.address, name)

    worker = person("Giulia Conti")
    worker.go("/cases/new/")
    worker.fill("pseudonym", "Pebble Harebell")
    worker.fill("concern", "The concern: contact of an adult with a child through a game.")
    worker.choose("risk", "high")
    worker.fill("given_names", "Wilhelmina-Odd")
    worker.press("Continue")
    assert "One person: you" in worker.text()
    worker.press("Open the case")
    assert "Has the child told anybody already?" in worker.text()
    worker.choose("answer", "no")
    worker.press("Save and go to the case")
    found = re.search(r"/cases/([0-9A-Z]{4}-[0-9A-Z]{4})/", worker.page.url)
    assert found is not None, worker.text()
    reference, case = found.group(1), f"/cases/{found.group(1)}/"
    assert "Wilhelmina-Odd" not in worker.text()

    assert "No telling recorded" in worker.text()
    share(
        worker,
        case,
        "Polizia di Monteluce",
        ["overview", "identity", "account", "police"],
        ["account", "police"],
        "investigate",
    )
    share(worker, case, "Centro Acquachiara", ["overview", "therapy"], ["therapy"], "treat")
    share(worker, case, "Procura di Monteluce", ["overview", "account", "legal"], ["legal"], "prosecute")
    worker.look("shares")
    agree(person("Paolo Ferri"), reference)

    accept(person("Vito Marchetti"), reference, "Sara Negri", "Luca Rossi")
    accept(person("רות לוי"), reference, "Chiara Fontana")
    accept(person("Carlo De Angelis"), reference, "Elena Vitale", "Carlo De Angelis")

    interviewer = person("Sara Negri")
    read_account(interviewer, case, "investigate")
    interviewer.follow("Record a telling")
    interviewer.choose("kind", "joint")
    for box, value in zip(("told_on_0", "told_on_1", "told_on_2"), ("20", "11", "2026"), strict=True):
        interviewer.fill(box, value)
    interviewer.fill("told_to", "Sara Negri, interviewer")
    negri = interviewer.page.locator("select[name=interviewer] option", has_text="Sara Negri").first
    interviewer.page.select_option("select[name=interviewer]", negri.get_attribute("value"))
    interviewer.fill("people-0-name", "Giulia Conti")
    interviewer.page.select_option("select[name=people-0-seat]", "observing")
    interviewer.press("Save and paste the transcript")
    interviewer.go(f"{case}account/tellings/1/paste/")
    interviewer.fill("pasted", TRANSCRIPT.read_text(encoding="utf-8"))
    interviewer.press("Show the passages")
    assert "80" in interviewer.text()
    interviewer.look("paste")
    interviewer.page.locator("button[name=act][value=save]").first.click()
    interviewer.page.wait_for_load_state("load")
    edit(interviewer, case)
    interviewer.go(f"{case}account/tellings/1/seal/")
    interviewer.page.locator("input[name=checked]").check()
    interviewer.press("Sign T1")
    read_account(worker, case, "protect")
    worker.go("/")
    worker.follow("Compare and seal T1")
    worker.page.locator("input[name=checked]").check()
    worker.press("Seal T1 for good")
    assert "T1 is sealed" in worker.text()

    investigator = person("Luca Rossi")
    read_account(investigator, case, "investigate")
    assert investigator.page.locator("[id^=t1p]").count() == 80
    investigator.look("account")
    assert accessible(investigator.page) == []

    therapist = person("Chiara Fontana")
    assert therapist.go(case) == 200
    assert therapist.go(f"{case}police/") == 403
    assert "no access" in therapist.text()
    stranger = person("Päivi Hämäläinen")
    assert stranger.go(case) == 404
    assert "Pebble" not in stranger.text()

    prosecutor = person("Elena Vitale")
    prosecutor.go(f"{case}summaries/new/")
    prosecutor.fill("title", "Summary for the hearing")
    prosecutor.fill("recipient", "Tribunale di Monteluce")
    prosecutor.page.select_option("select[name=purpose]", "prosecute")
    prosecutor.page.select_option("select[name=legal_basis]", "public_task")
    prosecutor.press("Save and choose what it holds")
    prosecutor.page.locator("details:has(input[name=passages]) > summary").first.click()
    boxes = prosecutor.page.locator("input[name=passages]")
    for index in (0, 1, 4):
        boxes.nth(index).check()
    prosecutor.press("Save the choice")
    prosecutor.go(f"{case}summaries/1/")
    prosecutor.press("Ask for approval")

    approver = person("Carlo De Angelis")
    approver.go(f"{case}summaries/1/decide/")
    approver.page.locator("input[name=decision]").first.check()
    approver.press("Record my decision")

    prosecutor.go(f"{case}summaries/1/")
    prosecutor.press("Make copy 1")
    show = prosecutor.page.get_by_role("link", name="Show the copy")
    show.wait_for(timeout=60_000)
    show.click()
    with prosecutor.page.expect_download() as waiting:
        prosecutor.press("Download the PDF")
    document = tmp_path / "copy.pdf"
    waiting.value.save_as(document)
    words = subprocess.run(
        ["pdftotext", "-layout", str(document), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert sorted(set(re.findall(r"T1 ¶(\d+)", words)), key=int) == ["1", "2", "5"]
    certificate = (house.var / "signing.pem").read_bytes()
    certificate = certificate[certificate.index(b"-----BEGIN CERTIFICATE") :]
    with ThreadPoolExecutor() as elsewhere:  # the browser driver keeps a loop running in this thread
        checked = elsewhere.submit(check_copy, document.read_bytes(), certificate).result()
    assert checked.genuine, checked.reason

    supervisor = person("Paolo Ferri")
    supervisor.go(f"/oversight/cases/{reference}/")
    record = supervisor.text()
    supervisor.look("looks")
    supervisor.follow("Older entries")  # how much was done in the background meanwhile decides what stands where
    record += "\n" + supervisor.text()
    order = ["Elena Vitale", "Carlo De Angelis", "Chiara Fontana", "Luca Rossi", "Sara Negri"]
    read = "\n".join(line for line in record.splitlines() if "in the background" not in line)
    places = [read.index(name + " (") for name in order]
    assert places == sorted(places), "newest first, every one of them"
    assert "took out" in record
    assert "Päivi Hämäläinen" in record, "the stranger who was turned away"
    assert "80 passages" in record
    supervisor.go("/oversight/refusals/")
