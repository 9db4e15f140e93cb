"""Who we are: agencies, and the members who sign in.

Staff data is operational, never about a child: it is not encrypted and not behind row-level security.
"""

import datetime
import json
from typing import NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from agencies.kinds import AgencyKind, Role
from casework.access.roles import NEVER_ON_A_CASE
from casework.vault.managers import RecordedQuerySet

APART = sorted(role.value for role in NEVER_ON_A_CASE)
IN_FULL_LENGTH = 300  # characters of the columns that keep who somebody was


class Agency(models.Model):
    """One office of one kind in one country. Deactivated, never deleted."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=AgencyKind)
    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters, as in ISO 3166."))
    is_active = models.BooleanField(default=True)

    objects: "models.Manager[Agency]" = RecordedQuerySet["Agency"].as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        constraints = [
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="agency_country_is_iso"),
            models.CheckConstraint(condition=Q(kind__in=AgencyKind.values), name="agency_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class MemberManager(BaseUserManager["Member"]):
    """Members by e-mail address, in any case. Nothing here makes a superuser: there is none."""

    def get_queryset(self) -> "RecordedQuerySet[Member]":
        return RecordedQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "Member":
        return self.get(email__iexact=username)


class Member(AbstractBaseUser):
    """A person who signs in, for one agency at a time, in one or more roles.

    `vetting_until`, `training_until` and `membership_ended_on` are dates in UTC; the first two inclusive.
    `address_marks`: keyed digests of the home address (casework/vault/marks.py), which itself is kept nowhere.
    """

    email = models.EmailField(_("e-mail address"), unique=True, max_length=254)
    name = models.CharField(_("name"), max_length=120)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="members", verbose_name=_("agency"))
    roles = ArrayField(models.CharField(max_length=24, choices=Role), default=list, verbose_name=_("roles"))
    language = models.CharField(_("language"), max_length=5, default="en")
    is_active = models.BooleanField(_("may sign in"), default=True)
    vetting_from = models.DateField(_("vetted from"), null=True, blank=True)
    vetting_until = models.DateField(_("vetted until"), null=True, blank=True)
    training_from = models.DateField(_("trained from"), null=True, blank=True)
    training_until = models.DateField(_("trained until"), null=True, blank=True)
    joined_on = models.DateField(_("joined on"), default=datetime.date.today)
    membership_ended_on = models.DateField(_("membership ended on"), null=True, blank=True)
    address_marks = ArrayField(models.CharField(max_length=17), default=list, blank=True, editable=False)
    groups = models.ManyToManyField(
        "auth.Group",
        blank=True,
        editable=False,
        related_name="user_set",
        related_query_name="user",
        help_text="django-guardian looks for this relation; the application role may not write to it.",
    )

    objects = MemberManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.CheckConstraint(condition=Q(roles__contained_by=Role.values), name="member_roles_known"),
            models.CheckConstraint(
                condition=Q(roles__contained_by=APART) | ~Q(roles__overlap=APART),
                name="member_roles_apart",
            ),
            models.CheckConstraint(
                condition=Q(vetting_from__isnull=True) | Q(vetting_until__gte=models.F("vetting_from")),
                name="member_vetting_in_order",
            ),
            models.CheckConstraint(
                condition=Q(training_from__isnull=True) | Q(training_until__gte=models.F("training_from")),
                name="member_training_in_order",
            ),
            models.CheckConstraint(
                condition=Q(membership_ended_on__isnull=True) | Q(is_active=False),
                name="member_ended_cannot_sign_in",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_superuser(self) -> bool:
        """Always False. There is no superuser, and nothing can make one."""
        return False

    @is_superuser.setter
    def is_superuser(self, value: object) -> NoReturn:
        raise AttributeError("Casework has no superuser.")

    @property
    def is_staff(self) -> bool:
        """Always False: there is no back office."""
        return False

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is bound to: password, roles and agency. When one of them changes, every session ends."""
        stands_for = json.dumps([self.password, sorted(self.roles), self.agency_id])
        return salted_hmac("agencies.models.Member.session", stands_for, secret=secret, algorithm="sha256").hexdigest()

    def has_role(self, *roles: str) -> bool:
        """True when the member holds any of these roles."""
        return any(role in self.roles for role in roles)

    def has_perm(self, permission: str, obj: models.Model | None = None) -> bool:
        """True only for a live grant on this one object; never by model, by group or by rank."""
        from casework.access.checker import CaseChecker

        if obj is None or obj._meta.label_lower != "cases.case":
            return False
        return bool(CaseChecker(self).has_perm(permission, obj))

    def has_module_perms(self, app_label: str) -> bool:
        return False

    @property
    def roles_in_words(self) -> str:
        """The roles as people say them, joined by commas, in the reader's language."""
        return ", ".join(str(Role(role).label) for role in self.roles)

    @property
    def in_full(self) -> str:
        """`Maja Lind, Interviewer, North Police` in the reader's language, at most 300 characters.

        Kept on rows as it was: names, roles and agencies change, what stands on a row does not.
        """
        return ", ".join(part for part in (self.name, self.roles_in_words, self.agency.name) if part)[:IN_FULL_LENGTH]
