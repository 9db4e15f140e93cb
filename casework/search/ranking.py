"""Which passages answer a question: the meaning of each against the question, and exact words where they are telling.

No database here. What each part is worth was chosen on the tuning half of tests/search/already_told alone; what it
comes to is measured by `manage.py bench already_told`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from casework.search.embedders import Embedder
from casework.search.weights import Array
from casework.search.words import content_stems, language_of, word_numbers
from casework.vault.vectors import VectorPage

# A passage is one vector, of all of it, of the question that was asked (it often says the same as the one now asked)
# and of the answer. Three vectors apart found no more, and took three times the place.
WHOLE, ASKED, ANSWERED = 1.0, 0.5, 0.5
MEANING_WEIGHT = 2.0  # of the similarity, with spread 1
WORD_WEIGHT = 0.3  # of BM25, times the share of the question's words that the account has at all
SATURATION, LENGTH_SHARE = 1.2, 0.75  # BM25's k1 and b, as in Robertson and Zaragoza, 2009
EMBED_BATCH = 32


@dataclass(frozen=True)
class Said:
    """The text of one passage. `besides`: corrections of it, found with it."""

    question: str
    answer: str
    besides: str = ""

    @property
    def whole(self) -> str:
        """All of it as one text."""
        return " ".join(part for part in (self.question, self.answer, self.besides) if part)

    @property
    def digest(self) -> int:
        """64 bits that change with the text."""
        text = f"{self.question}\0{self.answer}\0{self.besides}"
        return int.from_bytes(sha256(text.encode()).digest()[:8], "little")


def vectors_of(embedder: Embedder, said: Sequence[Said]) -> Array:
    """Half-precision vectors of shape (passages, 1, width). What a passage lacks is stood in for by what it has."""
    batches = [_batch(embedder, said[start : start + EMBED_BATCH]) for start in range(0, len(said), EMBED_BATCH)]
    vectors: Array = np.concatenate(batches) if batches else np.zeros((0, 1))
    return vectors[:, None].astype(np.float16)


def _batch(embedder: Embedder, said: Sequence[Said]) -> Array:
    answers = [" ".join(filter(None, (each.answer or each.question, each.besides))) for each in said]
    vectors: Array = (
        WHOLE * embedder.passages([each.whole for each in said])
        + ASKED * embedder.questions([each.question or each.answer for each in said])
        + ANSWERED * embedder.passages(answers)
    )
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def page_of(keys: Sequence[int], said: Sequence[Said], vectors: Array, language: str) -> VectorPage:
    """Passages as numbers. `vectors`: of `vectors_of`, row by row the same passages; `language`: of the account."""
    words = [word_numbers(content_stems(each.whole, language)) for each in said]
    starts = np.cumsum([0, *(len(each) for each in words)])
    return VectorPage(
        np.array(keys, np.int64),
        np.array([each.digest for each in said], np.uint64),
        starts.astype(np.uint32),
        np.array([number for each in words for number in each], np.uint32),
        vectors,
    )


def joined(pages: Sequence[VectorPage]) -> VectorPage:
    """Several pages as one. Pages without a passage are left out."""
    full = [page for page in pages if len(page)]
    if not full:
        return VectorPage.empty()
    ends = np.cumsum([0, *(len(page.words) for page in full)])
    starts = [page.starts[:-1] + end for page, end in zip(full, ends, strict=False)]
    return VectorPage(
        np.concatenate([page.ids for page in full]),
        np.concatenate([page.digests for page in full]),
        np.concatenate([*starts, ends[-1:]]),
        np.concatenate([page.words for page in full]),
        np.concatenate([page.vectors for page in full]),
    )


def scores(page: VectorPage, question: str, language: str, vector: Array) -> Array:
    """How well each passage answers, best highest; comparable within one answer only.

    `language`: of the account, whose stems the question's words are compared with. `vector`: of the question.
    """
    meaning = _spread(page.vectors[:, 0].astype(np.float32) @ vector)
    by_words, known = word_scores(page, question, language)
    return np.asarray(MEANING_WEIGHT * meaning + WORD_WEIGHT * known * by_words)


def word_scores(page: VectorPage, question: str, language: str) -> tuple[Array, float]:
    """BM25 of each passage, and the share of the question's content words that stand anywhere in the account."""
    asked = set(word_numbers(content_stems(question, language or language_of(question))))
    count = len(page)
    total = np.zeros(count)
    if not count or not asked:
        return total, 0.0
    lengths: Array = page.starts[1:].astype(np.int64) - page.starts[:-1].astype(np.int64)
    owners = np.repeat(np.arange(count), lengths)
    average = max(float(lengths.mean()), 1.0)
    known = 0
    for number in asked:
        frequency = np.bincount(owners[page.words == number], minlength=count)
        having = int((frequency > 0).sum())
        if having:
            known += 1
            rarity = np.log(1 + (count - having + 0.5) / (having + 0.5))
            damped = frequency + SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * lengths / average)
            total += rarity * frequency * (SATURATION + 1) / damped
    return total, known / len(asked)


def best(values: Array, count: int) -> list[int]:
    """The places of the highest values, highest first; of equal ones the earlier."""
    return [int(place) for place in np.argsort(-values, kind="stable")[:count]]


def _spread(values: Array) -> Array:
    """With mean 0 and spread 1: similarities of this model all lie close together."""
    if len(values) < 2:
        return np.zeros(len(values))
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9))
