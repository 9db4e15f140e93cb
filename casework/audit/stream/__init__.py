"""The record as it flows to somebody else's eyes: in order, at least once, without a word of any case."""
