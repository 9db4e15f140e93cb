"""Court-ready summaries: chosen passages, approved by a second person, numbered, signed, and registered."""
