"""`bench audit`: what the record costs while it is written, sealed and verified, beside the usual alternatives."""

from casework.bench import _audit_append, _audit_page, _audit_tree
from casework.bench.rows import Row, Say, Scale


def run(scale: Scale, say: Say) -> list[Row]:
    """Appending, sealing, verifying, and one page with and without its entry."""
    return [*_audit_append.run(scale, say), *_audit_tree.run(scale, say), *_audit_page.run(scale, say)]
