"""The only writers of who takes part: members named by the lead agency, and agencies that take part."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency, Member
from casework.access.actions import GrantTerms, end_grants, grant_compartments
from casework.access.checker import forget_permissions
from casework.access.errors import AccessDenied, NotVisible
from casework.access.kinds import permission_codename
from casework.access.models import CaseGrant
from casework.cases.leaving import still_held
from casework.cases.models import Case, Participant
from casework.cases.rules import check_can_change_participants, check_can_end_access, check_can_name_people


@transaction.atomic
def name_member(
    *, case: Case, member: Member, by: Any, read: list[str], write: list[str], terms: GrantTerms
) -> list[CaseGrant]:
    """Give a member of the lead agency these compartments of the case, on these terms, until its review at the latest.

    What is held on the same terms is left alone; on others (an earlier end, another purpose) it ends and begins anew.
    `read` and `write`: codes; what may be written must be readable too. Returns the new grants, perhaps none.
    Raises: AccessDenied.
    """
    case.refresh_from_db(fields=["stage", "review_due"])
    check_can_name_people(by, case)
    terms = replace(terms, ends_at=min(terms.ends_at or case.review_due, case.review_due))
    if member.agency_id != case.lead_agency_id:
        raise AccessDenied(_("Members of other agencies are named there, by a share."), rule="own_agency")
    both = sorted({"overview", *read, *write})
    chosen = [permission_codename(each) for each in both] + [permission_codename(each, write=True) for each in write]
    own = {"share": None, "emergency": None, "identity_request": None}
    held = CaseGrant.objects.live().filter(content_object=case, user=member, **own)
    same = {"ends_at": terms.ends_at, "purpose": terms.purpose, "legal_basis": terms.legal_basis}
    end_grants(grants=held.filter(permission__codename__in=chosen).exclude(**same), by=by)
    grants = grant_compartments(case=case, member=member, by=by, read=both, write=sorted(write), terms=terms)
    forget_permissions(member, case)
    return grants


@transaction.atomic
def end_access(*, case: Case, member: Member, by: Any) -> int:
    """End every grant that the lead agency gave this member on this case. Returns how many ended.

    Grants that come from a share end with the share, those of an emergency with that: ended here, it would seem to go
    on, and could be filled again. Raises: AccessDenied.
    """
    check_can_end_access(by, case)
    own = CaseGrant.objects.live().filter(content_object=case, user=member, share=None, emergency=None)
    ended = end_grants(grants=own, by=by)
    forget_permissions(member, case)
    return ended


@transaction.atomic
def add_participant(*, case: Case, agency: Agency, by: Any) -> Participant:
    """Let an agency take part. It sees nothing by that alone: access takes a share. Taking part twice is one row.

    Raises: AccessDenied.
    """
    check_can_change_participants(by, case)
    if agency.pk == case.lead_agency_id:
        raise AccessDenied(_("The lead agency takes part already."), rule="takes_part")
    rows = Participant.objects.visible_to(by).filter(case=case, agency=agency, left_at=None)
    present: Participant | None = rows.first()
    if present is not None:
        return present
    participant = Participant(case=case, agency=agency, added_by=by)
    participant.save(force_insert=True)
    return participant


@transaction.atomic
def participant_leaves(*, case: Case, participant_id: int, by: Any) -> Participant:
    """An agency takes part no longer. First every share with it is withdrawn, so that nobody there reads on.

    Raises: AccessDenied, also while something is shared with it or offered to it; NotVisible when it has left already.
    """
    check_can_change_participants(by, case)
    rows = Participant.objects.visible_to(by).select_related("case", "agency").select_for_update(of=("self",))
    participant: Participant | None = rows.filter(case=case, pk=participant_id, left_at=None).first()
    if participant is None:
        raise NotVisible
    if still_held(by, participant):
        raise AccessDenied(
            _("%(name)s can't leave yet: withdraw first what is shared with it.") % {"name": participant.agency.name},
            rule="shared_with",
        )
    participant.left_at, participant.removed_by = timezone.now(), by
    participant.save(update_fields=["left_at", "removed_by"])
    return participant
