"""Signing in: django-allauth does the work; here is what we add to it."""

import base64
import ipaddress
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from agencies.models import Member
from agencies.rules import is_demo_on_this_machine
from casework.access.hidden import hidden_page
from casework.access.middleware import client_address
from casework.audit.kinds import Outcome, Verb
from casework.audit.record import record
from casework.vault import crypto

FACTOR_PLACE = crypto.place("mfa_authenticator", "data", 0, 0)
BACKEND = "agencies.sign_in.MemberBackend"


def tried(credentials: dict[str, Any]) -> dict[str, Any]:
    """Whose address was typed, for the record: the member it belongs to; nothing else of what was typed."""
    address = str(credentials.get("email") or credentials.get("username") or "")[:254]
    if "\0" in address:
        return {}
    member = Member.objects.select_related("agency").filter(email__iexact=address).first()
    return {"agency_id": member.agency_id, "subject": member} if member else {}


class MemberBackend(AuthenticationBackend):
    """E-mail address and password; what a member may do is never asked here."""

    def get_user(self, user_id: Any) -> Member | None:
        """The member of a session, with the agency, in one query; nobody who may not sign in."""
        member = Member.objects.select_related("agency").filter(pk=user_id).first()
        return member if member is not None and self.user_can_authenticate(member) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()


class Adapter(DefaultAccountAdapter):
    """Members are made by their agency's administrator: nobody signs up, and nothing is sent by e-mail."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is not right. Please try again."),
    }

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def pre_authenticate(self, request: Any, **credentials: Any) -> None:
        """Too many tries are on the record as well: those are asked no password any more, so no signal is sent."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            record(Verb.SIGN_IN_FAILED, outcome=Outcome.REFUSED, rule="too_many_tries", **tried(credentials))
            raise

    def get_client_ip(self, request: Any) -> str:
        return client_address(request) or str(ipaddress.IPv4Address(0))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing: addresses of members are for signing in, and mail leaves the house unencrypted."""

    def pre_login(self, request: Any, user: Any, **options: Any) -> Any:
        if user.membership_ended_on is not None:
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_inactive")))
        return super().pre_login(request, user, **options)

    def get_login_redirect_url(self, request: Any) -> str:
        return hidden_page(request) or str(super().get_login_redirect_url(request))


class FactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are encrypted at rest, under a key of their own."""

    def encrypt(self, text: str) -> str:
        sealed = crypto.seal(_factor_key(), text.encode(), FACTOR_PLACE)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(_factor_key(), base64.b64decode(encrypted_text), FACTOR_PLACE).decode()

    def send_notification_mail(self, *arguments: Any, **options: Any) -> None:
        """Nothing: a change of factor is an audit entry, which the supervisor reads."""


def _factor_key() -> bytes:
    return bytes(settings.CASEWORK_KEYS.derive("second factors"))


def sign_in_at_one_click(request: Any, member: Member) -> None:
    """Demo only: sign in as an invented person.

    Raises: RuntimeError outside the demo: no page leads here then.
    """
    if not is_demo_on_this_machine(client_address(request)):
        raise RuntimeError("Signing in at one click is for the demo on this machine only.")
    login(request, member, backend=BACKEND)
    record_authentication(request, member, "demo")


def confirm_at_one_click(request: Any) -> None:
    """Demo only: the invented person says once more that it is them. Raises: RuntimeError outside the demo."""
    if not is_demo_on_this_machine(client_address(request)):
        raise RuntimeError("Confirming at one click is for the demo on this machine only.")
    record_authentication(request, request.user, "demo")


def note_new_factor(request: Any) -> None:
    """Setting a factor up proves that the member holds it: this session counts as opened with it."""
    record_authentication(request, request.user, "mfa", type="set_up")
