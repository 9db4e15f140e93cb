"""What the search shows elsewhere, and what upper parts add to its hint: questions that were answered already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from casework.cases.models import Case
from casework.cases.panels import Tab


@dataclass(frozen=True)
class AskedBefore:
    """A question that an agency asked, which everybody on the case may read, and which has an answer in the record."""

    agency: str
    text: str
    url: str


AskedProvider = Callable[[Member, Case], Sequence[AskedBefore]]
_asked: list[AskedProvider] = []


def asked_before_by(provider: AskedProvider) -> None:
    """Register who knows the answered questions of a case. The last one registered counts."""
    _asked[:] = [provider]


def asked_before(member: Member, case: Case) -> Sequence[AskedBefore]:
    """The answered questions of a case, oldest first, as far as this reader may read them; never an answer."""
    return _asked[0](member, case) if _asked else ()


def search_tab(member: Member, case: Case) -> list[Tab]:
    """One tab, for everyone on the case: also who may not read the account learns whether asking again is needed."""
    return [Tab(_("Already told?"), reverse("search:ask", args=[case.reference]), name="search")]
