"""Who wrote something, as they were then: names, roles and agencies change, what stands on a row does not."""

from agencies.models import Member

LONGEST = 300  # characters of the label columns


def label_of_author(member: Member) -> str:
    """`Maja Lind, Interviewer, North Police`, in the language of the writer, at most 300 characters."""
    return ", ".join(part for part in (member.name, member.roles_in_words, member.agency.name) if part)[:LONGEST]
