"""What two people seal reads as what it is: who signed first, who sealed, and that a change takes a signature back."""

import pytest

from casework.audit.models import AuditEntry
from casework.oversight.sentences import sentence_of


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (
            {"signed": "T2", "passages": 3},
            "signed T2, as the first of two who seal it, with 3 passages.",
        ),
        ({"sealed": "T2", "passages": 1}, "sealed T2 for good, with 1 passage."),
        ({"signature_taken_back": "T2"}, "took back the first signature on T2, by a change or by choice."),
        ({"edit": "join", "place": 2, "upto": 2}, "changed 1 telling in Account."),
    ],
)
def test_each_act_of_the_seal_has_its_sentence(details, words):
    entry = AuditEntry(
        verb="changed", outcome="allowed", actor_name="Maja Lind", compartments=["account"], additional_data=details,
        object_repr="casework_account.telling:7",
    )  # fmt: skip
    assert str(sentence_of(entry).text).endswith(words)
