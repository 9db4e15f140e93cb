"""The seal of the record: a Merkle tree over its entries, signed heads, and witnesses elsewhere."""
