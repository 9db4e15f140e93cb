"""The editor of an unsealed telling: phases, types and topics of many passages, and join, move, undo.

Each act is a button of one form, and works without script; the script only adds keys. What was chosen in the lists is
saved with every act, so that none loses it.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, StalePage
from casework.account.addresses import BY_TELLING, number_in, saved, sealed_already, version_now
from casework.account.edit_actions import join_with_previous, move_passage, tag_passages
from casework.account.forms import TagForm
from casework.account.models import Passage, Telling
from casework.account.reading import after_stating_purpose
from casework.account.rules import READ_ACCOUNT, check_can_change_telling
from casework.account.selectors import last_edit, last_passage_number, passages_of
from casework.account.tally import tally_of
from casework.account.undo_actions import undo_last_edit
from casework.drafts.actions import keep_draft, typed_text
from casework.drafts.selectors import KeptDraft, draft_of

SHOWN_AT_ONCE = 50  # passages on one page: two lists and ten boxes each
ACTS = ("join", "up", "down", "to", "undo", "tags")


@dataclass(frozen=True)
class Row:
    """One passage of the page with its form. `now`: as saved, where somebody else changed what was chosen here."""

    passage: Passage
    form: TagForm
    now: str = ""


@require_http_methods(["GET", "POST"])
@opens(Telling, may=check_can_change_telling, by=BY_TELLING, permission=READ_ACCOUNT)
@after_stating_purpose
def editor(request: MemberRequest, telling: Telling) -> HttpResponse:
    """Fifty passages at a time, each with its lists and its buttons."""
    if request.method != "POST" and telling.is_sealed:
        return sealed_already(request, telling)
    first = number_in(request.GET.get("from"), 1)
    wanted = list(passages_of(request.member, telling).filter(number__gte=first)[: SHOWN_AT_ONCE + 1])
    shown = wanted[:SHOWN_AT_ONCE]
    for passage in shown:
        passage.telling, passage.case = telling, telling.case
    following = wanted[SHOWN_AT_ONCE].number if len(wanted) > SHOWN_AT_ONCE else 0
    if request.method != "POST":
        draft = draft_of(request)
        return _page(request, telling, [Row(each, _fresh(each, draft)) for each in shown], first, following)
    rows = [Row(each, TagForm(request.POST, prefix=prefix_of(each))) for each in shown]
    return _act(request, telling, rows, first, following)


def _act(request: Any, telling: Telling, rows: list[Row], first: int, following: int) -> HttpResponse:
    verb, _dash, place = request.POST.get("act", "tags").partition("-")
    number, version = number_in(place, 0), number_in(request.POST.get("version"), 0)
    if sum(row.form.is_valid() for row in rows) < len(rows) or verb not in ACTS:
        return _page(request, telling, rows, first, following, failed=True)
    try:
        if verb == "undo":
            typed, _refused = typed_text((name, values) for name, values in request.POST.lists() if name != "act")
            keep_draft(member_id=request.member.pk, path=request.path, typed=typed)
            edit = undo_last_edit(telling=telling, by=request.member, version=version)
            return _back(telling, first, edit.place)
        chosen = {row.passage.number: row.form.tags() for row in rows}
        if tag_passages(telling=telling, by=request.member, version=version, tags=chosen):
            version += 1
        number = _passages(request, telling, verb, number, version)
    except StalePage as stale:
        now = list(passages_of(request.member, telling).filter(pk__in=[row.passage.pk for row in rows]))
        return _stale(request, telling, rows, now, first, following, str(stale))
    saved(request, _("Saved."))
    return _back(telling, first, number)


def _passages(request: Any, telling: Telling, verb: str, number: int, version: int) -> int:
    """Do what the button says. Returns the number of the passage to go on with."""
    member = request.member
    if verb == "join":
        return join_with_previous(telling=telling, by=member, version=version, number=number).number
    if verb == "up":
        return move_passage(telling=telling, by=member, version=version, number=number, to=number - 1)
    if verb == "down":
        return move_passage(telling=telling, by=member, version=version, number=number, to=number + 1)
    if verb == "to":
        to = number_in(request.POST.get(f"to-{number}"), number)
        return move_passage(telling=telling, by=member, version=version, number=number, to=to)
    return 0


def _stale(
    request: Any, telling: Telling, rows: list[Row], now: list[Passage], first: int, following: int, why: str
) -> HttpResponse:
    """Somebody was faster: what was chosen here, and beside it what they saved."""
    telling.refresh_from_db(fields=["version"])
    saved_now = {each.pk: each for each in now}
    both = [Row(saved_now[row.passage.pk], row.form, _differs(saved_now[row.passage.pk], row.form))
            for row in rows if row.passage.pk in saved_now]  # fmt: skip
    return _page(request, telling, both, first, following, stale=why)


def _differs(passage: Passage, form: TagForm) -> str:
    """What is saved now, in words, where it is not what was chosen."""
    typed = form.tags() if form.is_valid() else None
    if typed and (typed.phase, typed.question_type, sorted(typed.topics)) == (
        passage.phase, passage.question_type, sorted(passage.topics),
    ):  # fmt: skip
        return ""
    words = [passage.get_phase_display(), passage.get_question_type_display(), *passage.topic_labels]
    return ", ".join(str(each) for each in words if each)


def _page(
    request: Any,
    telling: Telling,
    rows: list[Row],
    first: int,
    following: int,
    *,
    stale: str = "",
    failed: bool = False,
) -> HttpResponse:
    version = version_now(telling) if stale else number_in(request.POST.get("version"), telling.version)
    context = {
        "case": telling.case,
        "telling": telling,
        "rows": rows,
        "version": version,
        "last": last_passage_number(request.member, telling),
        "undoable": last_edit(request.member, telling),
        "tally": tally_of(passages_of(request.member, telling)),
        "before": max(1, first - SHOWN_AT_ONCE) if first > 1 else 0,
        "following": following,
        "stale": stale,
    }
    status = UNPROCESSABLE if failed or stale else 200
    return TemplateResponse(request, "account/editor.html", context, status=status)


def _fresh(passage: Passage, draft: KeptDraft | None) -> TagForm:
    initial = {name: getattr(passage, name) for name in ("phase", "question_type", "topics")}
    kept = draft.initial_for(TagForm, prefix_of(passage)) if draft else {}
    return TagForm(initial={**initial, **kept}, prefix=prefix_of(passage))


def _back(telling: Telling, first: int, number: int) -> HttpResponse:
    address = reverse("account:editor", args=[telling.case.reference, telling.number])
    start = f"?from={first}" if first > 1 else ""
    return redirect(f"{address}{start}#p{number}" if number else f"{address}{start}")


def prefix_of(passage: Passage) -> str:
    """By key, not by number: numbers move."""
    return f"p{passage.pk}"
