"""Who is drawn as a whole: rows of one person, or of one room, are not independent and count together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Owner = Literal["person", "room", "cluster"]
"""What rows share; "cluster" where a table names them and nobody says what they are."""
Lot = Literal["row", "room", "moment", "stretch"]
"""What one arm was drawn for: a row, a room, all of a room at a moment, or a room for a stretch of time."""

_PLURAL: Final[dict[str, str]] = {"person": "people"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """By whom rows are drawn, and why."""

    by: Owner = "cluster"
    because: str = ""
    """What the data said, where they decided and nobody asked for it."""
    lot: Lot = "row"
    """What the data say that arms were drawn for, whoever counts as independent."""

    def words(self, clusters: int, rows: int, unit: str) -> str:
        """Of how many independent ones some rows are, behind a comma; nothing where each is one of its own.

        >>> Drawn("person").words(156, 600, "viewer"), Drawn("room").words(61, 61, "room")
        (', of 156 people', '')
        >>> Drawn("room", "whole rooms got it").words(1, 600, "viewer")
        ', of 1 room, drawn by room, for whole rooms got it'
        """
        if self.by == unit or (self.by == "cluster" and clusters == rows):
            return ""
        how = ", drawn by room" if self.by == "room" else ""
        why = f", for {self.because}" if self.because else ""
        return f", of {counted(clusters, self.by)}{how}{why}"


ALONE: Final = Drawn()
"""Of a table: by its own clusters, or each row for itself."""


def counted(count: int, what: str) -> str:
    """So many of something.

    >>> counted(1, "person"), counted(1200, "person"), counted(2, "room")
    ('1 person', '1,200 people', '2 rooms')
    """
    return f"{count:,} {what if count == 1 else _PLURAL.get(what, f'{what}s')}"
