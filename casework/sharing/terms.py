"""What is shared and why, and whether it could be sent: asked before the check page, and again before it is saved."""

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext as _

from agencies.models import Agency, Member
from casework.access.actions import check_review_is_not_overdue
from casework.access.database import database_now
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment, LegalBasis
from casework.cases.models import Case
from casework.sharing.kinds import FOUR_EYES
from casework.sharing.rules import check_can_give, check_can_share, check_enquiry, check_takes_part
from casework.sharing.selectors import has_supervisor, second_people, takes_part


@dataclass(frozen=True)
class ShareTerms:
    """What is shared and why. Codes; `until`: UTC, exclusive; `note` and `enquiry`: at most 1,000 characters.

    `topics`: of the account only passages about these, empty for all of it. With consent as the basis: `consent_from`
    and `consent_on`. `withheld`: what is kept from whom, and `withheld_because` its reason.
    """

    compartments: tuple[str, ...]
    may_write: tuple[str, ...]
    purpose: str
    legal_basis: str
    until: datetime.datetime
    note: str = ""
    topics: tuple[str, ...] = ()
    consent_from: str = ""
    consent_on: datetime.date | None = None
    withheld: str = ""
    withheld_because: str = ""
    enquiry: str = ""
    report_back: bool = False

    @property
    def all_compartments(self) -> list[str]:
        """What would be shared, the overview included, in the order of the tabs."""
        chosen = {Compartment.OVERVIEW.value, *self.compartments}
        return [each for each in Compartment.values if each in chosen]

    @property
    def all_writing(self) -> list[str]:
        """Where they could write, of what is shared, in the order of the tabs."""
        return [each for each in self.all_compartments if each in self.may_write]

    @property
    def needs_second_person(self) -> bool:
        """True when somebody else of the sharing agency has to agree first."""
        return bool(FOUR_EYES & set(self.all_compartments))


def check_terms(*, case: Case, to: Agency, by: Member, terms: ShareTerms) -> None:
    """Could this be shared now?  Raises: AccessDenied; its rule says which answer to change."""
    check_can_share(by, case)
    if to.pk == by.agency_id:
        raise AccessDenied(_("This is your own agency; it needs no share."), rule="share_with_another")
    check_can_give(by, case, to, terms.all_compartments, terms.all_writing)
    check_takes_part(by, case, to, takes_part(by, case, to))
    check_enquiry(terms.all_compartments, to, terms.enquiry)
    if not to.is_active or not has_supervisor(to):
        raise AccessDenied(
            _("%(agency)s has no supervisor who could accept. Ask the agency to name one.") % {"agency": to.name},
            rule="receiver_has_supervisor",
        )
    _check_topics(terms)
    _check_consent(terms)
    _check_end(case, terms)
    if terms.needs_second_person and not second_people(by, case).exists():
        raise AccessDenied(
            _("Account, therapy and identity take a second person of your agency, and there is none who could agree."),
            rule="second_person",
        )


def _check_topics(terms: ShareTerms) -> None:
    if not terms.topics:
        return
    if Compartment.ACCOUNT not in terms.compartments:
        raise AccessDenied(_("Topics are of the account. Choose the account as well, or no topic."), rule="topics")
    if Compartment.ACCOUNT in terms.may_write:
        raise AccessDenied(_("Whoever reads named topics alone can't write in the account."), rule="topics")


def _check_consent(terms: ShareTerms) -> None:
    """The record of the consent is checked here, on the server, and in the database (FIELD.md)."""
    if terms.legal_basis == LegalBasis.CONSENT:
        if not terms.consent_from:
            raise AccessDenied(_("Say who gave the consent."), rule="consent_from")
        if terms.consent_on is None:
            raise AccessDenied(_("Say on which day the consent was given."), rule="consent_on")
        if terms.consent_on > database_now().date():
            raise AccessDenied(_("A consent can't be given in the future."), rule="consent_on")
    if terms.withheld and not terms.withheld_because:
        raise AccessDenied(_("Say why it is withheld."), rule="withheld_because")
    if terms.withheld_because and not terms.withheld:
        raise AccessDenied(_("Say what is withheld, and from whom."), rule="withheld")


def _check_end(case: Case, terms: ShareTerms) -> None:
    """By the database's clock, whatever the application's says."""
    now = database_now()
    check_review_is_not_overdue(case)
    if terms.until <= now:
        raise AccessDenied(_("This date is over already."), rule="share_ends")
    if terms.until > case.review_due:
        raise AccessDenied(
            _("A share ends with the next review of the case at the latest: the last day is %(day)s.")
            % {"day": f"{last_day(case):%-d %b %Y}"},
            rule="share_ends",
        )


def last_day(case: Case) -> datetime.date:
    """The last day (UTC) on which a share of this case can end: the review comes on the next."""
    return (case.review_due - datetime.timedelta(days=1)).date()
