"""What is kept of a log outside of the database: by each witness, and by this machine itself."""

from dataclasses import dataclass, field

from casework.audit.seal.checkpoint import Checkpoint, NoteProblem
from casework.audit.seal.findings import Finding, Kind
from casework.audit.seal.head_check import Kept
from casework.audit.seal.keys import KnownKey, open_known
from casework.audit.seal.store import LAST_ENTRY, Connection, Log
from casework.audit.seal.telling import accepted_size
from casework.audit.seal.verified import Verified
from casework.audit.seal.witnesses import Witness, WitnessProblem

THIS_MACHINE = "This machine"


@dataclass
class Outside:
    """All that was kept, and what is wrong with those who should have kept it."""

    kept: list[Kept] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def kept_outside(
    connection: Connection, log: Log, keys: list[KnownKey], witnesses: list[Witness], before: Verified | None
) -> Outside:
    """Ask every witness for the heads of this log. A head counts only if a known key has signed it."""
    outside = Outside()
    for witness in witnesses:
        try:
            heads = witness.heads(log.origin)
        except WitnessProblem as problem:
            outside.findings.append(Finding(Kind.WITNESS, f"{witness.name}: {problem}"))
            continue
        signed = [head for head in heads if _is_signed(head, keys)]
        outside.kept.append(Kept(witness.name, {head.size: head for head in signed}))
        outside.findings += _complaints(
            witness.name, signed, len(heads), accepted_size(connection, witness.name, log.epoch)
        )
    if before is not None and before.origin == log.origin:
        own = Checkpoint(before.origin, before.size, before.root, (f"{LAST_ENTRY}{before.last_entry}",))
        outside.kept.append(Kept(THIS_MACHINE, {before.size: own}))
    return outside


def _complaints(name: str, signed: list[Checkpoint], shown: int, accepted: int) -> list[Finding]:
    found = []
    if shown > len(signed):
        text = (
            f"{name} shows {shown - len(signed):,} heads that no key known here has signed: it lies, or a key is"
            " missing here."
        )
        found.append(Finding(Kind.WITNESS, text))
    largest = max((head.size for head in signed), default=0)
    if largest < accepted:
        text = f"{name} had kept a head over {accepted:,} leaves, and shows none beyond {largest:,}: it has lost some."
        found.append(Finding(Kind.WITNESS, text))
    roots: dict[int, bytes] = {}
    if any(roots.setdefault(head.size, head.root) != head.root for head in signed):
        text = f"{name} shows two signed heads of one size: two records were shown under one name."
        found.append(Finding(Kind.TREE, text))
    if not signed and not shown and not accepted:
        found.append(Finding(Kind.WITNESS, f"{name} has not kept any head yet."))
    return found


def _is_signed(head: Checkpoint, keys: list[KnownKey]) -> bool:
    try:
        open_known(head.note, keys)
    except NoteProblem:
        return False
    return True
