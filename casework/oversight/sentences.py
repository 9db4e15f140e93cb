"""Entries as sentences that people read: who did what to which, and what for. Never a code, never content."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agencies.kinds import Role
from casework.access.kinds import LegalBasis, Purpose
from casework.audit.commands import COMMAND as METHOD_OF_COMMANDS
from casework.audit.kinds import Outcome, Verb
from casework.audit.models import AuditEntry
from casework.oversight.words import (
    COMMAND,
    OF_THE_SEAL,
    READ_RECORD,
    SENTENCES,
    WITHOUT_COMPARTMENT,
    cases_in_words,
    compartment_in_words,
    page_in_words,
    rule_in_words,
    things_in_words,
)

RECORD = "audit.auditentry"
CASE = "cases.case"


@dataclass(frozen=True)
class Sentence:
    """One entry in words. `text`: who did what, with name, roles and agency as they were; `why`: purpose, or rule."""

    entry: AuditEntry
    text: SafeString
    why: str


@dataclass(frozen=True)
class Day:
    """The sentences of one day (UTC), newest first."""

    date: datetime.date
    sentences: list[Sentence]


def by_day(
    entries: list[AuditEntry], names: Mapping[int, str] | None = None, cases: Mapping[int, str] | None = None
) -> list[Day]:
    """Entries, already newest first, grouped by the day of their stamp. `names`, `cases`: see `sentence_of`."""
    return [
        Day(date, [sentence_of(entry, names, cases) for entry in group])
        for date, group in groupby(entries, key=lambda entry: entry.timestamp.date())
    ]


def sentence_of(
    entry: AuditEntry, names: Mapping[int, str] | None = None, cases: Mapping[int, str] | None = None
) -> Sentence:
    """One entry in words. `names`: of members by id, for failed sign-ins: there the entry has only a subject.

    `cases`: references by id, of those that the reader oversees; a list that was shown names them.
    None in the record of one case.
    """
    values = {
        "person": _person(entry, names or {}),
        "compartments": ", ".join(compartment_in_words(code) for code in entry.compartments),
        "things": _things(entry),
        "page": _page(entry),
        "cases": _cases(entry, cases),
        "command": str((entry.additional_data or {}).get("command", "")),
        "telling": str((entry.additional_data or {}).get(_of_the_seal(entry), "")),
    }
    return Sentence(entry, format_html(_template(entry), **values), _why(entry))


def _template(entry: AuditEntry) -> str:
    if entry.method == METHOD_OF_COMMANDS and (entry.additional_data or {}).get("command"):
        return str(COMMAND)
    if entry.verb == Verb.LOOKED and RECORD in (set(entry.shown or {}) or {_label(entry)}):
        return str(READ_RECORD)
    if entry.verb == Verb.CHANGED and _of_the_seal(entry):
        return str(OF_THE_SEAL[_of_the_seal(entry)])
    if entry.verb in WITHOUT_COMPARTMENT and not entry.compartments:
        return str(WITHOUT_COMPARTMENT[entry.verb])
    return str(SENTENCES[entry.verb])


def _of_the_seal(entry: AuditEntry) -> str:
    """Which act of sealing the entry tells of, as a key of OF_THE_SEAL; empty for none."""
    return next((key for key in OF_THE_SEAL if (entry.additional_data or {}).get(key)), "")


def _person(entry: AuditEntry, names: Mapping[int, str]) -> SafeString:
    if entry.actor_name:
        return format_html(
            _("{name} ({roles}, {agency})"),
            name=format_html("<strong><bdi>{}</bdi></strong>", entry.actor_name),
            roles=roles_in_words(entry) or _("no role"),
            agency=format_html("<bdi>{}</bdi>", entry.actor_agency or _("no agency")),
        )
    known = names.get(entry.object_id or 0, "") if entry.verb == Verb.SIGN_IN_FAILED else ""
    if known:
        return format_html(_("Somebody with the address of {name}"), name=format_html("<bdi>{}</bdi>", known))
    return format_html("{}", _("Somebody who was not signed in"))


def roles_in_words(entry: AuditEntry) -> str:
    """The roles of the person at that time, joined by commas."""
    return ", ".join(str(Role(role).label) for role in entry.actor_roles if role in Role.values)


def _things(entry: AuditEntry) -> str:
    """What was shown, counted; the case page itself is named only when nothing else was shown."""
    if _of_the_seal(entry):
        return things_in_words("casework_account.passage", int(entry.additional_data.get("passages", 0)))
    counts = {label: len(keys) for label, keys in sorted((entry.shown or {}).items())}
    if RECORD in counts:
        counts = {RECORD: counts[RECORD]}
    elif len(counts) > 1:
        counts.pop(CASE, None)
    if not counts:
        counts = {_label(entry): _recorded_entries(entry) or 1}
    return ", ".join(things_in_words(label, count) for label, count in counts.items())


def _cases(entry: AuditEntry, cases: Mapping[int, str] | None) -> SafeString:
    """The cases of a list; in the record of one case, that case."""
    if cases is None:
        return format_html("{}", _("the case"))
    named = sorted(cases[key] for key in entry.listed_case_ids if key in cases)
    return cases_in_words(named, len(entry.listed_case_ids))


def _recorded_entries(entry: AuditEntry) -> int:
    ids = (entry.additional_data or {}).get("entries", [])
    return len(ids) if isinstance(ids, list) else 0


def _label(entry: AuditEntry) -> str:
    return entry.object_repr.split(":")[0] if ":" in entry.object_repr else ""


def _page(entry: AuditEntry) -> SafeString:
    reference = ((entry.additional_data or {}).get("asked_for") or {}).get("reference", "")
    if not reference:
        return format_html("{}", page_in_words(entry.route))
    return format_html('{} <bdi dir="ltr">{}</bdi>', page_in_words(entry.route), reference)


def _why(entry: AuditEntry) -> str:
    if entry.outcome == Outcome.REFUSED:
        return rule_in_words(entry.rule)
    if entry.purpose not in Purpose.values:
        return ""
    purpose = Purpose(entry.purpose).label
    if entry.legal_basis not in LegalBasis.values:
        return _("Purpose: %(purpose)s.") % {"purpose": purpose}
    return _("Purpose: %(purpose)s. Legal basis: %(basis)s.") % {
        "purpose": purpose,
        "basis": LegalBasis(entry.legal_basis).label,
    }
