"""How well the search finds what is there, by the language of the account, in words for the page.

Measured by `manage.py bench already_told` on tests/search/already_told: the share of questions whose answer was among
the first three passages. Few questions stand behind the languages beside English: read the figures as "about".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.search.words import OTHER

NAMES = {
    "da": gettext_lazy("Danish"), "de": gettext_lazy("German"), "en": gettext_lazy("English"),
    "es": gettext_lazy("Spanish"), "fi": gettext_lazy("Finnish"), "fr": gettext_lazy("French"),
    "it": gettext_lazy("Italian"), "nl": gettext_lazy("Dutch"), "no": gettext_lazy("Norwegian"),
    "pt": gettext_lazy("Portuguese"), "sv": gettext_lazy("Swedish"),
}  # fmt: skip
# Answers found among the first three, of ten. With the built-in model; another one is not measured by us.
FOUND_OF_TEN = {"en": 8, "it": 8, "de": 8, "da": 8, "fi": 7}


@dataclass(frozen=True)
class Coverage:
    """One language of the account. `found_of_ten`: None where nobody has measured it.

    `asked`: the language of the question where it is another one, else OTHER; across languages there is no figure: the
    labelled set holds ten such questions, and none for most pairs.
    """

    language: str
    found_of_ten: int | None
    asked: str = OTHER

    @property
    def words(self) -> str:
        """How far a search may be trusted, as a sentence."""
        name = str(NAMES[self.language]) if self.language in NAMES else _("the language of this account")
        if self.asked != OTHER:
            return self._words_of_pair(name)
        if self.found_of_ten is None:
            return _("Search in %(language)s was not measured. Read the passages by topic as well.") % {
                "language": name
            }
        return _(
            "Search in %(language)s finds about %(found)d answers in ten among its first three. What it doesn't find"
            " may still have been told: read the passages by topic as well."
        ) % {"language": name, "found": self.found_of_ten}

    def _words_of_pair(self, name: str) -> str:
        return _(
            "Your question reads as %(asked)s, and the account is in %(language)s. The search works across languages,"
            " but how well it does for these two was not measured on enough questions to give a figure: ask in"
            " %(language)s as well if you can, and read the passages by topic."
        ) % {"asked": str(NAMES[self.asked]), "language": name}


def coverage_of(languages: Iterable[str], *, is_built_in: bool, asked: str = OTHER) -> tuple[Coverage, ...]:
    """Each language once, the worst covered first. `is_built_in`: whether the model is the one that was measured.

    `asked`: the language of the question, OTHER where it is not known.
    """
    found = [_covered(each, is_built_in=is_built_in, asked=asked) for each in set(languages) or {OTHER}]
    return tuple(sorted(found, key=lambda each: (each.found_of_ten is not None, each.found_of_ten or 0, each.language)))


def _covered(language: str, *, is_built_in: bool, asked: str) -> Coverage:
    if asked in (OTHER, language) or asked not in NAMES:
        return Coverage(language, FOUND_OF_TEN.get(language) if is_built_in else None)
    return Coverage(language, None, asked)
