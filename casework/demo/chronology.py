"""What happened when: events of all stories in one order, and the dates that the demonstration gives them.

The database stamps every row and every audit entry with its own clock, and nothing in the application can change that.
So the stories happen within a minute, in their order; then, once, before the record is locked and before anything is
sealed, the database's superuser moves the stamps of the demonstration back to their days. No real installation has this
code path: it needs the embedded superuser.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

STAMPS = {
    "cases_case": "opened_at",
    "cases_participant": "joined_at",
    "cases_entry": "written_at",
    "cases_entryrevision": "replaced_at",
    "casework_account_telling": "recorded_at",
    "casework_account_passagerevision": "replaced_at",
    "casework_account_correction": "made_at",
    "casework_account_passageedit": "made_at",
    "casework_account_toldbefore": "answered_at",
    "access_casegrant": "granted_at",
    "access_wall": "raised_at",
    "emergency_emergencyaccess": "started_at",
    "custody_identityrequest": "asked_at",
    "cases_attendance": "recorded_at",
    "assessment_harms": "written_at",
    "assessment_distribution": "written_at",
    "assessment_screeninganswer": "answered_at",
    "planning_plan": "prepared_at",
    "planning_signature": "signed_at",
    "planning_planstep": "added_at",
    "planning_question": "asked_at",
    "planning_recordcheck": "checked_at",
    "planning_furtherrequest": "requested_at",
    "sharing_share": "offered_at",
    "sharing_topicrequest": "asked_at",
    "sharing_personreview": "decided_at",
    "summaries_summary": "made_at",
}
FURTHER_STAMPS = (
    ("sharing_share", "second_at", "sharing.share"),
    ("sharing_share", "decided_at", "sharing.share"),
    ("sharing_share", "revoked_at", "sharing.share"),
    ("casework_account_telling", "signed_at", "casework_account.telling"),
    ("casework_account_telling", "sealed_at", "casework_account.telling"),
    ("cases_case", "closed_at", "cases.case"),
    ("cases_case", "changed_at", "cases.case"),
    ("cases_entry", "changed_at", "cases.entry"),
    ("access_casegrant", "ended_at", "access.casegrant"),
    ("access_wall", "lifted_at", "access.wall"),
    ("emergency_emergencyaccess", "ended_at", "emergency.emergencyaccess"),
    ("emergency_emergencyaccess", "explained_at", "emergency.emergencyaccess"),
    ("emergency_emergencyaccess", "reviewed_at", "emergency.emergencyaccess"),
    ("custody_identityrequest", "decided_at", "custody.identityrequest"),
    ("planning_question", "outcome_at", "planning.question"),
    ("planning_furtherrequest", "decided_at", "planning.furtherrequest"),
    ("summaries_summary", "asked_at", "summaries.summary"),
    ("summaries_summary", "decided_at", "summaries.summary"),
)
SEAL_TRIGGERS = (
    ("casework_account_telling", "telling_seal_is_final"),
    ("casework_account_telling", "telling_seal_by_two"),
    ("casework_account_passageedit", "edit_seal_is_final"),
)


@dataclass(frozen=True, order=True)
class Event:
    """One thing that happened `days_ago` days before today, at `minute` of that day, UTC."""

    days_ago: float
    minute: int
    order: int
    act: Callable[[], None] = field(compare=False)


class Chronology:
    """Collects events, plays them oldest first, and remembers which audit entries belong to which moment."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.moments: list[tuple[int, datetime.datetime]] = []
        self.today: list[Callable[[], None]] = []

    def add(self, days_ago: float, act: Callable[[], None], minute: int = 9 * 60) -> None:
        self.events.append(Event(-days_ago, minute, len(self.events), act))

    def add_today(self, act: Callable[[], None]) -> None:
        """For what prints the dates of the others: done when those have their days."""
        self.today.append(act)

    def play_today(self) -> None:
        """Do what was left for after the dates."""
        for act in self.today:
            act()

    def play(self, last_entry: Callable[[], int], tick: Callable[[int, int], None], now: datetime.datetime) -> None:
        """Do everything in order. `last_entry`: the newest audit entry's id; `tick`: progress (done, of)."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for number, event in enumerate(sorted(self.events), start=1):
            event.act()
            moment = midnight + datetime.timedelta(days=event.days_ago, minutes=event.minute, seconds=number % 60)
            self.moments.append((last_entry(), min(moment, now - datetime.timedelta(minutes=1))))
            tick(number, len(self.events))

    def move_stamps_back(self, admin: psycopg.Connection[tuple[object, ...]]) -> None:
        """Give entries and rows the days of their stories, in one transaction, as the database's superuser."""
        with admin.transaction():
            admin.execute("create temp table moment (upto bigint, at timestamptz) on commit drop")
            with admin.cursor().copy("copy moment from stdin") as copy:
                for upto, moment in self.moments:
                    copy.write_row((upto, moment))
            admin.execute("create index on moment (upto)")
            # An entry lies in the month of its time, so a new time may move it: the months have to be there.
            first = min((moment for _upto, moment in self.moments), default=datetime.datetime.now(datetime.UTC))
            admin.execute(
                "select audit_add_month(month::date)"
                " from generate_series(date_trunc('month', %s at time zone 'UTC'), now(), '1 month') month",
                [first],
            )
            admin.execute("alter table audit_auditentry disable trigger audit_entry_b_frozen")
            admin.execute(
                'update audit_auditentry e set "timestamp" ='
                " (select m.at from moment m where m.upto >= e.id order by m.upto limit 1)"
                " where e.id <= (select max(upto) from moment)"
            )
            self._move_rows(admin)
            # The entry of a seal says how the rows of its telling were kept, with their stamps, which have moved.
            admin.execute(
                "update audit_auditentry set additional_data ="
                " jsonb_set(additional_data, '{rows}', to_jsonb(account_kept_rows(object_id)))"
                " where additional_data ? 'sealed' and additional_data ? 'rows'"
            )
            admin.execute("alter table audit_auditentry enable always trigger audit_entry_b_frozen")

    def _move_rows(self, admin: psycopg.Connection[tuple[object, ...]]) -> None:
        for table, trigger in SEAL_TRIGGERS:
            admin.execute(f"alter table {table} disable trigger {trigger}")  # type: ignore[arg-type]
        created = (
            "(select min(e.\"timestamp\") from audit_auditentry e where e.object_id = t.id and e.verb = 'created')"
        )
        for table, column in STAMPS.items():
            admin.execute(f"update {table} t set {column} = {created} where {created} is not null")  # type: ignore[arg-type]
        for table, column, label in FURTHER_STAMPS:
            changed = (
                '(select max(e."timestamp") from audit_auditentry e where e.object_id = t.id'
                f" and e.verb = 'changed' and e.object_repr = '{label}:' || t.id and e.changes ? '{column}')"
            )
            admin.execute(
                f"update {table} t set {column} = {changed} where {column} is not null and {changed} is not null"
            )  # type: ignore[arg-type]
        admin.execute(
            "update planning_hearing h set until = h.until - (current_date - (r.requested_at at time zone 'UTC')::date)"
            " from planning_furtherrequest r where r.id = h.request_id"
        )
        admin.execute("update emergency_emergencyaccess set ends_at = started_at + interval '3 hours'")
        admin.execute(
            "update access_casegrant g set ends_at = e.ends_at from emergency_emergencyaccess e"
            " where e.id = g.emergency_id"
        )
        admin.execute("set constraints all immediate")
        for table, trigger in SEAL_TRIGGERS:
            admin.execute(f"alter table {table} enable always trigger {trigger}")  # type: ignore[arg-type]
