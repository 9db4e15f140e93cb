"""Entries as sentences that people read: who did what to which, and what for. Never a code, never content."""

import datetime
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.kinds import Role
from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.audit.kinds import Outcome, Verb
from casework.audit.models import AuditEntry


@dataclass(frozen=True)
class Sentence:
    """One entry in words. `who`: name, roles and agency as they were; `what`; `why`: purpose, or the rule."""

    entry: AuditEntry
    who: str
    what: str
    why: str


@dataclass(frozen=True)
class Day:
    """The sentences of one day (UTC), newest first."""

    date: datetime.date
    sentences: list[Sentence]


def by_day(entries: list[AuditEntry]) -> list[Day]:
    """Entries, already newest first, grouped by the day of their stamp."""
    return [
        Day(date, [sentence_of(entry) for entry in group])
        for date, group in groupby(entries, key=lambda entry: entry.timestamp.date())
    ]


def sentence_of(entry: AuditEntry) -> Sentence:
    """One entry in words."""
    return Sentence(entry, _who(entry), _what(entry), _why(entry))


def _who(entry: AuditEntry) -> str:
    if not entry.actor_name:
        return _("Somebody who was not signed in")
    roles = ", ".join(str(Role(role).label) for role in entry.actor_roles if role in Role.values)
    return _("%(name)s (%(roles)s, %(agency)s)") % {
        "name": entry.actor_name,
        "roles": roles or _("no role"),
        "agency": entry.actor_agency or _("no agency"),
    }


def _what(entry: AuditEntry) -> str:
    objects = _objects(entry)
    compartments = ", ".join(_compartment(code) for code in entry.compartments)
    if entry.outcome == Outcome.REFUSED and entry.verb == Verb.REFUSED:
        return _("was refused")
    if entry.verb == Verb.FAILED:
        return _("met an error; nothing was shown")
    if entry.verb == Verb.LISTED:
        return _("saw the case in a list")
    verb = str(Verb(entry.verb).label)
    if entry.verb in (Verb.LOOKED, Verb.EXPORTED):
        return _("%(verb)s %(compartments)s: %(objects)s") % {
            "verb": verb,
            "compartments": compartments,
            "objects": objects,
        }
    return _("%(verb)s %(what)s") % {"verb": verb, "what": _subject(entry)}


def _objects(entry: AuditEntry) -> str:
    shown: dict[str, list[int]] = entry.shown or {}
    counted = [f"{len(keys)} {_noun(label, len(keys))}" for label, keys in sorted(shown.items()) if label != "cases.case"]
    return ", ".join(counted) or (_subject(entry) if entry.object_repr else _("the case page"))


def _noun(label: str, count: int) -> str:
    try:
        meta: Any = apps.get_model(label)._meta
    except LookupError:
        return ngettext("object", "objects", count)
    return str(meta.verbose_name if count == 1 else meta.verbose_name_plural)


def _subject(entry: AuditEntry) -> str:
    return _noun(entry.object_repr.split(":")[0], 1) if ":" in entry.object_repr else ""


def _compartment(code: str) -> str:
    return str(Compartment(code).label) if code in Compartment.values else code


def _why(entry: AuditEntry) -> str:
    if entry.outcome == Outcome.REFUSED:
        return _("Rule: %(rule)s.") % {"rule": entry.rule or _("none recorded")}
    if entry.purpose in Purpose.values:
        basis = f", {LegalBasis(entry.legal_basis).label}" if entry.legal_basis in LegalBasis.values else ""
        return _("Purpose: %(purpose)s%(basis)s.") % {"purpose": Purpose(entry.purpose).label, "basis": basis}
    return ""
