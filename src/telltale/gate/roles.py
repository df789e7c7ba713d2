"""What each role may do. A route names one permission, and a test asks every route as every role."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Of an account in the studio."""

    OPERATOR = "operator"
    """Runs the live rooms: sees the wall, may stop everything."""
    ANALYST = "analyst"
    """Asks what happened: sessions, decisions, studies."""
    PRIVACY = "privacy_officer"
    """Answers for the viewers: consents, withdrawals, the audit. May stop everything too."""


class Permission(StrEnum):
    """One thing that a route lets somebody do."""

    SEE_WALL = "see the live wall"
    SEE_SESSIONS = "play sessions back"
    SEE_STUDY = "read studies and reports"
    SEE_DECISIONS = "read decisions"
    EXPORT = "take decisions away as a table"
    STOP = "stop and start everything"
    SEE_AUDIT = "read consents and withdrawals"
    WITHDRAW = "withdraw for a viewer who asks"


GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.OPERATOR: frozenset({Permission.SEE_WALL, Permission.SEE_DECISIONS, Permission.STOP}),
    Role.ANALYST: frozenset(
        {
            Permission.SEE_WALL,
            Permission.SEE_SESSIONS,
            Permission.SEE_STUDY,
            Permission.SEE_DECISIONS,
            Permission.EXPORT,
        }
    ),
    Role.PRIVACY: frozenset(
        {Permission.SEE_DECISIONS, Permission.SEE_AUDIT, Permission.WITHDRAW, Permission.STOP}
    ),
}
