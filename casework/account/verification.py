"""Is what is kept of each sealed telling still what was sealed? Asked with every verification of the record.

The role that verifies holds no key and reads no case: it learns keys of entries, and whether bytes are the same. That
the words are, to the letter, what was sealed is checked with the key, each time somebody reads them (seal.py).
"""

from casework.audit.seal.findings import Finding, Kind, ranges
from casework.audit.seal.store import Connection

ALTERED = "What is kept of a sealed telling is not what was sealed: its text or log was changed from outside."
UNSAID = "A telling bears a seal of which the record says nothing. Look at the cases of these entries."


def tellings_not_as_sealed(connection: Connection) -> list[Finding]:
    """A finding for each kind of fault, with the entries that name the telling."""
    rows = connection.execute("select problem, entry_id from casework_tellings_not_as_sealed()").fetchall()
    found = {
        text: [entry for problem, entry in rows if problem == code]
        for code, text in (("altered", ALTERED), ("unsaid", UNSAID))
    }
    return [
        Finding(Kind.TELLING, text, ranges(entry for entry in entries if entry))
        for text, entries in found.items()
        if entries
    ]
