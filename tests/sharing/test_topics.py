"""Named topics of the account: what stands behind them, in the database, in the guarded manager and on every page."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.urls import get_resolver, reverse

from casework.access.checker import live_permissions
from casework.access.database import bind_member
from casework.access.kinds import READ_TOPICS
from casework.access.models import CaseGrant
from casework.access.task import acting_as
from casework.account.actions import TellingLog, add_passages, correct_passage, record_telling
from casework.account.edit_actions import tag_passages
from casework.account.edits import PassageTags
from casework.account.models import Correction, Passage
from casework.account.transcript import split_transcript
from casework.cases.models import Case
from casework.summaries.selectors import choices_for
from tests.access.test_matrix import address, routes
from tests.cast import ANSWER, Cast, seal_by_two, telling_of

WORDS = ["lantern-one", "lantern-two", "lantern-three", "lantern-four", "lantern-five", "lantern-six"]
TOPICS = [("home",), ("home", "online"), (), ("school",), ("online",), ("person",)]


@pytest.fixture
def told(cast: Cast) -> int:
    """T3: six passages, each with its word; about home, home and online, nothing, school, online, a person."""
    member = cast.investigator
    passages = split_transcript("\n".join(f"I: Question {word}?\nC: Answer {word}." for word in WORDS)).passages
    with acting_as(member.pk, route="test"):
        case = Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.case.pk)
        telling = record_telling(case=case, by=member, number=3, log=TellingLog("prior", cast.telling.told_on))
        add_passages(telling=telling, by=member, version=1, passages=passages)
    with acting_as(member.pk, route="test"):
        telling = telling_of(cast.case, 3, member)
        tags = {number: PassageTags("", "", topics) for number, topics in enumerate(TOPICS, start=1)}
        tag_passages(telling=telling, by=member, version=telling.version, tags=tags)
    seal_by_two(telling, member, cast.lead_worker, lambda who: acting_as(who.pk, route="test"))
    return 3


def numbers(member: Any, *, by_sql: bool) -> list[int]:
    """Which passages of T3 this member gets, from the guarded manager or from the database alone."""
    with acting_as(member.pk, route="test"):
        rows = Passage.everything if by_sql else Passage.objects.visible_to(member)
        return sorted(rows.filter(telling__number=3).values_list("number", flat=True))


@pytest.mark.parametrize("by_sql", [False, True])
@pytest.mark.parametrize(
    ("topics", "passages"),
    [
        (("home",), [1]),
        (("online",), [5]),
        (("home", "online"), [1, 2, 5]),
        (("device",), []),
        (("school", "person"), [4, 6]),
    ],
)
def test_a_passage_is_read_when_all_that_it_is_about_was_shared(cast, told, give, topics, passages, by_sql):
    """Never one that is about something else as well, and never one that nobody has classed."""
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=topics)
    assert numbers(cast.therapist, by_sql=by_sql) == passages


@pytest.mark.parametrize("by_sql", [False, True])
def test_two_shares_give_what_both_give_and_one_that_ends_leaves_the_other(cast, told, give, client_of, by_sql):
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    second = give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("online",))
    assert numbers(cast.therapist, by_sql=by_sql) == [1, 2, 5]
    url = f"/cases/{cast.case.reference}/shares/{second.pk}/withdraw/"
    assert client_of(cast.lead_worker).post(url, {"reason": "Less.", "version": 3}).status_code == 302
    assert numbers(cast.therapist, by_sql=by_sql) == [1]


def test_topics_are_not_the_account(cast, told, give):
    """Whatever asks for the account is closed: the permission is another one, in guardian and in the database."""
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    with acting_as(cast.therapist.pk, route="test"), connection.cursor() as cursor:
        held = live_permissions(cast.therapist, cast.case)
        assert READ_TOPICS in held and "read_account" not in held
        assert not cast.therapist.has_perm("cases.read_account", cast.case)
        cursor.execute("select %s = any(casework_visible_ids('read_account'))", [cast.case.pk])
        assert cursor.fetchone() == (False,)
        assert Passage.everything.filter(case=cast.case, telling__number__lt=3).count() == 0


def test_page_keeps_the_numbers_and_says_what_is_closed(cast, told, give, client_of):
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    client = client_of(cast.therapist)
    url = f"/cases/{cast.case.reference}/account/"
    assert client.post(f"{url}purpose/", {"purpose": "treat"}).status_code == 302
    page = client.get(url).content.decode()
    assert "Answer lantern-one" in page
    assert not [word for word in WORDS[1:] if word in page] and ANSWER not in page
    assert "Passages 2 to 6 are not shared with you." in page
    assert 'id="t3p1"' in page and "only who reads the whole can check the seal" in page
    assert "How, where and with whom it was told" not in page
    assert "Passages 1 to 2 are not shared with you." in page, "of T1 nothing, and that is said"


def test_no_address_of_the_case_shows_a_passage_of_another_topic(cast, told, give, client_of):
    """Every route with a reference, by GET and POST, for every passage of T3; and what is asked in plain words."""
    member = cast.investigator
    with acting_as(member.pk, route="test"):
        rows = Passage.objects.visible_to(member).select_related("case", "telling", "case__lead_agency")
        words = {"text": "corrected-four", "reason": "because-four"}
        correct_passage(passage=rows.get(telling__number=3, number=4), by=member, **words)
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    client, base = client_of(cast.therapist), f"/cases/{cast.case.reference}/"
    client.post(f"{base}account/purpose/", {"purpose": "treat"})
    secret, seen, leaks = [*WORDS[1:], ANSWER, *words.values()], set(), []
    for name, pattern in routes().items():
        if "reference" not in pattern.pattern.converters:
            continue
        known = {**get_resolver().resolve(address(name, cast)).kwargs}
        known |= {"telling": 3} if "telling" in known else {}
        several = [{"passage": number} for number in range(1, 7)] if "passage" in known else [{}]
        for place in several:
            path = reverse(name, kwargs={**known, **place})
            for method in ("get", "post"):
                cache.clear()
                body = getattr(client, method)(path).content.decode()
                leaks += [(method, path, word) for word in secret if word in body]
                seen |= {name for word in WORDS[:1] if word in body}
    asked = client.post(
        address("search:ask", cast), {"question": "What of two, three and four?", "purpose": "treat"}
    ).content.decode()
    assert [word for word in secret if word in asked] == [] == leaks
    assert "account:account" in seen, "what was shared is shown"


def test_corrections_follow_their_passage(cast, told, give):
    member = cast.investigator
    with acting_as(member.pk, route="test"):
        rows = Passage.objects.visible_to(member).select_related("case", "telling", "case__lead_agency")
        for number in (1, 4):
            correct_passage(
                passage=rows.get(telling__number=3, number=number), by=member, text=f"c{number}", reason="r"
            )
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    with acting_as(cast.therapist.pk, route="test"):
        for rows in (Correction.objects.visible_to(cast.therapist), Correction.everything):
            assert [row.passage.number for row in rows.select_related("passage").filter(case=cast.case)] == [1]


def test_summaries_offer_the_shared_passages_and_count_no_others(cast, told, give):
    give("far_social", ["stranger"], compartments=("account",), topics=("home",))
    with acting_as(cast.stranger.pk, route="test"):
        from casework.summaries.models import Summary

        summary = Summary(case=Case.objects.visible_to(cast.stranger).get(pk=cast.case.pk), number=9)
        parts = choices_for(cast.stranger, summary).tellings
        assert [(part.telling.number, part.total, len(part.passages)) for part in parts if part.passages] == [(3, 1, 1)]
        assert sum(part.total for part in parts) == 1


def test_the_record_names_the_share_by_which_topics_were_read(cast, told, give, client_of, entries):
    share = give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    client = client_of(cast.therapist)
    client.post(f"/cases/{cast.case.reference}/account/purpose/", {"purpose": "treat"})
    client.get(f"/cases/{cast.case.reference}/account/")
    looks = [entry for entry in entries(actor_id=cast.therapist.pk, verb="looked") if "account" in entry.compartments]
    assert looks[0].share_id == share.pk and looks[0].purpose == "treat"
    assert len(looks[0].shown["casework_account.passage"]) == 1


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"compartments": ["overview"], "topics": ["home"]}, "topics", "Topics are of the account."),
        ({"topics": ["home"], "may_write": ["account"]}, "topics", "can't write in the account"),
        ({"topics": ["weather"]}, "topics", "weather is not one of the available choices"),
        ({"topics": []}, "topics", "Choose at least one topic."),
        ({"topics": [], "extent": ""}, "extent", "Say whether they see all that the child told, or some topics."),
        ({"topics": [], "extent": "some"}, "extent", "some is not one of the available choices"),
    ],
)
def test_topics_that_make_no_sense_are_refused(cast, client_of, answers, changed, field, reason):
    url = f"/cases/{cast.case.reference}/shares/new/"
    sent = {"compartments": ["account"], "extent": "topics", **changed}
    page = client_of(cast.lead_worker).post(url, {**answers(**sent), "step": "send"})
    assert page.status_code == 422
    assert reason in " ".join(page.context["form"].errors[field])


def test_the_least_effort_shares_no_account(cast, client_of, answers, shares):
    """Going on without an answer asks the question again; all of it, or which topics, is said each time."""
    url, before = f"/cases/{cast.case.reference}/shares/new/", set(shares())
    client = client_of(cast.lead_worker)
    asked = client.post(url, {**answers(compartments=["account"], extent=""), "step": "what"})
    assert not asked.context["form"]["extent"].value() and asked.status_code == 200
    again = client.post(url, {**answers(compartments=["account"], extent=""), "step": "topics"})
    assert again.status_code == 422 and again.context["step"].name == "topics"
    sent = answers(compartments=["account"], extent="all", topics=["home"])
    assert client.post(url, {**sent, "step": "send"}).status_code == 302
    (made,) = (share for key, share in shares().items() if key not in before)
    assert made.topics == [], "a topic that was ticked first and then left for the whole counts no more"


@pytest.mark.parametrize(("topics", "codename"), [(("home",), "read_account"), ((), READ_TOPICS)])
def test_plain_sql_gives_neither_the_account_for_topics_nor_topics_for_the_account(cast, give, topics, codename):
    from django.contrib.auth.models import Permission

    share = give("far_social", ["stranger"], compartments=("account",), topics=topics)
    with acting_as(cast.stranger_supervisor.pk, route="test"):
        grant = CaseGrant(
            user=cast.stranger_supervisor, content_object=cast.case, share=share, purpose="treat", ends_at=share.until,
            legal_basis="public_task", granted_by=cast.stranger_supervisor,
            permission=Permission.objects.get(codename=codename),
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            grant.save(force_insert=True)


def test_numbers_of_closed_passages_are_told_to_readers_of_topics_alone(cast, told, give):
    with connection.cursor() as cursor:
        for person, last in (("stranger", None), ("investigator", None), ("therapist", None)):
            bind_member(cursor, cast.people[person].pk)
            cursor.execute("select casework_last_passage(%s, %s)", [cast.telling.pk, cast.case.pk])
            assert cursor.fetchone() == (last,)
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    with connection.cursor() as cursor:
        bind_member(cursor, cast.therapist.pk)
        cursor.execute("select casework_last_passage(%s, %s)", [cast.telling.pk, cast.case.pk])
        assert cursor.fetchone() == (2,)
        cursor.execute("select casework_last_passage(%s, %s)", [cast.telling.pk, cast.other_case.pk])
        assert cursor.fetchone() == (None,)
