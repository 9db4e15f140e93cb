"""What the agency that gives reads before it gives: what it may choose from, and what its choice means in numbers."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from agencies.kinds import AgencyKind
from agencies.models import Agency, Member
from agencies.standing import current_on, today
from casework.access.checker import live_permissions
from casework.access.kinds import READ_TOPICS, Compartment, LegalBasis, Purpose, permission_codename
from casework.access.models import CaseGrant
from casework.access.roles import READS, readable
from casework.account.kinds import Topic
from casework.account.models import Passage
from casework.cases.days import day_before
from casework.cases.models import Case
from casework.cases.selectors import headcount
from casework.sharing.kinds import ENQUIRERS, FOUR_EYES, ConsentFrom, Extent, ShareState, Withholding
from casework.sharing.models import Share, TopicRequest
from casework.sharing.rules import HELD_BY_LEAD, own_parts
from casework.sharing.selectors import agencies_to_share_with, default_end, labels_of, second_people
from casework.sharing.terms import ShareTerms, last_day
from casework.vault.reading import note_rows

READS_ACCOUNT = (permission_codename(Compartment.ACCOUNT), READ_TOPICS)


@dataclass(frozen=True)
class Passages:
    """`shown`: of `total` passages these; `also_else`: about a topic that is shared, and about another as well."""

    total: int
    shown: int
    also_else: int


@dataclass(frozen=True)
class Meaning:
    """What a share means, for the pages on which it is decided. Words, or numbers; None: not known to the reader.

    `come`: members of the receiving agency whom its supervisor could name and who do not see the case yet;
    `account_now` and `account_come`: the same of who reads the child's account.
    `last_day`: the last day on which they see it.
    """

    to: Agency
    will_see: list[str]
    only_room: list[str]
    topics: list[str]
    passages: Passages | None
    will_write: list[str]
    will_not_see: list[str]
    purpose: str
    legal_basis: str
    consent: str
    consent_on: datetime.date | None
    withheld: str
    withheld_because: str
    enquiry: str
    report_back: bool
    note: str
    last_day: datetime.date
    review_due: datetime.datetime
    can_see_now: int | None
    come: int
    gives_account: bool
    account_now: int
    account_come: int
    needs_second: bool
    second_people: list[str]


def choices_for(member: Member, case: Case) -> dict[str, Any]:
    """What this member could share of this case, with whom, and how many passages there are about each topic.

    As the arguments of ShareForm.
    """
    leads = member.agency_id == case.lead_agency_id
    held = live_permissions(member, case)
    given: dict[str, str] = {}
    for each in Compartment:
        reads = permission_codename(each) in held
        if leads and (reads or each not in HELD_BY_LEAD):
            given[each.value] = (
                str(each.label) if reads else _("%(name)s: room for their own notes") % {"name": each.label}
            )
        elif each == Compartment.OVERVIEW or each in own_parts(member, case):
            given[each.value] = str(each.label)
    return {
        "agencies": agencies_to_share_with(member),
        "may_give": given,
        "may_open": leads,
        "passages": _by_topic(member, case) if Compartment.ACCOUNT in given else {},
    }


def _by_topic(member: Member, case: Case) -> dict[str, int]:
    rows = Passage.objects.visible_to(member).filter(case=case).order_by()
    counts = {f"topic_{each.value}": Count("pk", filter=Q(topics__contains=[each.value])) for each in Topic}
    return {name.removeprefix("topic_"): number for name, number in rows.aggregate(**counts).items()}


def meaning_of(member: Member, case: Case, to: Agency, terms: ShareTerms) -> Meaning:
    """What sharing on these terms would mean, as far as this member may know it."""
    shared = set(terms.all_compartments)
    counts = headcount(case)
    candidates = _candidates(to)
    grants = list(CaseGrant.objects.live().filter(content_object=case).select_related("permission").order_by("pk"))
    note_rows(grants)
    present = {grant.user_id for grant in grants}
    readers = {grant.user_id for grant in grants if grant.permission.codename in READS_ACCOUNT}
    come = [each for each in candidates if each.pk not in present]
    gives_account = Compartment.ACCOUNT in shared
    reading = [each for each in candidates if Compartment.ACCOUNT in readable(each.roles) and each.pk not in readers]
    held = live_permissions(member, case)
    room = {each for each in shared if each not in HELD_BY_LEAD and permission_codename(each) not in held}
    needs_second = bool(FOUR_EYES & shared)
    return Meaning(
        to=to,
        will_see=labels_of(shared - room),
        only_room=labels_of(room),
        topics=[str(each.label) for each in Topic if each.value in terms.topics],
        passages=_passages(member, case, terms.topics) if gives_account else None,
        will_write=labels_of(terms.all_writing),
        will_not_see=labels_of(set(Compartment.values) - shared),
        purpose=str(Purpose(terms.purpose).label),
        legal_basis=str(LegalBasis(terms.legal_basis).label),
        consent=str(ConsentFrom(terms.consent_from).label) if terms.consent_from else "",
        consent_on=terms.consent_on,
        withheld=terms.withheld,
        withheld_because=str(Withholding(terms.withheld_because).label) if terms.withheld_because else "",
        enquiry=terms.enquiry,
        report_back=terms.report_back,
        note=terms.note,
        last_day=day_before(terms.until),
        review_due=case.review_due,
        can_see_now=counts.can_see,
        come=len(come),
        gives_account=gives_account,
        account_now=len(readers),
        account_come=len(reading) if gives_account else 0,
        needs_second=needs_second,
        second_people=list(second_people(member, case).values_list("name", flat=True)) if needs_second else [],
    )


def meaning_of_share(member: Member, share: Share) -> Meaning:
    """What a share that stands there means."""
    return meaning_of(member, share.case, share.to_agency, terms_of(share))


def terms_of(share: Share) -> ShareTerms:
    """The terms of a share as they are now."""
    same = ("purpose", "legal_basis", "until", "note", "consent_from", "consent_on", "withheld", "withheld_because")
    return ShareTerms(
        compartments=tuple(share.compartments),
        may_write=tuple(share.may_write),
        topics=tuple(share.topics),
        enquiry=share.enquiry,
        report_back=share.report_back,
        **{name: getattr(share, name) for name in same},
    )


def answers_of(share: Share) -> dict[str, list[str]]:
    """The terms of a share as answers to the questions."""
    terms = terms_of(share)
    texts = ("purpose", "legal_basis", "consent_from", "withheld", "withheld_because", "enquiry", "note")
    answers = {name: [str(getattr(terms, name))] for name in texts}
    lists = {"compartments": terms.compartments, "topics": terms.topics, "may_write": terms.may_write}
    answers |= {name: list(codes) for name, codes in lists.items()}
    if Compartment.ACCOUNT in terms.compartments:
        answers["extent"] = [Extent.TOPICS if terms.topics else Extent.ALL]
    answers |= _boxes("until", day_before(terms.until))
    answers |= _boxes("consent_on", terms.consent_on)
    return {**answers, "report_back": ["on"] if terms.report_back else [], "version": [str(share.version)]}


def first_answers(case: Case, asked: TopicRequest | None = None) -> dict[str, list[str]]:
    """What a new share begins with: the overview, until the review of the case or for ninety days.

    `asked`: the request for topics that it answers; then what was asked for, with who asked.
    """
    until = _boxes("until", min(default_end(), last_day(case)))
    if asked is None:
        return {"compartments": [Compartment.OVERVIEW.value], **until}
    compartments = [Compartment.OVERVIEW.value, Compartment.ACCOUNT.value]
    to, purpose = [str(asked.agency_id)], [str(asked.purpose)]
    topics = {"extent": [Extent.TOPICS.value], "topics": list(asked.topics)}
    return {"compartments": compartments, **topics, "to": to, "purpose": purpose, **until}


def _boxes(name: str, day: datetime.date | None) -> dict[str, list[str]]:
    values = [str(day.day), str(day.month), str(day.year)] if day else ["", "", ""]
    return {f"{name}_{box}": [value] for box, value in enumerate(values)}


def asks_for_enquiry(agency_id: Any) -> bool:
    """True when this agency gets notes of therapy only on a line of enquiry. `agency_id`: as typed; one query."""
    if not str(agency_id or "").isdecimal():
        return False
    kinds: list[str] = [AgencyKind(each).value for each in ENQUIRERS]
    return bool(Agency.objects.filter(pk=int(agency_id) % 2**63, kind__in=kinds).exists())


def what_follows(share: Share) -> str:
    """What happens next with a share whose terms were just set."""
    if share.state == ShareState.PROPOSED:
        return _("Waits for a second person of your agency. Until somebody agrees, nothing is sent.")
    return _("Sent. Nobody sees anything until a supervisor there accepts and names people.")


def _candidates(to: Agency) -> list[Member]:
    """Members of an agency who could be named at all: with standing, and a role that comes near a case."""
    rows = Member.objects.filter(current_on(today()), agency=to, is_active=True, membership_ended_on=None)
    return list(rows.filter(roles__overlap=list(READS)).only("pk", "roles")) if to.is_active else []


def _passages(member: Member, case: Case, topics: tuple[str, ...]) -> Passages | None:
    if not {permission_codename(Compartment.ACCOUNT)} <= live_permissions(member, case):
        return None
    rows = Passage.objects.visible_to(member).filter(case=case).order_by()
    about = Q(topics__overlap=list(topics))
    within = Q(topics__contained_by=list(topics)) & ~Q(topics=[])
    found = rows.aggregate(
        total=Count("pk"),
        shown=Count("pk", filter=within),
        also_else=Count("pk", filter=about & ~Q(topics__contained_by=list(topics))),
    )
    return Passages(found["total"], found["shown"] if topics else found["total"], found["also_else"] if topics else 0)
