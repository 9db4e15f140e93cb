"""The seal of the record in words: when it was last sealed and verified, and what is wrong with it, if anything."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.audit.models import AuditEntry
from casework.audit.seal.health import SealState, seal_state
from casework.audit.seal.proof import EntrySeal, seal_of
from casework.audit.seal.running import is_set_up
from casework.audit.seal.store import SealProblem


@dataclass(frozen=True)
class RecordState:
    """What the pages show. `tone`: of the notice, empty when all is well; `warnings`: sentences, worst first."""

    seal: SealState
    tone: str
    warnings: list[str]


@dataclass(frozen=True)
class SealOfEntry:
    """One entry's seal. `seal`: None while it waits, or where the tree can't be read; `is_broken`: not as sealed."""

    seal: EntrySeal | None
    number: int
    is_broken: bool


def record_state() -> RecordState:
    """How the record stands now."""
    seal = seal_state()
    warnings = [*_late(seal), *_found(seal), *_stale(seal)]
    tone = "stop" if warnings else ""
    warnings += [*seal.passing, *_of_witnesses(seal)]
    return RecordState(seal, tone or ("warn" if warnings else ""), warnings)


def _late(seal: SealState) -> list[str]:
    if not is_set_up() or not seal.log:
        return [_("The record of looks is not sealed here yet: ask whoever runs this server.")]
    if not seal.is_late:
        return []
    seconds = int(seal.lag)
    words = ngettext(
        "Entries have waited for a seal for %(count)d second. Ask whoever runs this server whether the sealer runs.",
        "Entries have waited for a seal for %(count)d seconds. Ask whoever runs this server whether the sealer runs.",
        seconds,
    )
    return [words % {"count": seconds}]


def _found(seal: SealState) -> list[str]:
    if not seal.findings:
        return []
    first = _("A verification found that the record is not as it was sealed. Tell all auditors now.")
    return [first, *seal.findings]


def _stale(seal: SealState) -> list[str]:
    if not seal.is_stale:
        return []
    return [
        _("The whole record has not been verified lately, though it should be every night. Ask who runs this server.")
    ]


def _of_witnesses(seal: SealState) -> list[str]:
    return [
        _("The witness %(name)s: %(problem)s") % {"name": witness.name, "problem": witness.problem}
        for witness in seal.witnesses
        if witness.problem
    ]


def seal_of_entry(entry: AuditEntry) -> SealOfEntry:
    """The seal of an entry that the reader has opened."""
    try:
        seal = seal_of(entry.pk)
    except SealProblem:
        return SealOfEntry(None, 0, is_broken=True)
    if seal is None:
        return SealOfEntry(None, 0, is_broken=False)
    return SealOfEntry(seal, seal.index + 1, is_broken=not seal.is_intact)
