"""What the assessment shows elsewhere: its tab, and the caution for whoever is about to meet the child."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from casework.assessment.kinds import ChildKnows
from casework.assessment.selectors import newest_distribution
from casework.cases.models import Case
from casework.cases.panels import Caution, Tab


def assessment_tab(member: Member, case: Case) -> Sequence[Tab]:
    """One tab, for everyone on the case. No query."""
    return [Tab(_("Assessment"), reverse("assessment:assessment", args=[case.reference]), name="assessment")]


def distribution_caution(member: Member, case: Case) -> Sequence[Caution]:
    """What the child knows of pictures, who may speak of it and what must not be said; none where nothing is recorded.

    One query.
    """
    now = newest_distribution(member, case)
    if now is None:
        return []
    lines = [
        (_("Who may speak of it with the child"), now.who_may_speak),
        (_("What must not be said"), now.must_not_say),
    ]
    return [
        Caution(
            title=ChildKnows(now.child_knows).label,
            lines=tuple((label, text) for label, text in lines if text),
            by=now.written_by_label,
            at=now.written_at,
        )
    ]
