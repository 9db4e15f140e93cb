"""What the search shows on the case page: its tab, next to the account's."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from casework.cases.models import Case
from casework.cases.panels import Tab


def search_tab(member: Member, case: Case) -> list[Tab]:
    """One tab, for everyone on the case: also who may not read the account learns whether asking again is needed."""
    return [Tab(_("Already told?"), reverse("search:ask", args=[case.reference]), name="search")]
