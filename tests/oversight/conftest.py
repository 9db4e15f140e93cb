"""What the tests of oversight read back: entries as the supervisor of the case sees them."""

from collections.abc import Callable
from typing import Any

import pytest

from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from tests.cast import Cast


@pytest.fixture
def looks_url(cast: Cast) -> str:
    return f"/oversight/cases/{cast.case.reference}/"


@pytest.fixture
def entries(cast: Cast) -> Callable[..., list[AuditEntry]]:
    """Entries that this member may read, newest first; by default the supervisor of the case, on the case."""

    def newest(reader: Any = None, **filters: Any) -> list[AuditEntry]:
        member = reader or cast.lead_supervisor
        wanted = filters if reader else {"case_id": cast.case.pk, **filters}
        with acting_as(member.pk, route="test"):
            return list(AuditEntry.objects.filter(**wanted).order_by("-id"))

    return newest
