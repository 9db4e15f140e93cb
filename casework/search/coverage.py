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
    """One language of the account. `found_of_ten`: None where nobody has measured it."""

    language: str
    found_of_ten: int | None

    @property
    def words(self) -> str:
        """How far a search may be trusted, as a sentence."""
        name = str(NAMES[self.language]) if self.language in NAMES else _("the language of this account")
        if self.found_of_ten is None:
            return _("Search in %(language)s was not measured. Read the passages by topic as well.") % {
                "language": name
            }
        return _(
            "Search in %(language)s finds about %(found)d answers in ten among its first three. What it doesn't find"
            " may still have been told: read the passages by topic as well."
        ) % {"language": name, "found": self.found_of_ten}


def coverage_of(languages: Iterable[str], *, is_built_in: bool) -> tuple[Coverage, ...]:
    """Each language once, the worst covered first. `is_built_in`: whether the model is the one that was measured."""
    known = {each: FOUND_OF_TEN.get(each) if is_built_in else None for each in set(languages) or {OTHER}}
    ordered = sorted(known.items(), key=lambda each: (each[1] is not None, each[1] or 0, each[0]))
    return tuple(Coverage(language, found) for language, found in ordered)
