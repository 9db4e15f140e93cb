"""Copies are built in the background, as the member who asked, with that member's grants at that moment."""

import logging
from dataclasses import dataclass

from celery import shared_task
from django.conf import settings
from django.utils.translation import get_supported_language_variant, override
from django.utils.translation import gettext as _

from agencies.models import Member
from casework.access.checker import note_right
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.task import Acting, acting_as
from casework.summaries import copies
from casework.summaries.document import DocumentProblem, SummaryDocument
from casework.summaries.keys import SigningProblem
from casework.summaries.models import SummaryCopy
from casework.summaries.paper import build, paper_of
from casework.summaries.rules import READ_LEGAL
from casework.summaries.selectors import contents_of
from casework.summaries.sending import BUILD, EXPIRES, send, waiting_copies

log = logging.getLogger(__name__)


@shared_task(name=BUILD)
def build_copy(copy_id: int, member_id: int) -> str:
    """Build one copy. Sent twice, or again after a crash, it is built once. Returns how it ended, as one word."""
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        return "nobody"
    with override(_language_of(member)):
        return _build(copy_id, member_id)


def _language_of(member: Member) -> str:
    """The member's language where Casework speaks it, English elsewhere: never one paper in two languages."""
    try:
        return get_supported_language_variant(member.language)
    except LookupError:
        return str(settings.LANGUAGE_CODE)


def _build(copy_id: int, member_id: int) -> str:
    try:
        with acting_as(member_id, route=BUILD) as acting:
            copy = copies.begin(copy_id=copy_id, by=acting.member)
            if copy is None:
                return "nothing to do"
            _note(acting, copy)
        read = _read(copy_id, member_id)
        document, pages = build(read.paper, copies.Progress(copy_id, member_id))
        built = copies.Built(document, pages, read.passage_keys, read.entry_keys, read.version)
        with acting_as(member_id, route=BUILD) as acting:
            _note(acting, copy)
            copies.finish(copy=copy, by=acting.member, built=built)
    except (AccessDenied, StalePage, DocumentProblem, SigningProblem, NotVisible) as problem:
        return _fail(copy_id, member_id, getattr(problem, "reason", "") or str(problem))
    except Exception:
        log.exception("A copy could not be built.")
        return _fail(copy_id, member_id, _("Something went wrong on our side. Nothing was issued. Please try again."))
    return "ready"


@dataclass(frozen=True)
class Read:
    """What will stand on paper, the keys of its parts, and the version of the summary."""

    paper: SummaryDocument
    passage_keys: list[int]
    entry_keys: list[int]
    version: int


def _read(copy_id: int, member_id: int) -> Read:
    """What will stand on paper. Its looks are committed when this returns, before anything is made of it."""
    with acting_as(member_id, route=BUILD) as acting:
        copy = copies.copy_for(acting.member, copy_id)
        _note(acting, copy)
        contents = contents_of(acting.member, copy.summary)
        copies.check_may_be_copied(copy.summary, acting.member)
        keys = contents.chosen_passages, contents.chosen_entries
        return Read(paper_of(copy, contents), *keys, copy.summary.version)


def _note(acting: Acting, copy: SummaryCopy) -> None:
    """For the record: of which case this is, and by which right it is open."""
    acting.case_id = copy.case_id
    note_right(acting.member, copy.case, READ_LEGAL)


def _fail(copy_id: int, member_id: int, problem: str) -> str:
    """Write the failure down; a member who may no longer act can't, and the row waits for somebody who can."""
    try:
        with acting_as(member_id, route=BUILD) as acting:
            copies.fail(copy_id=copy_id, by=acting.member, problem=problem)
    except AccessDenied:
        return "refused"
    return "failed"


@shared_task(name="summaries.send_waiting_copies")
def send_waiting_copies() -> int:
    """Send the jobs again whose message was lost. Runs for no member, and learns keys only. Returns how many."""
    return sum(send(copy_id, member_id, expires=EXPIRES) for copy_id, member_id in waiting_copies())
