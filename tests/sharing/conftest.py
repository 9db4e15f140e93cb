"""What the tests of sharing start from: a form as it is sent, and the share of the cast that waits."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from agencies.standing import today
from casework.access.database import database_now
from casework.access.models import CaseGrant
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.sharing.actions import accept_share, agree_to_share, offer_share
from casework.sharing.models import Share
from casework.sharing.terms import ShareTerms
from tests.cast import RELATED, Cast


@pytest.fixture
def answers(cast: Cast) -> Callable[..., dict[str, Any]]:
    """The answers of the share form, for an agency of the cast; `days` from today to the last day."""

    def filled(agency: str = "far_social", days: int = 30, **changed: Any) -> dict[str, Any]:
        last = today() + datetime.timedelta(days=days)
        filled_in = {
            "to": cast.agencies[agency].pk,
            "compartments": ["overview", "social"],
            "extent": "all",
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


@pytest.fixture
def give(cast: Cast) -> Callable[..., Share]:
    """Play a share through: offered by `by`, agreed to by `second`, accepted by the agency's supervisor with names."""

    def played(
        agency: str,
        members: list[str],
        *,
        by: str = "lead_worker",
        second: str = "lead_supervisor",
        receiver: str = "",
        **terms: Any,
    ) -> Share:
        giver, decides = cast.people[by], cast.people[receiver or SUPERVISOR_OF[agency]]
        until = terms.pop("until", database_now() + datetime.timedelta(days=30))
        wanted = {"may_write": (), "purpose": "treat", "legal_basis": "public_task", "until": until, **terms}
        with acting_as(giver.pk, route="test"):
            case = Case.objects.visible_to(giver).select_related("lead_agency").get(pk=cast.case.pk)
            share = offer_share(case=case, to=cast.agencies[agency], by=giver, terms=ShareTerms(**wanted))
        if share.needs_second_person:
            with acting_as(cast.people[second].pk, route="test"):
                agree_to_share(share=share, by=cast.people[second], version=1)
        with acting_as(decides.pk, route="test"):
            row = Share.objects.offered_to(decides).select_related(*RELATED).get(pk=share.pk)
            accept_share(share=row, by=decides, version=row.version, members=[cast.people[key] for key in members])
        return row

    return played


SUPERVISOR_OF = {
    "north_police": "police_supervisor",
    "bluebell_therapy": "therapy_supervisor",
    "crown_prosecution": "prosecution_supervisor",
    "far_social": "stranger_supervisor",
    "harbour_social": "lead_supervisor",
}
