"""The only writers of vectors. What was told is read, made into numbers outside of any transaction, and stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction

from casework.account.models import Correction, Passage
from casework.search.embedders import Embedder
from casework.search.models import IndexPage, TellingIndex
from casework.search.ranking import Said, page_of, vectors_of
from casework.search.rules import check_can_make_vectors
from casework.search.weights import Array
from casework.search.words import language_of
from casework.vault.vectors import VectorPage

Topics = tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """What there is to do for one telling. `wanted`: the change it is for; `known`: digest of a text to its vectors."""

    index: TellingIndex
    wanted: int
    keys: list[int]
    said: list[Said]
    topics: list[Topics]
    known: Mapping[int, Array]

    @property
    def language(self) -> str:
        """The language that the telling is in, as its small words tell."""
        return language_of(" ".join(each.whole for each in self.said))


def begin(*, index_id: int, by: Any, embedder: Embedder) -> Work | None:
    """Read what was told; None when the vectors are ready, or the telling is not this member's to write in.

    Raises: AccessDenied.
    """
    index = TellingIndex.objects.visible_to(by).select_related("case", "case__lead_agency").filter(pk=index_id).first()
    if index is None:
        return None
    check_can_make_vectors(by, index.case)
    is_same_model = index.embedder == embedder.name
    if index.ready == index.wanted and is_same_model:
        return None
    rows = list(Passage.objects.visible_to(by).filter(telling_id=index.telling_id).order_by("number"))
    besides = corrections_by_passage(by, [row.pk for row in rows])
    said = [Said(row.question, row.answer, besides.get(row.pk, "")) for row in rows]
    known = _known(by, index) if is_same_model else {}
    return Work(index, index.wanted, [row.pk for row in rows], said, [tuple(row.topics) for row in rows], known)


def corrections_by_passage(by: Any, passage_keys: Sequence[int]) -> dict[int, str]:
    """Passage key to what its corrections say, as one text."""
    found: dict[int, str] = {}
    for each in Correction.objects.visible_to(by).filter(passage_id__in=passage_keys).order_by("made_at", "pk"):
        found[each.passage_id] = f"{found.get(each.passage_id, '')} {each.text}".strip()
    return found


def made_vectors(work: Work, embedder: Embedder) -> Array:
    """A row for each passage: kept ones where the text is the same, new ones for the rest. Slow; no database."""
    digests = [each.digest for each in work.said]
    new = [place for place, digest in enumerate(digests) if digest not in work.known]
    made = dict(zip(new, vectors_of(embedder, [work.said[place] for place in new]), strict=True))
    rows = [made[place] if place in made else work.known[digest] for place, digest in enumerate(digests)]
    return np.stack(rows) if rows else np.zeros((0, 1, 1), np.float16)


@transaction.atomic
def finish(*, work: Work, by: Any, vectors: Array, embedder: Embedder) -> bool:
    """Store the vectors, a page for each set of topics. False when the telling was changed meanwhile.

    Raises: AccessDenied.
    """
    rows = TellingIndex.objects.visible_to(by).select_related("case", "case__lead_agency")
    index: TellingIndex | None = rows.select_for_update(of=("self",)).filter(pk=work.index.pk).first()
    if index is None or index.wanted != work.wanted:
        return False
    check_can_make_vectors(by, index.case)
    pages = {tuple(page.topics): page for page in _pages(by, index)}
    places: dict[Topics, list[int]] = {topics: [] for topics in pages}
    for place, topics in enumerate(work.topics):
        places.setdefault(topics, []).append(place)
    for topics, those in places.items():
        page = pages.get(topics) or IndexPage(case=index.case, index=index, topics=list(topics))
        page.vectors = _page(work, those, vectors)
        page.save(**({"update_fields": ["vectors_sealed"]} if topics in pages else {"force_insert": True}))
    index.ready, index.embedder, index.language = work.wanted, embedder.name, work.language
    index.save(update_fields=["ready", "embedder", "language"])
    return True


def _page(work: Work, places: list[int], vectors: Array) -> VectorPage:
    if not places:
        return VectorPage.empty()
    keys, said = [work.keys[place] for place in places], [work.said[place] for place in places]
    return page_of(keys, said, vectors[places], work.language)


def _pages(by: Any, index: TellingIndex) -> list[IndexPage]:
    return list(IndexPage.objects.visible_to(by).select_related("case").filter(index=index).order_by("pk"))


def _known(by: Any, index: TellingIndex) -> dict[int, Array]:
    pages = [page.vectors for page in _pages(by, index)]
    return {int(digest): row for page in pages for digest, row in zip(page.digests, page.vectors, strict=True)}
