"""What a database may refuse, the same for both kinds of database."""

from __future__ import annotations

from telltale.core.errors import TelltaleError


class RecordsError(TelltaleError):
    """The database cannot do what was asked: it is full, locked, not there or not a database."""


class ConstraintError(RecordsError):
    """A row breaks a key, a reference or a kind. Nothing of its transaction is kept."""


class LostDatabaseError(RecordsError):
    """The connection broke, or was never made. What was under way may be done again."""


class QueueFullError(RecordsError):
    """More is written than the database can take."""
