"""One passage: put right, tagged or split while its telling is open; corrected beside it once it is sealed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import StalePage
from casework.account.actions import correct_passage
from casework.account.addresses import BY_PASSAGE, address_of, saved, version_now
from casework.account.edit_actions import change_passage, split_passage
from casework.account.edits import PARTS, at_blank_lines
from casework.account.forms import CorrectionForm, PassageForm
from casework.account.models import Passage
from casework.account.reading import after_stating_purpose
from casework.account.rules import READ_ACCOUNT, check_can_correct_passage
from casework.account.selectors import (
    corrections_of,
    earlier_wordings,
    label_of,
    last_passage_number,
    passage_with_key,
)
from casework.drafts.form_pages import form_of, form_page, stale_page, with_field

WITH_TELLING = ("case", "case__lead_agency", "telling", "telling__sealed_by")
TYPED = [name for name in PARTS if name != "uncertain"]


@require_http_methods(["GET", "POST"])
@opens(Passage, may=check_can_correct_passage, by=BY_PASSAGE, permission=READ_ACCOUNT, related=WITH_TELLING)
@after_stating_purpose
def passage(request: MemberRequest, passage: Passage) -> HttpResponse:
    """Put a passage right while its telling is open; add a correction beside it once it is sealed."""
    if passage.telling.is_sealed and "answer" not in request.POST:
        return _correct(request, passage)
    return _change(request, passage)


def _correct(request: MemberRequest, passage: Passage) -> HttpResponse:
    form = form_of(request, CorrectionForm)
    context = {**_of_passage(request, passage), "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            correct_passage(passage=passage, by=request.member, **form.cleaned_data)
        except StalePage as stale:
            return stale_page(request, "account/correct.html", context, stale)
        saved(request, _("The correction stands beside the passage."))
        return redirect(address_of(passage.telling, passage))
    return form_page(request, "account/correct.html", context)


def _change(request: MemberRequest, passage: Passage) -> HttpResponse:
    """`key`: of the passage that the page showed. Numbers move; what was typed never goes to another passage."""
    shown = passage
    if request.method == "POST":
        shown = passage_with_key(request.member, passage, number_in_key(request.POST.get("key"))) or passage
    initial = {name: getattr(passage, name) for name in TYPED}
    fresh = {**initial, "version": passage.telling.version, "key": passage.pk}
    form = form_of(request, PassageForm, **fresh)
    typed_for_another = ""
    if not form.is_bound and str(form["key"].value()) != str(passage.pk):  # kept here under a number that moved on
        typed_for_another, form = form["answer"].value() or form["question"].value(), PassageForm(initial=fresh)
    context = {
        "typed_for_another": typed_for_another,
        **_of_passage(request, passage),
        "form": form,
        "last": last_passage_number(request.member, passage.telling),
    }
    if request.method != "POST" or not form.is_valid():
        return form_page(request, "account/change_passage.html", context)
    act = request.POST.get("act", "save")
    if act == "split" and len(at_blank_lines(form.text())) < 2:
        form.add_error("answer", _("Put a blank line where the passage is to be divided."))
        return form_page(request, "account/change_passage.html", context)
    try:
        if shown.pk != form.cleaned_data["key"]:
            raise StalePage(_("This passage was joined to another meanwhile. What you typed is below."))
        words = _split(request, shown, form) if act == "split" else _put_right(request, shown, form)
    except StalePage as stale:
        form = with_field(form, "version", version_now(passage.telling))
        form = with_field(form, "key", passage.pk)
        both = passage_with_key(request.member, passage, passage.pk)
        return stale_page(request, "account/change_passage.html", {**context, "form": form, "both": both}, stale)
    saved(request, words)
    return redirect(_onwards(shown, act, context["last"]))


def _put_right(request: Any, passage: Passage, form: PassageForm) -> str:
    typed = form.cleaned_data
    change_passage(
        passage=passage,
        by=request.member,
        version=typed["version"],
        question=typed["question"],
        answer=typed["answer"],
        marks=form.marks(),
        tags=form.tags(),
    )
    return _("The passage is saved.")


def _split(request: Any, passage: Passage, form: PassageForm) -> str:
    parts = at_blank_lines(form.text())
    count = split_passage(passage=passage, by=request.member, version=form.cleaned_data["version"], parts=parts)
    return ngettext("The passage is now %(count)d passage.", "The passage is now %(count)d passages.", count) % {
        "count": count
    }


def _onwards(passage: Passage, act: str, last: int) -> str:
    """Where to go from here: the next passage, or back to the editor at this one."""
    telling = passage.telling
    names = [telling.case.reference, telling.number]
    if act == "next" and passage.number < last:
        return reverse("account:passage", args=[*names, passage.number + 1])
    return reverse("account:editor", args=names) + f"?from={max(1, passage.number - 5)}#p{passage.number}"


def _of_passage(request: MemberRequest, passage: Passage) -> dict[str, Any]:
    return {
        "case": passage.case,
        "telling": passage.telling,
        "passage": passage,
        "label": label_of(passage.telling.number, passage.number),
        "corrections": corrections_of(request.member, passage),
        "earlier": earlier_wordings(request.member, passage),
        "back_url": address_of(passage.telling, passage),
    }


def number_in_key(key: str | None) -> int:
    """A key from the form; 0 for none and for what is no key."""
    return int(key) if key and key.isascii() and key.isdigit() and len(key) <= 19 else 0
