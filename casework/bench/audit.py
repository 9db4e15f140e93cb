"""`bench audit`: what the record costs while it is written, sealed and verified, beside the usual alternatives."""

from casework.bench import _audit_append, _audit_page, _audit_tree
from casework.bench.rows import Row, Say, Scale
from casework.bench.scratch import scratch_database


def run(scale: Scale, say: Say) -> list[Row]:
    """Appending, sealing, verifying, and one page with and without its entry; each in a fresh copy of one database."""
    say("making the tables")
    with scratch_database(locked=False) as blank:
        parts = (_audit_append, _audit_tree, _audit_page)
        return [row for part in parts for row in part.run(scale, say, blank)]
