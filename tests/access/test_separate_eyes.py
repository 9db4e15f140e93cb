"""The auditor reads entries and what they point to, and nothing else: at every address, and by SQL."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from casework.access.models import CaseGrant, Wall
from casework.access.task import acting_as, bound_to
from casework.cases.models import Case
from casework.vault import crypto
from casework.vault.models import CaseKey, ConfidentialModel
from tests.access.instruments import watching
from tests.access.matrix import MATRIX
from tests.access.test_matrix import address, routes
from tests.cast import PHRASES, Cast

# Names of the case and the terms of its shares, to which entries point; their texts are encrypted, and stay so.
POINTED_TO = {"cases.case", "sharing.share", "emergency.emergencyaccess", "custody.identityrequest"}


@pytest.mark.parametrize("name", sorted(name for name in routes() if "reference" in routes()[name].pattern.converters))
def test_no_page_of_a_case_opens_a_text_for_an_auditor(
    name: str, cast: Cast, client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(cast.lead_auditor)
    for method in MATRIX[name]:
        point = transaction.savepoint()
        with watching(monkeypatch) as seen:
            answer = getattr(client, method.lower())(address(name, cast))
        transaction.savepoint_rollback(point)
        assert seen.opened == set()
        assert (answer.status_code == 200) <= name.startswith("oversight:")
        assert not [phrase for phrase in PHRASES if phrase in answer.content.decode()]


def test_by_sql_an_auditor_gets_entries_and_no_row_of_any_compartment(cast: Cast) -> None:
    confidential = [model for model in apps.get_models() if issubclass(model, ConfidentialModel)]
    assert len(confidential) > 10
    with bound_to(cast.lead_auditor.pk), connection.cursor() as cursor:
        cursor.execute("select count(*) from audit_auditentry where case_id = %s", [cast.case.pk])
        assert cursor.fetchone()[0] > 0
        readable = set()
        for model in confidential:
            cursor.execute(f"select exists (select from {model._meta.db_table})")
            readable |= {model._meta.label_lower} if cursor.fetchone()[0] else set()
        assert readable <= POINTED_TO
        cursor.execute(f"select count(*) from {CaseKey._meta.db_table}")
        assert cursor.fetchone() == (0,)


def test_what_an_auditor_may_read_of_a_case_opens_no_text(cast: Cast) -> None:
    with acting_as(cast.lead_auditor.pk, route="test"):
        case: Any = Case.objects.overseen_by(cast.lead_auditor).get(pk=cast.case.pk)
        with pytest.raises(crypto.CannotOpen):
            case.concern  # noqa: B018 - reading it is the look


@pytest.mark.parametrize("model", [CaseGrant, Wall, Case, CaseKey], ids=lambda model: model.__name__)
def test_by_sql_an_auditor_writes_nothing(model: Any, cast: Cast) -> None:
    with bound_to(cast.lead_auditor.pk), connection.cursor() as cursor:
        for statement in (f"update {model._meta.db_table} set id = id", f"delete from {model._meta.db_table}"):
            with pytest.raises(Exception, match="permission denied|does not exist"), transaction.atomic():
                cursor.execute(statement)
