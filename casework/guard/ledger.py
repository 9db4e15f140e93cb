"""The ledger of pieces: who kept how many bytes of strange words lately, and in which case."""

from dataclasses import dataclass

from django.db import connection

from casework.guard.models import KeptPieces

DAYS = 30  # after which a piece no longer counts: a case that is written for years has references enough of its own


SUM = """
select casework_pieces_kept(%s, %s)
 + (select coalesce(sum(pieces), 0) from drafts_draft where member_id = %s and path <> %s)
"""


@dataclass
class PiecesKept:
    """Of one member, in one case or in none. The database must know that this member asks.

    `draft`: the page of the form that is sent, whose own draft holds the same text and counts no second time.
    """

    member_id: int
    case_id: int | None
    draft: str = ""

    def kept_lately(self) -> float:
        """Bytes of the last DAYS and of drafts: of this member anywhere, or of anybody in this case if that is more."""
        with connection.cursor() as cursor:
            cursor.execute(SUM, [self.case_id, DAYS, self.member_id, self.draft])
            return float(cursor.fetchone()[0])

    def keep(self, size: float) -> None:
        """Add what is being committed now."""
        KeptPieces.objects.create(member_id=self.member_id, case_id=self.case_id, size=round(size))
