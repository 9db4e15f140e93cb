"""Words as numbers: the language of a text, its content words, and their stems. Nothing is fetched."""

import re
from functools import cache, lru_cache
from zlib import crc32

import snowballstemmer

from casework.search.small_words import SMALL_WORDS

STEMMERS = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french", "it": "italian",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "sv": "swedish",
}  # fmt: skip
OTHER = ""  # a language of which we know no small words and no stems
WORD = re.compile(r"[^\W_]+")
TOLD_APART_BY = 4_000  # characters from which a language is told
LEAST_VOTES = 0.15  # of the words must be small words of a language, for a text to be in it


@cache
def _languages_by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in SMALL_WORDS.items():
        for word in words:
            found[word] = (*found.get(word, ()), language)
    return found


def language_of(text: str, otherwise: str = OTHER) -> str:
    """The code of the language whose small words a text uses most; a word of several languages counts less.

    `otherwise`: for a text that uses few of any, or where it draws with the best.
    """
    words = WORD.findall(text[:TOLD_APART_BY].lower())
    votes: dict[str, float] = {}
    for word in words:
        languages = _languages_by_word().get(word, ())
        for language in languages:
            votes[language] = votes.get(language, 0) + 1 / len(languages)
    best = max(votes.values(), default=0)
    if best < LEAST_VOTES * max(len(words), 1):
        return otherwise
    leading = [language for language, count in votes.items() if count == best]
    return otherwise if otherwise in leading else leading[0]


def content_stems(text: str, language: str) -> list[str]:
    """The stems of the content words, in order; words of one letter are left out. `language`: a code, or OTHER."""
    small = SMALL_WORDS.get(language, frozenset())
    words = [word for word in WORD.findall(text.lower()) if len(word) > 1 and word not in small]
    return [_stem(word, language) for word in words]


def word_numbers(stems: list[str]) -> list[int]:
    """A number of 32 bits for each stem. That two stems of an account share one: a chance of some 1 in 1,000."""
    return [crc32(stem.encode()) for stem in stems]


@cache
def _stemmer(language: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(STEMMERS[language])


@lru_cache(maxsize=50_000)
def _stem(word: str, language: str) -> str:
    return str(_stemmer(language).stemWord(word)) if language in STEMMERS else word
