"""Rows of the matrix: conflicts of interest, and emergency access. Merged by matrix.py."""

from tests.access.matrix import ON_CASE, OVERSEEN_ONLY, OVERSEERS, Row, S, everyone, form, only, part, row

AWAY = {"lead_admin", "lead_auditor"}  # never on a case, not even in an emergency
BROKE_GLASS = {"lead_colleague"}  # the cast's own: ended, explained, and not reviewed yet

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
}
