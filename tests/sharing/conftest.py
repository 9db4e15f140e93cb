"""What the tests of sharing start from: a form as it is sent, and the share of the cast that waits."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from agencies.standing import today
from casework.access.models import CaseGrant
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.sharing.models import Share
from tests.cast import Cast


@pytest.fixture
def answers(cast: Cast) -> Callable[..., dict[str, Any]]:
    """The answers of the share form, for an agency of the cast; `days` from today to the last day."""

    def filled(agency: str = "far_social", days: int = 30, **changed: Any) -> dict[str, Any]:
        last = today() + datetime.timedelta(days=days)
        filled_in = {
            "to": cast.agencies[agency].pk,
            "compartments": ["overview", "social"],
            "may_write": [],
            "purpose": "protect",
            "legal_basis": "public_task",
            "until_0": last.day,
            "until_1": last.month,
            "until_2": last.year,
            "note": "Invented for a test.",
        }
        return {**filled_in, **changed}

    return filled


@pytest.fixture
def received_url(cast: Cast) -> str:
    """The page of the share that is offered to Far Social Services and waits."""
    return f"/shares/{cast.case.reference}/{cast.offered.pk}/"


@pytest.fixture
def entries(cast: Cast) -> Callable[..., list[AuditEntry]]:
    """Entries of the case, newest first, as its supervisor reads them."""

    def newest(**filters: Any) -> list[AuditEntry]:
        with acting_as(cast.lead_supervisor.pk, route="test"):
            return list(AuditEntry.objects.filter(case_id=cast.case.pk, **filters).order_by("-id"))

    return newest


@pytest.fixture
def shares(cast: Cast) -> Callable[[], dict[int, Share]]:
    """Every share of the case by key, as its supervisor sees them."""

    def now() -> dict[int, Share]:
        with acting_as(cast.lead_supervisor.pk, route="test"):
            rows = Share.objects.overseen_by(cast.lead_supervisor).select_related("case")
            return {share.pk: share for share in rows.filter(case=cast.case)}

    return now


@pytest.fixture
def permissions_by(cast: Cast) -> Callable[..., set[tuple[str, str]]]:
    """Who holds what by a share now: names of the cast with codenames."""

    def held(share: Share) -> set[tuple[str, str]]:
        with acting_as(cast.lead_supervisor.pk, route="test"):
            live = CaseGrant.objects.live().filter(share_id=share.pk)
            return set(live.values_list("user__name", "permission__codename"))

    return held
