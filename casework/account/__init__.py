"""The account: what the child has told, on each occasion, passage by passage."""
