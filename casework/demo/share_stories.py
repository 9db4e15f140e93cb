"""Shares of the invented stories: offered, accepted with names, declined, withdrawn."""

import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from agencies.models import Member
from casework.access.kinds import LegalBasis
from casework.access.task import acting_as
from casework.cases.models import Case
from casework.demo.chronology import Chronology
from casework.demo.stories import CaseStory, ShareStory
from casework.sharing.actions import accept_share, agree_to_share, offer_share, reject_share, revoke_share
from casework.sharing.models import Share
from casework.sharing.terms import ShareTerms

if TYPE_CHECKING:
    from casework.demo.load import House

RELATED = ("case", "case__lead_agency", "from_agency", "to_agency")


def add_share(chronology: Chronology, house: "House", story: CaseStory, share: ShareStory) -> None:
    """Add everything that happens to one share, in its order."""
    made: list[int] = []

    def offer() -> None:
        by = house.members[share.offered_by]
        with acting_as(by.pk, route="sharing:offer"):
            case = Case.objects.visible_to(by).select_related("lead_agency").get(pk=house.cases[story.key])
            to = house.agencies[share.to]
            made.append(offer_share(case=case, to=to, by=by, terms=_terms(share, case)).pk)

    def agree() -> None:
        by = house.members[share.agreed_by]
        with acting_as(by.pk, route="sharing:agree"):
            row = Share.objects.given_by(by).select_related(*RELATED).get(pk=made[0])
            agree_to_share(share=row, by=by, version=row.version)

    def decide() -> None:
        by = house.members[share.decided_by]
        with acting_as(by.pk, route="sharing:received"):
            row = _offered(by, made[0])
            if share.state == "rejected":
                reject_share(share=row, by=by, version=row.version, reason=share.reason)
            else:
                members = [house.members[key] for key in share.members]
                accept_share(share=row, by=by, version=row.version, members=members)

    def withdraw() -> None:
        by = house.members[share.revoked_by]
        with acting_as(by.pk, route="sharing:revoke"):
            row = Share.objects.visible_to(by).select_related(*RELATED).get(pk=made[0])
            revoke_share(share=row, by=by, version=row.version, reason=share.reason)

    chronology.add(share.offered_days_ago, offer, minute=9 * 60)
    if share.agreed_by:
        chronology.add(share.offered_days_ago, agree, minute=9 * 60 + 40)
    if share.decided_by and share.decided_days_ago is not None:
        chronology.add(share.decided_days_ago, decide, minute=10 * 60)
    if share.revoked_by and share.revoked_days_ago is not None:
        chronology.add(share.revoked_days_ago, withdraw, minute=14 * 60)


def _offered(by: Member, pk: int) -> Share:
    share: Share = Share.objects.offered_to(by).select_related(*RELATED).get(pk=pk)
    return share


def _terms(share: ShareStory, case: Case) -> ShareTerms:
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    on_consent = share.legal_basis == LegalBasis.CONSENT
    return ShareTerms(
        compartments=share.compartments,
        may_write=share.may_write,
        topics=share.topics,
        purpose=share.purpose,
        legal_basis=share.legal_basis,
        until=min(today + datetime.timedelta(days=share.until_days + 1), case.review_due),
        note=share.note,
        consent_from=share.consent_from if on_consent else "",
        consent_on=today.date() - datetime.timedelta(days=share.offered_days_ago) if on_consent else None,
        withheld=share.withheld,
        withheld_because=share.withheld_because,
        enquiry=share.enquiry,
        report_back=share.report_back,
    )
