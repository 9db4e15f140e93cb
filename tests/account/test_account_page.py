"""What stands round the account: the tabs, the cautions, labels of a passage, and where closed topics are asked for."""

import pytest

from casework.access.task import acting_as
from casework.account.edit_actions import tag_passages
from casework.account.edits import PassageTags
from casework.account.models import Telling
from tests.sharing.conftest import give
from tests.sharing.test_topics import told as under_topics

__all__ = ["give", "under_topics"]
pytestmark = pytest.mark.django_db


def test_labels_say_what_they_are_and_correcting_is_no_verdict(told, ready_client):
    tags = {1: PassageTags(phase="cued", question_type="cued", topics=("device",))}
    with acting_as(told.worker.pk, route="test"):
        telling = (
            Telling.objects.visible_to(told.worker).select_related("case", "case__lead_agency").get(pk=told.telling.pk)
        )
        tag_passages(telling=telling, by=told.worker, version=telling.version, tags=tags)
    told.seal()
    text = ready_client.get(told.url).content.decode()
    assert "Phase: Cued" in text
    assert "Topic: A device" in text
    assert "Question: Cued" in text
    assert "Correct this passage" in text
    assert 'href="#main">Back to the top' in text


def test_tabs_of_the_case_stay_above_the_account(told, ready_client):
    text = ready_client.get(told.url).content.decode()
    assert 'aria-current="page">Account' in text
    assert "read the cautions" in text


def test_cautions_are_read_before_the_account(told, client_of):
    assert "<h2>Cautions</h2>" in client_of(told.worker).get(told.url).content.decode()


def test_closed_topics_are_asked_for_once_and_on_the_page_made_for_it(cast, under_topics, give, client_of):
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    client = client_of(cast.therapist)
    url = f"/cases/{cast.case.reference}/account/"
    client.post(url + "purpose/", {"purpose": "treat"})
    text = client.get(url).content.decode()
    assert "not shared with you" in text
    assert text.count("Ask for topics of the account") == 1
    assert "Ask the lead agency for access" not in text
