"""Reading the record is itself recorded: who read which entries, in the record of the case where there is one."""

from collections.abc import Sequence

from casework.access.kinds import Compartment, Purpose
from casework.audit.kinds import Verb
from casework.audit.models import AuditEntry
from casework.audit.record import record
from casework.cases.models import Case
from casework.vault.reading import Right, current_reading

LABEL = "audit.auditentry"


def note_entries_of_case(case: Case, entries: Sequence[AuditEntry]) -> None:
    """Note that these entries of the record of a case are in the answer, for supervision."""
    reading = current_reading()
    for entry in entries:
        reading.note(case_id=case.pk, label=LABEL, pk=entry.pk, compartment=Compartment.OVERVIEW.value)
    reading.rights.setdefault(case.pk, Right(purpose=Purpose.SUPERVISE.value))


def record_entries_of_agency(kind: str, entries: Sequence[AuditEntry], verb: Verb = Verb.LOOKED) -> None:
    """Record at once that these entries of an agency's record are in the answer. `kind`: which record, as a code.

    One entry of the reader's own agency names all of them; each case among them gets one in its own record.
    """
    reading = current_reading()
    for entry in entries:
        if entry.case_id is not None:
            reading.note(case_id=entry.case_id, label=LABEL, pk=entry.pk, compartment=Compartment.OVERVIEW.value)
            reading.rights.setdefault(entry.case_id, Right(purpose=Purpose.SUPERVISE.value))
    details = {"record": kind, "entries": [entry.pk for entry in entries]}
    record(verb, details=details, shown={LABEL: details["entries"]}, purpose=Purpose.SUPERVISE.value)
