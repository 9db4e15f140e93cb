"""Who asks, who answers, and whose label is no label at all, decided over a whole transcript."""

from collections.abc import Iterable
from dataclasses import dataclass

from casework.account.transcript_lines import Label, Role


@dataclass(slots=True)
class CastMember:
    """A speaker. `turns` and `questions` count lines; `decided_by_guess`: by question marks and order of speaking."""

    label: Label
    role: Role
    decided_by_guess: bool = False
    turns: int = 0
    questions: int = 0

    @property
    def name(self) -> str:
        return self.label.name

    @property
    def guessed(self) -> bool:
        return self.decided_by_guess or self.label.guessed


Cast = dict[str, CastMember]
INTERVIEW = (Role.INTERVIEWER, Role.CHILD)


def cast_of(labels: Iterable[tuple[Label, bool]]) -> Cast:
    """The speakers by `Label.cast_key`, in order of appearance. `labels`: each with whether a question is asked.

    Labels that are left out are words before a colon, not speakers.
    """
    found = _count(labels)
    somebody_asks = any(member.label.sure and member.role == Role.INTERVIEWER for member in found.values())
    # `A:` answers only where somebody asks; with `B:` it may be either.
    fixed = {key: one for key, one in found.items() if one.label.sure and (somebody_asks or one.label.key != "a")}
    named = _accept_names({key: one for key, one in found.items() if key not in fixed}, bool(fixed))
    _give_parts(named, {member.role for member in fixed.values()})
    return {key: one for key, one in found.items() if key in fixed or key in named}


def _count(labels: Iterable[tuple[Label, bool]]) -> Cast:
    found: Cast = {}
    for label, asks in labels:
        member = found.setdefault(label.cast_key, CastMember(label, label.role))
        member.turns += 1
        member.questions += asks
    return found


def _accept_names(found: Cast, has_fixed: bool) -> Cast:
    """Names that come twice; once is enough for a name of several words, or when nobody else is marked."""
    accepted = {key for key, one in found.items() if one.turns > 1}
    if has_fixed or accepted:
        accepted |= {key for key, one in found.items() if len(one.name.split()) > 1}
    if len(accepted) < 2 and not has_fixed and len(found) > 1 and any(one.questions for one in found.values()):
        return found
    return {key: one for key, one in found.items() if key in accepted}


def _give_parts(named: Cast, present: set[Role]) -> None:
    """Fill the missing parts of interviewer and child; whoever is left is somebody else, by guess."""
    missing = [role for role in INTERVIEW if role not in present]
    left = list(named.values())
    if len(left) == 1 and len(missing) == 2:
        left[0].role, left[0].decided_by_guess = Role.UNKNOWN, True
        return
    certain = len(left) == 1 and len(missing) == 1
    first = left[0] if left else None
    for role in missing:
        if not left:
            return
        chosen = _best_asker(left, first) if role == Role.INTERVIEWER else max(left, key=lambda one: one.turns)
        chosen.role, chosen.decided_by_guess = role, not certain
        left = [one for one in left if one is not chosen]
    for member in left:
        member.role, member.decided_by_guess = Role.OTHER, True


def _best_asker(members: list[CastMember], first: CastMember | None) -> CastMember:
    """The one whose lines ask most; whoever speaks first counts for a quarter more."""
    return max(members, key=lambda one: one.questions / one.turns + 0.25 * (one is first))
