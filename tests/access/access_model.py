"""Who reads what of one case, written out from DESIGN.md: nothing here knows of grants, policies or SQL."""

from dataclasses import dataclass, field

COMPARTMENTS = ["overview", "identity", "account", "police", "social", "therapy", "medical", "legal"]
NOTES = [each for each in COMPARTMENTS if each not in ("identity", "account")]
# What each person's roles may be given, once more and by hand.
FITS = {
    "lead_worker": set(COMPARTMENTS),
    "lead_colleague": set(COMPARTMENTS),
    "lead_supervisor": set(COMPARTMENTS),
    "investigator": set(COMPARTMENTS) - {"therapy"},
    "police_supervisor": set(COMPARTMENTS),
    "therapist": {"overview", "identity", "account", "social", "therapy", "medical"},
    "therapy_supervisor": set(COMPARTMENTS),
    "stranger": set(COMPARTMENTS),
}
LEAD = "harbour_social"
AGENCY_OF = {
    "lead_worker": LEAD,
    "lead_colleague": LEAD,
    "lead_supervisor": LEAD,
    "investigator": "north_police",
    "police_supervisor": "north_police",
    "therapist": "bluebell_therapy",
    "therapy_supervisor": "bluebell_therapy",
    "stranger": "far_social",
}
WRITERS = [LEAD, "north_police", "bluebell_therapy"]
# The passages of T1, each with what it is about.
ABOUT: dict[int, set[str]] = {1: {"home"}, 2: {"home", "online"}, 3: set(), 4: {"online"}}


@dataclass
class ModelShare:
    """`named`: member to what that member reads by it; `is_live` until it is withdrawn, declined or over.

    `hangs`: ends with the review of the case; `has_lapsed`: the review came late, and may still confirm it.
    """

    key: int
    giver: str
    agency: str
    compartments: set[str]
    topics: set[str] = field(default_factory=set)
    hangs: bool = False
    is_live: bool = True
    is_accepted: bool = False
    has_lapsed: bool = False
    named: dict[str, set[str]] = field(default_factory=dict)

    @property
    def is_in_force(self) -> bool:
        return self.is_live and self.is_accepted and not self.has_lapsed


@dataclass
class Model:
    """One case. `own`: what the lead agency's people were named for; `lapsed`: of these, since a review came late.

    `gone`: without standing; `emergencies`: person to its key and what it opens; `waiting`: for its review.
    `asked`, `given`: person to the key of the request for the identity that waits, and of the one that was granted.
    """

    own: dict[str, set[str]]
    lapsed: dict[str, set[str]] = field(default_factory=dict)
    shares: list[ModelShare] = field(default_factory=list)
    walls: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    emergencies: dict[str, tuple[int, set[str]]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    asked: dict[str, int] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    is_closed: bool = False
    is_overdue: bool = False

    def holds(self, person: str) -> set[tuple[str, str]]:
        """Each compartment with whose notes in it: an agency's, or `any` in an emergency."""
        if person in self.walls or person in self.gone:
            return set()
        held = {(each, AGENCY_OF[person]) for each in self.own.get(person, ())}
        for share in self._in_force(person):
            whole = share.named[person] - ({"account"} if share.topics else set())
            held |= {(each, giver) for each in whole for giver in (share.giver, AGENCY_OF[person])}
        if person in self.given:
            held.add(("identity", AGENCY_OF[person]))
        return held | {(each, "any") for each in self.emergencies.get(person, (0, set()))[1]}

    def topics(self, person: str) -> set[str]:
        """The topics of which this person reads, beside whole accounts."""
        if person in self.walls or person in self.gone:
            return set()
        return {topic for share in self._in_force(person) if "account" in share.named[person] for topic in share.topics}

    def reads(self, person: str) -> set[str]:
        """The compartments that this person reads; `account` when all of it."""
        return {each for each, _whose in self.holds(person)}

    def notes(self, person: str) -> set[tuple[str, str]]:
        """The notes that this person reads, each by compartment and agency that wrote it. The overview is common."""
        held = self.holds(person)
        own = {(each, AGENCY_OF[person]) for each, _whose in held}
        anybodys = {each for each, whose in held if whose == "any" or each == "overview"}
        every = {(each, agency) for each in NOTES for agency in WRITERS}
        return {note for note in every if note in held | own or note[0] in anybodys}

    def passages(self, person: str) -> set[int]:
        """The passages that this person reads: all, or those whose every topic was shared."""
        if "account" in self.reads(person):
            return set(ABOUT)
        return {number for number, about in ABOUT.items() if about and about <= self.topics(person)}

    def sees_by_name(self, person: str) -> bool:
        """True for who sees the case by the own agency's naming or by a share, whatever stands before it."""
        return person in self.own or bool(self._in_force(person))

    def given_without_case(self) -> list[str]:
        """Who was given the identity on request and sees the case no longer: then it is theirs no longer either."""
        return [person for person in self.given if not self.sees_by_name(person)]

    # What happens

    def raise_wall(self, person: str) -> None:
        """The case does not exist for this person; and no emergency has the identity of a case with a wall."""
        self.walls.add(person)
        self.emergencies = {each: (key, read - {"identity"}) for each, (key, read) in self.emergencies.items()}

    def fall_due(self) -> None:
        """The day of the review comes without one: who is here until then is here no longer."""
        self.given.clear()
        self.is_overdue = True
        self.lapsed, self.own = self.own, {}
        self.emergencies = {person: (key, set()) for person, (key, _read) in self.emergencies.items()}
        for share in self.shares:
            share.has_lapsed = share.hangs and share.is_accepted and share.giver == LEAD
            share.is_live = share.is_live and share.has_lapsed

    def review(self, stay: set[str]) -> None:
        """Who stays is confirmed, with the lead agency's shares that hang on the review; everybody else is off."""
        everybody = {**self.lapsed, **self.own}
        self.own, self.lapsed = {person: read for person, read in everybody.items() if person in stay}, {}
        for share in self.shares:
            share.named = {person: read for person, read in share.named.items() if person in stay}
            share.is_live = share.is_live and not (share.has_lapsed and not share.named)
            share.has_lapsed = False
        self.is_overdue = False

    def close(self) -> None:
        self.is_closed = True
        self.asked.clear()
        self.given.clear()
        for share in self.shares:
            share.is_live = False
        self.emergencies = {person: (key, set()) for person, (key, _read) in self.emergencies.items()}

    def _in_force(self, person: str) -> list[ModelShare]:
        return [share for share in self.shares if share.is_in_force and person in share.named]
