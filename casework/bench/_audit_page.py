"""The case page with its entry, and the same page with the record switched off, in turns on one server."""

import datetime
import statistics
import time
from typing import Any
from unittest import mock

from allauth.account.internal.flows.login import record_authentication
from django.test import Client

from agencies.models import Agency, Member
from agencies.standing import today
from casework.access.task import acting_as
from casework.audit.context import Asker, asked_by
from casework.bench.rows import Row, Say, Scale
from casework.bench.scratch import scratch_database
from casework.cases.actions import ChildIdentity, open_case
from casework.cases.models import Case

RECORDS = "casework.access.middleware.record_looks"


def run(scale: Scale, say: Say, blank: str) -> list[Row]:
    """The median time of the page, audited over not audited."""
    pages = 20 if scale is Scale.SMALL else 300
    with scratch_database(like=blank):
        client, address = _reader()
        _time(client, address)
        audited, plain = [], []
        say(f"opening the case page {pages} times with its entry, and as often without")
        for number in range(pages):
            if number % 2 == 0:
                audited.append(_time(client, address))
            with mock.patch(RECORDS, return_value=[]):
                plain.append(_time(client, address))
            if number % 2:
                audited.append(_time(client, address))
    ours, bare = 1000 * statistics.median(audited), 1000 * statistics.median(plain)
    return [Row("audited_page_ratio", ours / bare, "ratio", f"{ours:.1f} ms beside {bare:.1f} ms; bar 1.15")]


def _time(client: Client, address: str) -> float:
    began = time.perf_counter()
    answer = client.get(address, headers={"host": "localhost"})
    assert answer.status_code == 200, answer.status_code
    return time.perf_counter() - began


def _reader() -> tuple[Client, str]:
    """A worker who has opened a case, signed in; and the address of the case."""
    dates = {
        f"{kind}_{end}": today() + datetime.timedelta(days=days)
        for kind in ("vetting", "training")
        for end, days in (("from", -1), ("until", 1))
    }
    with asked_by(Asker(name="Benchmark")):
        made = Agency.objects.using("owner").create(name="Invented Agency", kind="social_services", country="DK")
        who = {"email": "bench@bench.example", "name": "Invented Worker", "roles": ["social_worker"]}
        member = Member(agency=made, **who, **dates)
        member.set_unusable_password()
        member.save(using="owner")
    member = Member.objects.select_related("agency").get(pk=member.pk)
    with acting_as(member.pk, route="bench"):
        child = ChildIdentity(given_names="Invented", family_names="Child", birth_date="2014-03-09")
        details = {"pseudonym": "Grey Wagtail", "concern": "Invented", "risk": "high", "age_band": "10-12"}
        case: Case = open_case(by=member, child=child, **details)  # type: ignore[arg-type]
    client = Client()
    client.force_login(member, backend="agencies.sign_in.MemberBackend")
    session: Any = client.session
    request = type("Request", (), {"session": session})()
    for method in ("password", "mfa"):
        record_authentication(request, member, method)
    session.save()
    return client, f"/cases/{case.reference}/"
