"""What the account already holds on a question, as the forms of planning show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from agencies.models import Member
from casework.access.checker import is_kept_from_record
from casework.account.kinds import TellingKind
from casework.account.models import Passage
from casework.account.selectors import anchor_of, label_of
from casework.account.topics_asked import address_to_ask_topics
from casework.cases.models import Case

Answer = Any  # casework.search.selectors.Answer
Searcher = Callable[[Member, Case, str], Answer]
_searchers: list[Searcher] = []
MOST = 8  # passages on one page: what fits before reading becomes skimming


@dataclass(frozen=True)
class Hit:
    """A passage that may answer. `is_prior`: told outside of interviews to `told_to`, whose evidence it is."""

    passage_key: int
    label: str
    anchor: str
    question: str
    answer: str
    question_speaker: str
    answer_speaker: str
    is_prior: bool
    told_to: str


@dataclass(frozen=True)
class Record:
    """What was searched for and found, best first. `notes`: what the reader has to know about this search.

    `is_searched`: False for who may not read the account, or only named topics of it. `asks_topics`: the page on which
    this reader can ask for topics under which more is recorded; empty where there are none, or who may not ask.
    """

    asked: tuple[str, ...]
    hits: tuple[Hit, ...]
    notes: tuple[str, ...]
    is_searched: bool
    asks_topics: str = ""


def search_by(searcher: Searcher) -> None:
    """Say who searches the account: `already_told(member, case, text)`. Called in `AppConfig.ready`."""
    _searchers[:] = [searcher]


def search_record(member: Member, case: Case, texts: Sequence[str]) -> Record:
    """What the record holds on these questions, among the passages that this member may read. A look.

    Raises: AccessDenied for who does not see the case.
    """
    asked = tuple(text for text in texts if text.strip())
    if not _searchers:
        words = _("The search of the record is not part of this installation. Read what was told before you ask.")
        return Record(asked, (), (words,), is_searched=False)
    is_blinded = is_kept_from_record(member, case)
    answers = [_searchers[0](member, case, text) for text in asked]
    best: dict[int, Passage] = {}
    for place in range(max((len(answer.hits) for answer in answers), default=0)):  # the best of each, then the next
        for answer in answers:
            for hit in answer.hits[place : place + 1]:
                best.setdefault(hit.passage.pk, hit.passage)
    return Record(
        asked=asked,
        hits=tuple(_hit(passage) for passage in list(best.values())[:MOST]),
        notes=tuple(_notes(answers, is_blinded=is_blinded)),
        is_searched=all(answer.reads_all for answer in answers) and not is_blinded,
        asks_topics=address_to_ask_topics(member, case) if any(answer.elsewhere for answer in answers) else "",
    )


def _hit(passage: Passage) -> Hit:
    is_prior = passage.telling.kind == TellingKind.PRIOR
    passage.telling.case = passage.case
    number = (passage.telling.number, passage.number)
    return Hit(
        passage_key=passage.pk,
        label=label_of(*number),
        anchor=anchor_of(*number),
        question=passage.question,
        answer=passage.answer,
        question_speaker=passage.question_speaker,
        answer_speaker=passage.answer_speaker,
        is_prior=is_prior,
        told_to=passage.telling.told_to if is_prior else "",
    )


def _notes(answers: Sequence[Answer], *, is_blinded: bool) -> list[str]:
    if is_blinded:
        return [
            _(
                "You are kept from the record until the interview is sealed, so it was not searched for you. The agency"
                " that leads the case checks your question against it."
            )
        ]
    notes = []
    if all(answer.may_read for answer in answers) and not all(answer.reads_all for answer in answers):
        notes.append(
            _(
                "You read named topics of the account, and no more was searched for you. The agency that leads the case"
                " holds what you ask against the rest before the child is asked."
            )
        )
    elif not all(answer.may_read for answer in answers):
        notes.append(
            _(
                "You may not read the account, so it was not searched for you. The agency that leads the case holds"
                " what you ask against it before the child is asked."
            )
        )
    topics = list(dict.fromkeys(str(topic.label) for answer in answers for topic in answer.elsewhere))
    if topics:
        notes.append(
            _("The account holds passages on: %(topics)s, which you may not read. Ask the agency that leads the case.")
            % {"topics": ", ".join(topics)}
        )
    if any(answer.was_cut for answer in answers):
        notes.append(_("Only the beginning of a long question was compared."))
    if any(answer.unprepared for answer in answers):
        notes.append(_("Part of the account is not prepared yet and was compared by its words alone."))
    notes += list(dict.fromkeys(each.words for answer in answers for each in answer.coverage if answer.may_read))
    return notes
