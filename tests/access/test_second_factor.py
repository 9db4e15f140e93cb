"""A session that a password alone opened gets no second factor of a member who has one."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from agencies.models import Member
from casework.access.database import bind_member
from casework.access.third_party import SETS_UP_FACTOR
from tests.cast import Cast


def give_factor(member: Member) -> None:
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={"secret": "x"})


@pytest.mark.parametrize("route", sorted(SETS_UP_FACTOR))
@pytest.mark.parametrize("method", ["get", "post"])
def test_row_29_password_alone_neither_sees_nor_adds_a_factor(
    route: str, method: str, cast: Cast, client_of: Callable[..., Any]
) -> None:
    client = client_of(cast.lead_worker, second_factor=False)
    give_factor(cast.lead_worker)
    answer = getattr(client, method)(reverse(route))
    assert answer.status_code == 302
    assert answer.url == reverse("agencies:second_factor")
    page = client.get(answer.url).content.decode()
    assert "sign in again with it" in page
    assert reverse("mfa_add_webauthn") not in page


def test_whoever_has_none_sets_the_first_one_up(cast: Cast, client_of: Callable[..., Any]) -> None:
    assert client_of(cast.lead_worker, second_factor=False).get(reverse("mfa_activate_totp")).status_code == 200


def test_plain_sql_of_one_member_changes_no_password_and_no_factor_of_another(cast: Cast) -> None:
    give_factor(cast.lead_supervisor)
    with connection.cursor() as cursor:
        bind_member(cursor, cast.lead_worker.pk)
        with pytest.raises(DatabaseError, match="Only an administrator"), transaction.atomic():
            cursor.execute("update agencies_member set password = 'x' where id = %s", [cast.lead_supervisor.pk])
        cursor.execute("update agencies_member set language = 'de' where id = %s", [cast.lead_worker.pk])
        assert cursor.rowcount == 1
        for sentence in ("delete from mfa_authenticator", "update mfa_authenticator set data = '{}'"):
            cursor.execute(f"{sentence} where user_id = %s", [cast.lead_supervisor.pk])
            assert cursor.rowcount == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            give_factor(cast.lead_supervisor)
