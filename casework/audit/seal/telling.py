"""Telling the witnesses of our newest head, and keeping what each has answered."""

from dataclasses import dataclass
from typing import Any

from casework.audit.seal import store
from casework.audit.seal.checkpoint import parse_checkpoint
from casework.audit.seal.store import Connection, Head, SealProblem, StoredNodes
from casework.audit.seal.tree import prove_consistency
from casework.audit.seal.witnesses import Prove, Witness, WitnessProblem


@dataclass(frozen=True)
class Answer:
    """What a witness last said. `problem`: empty when it has kept our head of that size."""

    witness: str
    epoch: int
    size: int
    problem: str


def tell_witnesses(connection: Connection, witnesses: list[Witness]) -> list[Answer]:
    """Tell each of the newest head, unless it has it; an answer that is no news is not kept again.

    Every head of a log that was left behind has been told while it was the newest, or is told now. Nothing waits for
    this: it runs after the seal is committed, and only once at a time.
    """
    row = connection.execute("select pg_try_advisory_lock(hashtext('casework witnesses'))").fetchone()
    if not row or not row[0]:
        return []
    try:
        return [
            answer
            for log in store.logs(connection)[-2:]
            if (head := store.last_head(connection, log.epoch)) is not None
            for answer in (_tell(connection, witness, head) for witness in witnesses)
        ]
    finally:
        connection.execute("select pg_advisory_unlock(hashtext('casework witnesses'))")


def _tell(connection: Connection, witness: Witness, head: Head) -> Answer:
    known = accepted_size(connection, witness.name, head.epoch)
    before = last_answer(connection, witness.name, head.epoch)
    cosignature, problem = "", ""
    if known != head.size or before is None or before.problem:
        try:
            cosignature = witness.tell(parse_checkpoint(head.note), known, _prover(connection, head.epoch))
        except (WitnessProblem, SealProblem) as error:
            problem = str(error)
    answer = Answer(witness.name, head.epoch, head.size, problem)
    if before is None or (before.size, before.problem) != (answer.size, answer.problem):
        connection.execute(
            "insert into audit_witness_answer (witness, epoch, size, problem, cosignature) values (%s, %s, %s, %s, %s)",
            [answer.witness, answer.epoch, answer.size, answer.problem, cosignature],
        )
    return answer


def _prover(connection: Connection, epoch: int) -> Prove:
    nodes = StoredNodes(connection.execute, epoch)
    return lambda old, new: prove_consistency(nodes, old, new)


def last_answer(connection: Connection, witness: str, epoch: int) -> Answer | None:
    """The newest answer of a witness about a log."""
    row: Any = connection.execute(
        "select witness, epoch, size, problem from audit_witness_answer"
        " where witness = %s and epoch = %s order by id desc limit 1",
        [witness, epoch],
    ).fetchone()
    return None if row is None else Answer(*row)


def accepted_size(connection: Connection, witness: str, epoch: int) -> int:
    """The size of the newest head that a witness has kept of a log; 0 for none."""
    row: Any = connection.execute(
        "select coalesce(max(size), 0) from audit_witness_answer where witness = %s and epoch = %s and problem = ''",
        [witness, epoch],
    ).fetchone()
    return int(row[0])
