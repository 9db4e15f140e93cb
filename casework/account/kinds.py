"""The words for tellings and passages."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class TellingKind(models.TextChoices):
    PRIOR = "prior", _("Prior disclosure")
    JOINT = "joint", _("Joint interview")
    SUPPLEMENTARY = "supplementary", _("Supplementary interview")


class Protocol(models.TextChoices):
    NOT_APPLICABLE = "none", _("No protocol (spontaneous)")
    NICHD = "nichd", _("NICHD")
    ABE = "abe", _("Achieving Best Evidence")
    OTHER = "other", _("Other")


class PriorAnswer(models.TextChoices):
    """Whether the child has told anybody before the case was opened."""

    YES = "yes", _("Yes")
    NO = "no", _("No, as far as anybody knows")
    UNKNOWN = "unknown", _("Not known yet")


class EditAct(models.TextChoices):
    """What was done with passages before they were sealed."""

    CHANGE = "change", _("put right")
    TAG = "tag", _("phases and topics")
    SPLIT = "split", _("split")
    JOIN = "join", _("joined with the one before")
    MOVE = "move", _("moved")


class Phase(models.TextChoices):
    UNSET = "", _("Not set")
    INTRODUCTION = "introduction", _("Introduction and ground rules")
    RAPPORT = "rapport", _("Rapport")
    PRACTICE = "practice", _("Practice of memory")
    FREE_RECALL = "free_recall", _("Free recall")
    CUED = "cued", _("Cued")
    FOCUSED = "focused", _("Focused")
    CLOSURE = "closure", _("Closure")


class QuestionType(models.TextChoices):
    UNSET = "", _("Not set")
    OPEN = "open", _("Open")
    CUED = "cued", _("Cued")
    OPTION_POSING = "option_posing", _("Option-posing")
    SUGGESTIVE = "suggestive", _("Suggestive")


class Topic(models.TextChoices):
    """What a passage is about: a fixed vocabulary, so that shares and searches mean the same by a word."""

    HOME = "home", _("Home")
    SCHOOL = "school", _("School")
    ONLINE = "online", _("Online")
    PERSON = "person", _("A person")
    PLACE = "place", _("A place")
    TIME = "time", _("When")
    DEVICE = "device", _("A device")
    FEELINGS = "feelings", _("Feelings")
    SAFETY = "safety", _("Safety")
    TOLD_WHOM = "told_whom", _("Whom the child told")


def topics_in_order(codes: Iterable[str]) -> list[str]:
    """Each topic once, in the order of the vocabulary. Raises: ValueError for a code that is no topic."""
    wanted = {Topic(code) for code in codes}
    return [topic.value for topic in Topic if topic in wanted]
