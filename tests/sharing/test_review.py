"""Every ninety days each person on a case is confirmed, or falls off, by the database's clock."""

import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from casework.access.database import bind_member
from casework.access.errors import AccessDenied
from casework.access.models import CaseGrant
from casework.access.task import acting_as
from casework.cases.actions import open_case
from casework.cases.models import Case
from casework.cases.people_actions import name_member
from casework.sharing.models import PersonReview, Share
from casework.sharing.panels import reviews_due
from casework.sharing.reviewing import people_under_review
from tests.cast import OWN_TERMS, Cast
from tests.conftest import superuser


@pytest.fixture
def review_url(cast: Cast) -> str:
    return f"/oversight/cases/{cast.case.reference}/review/"


def overseen(cast: Cast) -> Case:
    case: Case = Case.objects.overseen_by(cast.lead_supervisor).select_related("lead_agency").get(pk=cast.case.pk)
    return case


def answers_for(cast: Cast, *off: str) -> dict[str, Any]:
    """Everybody stays but those named, who come off for a reason."""
    with acting_as(cast.lead_supervisor.pk, route="test"):
        people = [each.member for each in people_under_review(overseen(cast))]
    gone = {cast.people[key].pk for key in off}
    stays = {f"stays_{member.pk}": "no" if member.pk in gone else "yes" for member in people}
    return {**stays, **{f"reason_{pk}": "Has done the part." for pk in gone}}


def age(name: str, case: Case, days: int) -> None:
    """Let days pass for this case, as the superuser: the application can't."""
    with superuser(name) as admin:
        for sentence in (
            "update cases_case set review_due = review_due - %(days)s * interval '1 day' where id = %(case)s",
            "update access_casegrant set granted_at = granted_at - %(days)s * interval '1 day',"
            " ends_at = ends_at - %(days)s * interval '1 day' where content_object_id = %(case)s",
            "update sharing_share set offered_at = offered_at - %(days)s * interval '1 day',"
            " until = until - %(days)s * interval '1 day' where case_id = %(case)s",
        ):
            admin.execute(sentence, {"days": days, "case": case.pk})


def test_every_grant_ends_with_the_review_whatever_was_asked_for(cast: Cast) -> None:
    with acting_as(cast.stranger.pk, route="test"):
        case = open_case(
            by=cast.stranger, pseudonym="Grey Wagtail", concern="x", risk="low", age_band="10-12", child=_nobody()
        )
    with acting_as(cast.stranger.pk, route="test"), connection.cursor() as cursor:
        cursor.execute(
            "select count(*), bool_and(g.ends_at = c.review_due), min(c.review_due) - now()"
            " from access_casegrant g join cases_case c on c.id = g.content_object_id where c.id = %s",
            [case.pk],
        )
        number, all_capped, left = cursor.fetchone()
    assert number > 3 and all_capped
    assert datetime.timedelta(days=89) < left <= datetime.timedelta(days=90, minutes=1)


def _nobody() -> Any:
    from casework.cases.actions import ChildIdentity

    return ChildIdentity()


def test_plain_sql_gives_nobody_more_than_the_review(cast: Cast) -> None:
    with acting_as(cast.lead_supervisor.pk, route="test"):
        held = CaseGrant.objects.filter(content_object=cast.case, user=cast.lead_supervisor).first()
        assert held is not None
        grant = CaseGrant(
            user=cast.lead_colleague, content_object=cast.case, permission=held.permission, purpose="protect",
            legal_basis="public_task", granted_by=cast.lead_supervisor,
            ends_at=datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC),
        )  # fmt: skip
        grant.save(force_insert=True)
        grant.refresh_from_db()
        assert grant.ends_at == overseen(cast).review_due
        with (
            connection.cursor() as cursor,
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
        ):
            cursor.execute(
                "update cases_case set review_due = now() + interval '9 years' where id = %s", [cast.case.pk]
            )


@pytest.mark.parametrize(
    "person", ["lead_worker", "lead_auditor", "police_supervisor", "stranger_supervisor", "investigator"]
)
def test_the_database_moves_the_review_for_supervisors_of_the_lead_agency_alone(cast: Cast, person: str) -> None:
    with connection.cursor() as cursor:
        bind_member(cursor, cast.people[person].pk)
        with pytest.raises(DatabaseError, match="Only a supervisor"), transaction.atomic():
            cursor.execute("select * from casework_review_case(%s, %s)", [cast.case.pk, [cast.people[person].pk]])


def test_page_asks_of_each_person_and_keeps_what_was_answered(cast, client_of, review_url):
    client = client_of(cast.lead_supervisor)
    page = client.get(review_url).content.decode()
    for name in ("Lead Worker", "Investigator", "Therapist", "Prosecutor"):
        assert name in page
    assert "Walled Worker" in page, "who oversees the case knows of its walls"
    answers = answers_for(cast, "investigator")
    answers[f"reason_{cast.investigator.pk}"] = ""
    again = client.post(review_url, answers)
    assert again.status_code == 422 and "Say why this person comes off the case." in again.content.decode()
    del answers[f"stays_{cast.therapist.pk}"]
    assert client.post(review_url, answers).status_code == 422


def test_who_stays_stays_for_ninety_days_more_and_who_comes_off_is_off_at_once(cast, client_of, review_url, entries):
    investigator = client_of(cast.investigator)
    assert investigator.get(f"/cases/{cast.case.reference}/").status_code == 200
    assert client_of(cast.lead_supervisor).post(review_url, answers_for(cast, "investigator")).status_code == 302
    assert investigator.get(f"/cases/{cast.case.reference}/").status_code == 404
    assert client_of(cast.lead_worker).get(f"/cases/{cast.case.reference}/").status_code == 200
    with acting_as(cast.lead_supervisor.pk, route="test"):
        rows = PersonReview.objects.overseen_by(cast.lead_supervisor).filter(case=cast.case)
        outcomes = {row.member_id: row.outcome for row in rows}
        assert outcomes[cast.investigator.pk] == "ended" and outcomes[cast.lead_worker.pk] == "confirmed"
        assert "Has done the part." in {row.reason for row in rows}
    moved = [entry for entry in entries(verb="changed") if (entry.additional_data or {}).get("review")]
    assert {entry.object_repr.split(":")[0] for entry in moved} >= {"cases.case", "access.casegrant"}


def test_a_share_with_an_end_of_its_own_keeps_it(cast, client_of, review_url, shares):
    """The shares of the cast end after thirty days, long before the review: confirming prolongs none of them."""
    before = {key: share.until for key, share in shares().items()}
    assert client_of(cast.lead_supervisor).post(review_url, answers_for(cast)).status_code == 302
    assert {key: share.until for key, share in shares().items()} == before


def test_a_share_until_the_review_goes_on_with_it_for_those_who_stay(cast, client_of, review_url, give, shares):
    with acting_as(cast.lead_worker.pk, route="test"):
        due = Case.objects.visible_to(cast.lead_worker).get(pk=cast.case.pk).review_due
    share = give("far_social", ["stranger"], compartments=("social",), until=due)
    assert client_of(cast.lead_supervisor).post(review_url, answers_for(cast)).status_code == 302
    assert shares()[share.pk].until > due
    with acting_as(cast.lead_supervisor.pk, route="test"):
        assert {grant.ends_at for grant in CaseGrant.objects.filter(share=share)} == {shares_until(share, cast)}


def shares_until(share: Share, cast: Cast) -> datetime.datetime:
    row: Share = Share.objects.overseen_by(cast.lead_supervisor).get(pk=share.pk)
    return row.until


def test_somebody_who_came_meanwhile_is_not_passed_over(cast, client_of, review_url):
    answers = answers_for(cast)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        name_member(
            case=overseen(cast),
            member=cast.lead_colleague,
            by=cast.lead_supervisor,
            read=["social"],
            write=[],
            terms=OWN_TERMS,
        )
    assert client_of(cast.lead_supervisor).post(review_url, answers).status_code == 422


def test_unconfirmed_people_fall_off_by_the_clock_and_come_back_by_a_late_review(own_database, seeded, client_of):
    """Real commits, and the clock of the database: ninety-one days later nobody reads, nobody can be named."""
    cast, url = seeded, f"/cases/{seeded.case.reference}/"
    review = f"/oversight/cases/{seeded.case.reference}/review/"
    age(own_database, cast.case, 80)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        [item] = list(reviews_due(cast.lead_supervisor))
        assert item.url == review
    age(own_database, cast.case, 11)
    worker, supervisor = client_of(cast.lead_worker), client_of(cast.lead_supervisor)
    assert worker.get(url).status_code == 404
    with pytest.raises(AccessDenied, match="overdue"), acting_as(cast.lead_supervisor.pk, route="test"):
        name_member(
            case=overseen(cast), member=cast.lead_colleague, by=cast.lead_supervisor, read=[], write=[], terms=OWN_TERMS
        )
    page = supervisor.get(review).content.decode()
    assert "Fell off on" in page and "Lead Worker" in page and "Investigator" not in page
    assert supervisor.post(review, answers_for(cast)).status_code == 302
    assert worker.get(url).status_code == 200
