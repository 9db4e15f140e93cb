"""The two errors that a start may end with: one line each, that says what to do."""


class EmbeddedProblem(Exception):
    """The embedded servers can't run. One line: what is wrong and what to do."""


class EnvironmentProblem(Exception):
    """A setting is missing or wrong. One line: what is wrong and what to do; never a password."""
