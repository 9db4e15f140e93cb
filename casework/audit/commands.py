"""What the operator of the server does with a command is on the record too, without a name: a server has no members.

Its entries belong to no agency; every agency's auditors read them.
"""

from typing import Any

from casework.audit.context import Asker, asked_by
from casework.audit.kinds import Verb
from casework.audit.record import record

COMMAND = "COMMAND"  # the method of an entry that a command wrote


def record_command(name: str, verb: Verb = Verb.CHANGED, **details: Any) -> None:
    """Append the entry of a command of `manage.py`. `details`: codes and counts; nothing that somebody typed."""
    with asked_by(Asker(name="Operator", route=name, method=COMMAND)):
        record(verb, details={"command": name, **details})
