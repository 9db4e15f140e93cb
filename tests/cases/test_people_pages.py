"""Who can see a case and until when, and agencies that come and go."""

import re
from collections.abc import Callable
from typing import Any

from django.urls import reverse

from casework.access.task import acting_as
from casework.cases.kinds import IdentityPart
from casework.cases.models import Participant
from casework.sharing.models import Share
from tests.cast import Cast
from tests.custody.conftest import decided

ClientOf = Callable[..., Any]


def page(name: str, cast: Cast, **more: Any) -> str:
    return reverse(f"cases:{name}", kwargs={"reference": cast.case.reference, **more})


def text_of(answer: Any) -> str:
    return " ".join(str(answer.content.decode()).split())


def leaving(cast: Cast, agency: str) -> str:
    with acting_as(cast.lead_worker.pk, route="test"):
        rows = Participant.objects.visible_to(cast.lead_worker).filter(case=cast.case, left_at=None)
        return page("agency_leaves", cast, participant=rows.get(agency=cast.agencies[agency]).pk)


def test_agency_takes_part_and_leaves_when_that_is_confirmed(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    assert client.post(page("agencies", cast), {"agency": cast.agencies["hill_clinic"].pk}).status_code == 302
    leave = leaving(cast, "hill_clinic")
    assert f'href="{leave}"' in text_of(client.get(page("agencies", cast)))
    assert "Nobody there can see this case now." in text_of(client.get(leave))
    assert "Hill Clinic" in text_of(client.get(page("agencies", cast))), "asking alone changes nothing"
    assert client.post(leave).status_code == 302
    assert not re.search(r"<bdi>Hill Clinic</bdi></th>", text_of(client.get(page("agencies", cast))))
    assert [client.get(leave).status_code, client.post(leave).status_code] == [404, 404]
    assert client_of(cast.investigator).get(page("agencies", cast)).status_code == 403


def test_agency_with_a_share_does_not_leave_and_the_page_says_who_reads_on(cast: Cast, client_of: ClientOf) -> None:
    client, leave = client_of(cast.lead_worker), leaving(cast, "north_police")
    asked = text_of(client.get(leave))
    withdraw = f"/cases/{cast.case.reference}/shares/{cast.share.pk}/withdraw/"
    assert "Investigator" in asked and f'href="{withdraw}"' in asked and "It takes part no longer" not in asked
    refused = client.post(leave)
    assert refused.status_code == 422
    assert "North Police can&#x27;t leave yet: withdraw first what is shared with it." in text_of(refused)
    assert client_of(cast.investigator).get(page("case", cast)).status_code == 200
    with acting_as(cast.lead_worker.pk, route="test"):
        version = Share.objects.visible_to(cast.lead_worker).get(pk=cast.share.pk).version
    assert client.post(withdraw, {"reason": "The plan has changed.", "version": version}).status_code == 302
    assert client.post(leave).status_code == 302
    assert client_of(cast.investigator).get(page("case", cast)).status_code == 404


def test_agency_to_which_something_is_offered_does_not_leave(cast: Cast, client_of: ClientOf) -> None:
    refused = client_of(cast.lead_worker).post(leaving(cast, "far_social"))
    assert refused.status_code == 422
    assert "Waiting for the other agency" in text_of(refused)


def row_of(shown: str, name: str) -> str:
    return shown[shown.index(f"<bdi>{name}</bdi>") :].partition("</tr>")[0]


def test_what_somebody_reads_stands_each_with_its_own_end_and_with_the_parts_given(
    cast: Cast, client_of: ClientOf
) -> None:
    """Names until the day after tomorrow, by a request; everything else until the share ends."""
    decided(cast, parts=["names"], days=2)
    asked = {"lead_supervisor": f"Identity (only: {IdentityPart.NAMES.label})", "lead_worker": "Identity (only parts)"}
    for person, words in asked.items():
        row = row_of(text_of(client_of(cast.people[person]).get(page("who_can_see", cast))), "Therapist")
        ends = re.findall(r'<div>([^<]*) <span class="meta">until <time[^>]*>([^<]*)</time>', row)
        reads = dict(ends[:2])
        assert len(reads) == 2 and words in reads and "Overview, Therapy" in reads, (person, ends)
        assert len(set(reads.values())) == 2, "two ends, and not one for all"


def test_only_who_has_standing_is_offered_to_be_named(cast: Cast, client_of: ClientOf) -> None:
    shown = text_of(client_of(cast.lead_supervisor).get(page("people", cast)))
    offered = shown[shown.index('name="member"') :].partition("</select>")[0]
    assert "Lead Colleague" in offered and "Lapsed Worker" not in offered
    assert "People on this case" in shown and "People of your agency" not in shown


def test_who_may_ask_for_topics_finds_it_beside_who_can_see(cast: Cast, client_of: ClientOf) -> None:
    link = f'href="/cases/{cast.case.reference}/shares/ask/">Ask for topics of the account'
    assert link in text_of(client_of(cast.therapist).get(page("who_can_see", cast)))
    assert link not in text_of(client_of(cast.investigator).get(page("who_can_see", cast))), "reads the whole account"
