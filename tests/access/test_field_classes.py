"""Every field of every confidential row is classed; what could say something of a child is encrypted."""

from typing import Any

import pytest
from django.apps import apps
from django.db import models

from casework.access.checks import check_demo_is_on_loopback
from casework.account import states as account_states
from casework.cases.kinds import Stage
from casework.cases.states import STAGES
from casework.custody.kinds import RequestState as IdentityRequestState
from casework.custody.states import STATES as CUSTODY_STATES
from casework.emergency.kinds import EmergencyState
from casework.emergency.states import STATES as EMERGENCY_STATES
from casework.planning.kinds import QuestionOutcome, RequestState
from casework.planning.states import OUTCOMES, REQUEST_STATES, PlanState
from casework.planning.states import STATES as PLAN_STATES
from casework.sharing.kinds import ShareState, TopicRequestState
from casework.sharing.states import STATES as SHARE_STATES
from casework.sharing.states import TOPIC_REQUESTS
from casework.summaries.kinds import CopyState, SummaryState
from casework.summaries.states import COPY_STATES, SUMMARY_STATES
from casework.vault.fields import EncryptedField
from casework.vault.models import ConfidentialModel

CONFIDENTIAL = [model for model in apps.get_models() if issubclass(model, ConfidentialModel)]

# Not encrypted, each with the reason. Dates, numbers, codes and staff names; never a word about the child.
OPERATIONAL = {
    "cases.case": {"reference", "pseudonym", "stage", "risk", "age_band", "opened_xid", "changed_by_label"},
    "cases.entry": {"compartment", "nature", "author_name", "author_roles", "author_agency", "changed_by_label"},
    "cases.entryrevision": {"compartment", "nature"},
    "cases.attendance": {"outcome", "recorded_by_label"},
    "sharing.personreview": {"member_label", "outcome", "decided_by_label"},
    "casework_account.telling": {"kind", "protocol", "digest", "heard_keys", "signed_by_label", "sealed_by_label"},
    "casework_account.passage": {"time_code", "phase", "question_type", "topics"},
    "casework_account.correction": {"made_by_label"},
    "search.tellingindex": {"embedder", "language"},
    "search.indexpage": {"topics"},
    "assessment.harms": {"written_by_label"},
    "assessment.distribution": {"child_knows", "written_by_label"},
    "assessment.screeninganswer": {"question", "finding", "answered_by_label"},
    "casework_account.passagerevision": {"replaced_by_label", "time_code", "phase", "question_type", "topics"},
    "casework_account.passageedit": {"act", "made_by_label"},
    "casework_account.toldbefore": {"answer", "answered_by_label"},
    "planning.plan": {
        "medical",
        "lead_interviewer_label",
        "second_interviewer_label",
        "prepared_by_label",
        "closed_by_label",
    },
    "planning.planrevision": {"compartment", "field", "replaced_by_label"},
    "planning.signature": {
        "signed_by_name",
        "signed_by_roles",
        "signed_by_agency",
        "withdrawn_by_label",
        "withdrawn_because",
    },
    "planning.planstep": {"done_by_label"},
    "planning.question": {"asked_by_label", "outcome", "passage_keys", "outcome_by_label"},
    "planning.furtherrequest": {
        "requested_by_label",
        "state",
        "decided_by_label",
        "passage_keys",
        "interviewer_label",
    },
    "planning.hearing": {"member_label", "answer"},
    "planning.recordcheck": {"passage_keys", "checked_by_label"},
    "sharing.share": {
        "compartments",
        "topics",
        "may_write",
        "purpose",
        "legal_basis",
        "consent_from",
        "withheld_because",
        "state",
        "offered_by_label",
        "second_by_label",
        "decided_by_label",
        "revoked_by_label",
    },
    "sharing.topicrequest": {"member_label", "topics", "purpose", "state", "decided_by_label", "ended_by_label"},
    "emergency.emergencyaccess": {"member_label", "compartments", "ground", "outcome", "reviewed_by_label"},
    "custody.identityrequest": {
        "member_label",
        "parts",
        "reason",
        "state",
        "given_parts",
        "decided_by_label",
        "ended_by_label",
    },
    "summaries.summary": {"purpose", "legal_basis", "state", "made_by_label", "decided_by_label", "left_out"},
    "summaries.summarycopy": {"state", "sha256", "asked_by_label", "passage_keys", "entry_keys"},
}
PLAIN = (
    models.DateTimeField,
    models.DateField,
    models.TimeField,
    models.IntegerField,
    models.BooleanField,
    models.ForeignKey,
)


def test_the_walk_finds_the_confidential_models() -> None:
    assert len(CONFIDENTIAL) >= 11


@pytest.mark.parametrize("model", CONFIDENTIAL, ids=lambda model: model._meta.label_lower)
def test_lock_every_field_is_encrypted_or_listed_as_operational(model: type[models.Model]) -> None:
    unlisted = {field.name for field in model._meta.concrete_fields if not isinstance(field, (EncryptedField, *PLAIN))}
    assert unlisted == OPERATIONAL.get(model._meta.label_lower, set())


def test_system_check_stops_a_demo_for_others(settings: object) -> None:
    assert check_demo_is_on_loopback() == []
    settings.DEMO, settings.ALLOWED_HOSTS = True, ["casework.example"]  # type: ignore[attr-defined]
    assert [problem.id for problem in check_demo_is_on_loopback()] == ["access.E001"]


def test_lock_every_state_has_an_owner_and_its_ways_out_exist() -> None:
    tables: list[tuple[Any, Any]] = [
        (STAGES, Stage),
        (SHARE_STATES, ShareState),
        (TOPIC_REQUESTS, TopicRequestState),
        (account_states.STATES, account_states.TellingState),
        (PLAN_STATES, PlanState),
        (OUTCOMES, QuestionOutcome),
        (REQUEST_STATES, RequestState),
        (SUMMARY_STATES, SummaryState),
        (COPY_STATES, CopyState),
        (EMERGENCY_STATES, EmergencyState),
        (CUSTODY_STATES, IdentityRequestState),
    ]
    for rules, known in tables:
        assert set(rules) == set(known)
        for rule in rules.values():
            assert rule.owner
            ways = rule.ways_out
            assert set(ways.values() if isinstance(ways, dict) else ways) <= set(known)
