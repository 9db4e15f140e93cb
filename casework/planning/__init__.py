"""One planned interview, the questions pooled for it, and the gate before any further telling."""
