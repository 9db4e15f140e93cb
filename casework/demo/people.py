"""The invented agencies and members of the demonstration, made as an operator would set up a new house."""

import datetime

from agencies.models import Agency, Member
from agencies.standing import today
from casework.audit.context import Asker, asked_by
from casework.demo.stories import MemberStory, Stories
from casework.vault.marks import address_marks

OWNER = "owner"  # the operator's connection: the serving role founds no agency


def load_people(stories: Stories) -> tuple[dict[str, Agency], dict[str, Member]]:
    """Agencies and members by story key. Nobody has a password: in the demo one signs in at one click.

    A membership that has ended is ended by `end_memberships`, after its member's part in the stories.
    """
    with asked_by(Asker(name="Demonstration")):
        agencies = {
            story.key: Agency.objects.using(OWNER).create(name=story.name, kind=story.kind, country=story.country)
            for story in stories.agencies.values()
        }
        members = {story.key: _member(story, agencies[story.agency]) for story in stories.members.values()}
    return agencies, members


def lapse_people(stories: Stories, members: dict[str, Member]) -> None:
    """End the memberships and let the vetting and training lapse that the stories say have."""
    with asked_by(Asker(name="Demonstration")):
        for story in stories.members.values():
            member = members[story.key]
            member.vetting_until = _day(story.vetting_until)
            member.training_until = _day(story.training_until)
            if story.membership_ended is not None:
                member.membership_ended_on, member.is_active = _day(story.membership_ended), False
            member.save(using=OWNER)


def _member(story: MemberStory, agency: Agency) -> Member:
    member = Member(
        email=story.email,
        name=story.name,
        agency=agency,
        roles=list(story.roles),
        language=story.language,
        vetting_from=_day(story.vetting_from),
        vetting_until=_day(max(story.vetting_until, 0)),
        training_from=_day(story.training_from),
        training_until=_day(max(story.training_until, 0)),
        joined_on=_day(story.vetting_from),
        address_marks=address_marks(story.home),
    )
    member.set_unusable_password()
    member.save(using=OWNER)
    return Member.objects.select_related("agency").get(pk=member.pk)


def _day(offset: int) -> datetime.date:
    return today() + datetime.timedelta(days=offset)
