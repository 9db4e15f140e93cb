"""Who may share, accept and withdraw, and why not."""

from typing import Any

from django.utils.translation import gettext as _

from agencies.kinds import Role
from casework.access.checker import is_kept_from_record, live_permissions
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment, permission_codename
from casework.access.roles import OWN_COMPARTMENTS, readable
from casework.access.rules import check_can_read, check_can_write, check_sees_case
from casework.sharing.kinds import ENQUIRERS, ShareState, TopicRequestState
from casework.sharing.models import Share, TopicRequest

# The lead agency holds these for everybody. Everything else is held by the agency that wrote it.
HELD_BY_LEAD = frozenset({Compartment.OVERVIEW, Compartment.IDENTITY, Compartment.ACCOUNT})


def check_can_share(member: Any, case: Any) -> None:
    """Whoever writes for an agency that holds something of an open case may share it for that agency.

    For the lead agency those who write in the overview; for others those who write in a compartment that is theirs.
    Source: DESIGN.md, "Share".  Raises: AccessDenied.
    """
    if member.agency_id == case.lead_agency_id:
        check_can_write(member, case, Compartment.OVERVIEW)
        return
    if not own_parts(member, case):
        raise AccessDenied(
            _("Your agency holds nothing of this case that you could share. Who wrote it shares it."),
            rule="holder_shares",
        )
    if case.is_closed:
        raise AccessDenied(_("This case is closed. Nothing more can be recorded in it."), rule="case_closed")


def own_parts(member: Any, case: Any) -> list[str]:
    """Compartments in which this member writes, and of which the own agency therefore holds what it wrote."""
    held = live_permissions(member, case)
    return [
        each
        for each in Compartment.values
        if each not in HELD_BY_LEAD and {permission_codename(each), permission_codename(each, write=True)} <= held
    ]


def check_can_give(member: Any, case: Any, to: Any, compartments: list[str], may_write: list[str]) -> None:
    """An agency gives what it holds, and nobody gives what the own grants don't show.

    The lead agency also opens a compartment for an agency that works in it: this shows nothing of anybody else, since
    what stands there is held by whoever wrote it. Source: DESIGN.md, "Share"; FIELD.md, "Therapy".
    Raises: AccessDenied.
    """
    if member.agency_id == case.lead_agency_id:
        held = live_permissions(member, case)
        room = OWN_COMPARTMENTS[to.kind]
        missing = [each for each in compartments if permission_codename(each) not in held and each not in room]
    else:
        missing = [each for each in compartments if each not in {Compartment.OVERVIEW, *own_parts(member, case)}]
    if missing:
        names = ", ".join(str(Compartment(each).label) for each in missing)
        raise AccessDenied(
            _("You can't share with %(agency)s what your agency does not hold, or you may not read: %(names)s.")
            % {"agency": to.name, "names": names},
            rule="give",
        )
    if may_write and member.agency_id != case.lead_agency_id:
        raise AccessDenied(_("Only the lead agency lets others write in this case."), rule="give_writing")


def check_takes_part(member: Any, case: Any, to: Any, takes_part: bool) -> None:
    """Which agencies come near a case is decided by its lead agency; others share with those that are there.

    `takes_part`: leads the case, or has a share of the lead agency in force. Source: DESIGN.md, "Case".
    Raises: AccessDenied.
    """
    if member.agency_id != case.lead_agency_id and not takes_part:
        raise AccessDenied(
            _("%(agency)s has no share of the lead agency in force. The lead agency decides who comes near a case.")
            % {"agency": to.name},
            rule="receiver_takes_part",
        )


def check_enquiry(compartments: list[str], to: Any, enquiry: str) -> None:
    """Notes of therapy go to police or prosecution only on a stated, reasonable line of enquiry.

    Source: FIELD.md, "Therapy".  Raises: AccessDenied.
    """
    if Compartment.THERAPY in compartments and to.kind in ENQUIRERS and not enquiry.strip():
        raise AccessDenied(
            _("Therapy notes go to police or prosecution only on a stated line of enquiry. Attendance needs none."),
            rule="enquiry",
        )


def check_can_change_share(member: Any, share: Share) -> None:
    """Whoever may share for the sharing agency changes the terms, until the other side has accepted.

    Source: issue 5, "Four eyes".  Raises: AccessDenied.
    """
    if member.agency_id != share.from_agency_id:
        raise AccessDenied(_("Only the agency that shares can change this."), rule="sharer_changes")
    check_can_share(member, share.case)
    if share.state not in (ShareState.PROPOSED, ShareState.NOT_AGREED, ShareState.OFFERED):
        raise AccessDenied(_("This share was decided on. Withdraw it, or share again."), rule="share_open")


def check_can_agree(member: Any, share: Share) -> None:
    """A second person of the sharing agency agrees: a supervisor, or whoever could share this; never who proposed it.

    Source: issue 5, "Four eyes".  Raises: AccessDenied.
    """
    if member.agency_id != share.from_agency_id:
        raise AccessDenied(_("Only the agency that shares can agree to this."), rule="sharer_agrees")
    if member.pk == share.offered_by_id:
        raise AccessDenied(_("You set these terms: somebody else of your agency has to agree."), rule="second_person")
    if not member.has_role(Role.SUPERVISOR):
        check_can_share(member, share.case)
        check_can_give(member, share.case, share.to_agency, share.compartments, share.may_write)


def check_receives_share(member: Any, share: Share) -> None:
    """Only a supervisor of the receiving agency decides on a share; never the agency that offers it.

    Source: FIELD.md, "Transfers and referrals".  Raises: AccessDenied.
    """
    if not member.has_role(Role.SUPERVISOR) or member.agency_id != share.to_agency_id:
        raise AccessDenied(_("Only a supervisor of the receiving agency decides on this."), rule="receiver_decides")


def check_can_name_members(member: Any, share: Share) -> None:
    """A supervisor of the receiving agency names members while the share is accepted.

    That it has not ended is asked of the database, by its clock, when the share is locked. Source: DESIGN.md, "Share".
    Raises: AccessDenied.
    """
    check_receives_share(member, share)
    if share.state != ShareState.ACCEPTED:
        raise AccessDenied(_("This share is not in force, so nobody can be named on it."), rule="share_in_force")


def check_can_revoke(member: Any, share: Share) -> None:
    """The agency that shared withdraws at any time: whoever may share, or a supervisor; so do those who lead the case.

    Source: DESIGN.md, "Share".  Raises: AccessDenied.
    """
    leads = member.agency_id == share.case.lead_agency_id
    if member.agency_id != share.from_agency_id and not (leads and member.has_role(Role.SUPERVISOR)):
        raise AccessDenied(
            _("Only the agency that shared, or a supervisor of the lead agency, can withdraw it."),
            rule="sharer_withdraws",
        )
    if not member.has_role(Role.SUPERVISOR):
        check_can_share(member, share.case)


def check_can_review_people(member: Any, case: Any) -> None:
    """A supervisor of the lead agency confirms who is on a case, also without access of the own, and when it is closed.

    Source: issue 5, "Review".  Raises: AccessDenied.
    """
    check_withdraws_for_agency(member, case)


def check_reads_openings(member: Any, case: Any) -> None:
    """Whoever works on a case for the lead agency is told who opened the account and the identity.

    Source: issue 5, "Told when opened"; FIELD.md, on UK CP-IS.  Raises: AccessDenied.
    """
    check_can_read(member, case, Compartment.OVERVIEW)
    if member.agency_id != case.lead_agency_id:
        raise AccessDenied(_("Only the lead agency is told who opened what."), rule="lead_agency")


def check_withdraws_for_agency(member: Any, case: Any) -> None:
    """A supervisor of the lead agency sees and withdraws its shares, also without access to the case.

    Source: DESIGN.md, "Share".  Raises: AccessDenied.
    """
    if not member.has_role(Role.SUPERVISOR) or member.agency_id != case.lead_agency_id:
        raise AccessDenied(_("Only a supervisor of the lead agency may do this."), rule="sharer_withdraws")


def check_can_ask_topics(member: Any, case: Any) -> None:
    """Whoever of another agency sees an open case and works with accounts, but does not read all of this one, may ask.

    Source: issue 4, "Already told?".  Raises: AccessDenied.
    """
    check_sees_case(member, case)
    if member.agency_id == case.lead_agency_id:
        raise AccessDenied(
            _("Your agency leads this case: a supervisor of it names you for the account."), rule="own_agency"
        )
    if Compartment.ACCOUNT not in readable(member.roles):
        raise AccessDenied(_("Your role does not work with what a child has told."), rule="role_fits")
    if is_kept_from_record(member, case):
        raise AccessDenied(_("You are kept from the record until the interview is sealed."), rule="kept_from_record")
    if permission_codename(Compartment.ACCOUNT) in live_permissions(member, case):
        raise AccessDenied(_("You may read the whole account already."), rule="account_held")
    if case.is_closed:
        raise AccessDenied(_("This case is closed. Nothing can be asked for any more."), rule="case_closed")


def check_sees_topic_request(member: Any, request: TopicRequest) -> None:
    """Both sides of a request read it while they see its case.

    Source: issue 4, "Already told?".  Raises: AccessDenied.
    """
    check_can_read(member, request.case, Compartment.OVERVIEW)


def check_can_answer_topics(member: Any, request: TopicRequest) -> None:
    """A supervisor of the lead agency on the case answers, once: by a share that holds the topics, or with a reason.

    Source: issue 4, "Already told?".  Raises: AccessDenied.
    """
    check_can_read(member, request.case, Compartment.OVERVIEW)
    if member.agency_id != request.case.lead_agency_id or not member.has_role(Role.SUPERVISOR):
        raise AccessDenied(_("Only a supervisor of the lead agency answers this."), rule="lead_answers")
    if request.state != TopicRequestState.WAITING:
        raise AccessDenied(_("There is nothing to answer any more."), rule="topics_answered")


def check_can_withdraw_topics(member: Any, request: TopicRequest) -> None:
    """Only who asked withdraws a request, while it waits.

    Source: issue 4, "Already told?".  Raises: AccessDenied.
    """
    if request.member_id != member.pk:
        raise AccessDenied(_("Only who asked can withdraw this."), rule="topics_own")
    if request.state != TopicRequestState.WAITING:
        raise AccessDenied(_("This request waits no longer."), rule="topics_answered")
