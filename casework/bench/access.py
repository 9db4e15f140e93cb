"""What access costs: the caseload page and the single check, beside guardian's generic tables with the same data.

Ours is measured as a page runs it: as the application role, with row-level security, for a member whom the database
knows by token. The generic side has no row security to pay for, no ends and no walls.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections, models, transaction
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import get_objects_for_user as generic_list

from agencies.models import Member
from casework.access.checker import CaseChecker
from casework.access.database import bind_member
from casework.bench._access_data import Size, fill, lay_ground
from casework.bench.rows import Row, Say, Scale, percentile
from casework.bench.scratch import scratch_database, superuser
from casework.cases.models import Case

SIZES = {
    Scale.SMALL: (Size(members=40, cases=1_000, each=50), Size(members=400, cases=20_000, each=50)),
    Scale.FULL: (Size(members=100, cases=10_000, each=500), Size(members=10_000, cases=1_000_000, each=500)),
}
PEOPLE = {Scale.SMALL: 12, Scale.FULL: 60}
PAGE = 25


class GenericCase(models.Model):  # noqa: DJ008 - never shown
    """The case table's twin, as guardian's generic permissions see it: without row security."""

    id = models.BigIntegerField(primary_key=True)
    reference = models.CharField(max_length=9)
    pseudonym = models.CharField(max_length=40)
    stage = models.CharField(max_length=16)
    opened_at = models.DateTimeField()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "bench_case"


@dataclass
class Figures:
    """Milliseconds of each call, by what was asked."""

    page: list[float]
    generic_page: list[float]
    bare_page: list[float]
    check: list[float]
    generic_check: list[float]


def run(scale: Scale, say: Say) -> list[Row]:
    """Rows `list_vs_generic`, `list_growth`, `rls_cost`, `check_vs_generic`, `list_ms_p95`, and what they are of."""
    small, large = SIZES[scale]
    with scratch_database(locked=False) as name, superuser(name) as admin:
        lay_ground(admin)
        fill(admin, small)
        before = _measure(admin, range(1, small.members + 1), PEOPLE[scale])
        began = time.perf_counter()
        fill(admin, large, small)
        filled = time.perf_counter() - began
        say(f"{large.cases:,} cases, {large.members:,} members, {large.grants:,} grants in {filled:.0f} s.")
        after = _measure(admin, range(small.members + 1, large.members + 1), PEOPLE[scale])
        connections["default"].close()
    return _rows(before, after, filled)


def _measure(admin: Any, numbers: range, people: int) -> Figures:
    """Each question once for every person drawn, ours and the other in turn, after one round to warm up."""
    chance, figures = random.Random(7), Figures([], [], [], [], [])  # noqa: S311 - the same people every time
    drawn = chance.sample(numbers, min(people, len(numbers)))
    for warm in (True, False):
        for number in drawn:
            member = Member.objects.select_related("agency").get(pk=number)
            kept = Figures([], [], [], [], []) if warm else figures
            _ask(admin, member, kept)
    return figures


def _ask(admin: Any, member: Member, figures: Figures) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            bind_member(cursor, member.pk)
        ours = Case.objects.visible_to(member).order_by("-opened_at", "id")[:PAGE]
        theirs = generic_list(
            member, "read_overview", GenericCase, use_groups=False, accept_global_perms=False, with_superuser=False
        )
        found = _timed(figures.page, lambda: list(ours.all()))
        generic = _timed(figures.generic_page, lambda: list(theirs.order_by("-opened_at", "id")[:PAGE]))
        if [case.pk for case in found] != [case.pk for case in generic]:
            raise AssertionError("The two sides do not answer the same.")
        _alternate(admin, ours, member, figures)


def _alternate(admin: Any, ours: Any, member: Member, figures: Figures) -> None:
    """The same sentence with row security (as the application) and without (as superuser), and the single check.

    Planned anew each time on both sides, as Django has it.
    """
    sentence, parameters = ours.query.sql_with_params()
    with_rls: list[float] = []
    with connection.cursor() as cursor:
        _timed(with_rls, lambda: cursor.execute(sentence, parameters))
    without: list[float] = []
    _timed(without, lambda: admin.execute(sentence, parameters, prepare=False).fetchall())
    figures.bare_page.append(with_rls[0] / without[0])
    case = ours.all()[0]
    twin = GenericCase(pk=case.pk)
    if not _timed(figures.check, lambda: CaseChecker(member).has_perm("read_overview", case)):
        raise AssertionError("The check says no to a case of the member's own page.")
    if not _timed(figures.generic_check, lambda: ObjectPermissionChecker(member).has_perm("read_overview", twin)):
        raise AssertionError("The generic check says no to a case of the member's own page.")


def _timed(into: list[float], act: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    answer = act()
    into.append((time.perf_counter() - began) * 1_000)
    return answer


def _rows(before: Figures, after: Figures, filled: float) -> list[Row]:
    def middle(values: list[float]) -> float:
        return percentile(values, 0.5)

    page, check = middle(after.page), middle(after.check)
    return [
        Row("list_vs_generic", middle(after.generic_page) / page, "ratio", "bar: at least 20"),
        Row("list_growth", page / middle(before.page), "ratio", "at a hundred times the cases; bar: at most 1.5"),
        Row("rls_cost", middle(after.bare_page), "ratio", "over the same query without it; bar: at most 1.3"),
        Row("check_vs_generic", middle(after.generic_check) / check, "ratio", "the single check"),
        Row("list_ms_p95", percentile(after.page, 0.95), "ms", f"p50 {page:.2f} ms, through the models"),
        Row("list_ms_p50", page, "ms", f"at a hundredth of the size {middle(before.page):.2f} ms"),
        Row("generic_list_ms_p50", middle(after.generic_page), "ms", f"p95 {percentile(after.generic_page, 0.95):.2f}"),
        Row("check_ms_p50", check, "ms", f"p95 {percentile(after.check, 0.95):.2f} ms"),
        Row("generic_check_ms_p50", middle(after.generic_check), "ms", "user and group permissions, as shipped"),
        Row("fill_s", filled, "s", "bar: under 180"),
    ]
