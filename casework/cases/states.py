"""When: the stages of a case, who moves it on, and every way out."""

from dataclasses import dataclass

from casework.cases.kinds import Stage

WORKING = (Stage.REFERRED, Stage.ASSESSMENT, Stage.INVESTIGATION, Stage.PROCEEDINGS, Stage.SUPPORT)


@dataclass(frozen=True)
class StageRule:
    """`owner`: who acts next, as a role of the lead agency. `ways_out`: stages that may follow."""

    owner: str
    ways_out: tuple[Stage, ...]


def _working(stage: Stage) -> StageRule:
    others = tuple(each for each in WORKING if each != stage)
    return StageRule(owner="whoever may write in the overview", ways_out=(*others, Stage.CLOSED))


# Work on a child goes back and forth between stages; only closing, and opening again, take a supervisor.
STAGES: dict[Stage, StageRule] = {
    **{stage: _working(stage) for stage in WORKING},
    Stage.CLOSED: StageRule(owner="supervisor", ways_out=(Stage.SUPPORT,)),
}


def may_follow(now: str, then: str) -> bool:
    """True when a case in stage `now` may be moved to `then`, or stays in it."""
    return now == then or Stage(then) in STAGES[Stage(now)].ways_out
