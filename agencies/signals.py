"""Every sign-in, failure, sign-out and change of factor is an entry. The only signals that the project listens to."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from agencies.models import Member
from agencies.sign_in import note_new_factor, tried
from casework.audit.kinds import Outcome, Verb
from casework.audit.record import record


def connect() -> None:
    """Listen. Called once, when the part is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="casework_signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="casework_signed_out")
    user_login_failed.connect(_failed, dispatch_uid="casework_sign_in_failed")
    authentication_failed.connect(_factor_failed, dispatch_uid="casework_factor_failed")
    authenticator_added.connect(_factor_added, dispatch_uid="casework_factor_added")
    password_changed.connect(_password_changed, dispatch_uid="casework_password_changed")
    for signal in (authenticator_removed, authenticator_reset):
        signal.connect(_factor_changed, dispatch_uid="casework_factor_changed")


def _who(member: Member) -> dict[str, Any]:
    return {
        "actor_id": member.pk,
        "actor_name": member.name,
        "actor_roles": list(member.roles),
        "actor_agency": member.agency.name,
        "agency_id": member.agency_id,
    }


def _signed_in(sender: Any, request: Any, user: Member, **_more: Any) -> None:
    record(Verb.SIGNED_IN, subject=user, **_who(user))


def _signed_out(sender: Any, request: Any, user: Member | None, **_more: Any) -> None:
    if user is not None:
        record(Verb.SIGNED_OUT, subject=user, **_who(user))


def _failed(sender: Any, credentials: dict[str, Any], request: Any = None, **_more: Any) -> None:
    record(Verb.SIGN_IN_FAILED, outcome=Outcome.REFUSED, rule="credentials", **tried(credentials))


def _factor_failed(sender: Any, user: Member, authenticator: Any, **_more: Any) -> None:
    details = {"factor": authenticator.type}
    record(
        Verb.SIGN_IN_FAILED,
        outcome=Outcome.REFUSED,
        subject=user,
        rule="second_factor",
        details=details,
        agency_id=user.agency_id,
    )


def _password_changed(sender: Any, request: Any, user: Member, **_more: Any) -> None:
    record(Verb.FACTOR_CHANGED, subject=user, details={"factor": "password", "change": "changed"})


def _factor_added(sender: Any, request: Any, user: Member, authenticator: Any, **_more: Any) -> None:
    note_new_factor(request)
    _factor_changed(sender, request=request, user=user, authenticator=authenticator, change="added")


def _factor_changed(sender: Any, request: Any, user: Member, authenticator: Any, **more: Any) -> None:
    details = {"factor": authenticator.type, "change": more.get("change", "removed")}
    record(Verb.FACTOR_CHANGED, subject=user, details=details)
