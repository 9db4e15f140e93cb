"""What each person of the cast gets at each address, by each method: written from the rules, compared with the house.

A route: method to row. A row: people to status; whoever it does not name gets its `else`, which for addresses of a
case is 404, since for them the case does not exist. A method that a route does not name is 405 for everybody.
Before all of it: `lapsed_worker` is 403 (no standing), and `ended_member` can't be signed in at all, so is sent to
sign in; routes in `BEFORE_STANDING` and `OPEN` come before that. A POST sends an empty form: 422 says that the form
was reached and refused.
"""

from tests.cast import (
    ANSWER,
    ASKED_BECAUSE,
    BIRTH_DATE,
    CONCERN,
    FAMILY_NAME,
    GIVEN_NAME,
    KNOWN,
    NEEDED_TOPICS,
    NOTE,
    POOLED,
    QUESTION,
    SOCIAL_NOTE,
    THERAPY_NOTE,
)

EVERYONE = "else"
Row = dict[str, int]
LEAD = {"lead_worker", "lead_supervisor"}
PARTNERS = {"investigator", "therapist", "prosecutor", "prosecution_supervisor"}
ON_CASE = LEAD | PARTNERS
READS_ACCOUNT = {"lead_worker", "lead_supervisor", "investigator", "prosecutor", "prosecution_supervisor"}
WRITES_ACCOUNT = {"lead_worker", "investigator"}
READS_LEGAL = {"lead_supervisor", "prosecutor", "prosecution_supervisor"}
SUPERVISORS = {
    "lead_supervisor", "police_supervisor", "therapy_supervisor", "prosecution_supervisor", "stranger_supervisor",
}  # fmt: skip
OVERSEERS = SUPERVISORS | {"lead_auditor"}
OPENERS = {
    "lead_worker", "lead_supervisor", "lead_colleague", "walled_worker", "expired_worker", "investigator", "prosecutor",
    "police_supervisor", "therapy_supervisor", "prosecution_supervisor", "stranger", "stranger_supervisor",
}  # fmt: skip


def row(seen: set[str], otherwise: int, *answers: tuple[set[str], int]) -> Row:
    """`answers`: people and their status; others among `seen` get 403, and everybody else `otherwise`."""
    told = {person: status for people, status in answers for person in people}
    return {**dict.fromkeys(seen - set(told), 403), **told, EVERYONE: otherwise}


def on_case(*answers: tuple[set[str], int]) -> Row:
    """A page of the case: 403 for those who see the case but may not do this, 404 for everybody else."""
    return row(ON_CASE, 404, *answers)


def part(readers: set[str], *answers: tuple[set[str], int]) -> Row:
    """A part of the case that only `readers` see at all."""
    return row(readers, 404, *answers)


def only(*answers: tuple[set[str], int]) -> Row:
    """A page that belongs to no case: everybody else is 403."""
    return row(set(), 403, *answers)


def form(reach: set[str]) -> dict[str, Row]:
    """A form of the case: shown by GET, refused when sent empty."""
    return {"GET": on_case((reach, 200)), "POST": on_case((reach, 422))}


def everyone(status: int) -> Row:
    return {EVERYONE: status}


L, S, A = {"lead_worker"}, {"lead_supervisor"}, {"lead_admin"}
MAKER, APPROVERS = {"prosecutor"}, {"lead_supervisor", "prosecution_supervisor"}
SEALED = {"GET": part(READS_ACCOUNT, (WRITES_ACCOUNT, 302)), "POST": part(READS_ACCOUNT, (WRITES_ACCOUNT, 422))}
OVERSEEN_ONLY = {"lead_supervisor", "lead_auditor"}

MATRIX: dict[str, dict[str, Row]] = {
    # cases
    "cases:my_work": {"GET": everyone(200)},
    "cases:list": {"GET": everyone(200)},
    "cases:new": {"GET": only((OPENERS, 200)), "POST": only((OPENERS, 422))},
    "cases:case": {"GET": on_case((ON_CASE, 200))},
    "cases:change": form(LEAD),
    "cases:close": form(S),
    "cases:reopen": {"GET": on_case(), "POST": on_case()},  # the case is open: nobody may
    "cases:identity": form({"lead_worker", "investigator"}),
    "cases:change_identity": {"GET": on_case((L, 302)), "POST": on_case((L, 422))},  # no reason said yet
    "cases:attendance": {"GET": on_case((ON_CASE, 200))},
    "cases:record_attendance": {"POST": on_case(({"therapist"}, 422))},
    "cases:who_can_see": {"GET": on_case((ON_CASE, 200))},
    "cases:people": {"GET": part(OVERSEEN_ONLY, (S, 200)), "POST": part(OVERSEEN_ONLY, (S, 422))},
    "cases:end_access": {
        "GET": part({"lead_auditor"}),
        "POST": part({"lead_auditor"}),
    },  # of nobody: 404 for those who may
    "cases:agencies": form(LEAD),
    "cases:agency_leaves": form(LEAD),  # its share is in force, so it does not leave
    "cases:new_entry": form(ON_CASE),
    "cases:entry": {"GET": part(set(), (L, 200))},
    "cases:change_entry": {"GET": part(set(), (L, 200)), "POST": part(set(), (L, 422))},
    "cases:police": {"GET": on_case(({"investigator"}, 200))},
    "cases:social": {"GET": on_case((L, 200))},
    "cases:therapy": {"GET": on_case(({"therapist"}, 200))},
    "cases:medical": {"GET": on_case()},
    "cases:legal": {"GET": on_case((READS_LEGAL, 200))},
    # account; T1 is sealed, so its forms lead back to the reader
    "account:account": {"GET": on_case((READS_ACCOUNT, 200))},
    "account:purpose": {"POST": on_case((READS_ACCOUNT, 422))},
    "account:new_telling": form(WRITES_ACCOUNT),
    "account:log": SEALED,
    "account:paste": SEALED,
    "account:editor": SEALED,
    "account:told_before": form(WRITES_ACCOUNT),
    "account:passage": SEALED,
    "account:seal": SEALED,
    # search: also who may not read the account may ask
    "search:ask": form(ON_CASE),
    # planning; plan 1 is open, its question was asked by the investigator, its step is the lead agency's;
    # request 1 was sent by the prosecutor, and the therapist is heard
    "planning:interview": {"GET": on_case((ON_CASE, 200))},
    "planning:new_plan": form(LEAD),
    "planning:plan": {"GET": on_case((ON_CASE, 200))},
    "planning:change_plan": form(LEAD),
    "planning:sign_plan": {"POST": on_case((ON_CASE, 422))},
    "planning:close_plan": {"POST": on_case((LEAD, 422))},
    "planning:earlier": {"GET": on_case((ON_CASE, 200))},
    "planning:new_step": {"POST": on_case((LEAD, 422))},
    "planning:step_done": {"POST": on_case((LEAD, 302))},
    "planning:ask": form(ON_CASE),
    "planning:merge": form(LEAD),
    "planning:question": {
        "GET": on_case((ON_CASE, 200)),
        "POST": on_case((LEAD | {"investigator"}, 422)),
    },
    # nobody has said a purpose yet: to the page of the account first
    "planning:check": {"GET": on_case((LEAD & READS_ACCOUNT, 302)), "POST": on_case((LEAD & READS_ACCOUNT, 302))},
    "planning:take_apart": {"POST": on_case((LEAD, 302))},
    # assessment: cautions and screening are everyone's, the three harms the therapist's
    "assessment:assessment": {"GET": on_case((ON_CASE, 200))},
    "assessment:screening": form(LEAD),
    "assessment:distribution": form(LEAD | {"therapist"}),
    "assessment:harms": form({"therapist"}),
    "planning:new_request": form(ON_CASE),
    "planning:request": {"GET": on_case((ON_CASE, 200))},
    "planning:take_answer": {"POST": on_case(({"prosecutor"}, 422))},
    "planning:withdraw": {"POST": on_case(({"prosecutor"}, 422))},
    "planning:decide": {"POST": on_case((S, 422))},
    "planning:hear": {"POST": on_case(({"therapist"}, 422))},
    # sharing; the share is the one that the police accepted
    "sharing:of_case": {"GET": on_case((ON_CASE, 200))},
    "sharing:offer": form(ON_CASE),  # each agency shares what it holds
    "sharing:change": {"GET": part(LEAD), "POST": part(LEAD)},
    "sharing:second": {"GET": part(LEAD, (S, 200))},
    "sharing:agree": {"POST": part(LEAD, (S, 422))},
    "sharing:refuse": {"POST": part(LEAD, (S, 422))},
    "sharing:revoke": form(LEAD),
    # topics: asked for by the therapist, of the agency that leads; its supervisor answers
    "sharing:ask_topics": form({"therapist"}),
    "sharing:topic_request": {"GET": part(set(), (LEAD | {"therapist"}, 200))},
    "sharing:decline_topics": {"POST": part(L | {"therapist"}, (S, 422))},
    "sharing:withdraw_topics": {"POST": part(LEAD, ({"therapist"}, 422))},
    "sharing:opened": {"GET": on_case((LEAD, 200))},
    "sharing:still": {"GET": part(set(), (READS_ACCOUNT, 204))},  # asked of the account
    "sharing:review": {"GET": part(OVERSEEN_ONLY, (S, 200)), "POST": part(OVERSEEN_ONLY, (S, 422))},
    "sharing:overseen": {"GET": part(OVERSEEN_ONLY, (S, 200))},
    "sharing:revoke_overseen": {"GET": part(OVERSEEN_ONLY, (S, 200)), "POST": part(OVERSEEN_ONLY, (S, 422))},
    "sharing:inbox": {"GET": only((SUPERVISORS, 200))},
    "sharing:received": {"GET": part(set(), ({"police_supervisor"}, 200))},
    "sharing:accept": {"POST": part(set(), ({"police_supervisor"}, 422))},
    "sharing:reject": {"POST": part(set(), ({"police_supervisor"}, 422))},
    "sharing:end_naming": {"POST": everyone(404)},  # of nobody
    # summaries; S1 was made by the prosecutor and is approved, its copy 1 waits
    "summaries:list": {"GET": on_case((READS_LEGAL, 200))},
    "summaries:new": form(READS_LEGAL),
    "summaries:summary": {"GET": part(READS_LEGAL, (READS_LEGAL, 200))},
    "summaries:details": {"GET": part(READS_LEGAL, (MAKER, 200)), "POST": part(READS_LEGAL, (MAKER, 422))},
    "summaries:choose": {"GET": part(READS_LEGAL, (MAKER, 200)), "POST": part(READS_LEGAL, (MAKER, 422))},
    "summaries:ask": {"POST": part(READS_LEGAL, (MAKER, 422))},
    "summaries:take_back": {"POST": part(READS_LEGAL, (MAKER, 422))},
    "summaries:open_again": {"POST": part(READS_LEGAL, (MAKER, 422))},
    "summaries:decide": {"GET": part(READS_LEGAL, (APPROVERS, 200)), "POST": part(READS_LEGAL, (APPROVERS, 422))},
    "summaries:new_copy": {"POST": part(READS_LEGAL, (READS_LEGAL, 422))},
    "summaries:copy": {"GET": part(READS_LEGAL, (READS_LEGAL, 200))},
    "summaries:progress": {"GET": part(READS_LEGAL, (READS_LEGAL, 200))},
    "summaries:download": {"POST": part(READS_LEGAL, (READS_LEGAL, 422))},
    "summaries:retry": {"POST": part(READS_LEGAL, (READS_LEGAL, 302))},
    # oversight
    "oversight:cases": {"GET": only((OVERSEERS, 200))},
    "oversight:looks": {"GET": part(OVERSEEN_ONLY, (OVERSEEN_ONLY, 200))},
    "oversight:search": {"GET": only((OVERSEERS, 200))},
    "oversight:refusals": {"GET": only((OVERSEERS, 200))},
    "oversight:sign_ins": {"GET": only((OVERSEERS, 200))},
    "oversight:entry": {"GET": only((OVERSEERS, 404), (OVERSEEN_ONLY, 200))},
    "oversight:proof": {"POST": only((OVERSEERS, 404), (OVERSEEN_ONLY, 302))},  # it is not sealed
    "oversight:record": {"GET": only((OVERSEERS, 200))},
    # agencies; the member is a colleague of the administrator
    "agencies:members": {"GET": only((A, 200))},
    "agencies:add": {"GET": only((A, 200)), "POST": only((A, 422))},
    "agencies:member": {"GET": only((A, 200))},
    "agencies:roles": {"GET": only((A, 200)), "POST": only((A, 422))},
    "agencies:dates": {"GET": only((A, 200)), "POST": only((A, 302))},
    "agencies:address": {"GET": only((A, 200)), "POST": only((A, 302))},
    "agencies:end": {"GET": only((A, 200)), "POST": only((A, 302))},
    "agencies:sign_in_allowed": {"POST": only((A, 302))},
    "agencies:new_link": {"POST": only((A, 200))},
    "agencies:stay": {"POST": everyone(200)},
    "agencies:confirm": {"GET": everyone(302), "POST": everyone(302)},
    "agencies:set_up": {"GET": everyone(422), "POST": everyone(422)},  # the link is no link
    "agencies:second_factor": {"GET": row(set(), 200, ({"ended_member"}, 302))},
    "agencies:demo_sign_in": {"GET": everyone(404), "POST": everyone(404)},  # not a demonstration
    # signing in; the cast has neither passwords nor factors
    "account_login": {
        "GET": row(set(), 302, ({"ended_member"}, 200)),
        "POST": row(set(), 302, ({"ended_member"}, 200)),
    },
    "account_logout": {"GET": row(set(), 200, ({"ended_member"}, 302)), "POST": everyone(302)},
    "account_inactive": {"GET": everyone(200)},
    "account_reauthenticate": {"GET": everyone(403), "POST": everyone(403)},
    "account_change_password": {"GET": everyone(403), "POST": everyone(403)},
    "mfa_authenticate": {"GET": everyone(302), "POST": everyone(302)},
    "mfa_reauthenticate": {"GET": everyone(403), "POST": everyone(403)},
    "mfa_reauthenticate_webauthn": {"GET": everyone(403), "POST": everyone(403)},
    "mfa_index": {"GET": everyone(200)},
    "mfa_activate_totp": {"GET": everyone(200), "POST": everyone(200)},
    "mfa_deactivate_totp": {"GET": everyone(403), "POST": everyone(403)},
    "mfa_view_recovery_codes": {"GET": everyone(404)},
    "mfa_generate_recovery_codes": {"GET": everyone(200), "POST": everyone(200)},
    "mfa_list_webauthn": {"GET": everyone(200)},
    "mfa_add_webauthn": {"GET": everyone(200), "POST": everyone(200)},
    "mfa_edit_webauthn": {"GET": everyone(404), "POST": everyone(404)},
    "mfa_remove_webauthn": {"GET": everyone(403), "POST": everyone(403)},
    # the rest
    "drafts:keep": {"POST": everyone(400)},  # of no form
    "drafts:discard": {"POST": everyone(400)},
    "web:leave": {"GET": everyone(303)},
    "web:blank": {"GET": everyone(200)},
}


from tests.access.matrix_walls import WALL_ROWS  # noqa: E402 - written with the words above

MATRIX |= WALL_ROWS

# Who may find a phrase of the case in any answer at all, that of a refused form included. Who the child is stands in
# none: it takes a reason, which the walk does not give.
READERS: dict[str, set[str]] = {
    ASKED_BECAUSE: {"therapist", "lead_supervisor"},
    NEEDED_TOPICS: {"therapist"} | LEAD,
    POOLED: ON_CASE,
    KNOWN: READS_ACCOUNT,
    CONCERN: ON_CASE,
    ANSWER: READS_ACCOUNT,
    QUESTION: READS_ACCOUNT,
    NOTE: {"investigator"},
    THERAPY_NOTE: {"therapist"},
    SOCIAL_NOTE: L,
    GIVEN_NAME: set(),
    FAMILY_NAME: set(),
    BIRTH_DATE: set(),
}


def expected(name: str, method: str, person: str, *, is_open: bool, before_standing: bool) -> int:
    """The status that this person should get. `is_open`: needs no sign-in; `before_standing`: no second factor yet."""
    answers = MATRIX[name].get(method, everyone(405))
    if person == "ended_member" and not is_open:
        return 302
    if person == "lapsed_worker" and not is_open and not before_standing:
        return 403
    return answers.get(person, answers[EVERYONE])
