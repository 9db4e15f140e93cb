"""Two people on "Change the case": nobody's words are lost, and whoever comes second is told what differs."""

import html
from typing import Any

import pytest

from casework.access.task import acting_as
from casework.cases.models import Case
from tests.cases.test_case_pages import ClientOf, hidden, page, text_of
from tests.cast import CONCERN, Cast

FIRST, SECOND = "Never mention the neighbour.", "Ring the school first."


@pytest.fixture
def form(cast: Cast, client_of: ClientOf) -> dict[str, str]:
    """What the second tab sends when nothing in it is touched."""
    shown = client_of(cast.lead_worker).get(page("change", cast))
    initial = {name: str(value) for name, value in shown.context["form"].initial.items()}
    return {**initial, "version": hidden(shown, "version"), "shown": hidden(shown, "shown")}


def typed_into(answer: Any, name: str) -> str:
    return str(answer.context["form"][name].value())


def saved(cast: Cast) -> tuple[str, str]:
    with acting_as(cast.lead_worker.pk, route="test"):
        case = Case.objects.visible_to(cast.lead_worker).get(pk=cast.case.pk)
        return case.cautions, case.concern


def test_caution_of_the_first_is_taken_over_by_the_second_who_left_it_alone(
    cast: Cast, client_of: ClientOf, form: dict[str, str]
) -> None:
    client = client_of(cast.lead_worker)
    assert client.post(page("change", cast), {**form, "cautions": FIRST}).status_code == 302
    stale = client.post(page("change", cast), {**form, "concern": "Newer words."})
    assert stale.status_code == 422
    text = html.unescape(text_of(stale))
    assert f"<bdi>{cast.lead_worker.name}</bdi>, Social worker" in text, "who changed it"
    assert "<h3>Cautions</h3>" in text
    assert "<h3>Concern</h3>" not in text, "only the second changed it"
    assert (typed_into(stale, "cautions"), typed_into(stale, "concern")) == (FIRST, "Newer words.")
    again = {name: typed_into(stale, name) for name in form}
    assert client.post(page("change", cast), again).status_code == 302
    assert saved(cast) == (FIRST, "Newer words.")


def test_cautions_that_both_changed_stand_in_the_form_together(
    cast: Cast, client_of: ClientOf, form: dict[str, str]
) -> None:
    client = client_of(cast.lead_worker)
    client.post(page("change", cast), {**form, "cautions": FIRST})
    stale = client.post(page("change", cast), {**form, "cautions": SECOND})
    assert typed_into(stale, "cautions") == f"{FIRST}\n\n{SECOND}"
    assert "The form below holds both" in text_of(stale)


def test_concern_that_both_changed_keeps_what_was_typed_beside_what_is_recorded(
    cast: Cast, client_of: ClientOf, form: dict[str, str]
) -> None:
    client = client_of(cast.lead_worker)
    client.post(page("change", cast), {**form, "concern": "First words."})
    stale = client.post(page("change", cast), {**form, "concern": "Second words."})
    assert typed_into(stale, "concern") == "Second words."
    assert "yours, which replaces this" in text_of(stale)
    assert "First words." in text_of(stale)


def test_stage_that_moved_on_meanwhile_is_no_error_of_the_second(
    cast: Cast, client_of: ClientOf, form: dict[str, str]
) -> None:
    client = client_of(cast.lead_worker)
    assert client.post(page("change", cast), {**form, "stage": "assessment"}).status_code == 302
    stale = client.post(page("change", cast), {**form, "risk": "acute"})
    assert (typed_into(stale, "stage"), typed_into(stale, "risk")) == ("assessment", "acute")
    assert "Somebody changed this meanwhile" in text_of(stale)


def test_page_without_marks_takes_every_difference_for_a_change_of_both(
    cast: Cast, client_of: ClientOf, form: dict[str, str]
) -> None:
    client = client_of(cast.lead_worker)
    client.post(page("change", cast), {**form, "cautions": FIRST})
    stale = client.post(page("change", cast), {**form, "shown": "x"})
    assert FIRST in typed_into(stale, "cautions")
    assert typed_into(stale, "concern") == CONCERN
