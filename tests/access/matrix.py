"""What each person of the cast gets at each address: written from the rules, compared with the house.

A row: method to people to status. People that a row does not name get the row's `else`, which for addresses of a case
is 404: for them the case does not exist. Before all of it: nobody signed in is sent to sign in, `lapsed_worker` is 403
everywhere (no standing), and `ended_member` can't be signed in at all, so is sent to sign in too.
"""

EVERYONE = "else"
LEAD = {"lead_worker", "lead_supervisor"}
PARTNERS = {"investigator", "therapist", "prosecutor", "prosecution_supervisor"}
ON_CASE = LEAD | PARTNERS
READS_ACCOUNT = {"lead_worker", "lead_supervisor", "investigator", "prosecutor", "prosecution_supervisor"}
READS_LEGAL = {"lead_supervisor", "prosecutor", "prosecution_supervisor"}
SUPERVISORS = {
    "lead_supervisor", "police_supervisor", "therapy_supervisor", "prosecution_supervisor", "stranger_supervisor",
}  # fmt: skip


def on_case(allowed: set[str], refused: set[str] | None = None, status: int = 200) -> dict[str, int]:
    """`allowed` get `status`, others who see the case 403, everybody else 404."""
    seen = (ON_CASE if refused is None else refused) - allowed
    return {**dict.fromkeys(allowed, status), **dict.fromkeys(seen, 403), EVERYONE: 404}


def only(allowed: set[str], status: int = 200) -> dict[str, int]:
    """`allowed` get `status`, everybody else 403: a page that belongs to no case."""
    return {**dict.fromkeys(allowed, status), EVERYONE: 403}


OPENERS = {
    "lead_worker", "lead_supervisor", "lead_colleague", "walled_worker", "expired_worker", "investigator", "prosecutor",
    "police_supervisor", "therapy_supervisor", "prosecution_supervisor", "stranger", "stranger_supervisor",
}  # fmt: skip
WRITES_OVERVIEW = {"lead_worker", "lead_supervisor"}

GET: dict[str, dict[str, int]] = {
    "cases:my_work": {EVERYONE: 200},
    "cases:list": {EVERYONE: 200},
    "cases:new": only(OPENERS),
    "cases:case": on_case(ON_CASE),
    "cases:change": on_case(WRITES_OVERVIEW),
    "cases:identity": on_case({"lead_worker", "investigator"}),
    "cases:change_identity": on_case({"lead_worker"}),
    "cases:who_can_see": on_case(ON_CASE),
    "cases:agencies": on_case(WRITES_OVERVIEW),
    "account:account": on_case(READS_ACCOUNT),
    "account:new_telling": on_case({"lead_worker", "investigator"}),
    "sharing:of_case": on_case(ON_CASE),
    "sharing:offer": on_case(WRITES_OVERVIEW),
    "summaries:list": on_case(READS_LEGAL),
    "sharing:inbox": only(SUPERVISORS),
    "oversight:cases": only(SUPERVISORS | {"lead_auditor"}),
    "oversight:refusals": only(SUPERVISORS | {"lead_auditor"}),
    "oversight:sign_ins": only(SUPERVISORS | {"lead_auditor"}),
    "oversight:looks": {"lead_supervisor": 200, "lead_auditor": 200, EVERYONE: 404},
    "agencies:members": only({"lead_admin"}),
    "agencies:add": only({"lead_admin"}),
}
