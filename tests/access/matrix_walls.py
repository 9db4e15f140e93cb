"""Rows of the matrix: conflicts of interest, emergency access, requests for the identity. Merged by matrix.py."""

from tests.access.matrix import ON_CASE, OVERSEEN_ONLY, OVERSEERS, Row, S, everyone, form, on_case, only, part, row

AWAY = {"lead_admin", "lead_auditor"}  # never on a case, not even in an emergency
BROKE_GLASS = {"lead_colleague"}  # the cast's own: ended, explained, and not reviewed yet
ASKER, CUSTODIAN = {"therapist"}, {"lead_supervisor"}  # no custodian is on the case, so its supervisor decides
READ_IT = {"lead_worker", "investigator"}  # the identity, by name: nothing to ask for
BOTH_SIDES = ASKER | CUSTODIAN

WALL_ROWS: dict[str, dict[str, Row]] = {
    "cases:declare_wall": form(ON_CASE),
    "cases:declare_wall_by_reference": {"GET": everyone(200), "POST": everyone(422)},
    "cases:walls": {"GET": part(OVERSEEN_ONLY, (S, 200)), "POST": part(OVERSEEN_ONLY, (S, 422))},
    "cases:lift_wall": {"GET": part({"lead_auditor"}), "POST": part({"lead_auditor"})},  # of nobody: 404 for who may
    "emergency:start": {"GET": row(set(), 200, (AWAY, 403))},
    "emergency:open": {
        "GET": row(set(), 200, (AWAY, 403), (BROKE_GLASS, 302)),
        "POST": row(set(), 422, (AWAY, 403), (BROKE_GLASS, 302)),
    },
    "emergency:end": {"POST": everyone(302)},  # nothing runs: nothing happens
    "emergency:own": {"GET": row(set(), 404, (BROKE_GLASS, 200)), "POST": row(set(), 404, (BROKE_GLASS, 403))},
    "emergency:queue": {"GET": only((OVERSEERS, 200))},
    "emergency:review": {"GET": part(OVERSEEN_ONLY, (S, 200)), "POST": part(OVERSEEN_ONLY, (S, 422))},
    "emergency:end_overseen": {"POST": part(OVERSEEN_ONLY, (S, 302))},
    "custody:of_case": {"GET": on_case((ON_CASE, 200))},
    "custody:ask": form(ON_CASE - READ_IT),
    "custody:request": {"GET": part(set(), (BOTH_SIDES, 200))},
    "custody:decide": {"POST": part(ASKER, (CUSTODIAN, 422))},
    "custody:withdraw": {"POST": part(CUSTODIAN, (ASKER, 422))},
    "custody:end": {"POST": part(set(), (BOTH_SIDES, 422))},  # nothing is given yet
}
