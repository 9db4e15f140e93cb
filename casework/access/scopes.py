"""How the guarded manager narrows: the application's own wall, standing in front of row-level security.

Written in Django's query language from the grant rows; the database has its own form of the same rule. A test
switches each off in turn and wants the other to hold.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Now

from agencies.kinds import Role
from casework.access.kinds import OPEN_TO_BLINDED, READ_TOPICS, Compartment, permission_codename
from casework.access.models import Blinding, CaseGrant, Wall
from casework.access.references import share_model, telling_model
from casework.vault.managers import set_narrowing

Rows = QuerySet[Any]
ANYBODY = -1  # stands for the member in a sentence that is written once for all
# What waits for a second person of the sharing agency before the receiving one learns of it (sharing/kinds.py).
SECOND_FIRST = [Compartment.ACCOUNT.value, Compartment.IDENTITY.value, Compartment.THERAPY.value]


def walled_case_ids(member: Any) -> RawSQL:
    """Ids of cases that do not exist for this member."""
    return _ids(_walled, member)


def granted_case_ids(member: Any, codename: str) -> RawSQL:
    """Ids of cases on which this member holds this permission now."""
    return _ids(_granted, member, codename)


def blinded_case_ids(member: Any) -> RawSQL:
    """Ids of cases from whose record this member is kept until the interview is sealed."""
    return _ids(_blinded, member)


def _walled(member_id: int) -> Rows:
    return Wall.objects.filter(member_id=member_id, lifted_at=None).values("case_id")


def _granted(member_id: int, codename: str) -> Rows:
    known = Permission.objects.filter(content_type__app_label="cases", codename=codename).order_by()
    grants = CaseGrant.objects.live().filter(user_id=member_id, permission_id=Subquery(known.values("pk")[:1]))
    return grants.exclude(content_object_id__in=_walled(member_id)).values("content_object_id")


def _blinded(member_id: int) -> Rows:
    return Blinding.objects.filter(member_id=member_id, lifted_at=None).values("case_id")


def _ids(rows: Callable[..., Rows], member: Any, *names: str) -> RawSQL:
    """A list of ids as a sub-select. Every page asks for several, and to build one took longer than to answer it."""
    sql, parameters = _written(rows, *names)
    given = [member.pk if each == ANYBODY else each for each in parameters]
    return RawSQL(sql, given)  # noqa: S611 - written by the query language, with every value a parameter


@cache
def _written(rows: Callable[..., Rows], *names: str) -> tuple[str, tuple[Any, ...]]:
    return rows(ANYBODY, *names).query.sql_with_params()


def visible(rows: Rows, member: Any) -> Rows:
    """Rows whose case and compartment this member may read."""
    if not member.is_active:
        return rows.none()
    compartment = rows.model.compartment
    if isinstance(compartment, str):
        codename = permission_codename(compartment)
        whole = Q(**{_case_column(rows.model) + "__in": granted_case_ids(member, codename)})
        field = getattr(rows.model, "topics_field", None)
        rows = rows.filter(whole if field is None else whole | within_topics(member, field))
        if compartment == Compartment.IDENTITY:  # what was given of it on request is for whoever sees the case
            overview = permission_codename(Compartment.OVERVIEW)
            rows = rows.filter(**{_case_column(rows.model) + "__in": granted_case_ids(member, overview)})
        return rows if compartment in OPEN_TO_BLINDED else _not_blinded(rows, member)
    grants = CaseGrant.objects.live().filter(
        user=member,
        content_object_id=OuterRef("case_id"),
        permission__codename=Concat(Value("read_"), OuterRef("compartment")),
    )
    rows = rows.filter(Exists(grants)).exclude(case_id__in=walled_case_ids(member))
    rows = rows.filter(Q(compartment__in=OPEN_TO_BLINDED) | ~Q(case_id__in=blinded_case_ids(member)))
    if not getattr(rows.model, "is_held_by_agency", False):
        return rows
    theirs = grants.filter(Q(share__from_agency_id=OuterRef("agency_id")) | Q(emergency__isnull=False))
    return rows.filter(Q(compartment=Compartment.OVERVIEW) | Q(agency_id=member.agency_id) | Exists(theirs))


def within_topics(member: Any, field: str) -> Q:
    """Rows of accounts of which this member reads named topics: those whose every topic was shared.

    `field`: where the row's topics stand; empty for what frames passages, such as the occasion of a telling. Whoever is
    kept from the record has none of them.
    """
    on_case = Q(case_id__in=granted_case_ids(member, READ_TOPICS)) & ~Q(case_id__in=blinded_case_ids(member))
    if not field:
        return on_case
    grants = CaseGrant.objects.live().filter(user=member, permission__codename=READ_TOPICS)
    topic: Any = Func(F("share__topics"), function="unnest", output_field=CharField(), set_returning=True)
    shared = grants.filter(content_object_id=OuterRef("case_id")).annotate(topic=topic).values("topic")
    return on_case & ~Q(**{field: []}) & Q(**{field + "__contained_by": ArraySubquery(shared)})


def _not_blinded(rows: Rows, member: Any) -> Rows:
    """Without the record of cases from which this member is kept, but for what the member has recorded since then.

    A model says by `telling_column` how its rows lead to the telling they belong to.
    """
    open_rows = ~Q(case_id__in=blinded_case_ids(member))
    column = getattr(rows.model, "telling_column", "")
    return rows.filter(open_rows | Q(**{column + "__in": _ids(_recorded_since, member)}) if column else open_rows)


def _recorded_since(member_id: int) -> Rows:
    """Ids of tellings that a member recorded on cases from whose record that member was kept by then."""
    kept = _blinded(member_id).filter(case_id=OuterRef("case_id"), set_at__lte=OuterRef("recorded_at"))
    return telling_model().everything.filter(Exists(kept), recorded_by_id=member_id).values("pk")  # type: ignore[no-any-return]


def overseen(rows: Rows, member: Any) -> Rows:
    """Rows of cases led by the agency whose supervisor or auditor asks."""
    if not member.is_active or not member.has_role(Role.SUPERVISOR, Role.AUDITOR):
        return rows.none()
    prefix = "" if _is_case(rows.model) else "case__"
    led = rows.filter(**{prefix + "lead_agency_id": member.agency_id})
    return led.exclude(**{_case_column(rows.model) + "__in": walled_case_ids(member)})


def offered(rows: Rows, member: Any) -> Rows:
    """Rows of cases that another agency shares with the agency whose supervisor asks, until the share ends."""
    if not member.is_active or not member.has_role(Role.SUPERVISOR):
        return rows.none()
    live = Q(state__in=["offered", "accepted"], until__gt=Now(), to_agency_id=member.agency_id)
    case_ids = share_model().everything.filter(live).values("case_id")
    if rows.model is share_model():
        hidden = Q(state__in=["proposed", "not_agreed"])
        hidden |= Q(state="revoked", decided_at=None, second_at=None, compartments__overlap=SECOND_FIRST)
        rows = rows.filter(to_agency_id=member.agency_id).exclude(hidden)
    else:
        rows = rows.filter(**{_case_column(rows.model) + "__in": case_ids})
    return rows.exclude(**{_case_column(rows.model) + "__in": walled_case_ids(member)})


def given(rows: Rows, member: Any) -> Rows:
    """Shares that the agency of this member gives: all for its supervisors, for others those of cases that they see."""
    if not member.is_active:
        return rows.none()
    own = rows.filter(from_agency_id=member.agency_id)
    if not member.has_role(Role.SUPERVISOR):
        own = own.filter(case_id__in=granted_case_ids(member, permission_codename(Compartment.OVERVIEW)))
    return own.exclude(case_id__in=walled_case_ids(member))


def install() -> None:
    """Give the guarded manager its four reaches."""
    set_narrowing(visible=visible, overseen=overseen, offered=offered, given=given)


def _is_case(model: type[models.Model]) -> bool:
    return model._meta.label_lower == "cases.case"


def _case_column(model: type[models.Model]) -> str:
    return "id" if _is_case(model) else "case_id"
