"""What the actions of cases refuse whoever calls them, pages or not."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from casework.access.actions import GrantTerms, grant_compartments
from casework.access.errors import AccessDenied, NotVisible
from casework.access.middleware import is_closed_meanwhile
from casework.access.models import CaseGrant
from casework.access.task import acting_as
from casework.cases.actions import close_case, opener_reads
from casework.cases.entry_actions import EntryContent, change_entry, write_entry
from casework.cases.models import Case, Entry
from casework.cases.names import pseudonym_is_taken
from casework.cases.people_actions import name_member
from casework.cases.rules import check_can_change_entry
from casework.sharing.models import Share
from tests.cast import OWN_TERMS, Cast

CONTENT = EntryContent("fact", datetime.date(2026, 3, 3), "A title", "A text.")


def overseen(cast: Cast) -> Case:
    rows = Case.objects.overseen_by(cast.lead_supervisor).select_related("lead_agency")
    case: Case = rows.get(pk=cast.case.pk)
    return case


def close(cast: Cast) -> None:
    with acting_as(cast.lead_supervisor.pk, route="test"):
        case = overseen(cast)
        close_case(case=case, by=cast.lead_supervisor, version=case.version, reason="Done.")


def test_lead_agency_names_nobody_of_another_agency(cast: Cast) -> None:
    with acting_as(cast.lead_supervisor.pk, route="test"), pytest.raises(AccessDenied) as caught:
        name_member(
            case=overseen(cast), member=cast.investigator, by=cast.lead_supervisor, read=[], write=[], terms=OWN_TERMS
        )
    assert caught.value.rule == "own_agency"


def test_naming_again_on_other_terms_replaces_what_was_held(cast: Cast) -> None:
    """A supervisor who gives access until Friday means until Friday, also for whoever had it without an end."""
    until = timezone.now() + datetime.timedelta(days=3)
    terms = GrantTerms(purpose="protect", legal_basis="public_task", ends_at=until)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        for wanted, new in ((OWN_TERMS, 1), (OWN_TERMS, 0), (terms, 1), (terms, 0)):
            given = name_member(
                case=overseen(cast), member=cast.lead_colleague, by=cast.lead_supervisor, read=[], write=[],
                terms=wanted,
            )  # fmt: skip
            assert len(given) == new
        live = CaseGrant.objects.live().filter(user=cast.lead_colleague, content_object=cast.case)
        assert [grant.ends_at for grant in live] == [until]


def test_who_only_reads_a_compartment_changes_no_entry_in_it(cast: Cast) -> None:
    with acting_as(cast.lead_supervisor.pk, route="test"):
        grant_compartments(
            case=overseen(cast), member=cast.lead_colleague, by=cast.lead_supervisor, read=["overview", "social"],
            write=["overview"], terms=OWN_TERMS,
        )  # fmt: skip
    with acting_as(cast.lead_colleague.pk, route="test"):
        entry = Entry.objects.visible_to(cast.lead_colleague).select_related("case", "case__lead_agency").get()
        with pytest.raises(AccessDenied):
            check_can_change_entry(cast.lead_colleague, entry)
        with pytest.raises(NotVisible):  # row security lets nobody lock what they may not write
            change_entry(entry=entry, by=cast.lead_colleague, version=1, content=CONTENT)


def test_whoever_changes_an_entry_stands_on_it(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        rows = Entry.objects.visible_to(cast.lead_worker).select_related("case", "case__lead_agency")
        entry = rows.get(pk=cast.entry.pk)
        changed = change_entry(entry=entry, by=cast.lead_worker, version=1, content=CONTENT)
    assert changed.changed_by_label == "Lead Worker, Social worker, Harbour Social Services"
    assert changed.changed_at is not None


def test_entry_of_a_closed_case_is_kept_as_it_is(cast: Cast) -> None:
    close(cast)
    with acting_as(cast.lead_worker.pk, route="test"):
        entry = (
            Entry.objects.visible_to(cast.lead_worker).select_related("case", "case__lead_agency").get(pk=cast.entry.pk)
        )
        with pytest.raises(AccessDenied):
            change_entry(entry=entry, by=cast.lead_worker, version=1, content=CONTENT)


def test_entry_begun_before_the_closing_is_refused_after_it(cast: Cast) -> None:
    """The page's case still says that it is open: the action asks again."""
    with acting_as(cast.lead_worker.pk, route="test"):
        stale = Case.objects.visible_to(cast.lead_worker).select_related("lead_agency").get(pk=cast.case.pk)
    close(cast)
    with acting_as(cast.lead_worker.pk, route="test"), pytest.raises(AccessDenied) as caught:
        write_entry(case=stale, by=cast.lead_worker, compartment="social", content=CONTENT)
    assert caught.value.rule


def test_nothing_is_added_to_a_closed_case_by_sql_either(cast: Cast) -> None:
    close(cast)
    with acting_as(cast.lead_worker.pk, route="test"):
        case = Case.objects.visible_to(cast.lead_worker).select_related("lead_agency").get(pk=cast.case.pk)
        entry: Any = Entry(
            case=case, compartment="social", nature="fact", happened_on=datetime.date(2026, 3, 3),
            author=cast.lead_worker, author_name="x", author_roles="x", author_agency="x",
        )  # fmt: skip
        entry.title, entry.text = "A title", "A text."
        with pytest.raises(IntegrityError, match="closed case") as caught, transaction.atomic():
            entry.save(force_insert=True)
        assert is_closed_meanwhile(caught.value)


def test_closing_ends_every_share_and_what_it_gave(cast: Cast) -> None:
    close(cast)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        live = CaseGrant.objects.live().filter(content_object=cast.case)
        assert live.exists()
        assert not live.filter(share__isnull=False).exists()
        shares = Share.objects.overseen_by(cast.lead_supervisor).filter(case=cast.case)
        assert {share.state for share in shares} <= {"revoked", "rejected"}


def test_pseudonym_is_taken_by_another_case_of_mine_and_not_by_the_same_form(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        assert pseudonym_is_taken(cast.lead_worker, cast.case.pseudonym.lower(), apart_from=None)
        assert not pseudonym_is_taken(cast.lead_worker, cast.case.pseudonym, apart_from=cast.case.pk)
    with acting_as(cast.stranger.pk, route="test"):
        assert not pseudonym_is_taken(cast.stranger, cast.case.pseudonym, apart_from=None)


def test_pseudonym_of_another_case_is_refused_also_when_confirmed(cast: Cast, client_of: Any) -> None:
    form = {"pseudonym": cast.case.pseudonym, "risk": "high", "age_band": "6-9", "concern": "x", "given_names": "Ada"}
    for more in ({}, {"confirmed": "yes"}):
        answer = client_of(cast.lead_worker).post("/cases/new/", {**form, **more})
        assert answer.status_code == 422
        assert answer.context["form"].errors["pseudonym"]


def test_opener_holds_what_the_own_agency_writes(cast: Cast) -> None:
    assert opener_reads(cast.lead_worker) == ["overview", "identity", "account", "social"]
    assert opener_reads(cast.investigator) == ["overview", "identity", "account", "police"]
    assert opener_reads(cast.prosecutor) == ["overview", "identity", "account", "legal"]
