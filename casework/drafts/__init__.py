"""Typed text that is not saved yet: kept on the server, for its author only, also when the session has ended."""
