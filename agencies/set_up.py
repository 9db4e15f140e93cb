"""The one-time link by which a member sets the first password: handed over in person, good for a day, once."""

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from agencies.models import Member

SALT = "agencies.set_up"
MAX_AGE = 24 * 60 * 60  # seconds


def set_up_token(member: Member) -> str:
    """A signed token that dies when the password changes, when a new link is made, and after MAX_AGE."""
    return signing.dumps([member.pk, _state(member)], salt=SALT)


def member_of_token(token: str) -> Member | None:
    """The member who may set a password with this token, or None for a wrong, used or old one."""
    try:
        number, state = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = Member.objects.select_related("agency").filter(
        pk=number, is_active=True, membership_ended_on=None, agency__is_active=True
    )
    member = found.first()
    if member is None or not constant_time_compare(str(state), _state(member)):
        return None
    return member


def _state(member: Member) -> str:
    """Changes with the password: each unusable password is a fresh random one, too."""
    secret = settings.SECRET_KEY
    return salted_hmac(SALT, f"{member.pk}:{member.password}", secret=secret, algorithm="sha256").hexdigest()
