"""What each role may be given at all: a grant beyond its role's need is refused before it is written."""

from agencies.kinds import AgencyKind, Role
from casework.access.kinds import Compartment as C

EVERYWHERE = {C.OVERVIEW}

READS: dict[str, set[str]] = {
    Role.SOCIAL_WORKER: {C.IDENTITY, C.ACCOUNT, C.SOCIAL, C.POLICE, C.THERAPY, C.MEDICAL, C.LEGAL},
    Role.INVESTIGATOR: {C.IDENTITY, C.ACCOUNT, C.POLICE, C.SOCIAL, C.MEDICAL, C.LEGAL},
    Role.INTERVIEWER: {C.IDENTITY, C.ACCOUNT, C.POLICE, C.SOCIAL},
    Role.THERAPIST: {C.IDENTITY, C.ACCOUNT, C.SOCIAL, C.THERAPY, C.MEDICAL},
    Role.CLINICIAN: {C.IDENTITY, C.ACCOUNT, C.SOCIAL, C.MEDICAL},
    Role.PROSECUTOR: {C.IDENTITY, C.ACCOUNT, C.POLICE, C.MEDICAL, C.LEGAL},
    Role.LEGAL_REPRESENTATIVE: {C.IDENTITY, C.ACCOUNT, C.SOCIAL, C.LEGAL},
    Role.PROBATION_OFFICER: {C.POLICE, C.LEGAL},
    Role.HOTLINE_ANALYST: set(),
    Role.VICTIM_ADVOCATE: {C.IDENTITY, C.SOCIAL, C.LEGAL},
    Role.SUPERVISOR: {C.IDENTITY, C.ACCOUNT, C.POLICE, C.SOCIAL, C.THERAPY, C.MEDICAL, C.LEGAL},
    Role.IDENTITY_CUSTODIAN: {C.IDENTITY},
    Role.AUDITOR: set(),
    Role.AGENCY_ADMINISTRATOR: set(),
}

# Whoever opens a case for an agency that leads must be able to write down who the child is.
WRITES: dict[str, set[str]] = {
    Role.SOCIAL_WORKER: {C.OVERVIEW, C.IDENTITY, C.ACCOUNT, C.SOCIAL},
    Role.INVESTIGATOR: {C.OVERVIEW, C.IDENTITY, C.POLICE, C.ACCOUNT},
    Role.INTERVIEWER: {C.OVERVIEW, C.ACCOUNT},
    Role.THERAPIST: {C.OVERVIEW, C.THERAPY},
    Role.CLINICIAN: {C.OVERVIEW, C.MEDICAL},
    Role.PROSECUTOR: {C.OVERVIEW, C.IDENTITY, C.LEGAL},
    Role.LEGAL_REPRESENTATIVE: {C.LEGAL},
    Role.SUPERVISOR: {C.OVERVIEW, C.IDENTITY, C.LEGAL},
    Role.IDENTITY_CUSTODIAN: {C.IDENTITY},
}

# Which compartments an agency of a kind writes itself.
OWN_COMPARTMENTS: dict[str, set[str]] = {
    AgencyKind.POLICE: {C.POLICE},
    AgencyKind.SOCIAL_SERVICES: {C.SOCIAL},
    AgencyKind.THERAPY: {C.THERAPY},
    AgencyKind.MEDICAL: {C.MEDICAL},
    AgencyKind.PROSECUTION: {C.LEGAL},
    AgencyKind.COURT: {C.LEGAL},
    AgencyKind.PROBATION: set(),
    AgencyKind.HOTLINE: set(),
    AgencyKind.CHILDRENS_HOUSE: {C.THERAPY, C.MEDICAL},
}

# Roles that never come near a case, whoever names them (DESIGN.md, promise 2).
NEVER_ON_A_CASE = {Role.AUDITOR, Role.AGENCY_ADMINISTRATOR}


def readable(roles: list[str]) -> set[str]:
    """Compartments that a member with these roles may be given to read; overview with any of them."""
    fitting = set().union(*(READS.get(role, set()) for role in roles))
    return fitting | EVERYWHERE if set(roles) - NEVER_ON_A_CASE else set()


def writable(roles: list[str]) -> set[str]:
    """Compartments that a member with these roles may be given to write in."""
    return set().union(*(WRITES.get(role, set()) for role in roles))
