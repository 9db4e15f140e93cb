"""Before anything is asked: the form that asks, and the search of the record that it starts, which is a look."""

from collections.abc import Sequence
from typing import Any

from casework.access.decorators import state_purpose
from casework.account.forms import SearchingForm
from casework.account.reading import purposes_to_state, remember_account
from casework.cases.models import Case
from casework.drafts.selectors import draft_initial
from casework.planning.record import Record, search_record


def asking_form(request: Any, form: type[SearchingForm], case: Case, **initial: Any) -> SearchingForm:
    """The form as sent, or fresh with what was typed here before; with the purpose, where it was not said yet."""
    purposes = purposes_to_state(request, case)
    if request.method == "POST":
        return form(purposes, request.POST)
    return form(purposes, initial=draft_initial(request, form, **initial))


def searched(request: Any, case: Case, form: SearchingForm, texts: Sequence[str]) -> Record:
    """What the record holds on these questions. `form`: valid; its purpose is that of this reading.

    The entry of the page names the grant on the account by which passages are shown.
    """
    if form.cleaned_data.get("purpose"):
        state_purpose(request, case, form.cleaned_data["purpose"])
    remember_account(request, case)
    return search_record(request.member, case, texts)
