"""Was it told already? The only reader of vectors, and of the topics that a reader may not open."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection

from casework.access.checker import is_kept_from_record
from casework.access.rules import allowed
from casework.account.kinds import Topic
from casework.account.models import Correction, Passage
from casework.account.rules import check_can_open_account, check_can_read_account
from casework.account.selectors import anchor_of, label_of
from casework.search.actions import corrections_by_passage
from casework.search.coverage import Coverage, coverage_of
from casework.search.embedders import embedder, embedder_name, is_built_in
from casework.search.models import IndexPage, TellingIndex
from casework.search.panels import AskedBefore, asked_before
from casework.search.ranking import Said, best, joined, page_of, scores, vectors_of, word_scores
from casework.search.rules import check_can_ask
from casework.search.topics import topics_asked_for
from casework.search.weights import Array
from casework.search.words import language_of
from casework.vault.vectors import VectorPage

HITS = 5
SHOWN_OF_TOPIC = 40
MOST_ASKED = 3  # answered questions of other agencies that a hint names
MOST_COMPARED = 30  # answered questions that are looked through for it, the latest: some 0.2 seconds
LONGEST_QUESTION = 300  # characters that are compared; a question is a sentence or two
MADE_WHILE_WAITING = 20  # passages turned into vectors while somebody waits: about a second


@dataclass(frozen=True)
class Hit:
    """A passage that may answer. `label`: `T1 ¶14`; `anchor`: its place on the account's page, `t1p14`.

    `score`: best highest, comparable within one answer only. `corrections`: that stand beside it, oldest first.
    """

    passage: Passage
    label: str
    anchor: str
    score: float
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What was found for one question, best first, among the passages that the reader may read.

    `elsewhere`: topics that the question is about and under which passages are recorded that this reader may not read;
    `may_read`: whether the reader has the account at all, `reads_all`: and not only named topics or own recordings.
    `coverage`: how far the search may be trusted, by language.
    `passages`: how many the reader may read; `unprepared`: how many of them were compared by their words alone, since
    their vectors are not made yet. `was_cut`: the question was longer than what is compared. `is_kept`: a plan keeps
    the reader from the record, so that nothing was compared but what the reader recorded, and no topic is said.
    `asked`: answered questions of the pool on those topics, nearest first, without their answers.
    """

    hits: tuple[Hit, ...] = ()
    elsewhere: tuple[Topic, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    passages: int = 0
    unprepared: int = 0
    may_read: bool = True
    reads_all: bool = True
    was_cut: bool = False
    is_kept: bool = False
    asked: tuple[AskedBefore, ...] = ()

    @property
    def elsewhere_words(self) -> str:
        """Those topics in words."""
        return ", ".join(str(topic.label) for topic in self.elsewhere)

    @property
    def is_empty(self) -> bool:
        """Nothing is recorded that this reader may read."""
        return self.passages == 0


def already_told(member: Any, case: Any, text: str, *, hits: int = HITS) -> Answer:
    """The passages of this case that answer a question asked in plain words, best first.

    A look: the audit entry of the answer names the passages that are shown; the text of the question is kept nowhere.
    `text`: of any length and language, of which the first LONGEST_QUESTION characters count. `hits`: at most so many.
    Raises: AccessDenied for who does not see the case.
    """
    check_can_ask(member, case)
    written = " ".join(text.split())
    question = _Question(written[:LONGEST_QUESTION])
    if not question.text:
        return Answer()
    may_read = allowed(check_can_open_account, member, case)
    pages = _pages(member, case) if may_read else _Pages()
    found = _ranked(pages, question)[:hits]
    is_kept = is_kept_from_record(member, case)
    seen = [*pages.numbers.ids.tolist(), *pages.words_only.ids.tolist()]
    elsewhere = () if is_kept else _elsewhere(case, question, seen)
    return Answer(
        hits=_hits(member, case, found),
        elsewhere=elsewhere,
        asked=_asked(member, case, question, elsewhere),
        coverage=coverage_of(pages.languages, is_built_in=is_built_in(), asked=language_of(question.text)),
        passages=len(pages.numbers) + len(pages.words_only),
        unprepared=len(pages.words_only),
        may_read=may_read,
        reads_all=allowed(check_can_read_account, member, case) and not is_kept,
        was_cut=len(written) > LONGEST_QUESTION,
        is_kept=is_kept,
    )


@dataclass(frozen=True)
class _Question:
    """What is asked. `vector`: made where it is first needed, and once."""

    text: str

    @cached_property
    def vector(self) -> Array:
        vector: Array = embedder().questions([self.text])[0]
        return vector


@dataclass(frozen=True)
class _Pages:
    """The account as numbers: `numbers` with vectors, `words_only` without."""

    numbers: VectorPage = field(default_factory=VectorPage.empty)
    words_only: VectorPage = field(default_factory=VectorPage.empty)
    languages: tuple[str, ...] = ()


def _pages(member: Any, case: Any) -> _Pages:
    """Kept vectors where they stand for what is recorded now; the rest made here, as far as somebody can wait."""
    indexes = list(TellingIndex.objects.visible_to(member).filter(case=case).order_by("pk"))
    ready = {each.pk for each in indexes if each.ready == each.wanted and each.embedder == embedder_name()}
    rows = IndexPage.objects.visible_to(member).select_related("case").filter(index_id__in=ready).order_by("pk")
    numbers = [row.vectors for row in rows]
    languages = {each.language for each in indexes if each.pk in ready}
    unready = [each.telling_id for each in indexes if each.pk not in ready]
    if not unready:
        return _Pages(joined(numbers), VectorPage.empty(), tuple(languages))
    made, left, language = _made_here(member, unready)
    return _Pages(joined([*numbers, made]), left, (*languages, language))


def _made_here(member: Any, telling_keys: Sequence[int]) -> tuple[VectorPage, VectorPage, str]:
    passages = list(Passage.objects.visible_to(member).filter(telling_id__in=telling_keys).order_by("pk"))
    besides = corrections_by_passage(member, [each.pk for each in passages])
    said = [Said(each.question, each.answer, besides.get(each.pk, "")) for each in passages]
    keys, language = [each.pk for each in passages], language_of(" ".join(each.whole for each in said))
    if len(said) <= MADE_WHILE_WAITING:
        return page_of(keys, said, vectors_of(embedder(), said), language), VectorPage.empty(), language
    return VectorPage.empty(), page_of(keys, said, np.zeros((len(said), 1, 1)), language), language


def _ranked(pages: _Pages, question: _Question) -> list[tuple[int, float]]:
    """Passage keys with their scores, best first. Those without vectors follow in turn, by their words."""
    language = pages.languages[0] if pages.languages else ""
    ranked: list[list[tuple[int, float]]] = []
    if len(pages.numbers):
        values = scores(pages.numbers, question.text, language, question.vector)
        ranked.append([(int(pages.numbers.ids[place]), float(values[place])) for place in best(values, HITS)])
    if len(pages.words_only):
        values, _known = word_scores(pages.words_only, question.text, language)
        found = [place for place in best(values, HITS) if values[place] > 0]
        ranked.append([(int(pages.words_only.ids[place]), float(values[place])) for place in found])
    return [each for turn in range(HITS) for one in ranked for each in one[turn : turn + 1]]


def _hits(member: Any, case: Any, found: Sequence[tuple[int, float]]) -> tuple[Hit, ...]:
    rows = Passage.objects.visible_to(member).select_related("case", "telling")
    by_key = {row.pk: row for row in rows.filter(case=case, pk__in=[key for key, _score in found]).order_by("pk")}
    corrections: dict[int, list[Correction]] = defaultdict(list)
    beside = Correction.objects.visible_to(member).select_related("case").filter(passage_id__in=list(by_key))
    for correction in beside.order_by("made_at", "pk"):
        corrections[correction.passage_id].append(correction)
    return tuple(
        Hit(row, label_of(*place), anchor_of(*place), score, tuple(corrections[key]))
        for key, score in found
        if (row := by_key.get(key)) is not None and (place := (row.telling.number, row.number))
    )


def _elsewhere(case: Any, question: _Question, seen: Sequence[int]) -> tuple[Topic, ...]:
    """Of the topics that the question is about, those under which other passages are recorded than the reader's.

    The database gives topics alone, to people on the case: no passage, no count. The question is not compared with
    what this reader may not read, so the answer says that the topic was spoken of, and nothing of what was said.
    """
    with connection.cursor() as cursor:
        cursor.execute("select casework_topics_besides(%s, %s)", [case.pk, list(seen)])
        recorded = {row[0] for row in cursor.fetchall()}
    if not recorded - {""}:
        return ()
    return tuple(topic for topic in topics_asked_for(embedder(), question.vector) if topic in recorded)


def _asked(member: Any, case: Any, question: _Question, topics: tuple[Topic, ...]) -> tuple[AskedBefore, ...]:
    """Answered questions that are likeliest about one of these topics, nearest to this one first."""
    answered = asked_before(member, case)[-MOST_COMPARED:] if topics else ()
    if not answered:
        return ()
    model = embedder()
    near = [
        (float(vector @ question.vector), place)
        for place, vector in enumerate(model.questions([each.text for each in answered]))
        if topics_asked_for(model, vector)[0] in topics
    ]
    return tuple(answered[place] for _score, place in sorted(near, reverse=True)[:MOST_ASKED])


@dataclass(frozen=True)
class Cited:
    """A passage as it is cited, without a word of it. `anchor`: its place on the account's page."""

    label: str
    anchor: str


@dataclass(frozen=True)
class TopicPassages:
    """The passages under one topic, in order, at most SHOWN_OF_TOPIC of them. `topic` None: those under no topic."""

    topic: Topic | None
    cited: tuple[Cited, ...]
    more: int


def passages_by_topic(member: Any, case: Any) -> tuple[TopicPassages, ...]:
    """Where to read on when nothing was found: every topic with its passages, then those without any. One query.

    Numbers and topics only: nothing that was said is read for this. Raises: AccessDenied.
    """
    check_can_open_account(member, case)
    with connection.cursor() as cursor:
        cursor.execute("select topic, telling, passages from casework_passages_by_topic(%s)", [case.pk])
        rows = cursor.fetchall()
    under: dict[str, list[Cited]] = {code: [] for code in (*Topic.values, "")}
    for code, telling, numbers in rows:
        under[code] += [Cited(label_of(telling, number), anchor_of(telling, number)) for number in numbers]
    return tuple(
        TopicPassages(Topic(code) if code else None, tuple(those[:SHOWN_OF_TOPIC]), max(len(those) - SHOWN_OF_TOPIC, 0))
        for code, those in under.items()
        if those
    )
