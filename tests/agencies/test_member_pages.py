"""Members of an agency: what its administrator may do, and what nobody may."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from agencies.kinds import Role
from agencies.models import Member
from agencies.rules import check_roles_fit
from agencies.set_up import MAX_AGE, member_of_token, set_up_token
from agencies.standing import today
from casework.access.errors import AccessDenied
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from tests.cast import Cast
from tests.conftest import FormClient

ClientOf = Callable[..., Any]
PASSWORD = "a lamp beside the quiet harbour"
NEW = {"name": "Ævar Þorláksson", "email": "Aevar@cast.example", "roles": ["social_worker"]}


def at(name: str, member: Any = None) -> str:
    return reverse(f"agencies:{name}", args=[member.pk] if member else [])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def link_in(answer: Any) -> str:
    found = re.search(r"http://testserver(/agency/set-up/[^<\s]+)", text_of(answer))
    assert found is not None
    return found.group(1)


def fresh(member: Any) -> Member:
    return Member.objects.get(pk=member.pk)


@pytest.mark.parametrize("who", ["lead_worker", "lead_supervisor", "lead_auditor", "therapist"])
def test_members_are_the_administrators_only(cast: Cast, client_of: ClientOf, who: str) -> None:
    client = client_of(cast.people[who])
    for answer in (
        client.get(at("members")),
        client.get(at("add")),
        client.get(at("member", cast.lead_colleague)),
        client.post(at("end", cast.lead_colleague)),
        client.post(at("new_link", cast.lead_colleague)),
    ):
        assert answer.status_code == 403
        assert "Only the administrator of your agency" in text_of(answer)
    assert fresh(cast.lead_colleague).membership_ended_on is None


def test_administrator_sees_own_members_and_no_case(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_admin)
    shown = text_of(client.get(at("members")))
    assert "Lead Colleague" in shown
    assert "Investigator" not in re.sub(r"<td>[^<]*</td>", "", shown)
    assert client.get(at("member", cast.investigator)).status_code == 404
    assert client.post(at("end", cast.investigator)).status_code == 404
    assert client.get(reverse("cases:case", args=[cast.case.reference])).status_code == 404


def test_new_member_sets_a_password_once_with_the_link(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.lead_admin).post(at("add"), NEW)
    link, nobody = link_in(answer), FormClient(raise_request_exception=False)
    member = Member.objects.get(email="aevar@cast.example")
    assert not member.has_usable_password()
    weak = nobody.post(link, {"password": "short", "again": "short"})
    assert weak.status_code == 422
    assert "too short" in text_of(weak)
    differing = nobody.post(link, {"password": PASSWORD, "again": PASSWORD + "s"})
    assert differing.status_code == 422
    assert nobody.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert fresh(member).check_password(PASSWORD)
    used = nobody.post(link, {"password": PASSWORD + " again", "again": PASSWORD + " again"})
    assert used.status_code == 422
    assert not fresh(member).check_password(PASSWORD + " again")
    with acting_as(cast.lead_admin.pk, route="test"):
        entry = AuditEntry.objects.filter(verb="factor_changed", object_id=member.pk).first()
        assert entry is not None
        assert entry.additional_data == {"factor": "password", "change": "set_up"}


def test_link_dies_with_a_newer_one_and_after_a_day(cast: Cast, client_of: ClientOf, monkeypatch: Any) -> None:
    client, colleague = client_of(cast.lead_admin), cast.lead_colleague
    first, second = (link_in(client.post(at("new_link", colleague))) for _twice in range(2))
    nobody = FormClient(raise_request_exception=False)
    assert nobody.get(first).status_code == 422
    assert nobody.get(second).status_code == 200
    assert nobody.get(second[:-3] + "xx/").status_code == 422
    token = set_up_token(fresh(colleague))
    now = signing.time.time()
    assert member_of_token(token) is not None
    monkeypatch.setattr(signing.time, "time", lambda: now + MAX_AGE + 1)
    assert member_of_token(token) is None


def test_new_link_ends_open_sessions(cast: Cast, client_of: ClientOf) -> None:
    colleague = client_of(cast.lead_colleague)
    assert colleague.get(reverse("cases:my_work")).status_code == 200
    client_of(cast.lead_admin).post(at("new_link", cast.lead_colleague))
    answer = colleague.get(reverse("cases:my_work"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse(settings.LOGIN_URL))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "lead_worker@cast.example"}, "Somebody signs in with this address already"),
        ({"email": "LEAD_WORKER@cast.example"}, "Somebody signs in with this address already"),
        ({"roles": ["auditor", "social_worker"]}, "An auditor or administrator has no role"),
        ({"roles": ["superuser"]}, "Select a valid choice"),
        ({"name": "a\u202eb"}, "U+202E"),
        ({"vetting_from_0": "1", "vetting_from_1": "2", "vetting_from_2": "2026"}, "Enter both dates"),
    ],
)
def test_new_member_with_bad_input(cast: Cast, client_of: ClientOf, change: dict[str, Any], words: str) -> None:
    before = Member.objects.count()
    answer = client_of(cast.lead_admin).post(at("add"), {**NEW, **change})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert Member.objects.count() == before


@pytest.mark.parametrize("name", ["roles", "dates", "end", "sign_in_allowed", "new_link"])
def test_nobody_changes_the_own_entry(cast: Cast, client_of: ClientOf, name: str) -> None:
    answer = client_of(cast.lead_admin).post(at(name, cast.lead_admin), {"roles": ["supervisor"], "may": "no"})
    assert answer.status_code == 403
    assert "Nobody changes their own roles" in text_of(answer)
    assert fresh(cast.lead_admin).roles == ["agency_administrator"]
    assert fresh(cast.lead_admin).is_active


def test_roles_are_changed_and_recorded(cast: Cast, client_of: ClientOf) -> None:
    wanted = {"roles": ["supervisor", "social_worker"]}
    answer = client_of(cast.lead_admin).post(at("roles", cast.lead_colleague), wanted)
    assert answer.status_code == 302
    assert fresh(cast.lead_colleague).roles == ["social_worker", "supervisor"]
    with acting_as(cast.lead_admin.pk, route="test"):
        entry = AuditEntry.objects.filter(verb="changed", object_id=cast.lead_colleague.pk).first()
        assert entry is not None
        assert "roles" in entry.changes
        assert entry.actor_id == cast.lead_admin.pk


def test_caseworker_does_not_turn_auditor(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.lead_admin).post(at("roles", cast.lead_colleague), {"roles": ["auditor"]})
    assert answer.status_code == 422
    assert "take two memberships" in text_of(answer)
    assert fresh(cast.lead_colleague).roles == ["social_worker"]


def test_roles_rule_says_why() -> None:
    check_roles_fit([Role.SUPERVISOR, Role.THERAPIST], [Role.THERAPIST])
    check_roles_fit([Role.AUDITOR, Role.AGENCY_ADMINISTRATOR], [Role.AUDITOR])
    for roles, before, rule in (
        ([], [], "no_role"),
        ([Role.AGENCY_ADMINISTRATOR, Role.SUPERVISOR], [], "roles_apart"),
        ([Role.SOCIAL_WORKER], [Role.AUDITOR], "roles_apart"),
    ):
        with pytest.raises(AccessDenied) as refusal:
            check_roles_fit(roles, before)
        assert refusal.value.rule == rule


def test_dates_give_and_take_standing(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_admin)
    days = {"from": today() - datetime.timedelta(days=9), "until": today()}
    parts = {
        f"{what}_{end}_{box}": str(value)
        for what in ("vetting", "training")
        for end, day in days.items()
        for box, value in enumerate((day.day, day.month, day.year))
    }
    assert client_of(cast.lapsed_worker).get(reverse("cases:my_work")).status_code == 403
    for shown in (client.get(reverse("agencies:members")), client.get(at("member", cast.lapsed_worker))):
        assert "No current" in shown.content.decode() and "You have no current" not in shown.content.decode()
    assert client.post(at("dates", cast.lapsed_worker), parts).status_code == 302
    assert client_of(cast.lapsed_worker).get(reverse("cases:my_work")).status_code == 200
    turned = {**parts, "vetting_until_2": "2001"}
    answer = client.post(at("dates", cast.lapsed_worker), turned)
    assert answer.status_code == 422
    assert "The last day lies before the first" in text_of(answer)


def test_ended_membership_is_refused_at_once_and_stays_as_it_was(cast: Cast, client_of: ClientOf) -> None:
    worker, client = client_of(cast.lead_worker), client_of(cast.lead_admin)
    case = reverse("cases:case", args=[cast.case.reference])
    assert worker.get(case).status_code == 200
    assert client.get(at("end", cast.lead_worker)).status_code == 200
    assert fresh(cast.lead_worker).is_active
    assert client.post(at("end", cast.lead_worker)).status_code == 302
    assert worker.get(case).status_code == 302
    again = client.post(at("roles", cast.lead_worker), {"roles": ["supervisor"]})
    assert again.status_code == 403
    assert "This membership has ended" in text_of(again)


def test_signing_in_is_stopped_and_allowed_again(cast: Cast, client_of: ClientOf) -> None:
    client, colleague = client_of(cast.lead_admin), client_of(cast.lead_colleague)
    client.post(at("sign_in_allowed", cast.lead_colleague), {"may": "no"})
    assert colleague.get(reverse("cases:my_work")).status_code == 302
    client.post(at("sign_in_allowed", cast.lead_colleague), {"may": "yes"})
    assert fresh(cast.lead_colleague).is_active


def test_password_alone_leads_to_the_second_factor(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker, second_factor=False)
    answer = client.get(reverse("cases:my_work"))
    assert answer.status_code == 302
    assert answer.url == at("second_factor")
    assert "Set up your second factor" in text_of(client.get(answer.url))
    nobody = FormClient(raise_request_exception=False)
    assert nobody.get(at("second_factor")).status_code == 302


def test_staying_signed_in_says_until_when_and_is_no_entry(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_auditor)

    def entries() -> int:
        with acting_as(cast.lead_auditor.pk, route="test"):
            return AuditEntry.objects.filter(route="agencies:stay").count()

    before = entries()
    answer = client.post(at("stay"))
    assert datetime.datetime.fromisoformat(answer.json()["session_ends"]) > datetime.datetime.now(datetime.UTC)
    assert entries() == before
    assert client.get(at("stay")).status_code == 405


def test_demo_people_sign_in_at_one_click_on_this_machine_only(cast: Cast, settings: Any) -> None:
    settings.DEMO = True
    here = FormClient(raise_request_exception=False)
    assert "Lead Worker" in text_of(here.get(at("demo_sign_in")))
    assert here.post(at("demo_sign_in"), {"member": cast.lead_worker.pk}).status_code == 302
    assert here.get(reverse("cases:case", args=[cast.case.reference])).status_code == 200
    ended = FormClient(raise_request_exception=False)
    assert ended.post(at("demo_sign_in"), {"member": cast.ended_member.pk}).status_code == 422
    assert ended.post(at("demo_sign_in"), {"member": "x"}).status_code == 404
    elsewhere = FormClient(raise_request_exception=False, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.get(at("demo_sign_in")).status_code == 404
    assert elsewhere.post(at("demo_sign_in"), {"member": cast.lead_worker.pk}).status_code == 404


def test_demo_sign_in_is_not_there_outside_the_demo(cast: Cast, settings: Any) -> None:
    settings.DEMO = False
    client = FormClient(raise_request_exception=False)
    assert client.get(at("demo_sign_in")).status_code == 404
    assert client.post(at("demo_sign_in"), {"member": cast.lead_worker.pk}).status_code == 404


def test_ended_membership_gives_its_address_back(cast: Cast, client_of: ClientOf) -> None:
    address, client = cast.lead_colleague.email, client_of(cast.lead_admin)
    assert client.post(at("end", cast.lead_colleague)).status_code == 302
    assert fresh(cast.lead_colleague).email.endswith("@ended.invalid")
    again = client.post(at("add"), {"name": "Lead Colleague", "email": address, "roles": ["auditor"]})
    assert again.status_code == 200
    assert Member.objects.get(email=address).roles == ["auditor"]


def test_an_address_is_recorded_as_marks_on_record_and_by_nobody_of_the_own(cast: Cast, client_of: ClientOf) -> None:
    administrator, member = client_of(cast.lead_admin), cast.lead_colleague
    page = at("address", member)
    assert administrator.post(page, {"address": "Kelp Lane 7, 9990 Skerry"}).status_code == 302
    marks = fresh(member).address_marks
    assert len(marks) == 5
    shown = text_of(administrator.get(page)) + text_of(administrator.get(at("member", member)))
    assert "Kelp" not in shown and marks[0] not in shown and "On record, as marks" in shown
    entry = AuditEntry.objects.filter(object_id=member.pk, verb="changed").order_by("-pk")[0]
    assert entry.additional_data == {"address": "recorded"} and marks[0] not in str(entry.changes)
    assert administrator.post(at("address", cast.lead_admin), {"address": "x"}).status_code == 403
    with (
        acting_as(member.pk, route="test"),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="Only an administrator"),
        transaction.atomic(),
    ):
        cursor.execute("update agencies_member set address_marks = '{}' where id = %s", [member.pk])
    assert administrator.post(page, {"address": ""}).status_code == 302
    assert fresh(member).address_marks == []
