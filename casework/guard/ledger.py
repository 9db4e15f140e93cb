"""The ledger of pieces: who kept how many bytes of strange words lately, and in which case."""

from dataclasses import dataclass

from django.db import connection

from casework.guard.models import KeptPieces

DAYS = 30  # after which a piece no longer counts: a case that is written for years has references enough of its own


@dataclass
class PiecesKept:
    """Of one member, in one case or in none. The database must know that this member asks."""

    member_id: int
    case_id: int | None

    def kept_lately(self) -> float:
        """Bytes in the last DAYS: of this member anywhere, or of anybody in this case, whichever is more."""
        with connection.cursor() as cursor:
            cursor.execute("select casework_pieces_kept(%s, %s)", [self.case_id, DAYS])
            return float(cursor.fetchone()[0])

    def keep(self, size: float) -> None:
        """Add what is being committed now."""
        KeptPieces.objects.create(member_id=self.member_id, case_id=self.case_id, size=round(size))
