"""Pasting a transcript: paste, review as long as it takes, save."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, StalePage
from casework.account import actions, review
from casework.account.accounted import first_difference
from casework.account.addresses import BY_TELLING, address_of, number_in, saved, sealed_already, version_now
from casework.account.forms import ReviewForm, TranscriptForm
from casework.account.models import Telling
from casework.account.rules import READ_ACCOUNT, check_can_change_telling
from casework.account.selectors import last_passage_number
from casework.account.transcript import WORDS, SplitTranscript, split_transcript
from casework.drafts.actions import keep_draft, typed_text
from casework.drafts.form_pages import form_page
from casework.drafts.selectors import draft_of


@require_http_methods(["GET", "POST"])
@opens(Telling, may=check_can_change_telling, by=BY_TELLING, permission=READ_ACCOUNT)
def paste(request: MemberRequest, telling: Telling) -> HttpResponse:
    """Step 1, the text. Step 2 comes by POST, since the text travels in the form."""
    if request.method != "POST":
        return sealed_already(request, telling) if telling.is_sealed else _resumed(request, telling)
    act = request.POST.get("act", "split")
    if act == "keep":
        return _keep(request, telling)
    if act == "split":
        first = TranscriptForm(request.POST)
        if not first.is_valid():
            return _step_1(request, telling, first)
        pasted = first.cleaned_data["pasted"]
        return _step_2(request, telling, pasted, review.as_editable(pasted), telling.version)
    form, pasted = ReviewForm(request.POST), request.POST.get("pasted", "")
    if not form.is_valid():
        edited, opened = request.POST.get("edited", ""), number_in(act.removeprefix("put-"), 0)
        return _step_2(request, telling, pasted, edited, telling.version, form=form, opened=opened)
    pasted = form.cleaned_data["pasted"]
    if act == "back":
        return _step_1(request, telling, TranscriptForm(initial={"pasted": pasted}))
    if act == "save":
        return _save(request, telling, pasted, form)
    return _reviewed(request, telling, pasted, form, act)


def _resumed(request: Any, telling: Telling) -> HttpResponse:
    """Where the reader left off: at an empty page, at a pasted text, or in the middle of the review."""
    draft = draft_of(request)
    typed = draft.firsts if draft else {}
    pasted = typed.get("pasted", "")
    if "edited" not in typed:
        return _step_1(request, telling, TranscriptForm(initial={"pasted": pasted}))
    return _step_2(request, telling, pasted, typed["edited"], number_in(typed.get("version"), telling.version))


def _keep(request: MemberRequest, telling: Telling) -> HttpResponse:
    """Keep the work for later; nothing is saved in the case."""
    typed, _refused = typed_text((name, values) for name, values in request.POST.lists() if name != "act")
    keep_draft(member_id=request.member.pk, path=request.path, typed=typed)
    messages.info(request, _("Your text is kept for you. It is not saved in the case yet."))
    return redirect(address_of(telling))


def _reviewed(request: MemberRequest, telling: Telling, pasted: str, form: ReviewForm, act: str) -> HttpResponse:
    """One step of the review: the text as it is after it."""
    text, version = form.cleaned_data["edited"], form.cleaned_data["version"]
    verb, _dash, number = act.partition("-")
    place = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 0
    opened = 0
    if verb == "join":
        text = review.join_with_previous(text, place)
    elif verb == "open":
        opened = place
    elif verb == "put":
        text = review.replace_passage(text, place, form.cleaned_data["part"])
    elif verb == "speakers":
        text = review.say_who_speaks(text, _roles(request.POST))
    else:
        text = review.as_editable(text)
    return _step_2(request, telling, pasted, text, version, opened=opened)


def _save(request: MemberRequest, telling: Telling, pasted: str, form: ReviewForm) -> HttpResponse:
    text, version = form.cleaned_data["edited"], form.cleaned_data["version"]
    split = split_transcript(text)
    difference = first_difference(pasted, split)
    if difference is not None:
        return _step_2(request, telling, pasted, text, version, difference=difference)
    try:
        count = actions.add_passages(telling=telling, by=request.member, version=version, passages=split.passages)
    except StalePage as stale:
        return _step_2(request, telling, pasted, text, version_now(telling), problem=str(stale))
    saved(request, ngettext("%(count)d passage is saved.", "%(count)d passages are saved.", count) % {"count": count})
    return redirect(address_of(telling))


def _step_1(request: MemberRequest, telling: Telling, form: TranscriptForm) -> HttpResponse:
    context = {"case": telling.case, "telling": telling, "form": form}
    return form_page(request, "account/paste.html", context)


def _step_2(
    request: MemberRequest, telling: Telling, pasted: str, text: str, version: int, **more: Any
) -> HttpResponse:
    """The review. `more`: `opened` passage, `difference`, `problem`, or a `form` with errors."""
    split = split_transcript(text)
    opened = more.get("opened", 0)
    form = more.get("form") or ReviewForm(
        initial={
            "version": version,
            "pasted": pasted,
            "edited": text,
            "part": review.text_of_passage(text, opened),
        }
    )
    failed = bool(more.get("form") or more.get("difference") or more.get("problem"))
    context = {
        "case": telling.case,
        "telling": telling,
        "form": form,
        "passages": [(each, WORDS.get(each.why, "")) for each in split.passages],
        "first": last_passage_number(request.member, telling),
        "opened": opened,
        "speakers": _speaker_rows(split),
        "unsure": sum(1 for each in split.passages if each.uncertain),
        "difference": more.get("difference"),
        "stale": more.get("problem", ""),
    }
    return TemplateResponse(request, "account/review.html", context, status=UNPROCESSABLE if failed else 200)


def _speaker_rows(split: SplitTranscript) -> list[tuple[Any, list[tuple[str, Any]]]]:
    return [(speaker, review.ROLE_CHOICES) for speaker in split.speakers if speaker.name]


def _roles(posted: Any) -> dict[str, str]:
    """Which role was chosen for which speaker, from the two lists of the form."""
    return {name: role for name, role in zip(posted.getlist("speaker"), posted.getlist("role"), strict=False) if role}
