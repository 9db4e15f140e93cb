"""What the grants of one person let them read and write, in words, each with its own end."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from casework.access.kinds import READ_TOPICS, Compartment, permission_codename
from casework.access.models import CaseGrant
from casework.access.references import identity_request_model, share_model
from casework.cases.kinds import IdentityPart


@dataclass(frozen=True)
class Held:
    """`what`: a compartment in words, with the topics or parts where only those are given; `until`: UTC, exclusive.

    `until` is None for what nothing ends but the review of the case.
    """

    what: str
    until: datetime.datetime | None


@dataclass(frozen=True)
class Sources:
    """What shares and requests give less of than the whole: labels of topics, and of parts of the identity, by key.

    A request that the reader may not see is missing.
    """

    topics: Mapping[int, list[str]]
    parts: Mapping[int, list[str]]


def sources_of(grants: Iterable[CaseGrant]) -> Sources:
    """The topics and the parts that these grants are limited to. At most two queries."""
    shares = {grant.share_id for grant in grants if grant.permission.codename == READ_TOPICS and grant.share_id}
    asked = {grant.identity_request_id for grant in grants if grant.identity_request_id}
    topics = {row.pk: row.topic_labels for row in share_model().everything.filter(pk__in=shares)} if shares else {}
    rows = identity_request_model().everything.filter(pk__in=asked) if asked else []
    return Sources(topics, {row.pk: [str(IdentityPart(each).label) for each in row.given_parts] for row in rows})


def reads_of(held: list[CaseGrant], sources: Sources) -> tuple[Held, ...]:
    """What these grants let somebody read, in the order of the tabs. What gives a whole leaves out its parts."""
    whole = {grant.permission.codename for grant in held if grant.identity_request_id is None}
    return _held(held, lambda grant, compartment: _reads(grant, compartment, whole, sources))


def writes_of(held: list[CaseGrant]) -> tuple[Held, ...]:
    """Where these grants let somebody write, in the order of the tabs."""
    return _held(held, _writes)


def by_end(held: Iterable[Held]) -> list[tuple[list[str], datetime.datetime | None]]:
    """Together what ends together, in the order given: words, and their end."""
    found: dict[datetime.datetime | None, list[str]] = {}
    for each in held:
        found.setdefault(each.until, []).append(each.what)
    return [(what, until) for until, what in found.items()]


def _held(grants: list[CaseGrant], words: Callable[[CaseGrant, Compartment], str]) -> tuple[Held, ...]:
    """What these grants give in these words, each until the latest end that one of them has."""
    found: dict[str, datetime.datetime | None] = {}
    for compartment in Compartment:
        for grant in grants:
            what = words(grant, compartment)
            if what:
                found[what] = _later(found.get(what, grant.ends_at), grant.ends_at)
    return tuple(Held(what, until) for what, until in found.items())


def _writes(grant: CaseGrant, compartment: Compartment) -> str:
    return str(compartment.label) if grant.permission.codename == permission_codename(compartment, write=True) else ""


def _reads(grant: CaseGrant, compartment: Compartment, whole: set[str], sources: Sources) -> str:
    read, codename = permission_codename(compartment), grant.permission.codename
    if codename == read and grant.identity_request_id is None:
        return str(compartment.label)
    if read in whole:
        return ""
    if codename == read:
        parts = sources.parts.get(grant.identity_request_id or 0)
        return _("Identity (only: %(parts)s)") % {"parts": ", ".join(parts)} if parts else _("Identity (only parts)")
    if codename == READ_TOPICS and compartment == Compartment.ACCOUNT:
        topics = sources.topics.get(grant.share_id or 0, ())
        return _("Account (only: %(topics)s)") % {"topics": ", ".join(topics)}
    return ""


def _later(one: datetime.datetime | None, other: datetime.datetime | None) -> datetime.datetime | None:
    """The later of two ends; None is no end, the latest of all."""
    return None if one is None or other is None else max(one, other)
