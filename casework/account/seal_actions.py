"""The seal, by two people: the first signs, the second seals. Lock, check, change, record."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.access.errors import StalePage
from casework.account.actions import SIGNATURE, lock_open_telling, next_version, seal_is_final
from casework.account.hooks import check_sealing
from casework.account.kinds import TellingKind
from casework.account.models import Passage, Telling
from casework.account.rules import check_can_seal_telling, check_is_second_of_two
from casework.account.seal import FORMAT, digest_of
from casework.account.selectors import agencies_of, kept_rows, passages_of
from casework.account.time_codes import first_overlap
from casework.audit.kinds import Verb
from casework.audit.record import record


@transaction.atomic
def sign_telling(*, telling: Telling, by: Any, version: int) -> Telling:
    """Sign a telling as the first of the two who seal it. Any change takes the signature back.

    Raises: AccessDenied; StalePage when it was changed, signed or sealed meanwhile, or can't be sealed as it is; either
    also by a check of an upper part (casework/account/hooks.py).
    """
    check_can_seal_telling(by, telling)
    telling = lock_open_telling(telling, by, version)
    if telling.is_signed:
        raise StalePage(_("%(label)s is signed already. Look at it, then seal it.") % {"label": telling.label})
    passages = _ready_to_seal(telling, by)
    telling.signed_by, telling.signed_by_label, telling.signed_at = by, by.in_full, timezone.now()
    telling.version += 1
    with seal_is_final(telling):
        telling.save(update_fields=[*SIGNATURE, "version"])
    _record(telling, passages, signed=telling.label, digest=digest_of(telling, passages))
    return telling


@transaction.atomic
def take_back_signature(*, telling: Telling, by: Any, version: int) -> Telling:
    """Take the first signature back, as the one who gave it. Raises: AccessDenied; StalePage."""
    check_can_seal_telling(by, telling)
    telling = lock_open_telling(telling, by, version)
    if telling.signed_by_id != by.pk:
        raise StalePage(_("%(label)s does not bear your signature.") % {"label": telling.label})
    next_version(telling)
    return telling


@transaction.atomic
def seal_telling(*, telling: Telling, by: Any, version: int) -> Telling:
    """Seal a telling for good, as the second of two. The digest over log and passages also goes into the record,
    and a hash over what is kept of them, so that a later alteration shows at verification.

    Raises: AccessDenied for whoever signed it, or works on the same side; StalePage when nobody has signed it, when it
    was changed or sealed meanwhile, or can't be sealed as it is; either also by a check of an upper part.
    """
    check_can_seal_telling(by, telling)
    telling = lock_open_telling(telling, by, version)
    if not telling.is_signed:
        raise StalePage(
            _("%(label)s needs a first signature before it is sealed. Sign it yourself, and ask the second person.")
            % {"label": telling.label}
        )
    check_is_second_of_two(by, telling)
    passages = _ready_to_seal(telling, by)
    telling.sealed_by, telling.sealed_by_label, telling.sealed_at = by, by.in_full, timezone.now()
    telling.digest, telling.seal_format = digest_of(telling, passages), FORMAT
    telling.version += 1
    with seal_is_final(telling):
        telling.save(update_fields=["digest", "seal_format", "sealed_by", "sealed_by_label", "sealed_at", "version"])
    _record(telling, passages, sealed=telling.label, digest=telling.digest, rows=kept_rows(telling))
    return telling


def _record(telling: Telling, passages: Sequence[Passage], **details: str) -> None:
    record(
        Verb.CHANGED,
        subject=telling,
        compartments=[telling.compartment],
        details={**details, "passages": len(passages)},
    )


def _ready_to_seal(telling: Telling, by: Any) -> list[Passage]:
    """The passages in order, all of them fit to be sealed. Raises: StalePage; AccessDenied by an upper part."""
    passages = list(passages_of(by, telling))
    problem = what_stops_the_seal(telling, passages, agencies_of(by, telling.case))
    if problem:
        raise StalePage(problem)
    check_sealing(telling=telling, passages=passages, by=by)
    return passages


def what_stops_the_seal(telling: Telling, passages: Sequence[Any], taking_part: Iterable[int]) -> str:
    """Why this telling can't be sealed as it is, in words; empty when it can.

    `taking_part`: ids of the lead agency and of those that take part.
    """
    words = {"label": telling.label}
    if not passages:
        return _("%(label)s holds no passage yet, so there is nothing to seal.") % words
    if [each.number for each in passages] != list(range(1, len(passages) + 1)):
        return _("The passages of %(label)s are not numbered one after the other.") % words
    overlap = first_overlap(passages)
    if overlap is not None:
        above, below = overlap
        return _("¶%(below)d begins at %(late)s, before ¶%(above)d at %(early)s. Put the time codes right first.") % {
            "below": below.number, "late": below.time_code, "above": above.number, "early": above.time_code,
        }  # fmt: skip
    heard = {each.agency_id for each in telling.people} | {telling.interviewer and telling.interviewer.agency_id}
    if telling.kind != TellingKind.PRIOR and not heard & set(taking_part):
        return (
            _("The log of %(label)s names nobody of an agency that takes part. Say in the log who was there.") % words
        )
    return ""
