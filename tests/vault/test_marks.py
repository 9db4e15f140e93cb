"""Marks tell whether two addresses are one place, and nothing else of them."""

import pytest

from casework.vault.marks import address_marks, same_address

HOME = "Harbour Street 12, 8000 Port Ællum"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("12 harbour STREET\n8000 Port Ællum, Denmark", True),
        ("3. th, Harbour Street 12, 8000 Port Ællum", True),
        ("Harbour Street 12", True),
        ("Harbour Street 14, 8000 Port Ællum", False),
        ("Mill Street 12, 8000 Port Ællum", False),
        ("8000 Port", False),
        ("12", False),
        ("", False),
    ],
)
def test_one_place_in_any_order_and_no_other(other: str, same: bool) -> None:
    assert same_address(address_marks(HOME), address_marks(other)) is same
    assert same_address(address_marks(other), address_marks(HOME)) is same


def test_accents_and_case_are_passed_over_and_nothing_can_be_read() -> None:
    assert address_marks("Rue de l'Écluse 4b") == address_marks("RUE DE L ECLUSE 4B")
    marks = address_marks(HOME)
    assert len(marks) == 6 and not [mark for mark in marks if "harbour" in mark or mark[1:] == "12"]


def test_marks_take_the_key(settings: object) -> None:
    before = address_marks(HOME)
    keys = settings.CASEWORK_KEYS  # type: ignore[attr-defined]
    settings.CASEWORK_KEYS = type(keys)(keys.master, keys.current, keys.member_token, b"x" * 32)  # type: ignore[attr-defined]
    assert not set(before) & set(address_marks(HOME))
