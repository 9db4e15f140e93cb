"""The steps between a pasted transcript and its passages: edit as text, edit one, join, say who asks.

The state is one text in the form of `render_passages`: reading it again gives the same passages.
"""

from django.utils.translation import gettext_lazy as _

from casework.account.transcript import join_passages, render_passages, split_transcript
from casework.account.transcript_lines import BLANKS, Role, read_mark

LETTERS = {Role.INTERVIEWER.value: "I", Role.CHILD.value: "C", Role.OTHER.value: "S"}
ROLE_CHOICES = [
    ("", _("As marked")),
    (Role.INTERVIEWER.value, _("Asks")),
    (Role.CHILD.value, _("The child")),
    (Role.OTHER.value, _("Somebody else")),
]


def as_editable(text: str) -> str:
    """Any transcript in the form in which it can be edited and read again."""
    return render_passages(split_transcript(text).passages)


def join_with_previous(text: str, number: int) -> str:
    """The text with passage `number` joined to the one before. Unchanged when there is no such pair."""
    passages = list(split_transcript(text).passages)
    if not 2 <= number <= len(passages):
        return text
    passages[number - 2 : number] = [join_passages(passages[number - 2], passages[number - 1])]
    return render_passages(passages)


def text_of_passage(text: str, number: int) -> str:
    """One passage as editable text; empty when there is no such passage."""
    passages = split_transcript(text).passages
    return render_passages([passages[number - 1]]).strip("\n") if 1 <= number <= len(passages) else ""


def replace_passage(text: str, number: int, part: str) -> str:
    """The text with passage `number` replaced by `part`, which may hold several passages."""
    passages = split_transcript(text).passages
    if not 1 <= number <= len(passages):
        return text
    before, after = passages[: number - 1], passages[number:]
    parts = [render_passages(before), part, render_passages(after)]
    return as_editable("\n\n".join(each.strip("\n") for each in parts if each.strip()))


def say_who_speaks(text: str, roles: dict[str, str]) -> str:
    """The text with the labels of these speakers rewritten. `roles`: name as in the label to a role; others stay."""
    lines = [_relabelled(line, roles) for line in text.split("\n")]
    return as_editable("\n".join(lines))


def _relabelled(line: str, roles: dict[str, str]) -> str:
    stripped = line.strip(BLANKS)
    mark = read_mark(stripped)
    letter = LETTERS.get(roles.get(mark.label.name, "")) if mark.label else None
    if mark.label is None or letter is None:
        return line
    time = mark.time_code or mark.label_time
    label = letter if mark.label.name in LETTERS.values() else f"{letter} ({mark.label.name})"
    words = stripped[mark.after_label :].strip(BLANKS)
    return f"{f'[{time}] ' if time else ''}{label}: {words}".rstrip()
