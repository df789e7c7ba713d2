"""What the studio's wall shows of each viewer: kept for two minutes, told as a whole or as what changed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from telltale.live.why import Reason

HISTORY_S: Final = 120
State = Literal["reading", "paused", "away"]


@dataclass(slots=True)
class Shown:
    """One viewer on the wall."""

    session: str
    room: str
    since_s: float
    held_out: bool = False
    state: State = "reading"
    second: int = 0
    history: deque[float | None] = field(default_factory=lambda: deque(maxlen=HISTORY_S))
    read: float = 0.0
    confidence: float = 0.0
    frames_per_s: float | None = None
    dropped: int = 0
    reasons: Sequence[Reason] = ()
    last: dict[str, Any] | None = None

    def told(self, second: int, probability: float, read: float, confidence: float) -> None:
        """A second's probability, NaN where nothing was read."""
        # Seconds that were left out are a gap.
        for _ in range(min(second - self.second - 1, HISTORY_S) if self.second else 0):
            self.history.append(None)
        self.second, self.read, self.confidence = second, read, confidence
        self.history.append(None if math.isnan(probability) else round(probability, 4))

    def as_json(self, *, whole: bool) -> dict[str, Any]:
        """With its history or without."""
        told: dict[str, Any] = {
            "session": self.session,
            "room": self.room,
            "label": self.session[-8:],
            "since_s": self.since_s,
            "second": self.second,
            "probability": self.history[-1] if self.history else None,
            "state": self.state,
            "read": round(self.read, 3),
            "confidence": round(self.confidence, 3),
            "frames_per_s": self.frames_per_s,
            "dropped": self.dropped,
            "reasons": [_rounded(reason) for reason in self.reasons],
            "held_out": self.held_out,
            "last": self.last,
        }
        if whole:
            told["history"] = list(self.history)
        return told


class Board:
    """All viewers of one process.

    >>> board = Board()
    >>> board.enter("s1", "room", 0.0).told(1, 0.25, 1.0, 0.9)
    >>> board.touch("s1")
    >>> [viewer["probability"] for viewer in board.changes()["viewers"]], board.changes()["viewers"]
    ([0.25], [])
    """

    def __init__(self) -> None:
        self._viewers: dict[str, Shown] = {}
        self._changed: set[str] = set()
        self._gone: set[str] = set()

    def __len__(self) -> int:
        return len(self._viewers)

    def enter(self, session: str, room: str, since_s: float, *, held_out: bool = False) -> Shown:
        """A viewer who came, or the one who is there."""
        self.touch(session)
        # Who left and is back within the second is not gone.
        self._gone.discard(session)
        return self._viewers.setdefault(session, Shown(session, room, since_s, held_out))

    def get(self, session: str) -> Shown | None:
        """A viewer on the wall."""
        return self._viewers.get(session)

    def leave(self, session: str) -> None:
        """Take a viewer down, with all that was shown of them."""
        if self._viewers.pop(session, None) is not None:
            self._changed.discard(session)
            self._gone.add(session)

    def touch(self, session: str) -> None:
        """Something of a viewer changed."""
        self._changed.add(session)

    def reading(self) -> int:
        """How many are being read."""
        return sum(viewer.state == "reading" for viewer in self._viewers.values())

    def whole(self) -> list[dict[str, Any]]:
        """Everybody, with history."""
        return [viewer.as_json(whole=True) for viewer in self._viewers.values()]

    def forget_changes(self) -> None:
        """Nobody asks what changed."""
        self._changed, self._gone = set(), set()

    def changes(self) -> dict[str, Any]:
        """What changed since this was last asked."""
        changed = [self._viewers[session] for session in self._changed if session in self._viewers]
        told = {"viewers": [viewer.as_json(whole=False) for viewer in changed], "gone": sorted(self._gone)}
        self.forget_changes()
        return told


def _rounded(reason: Reason) -> dict[str, Any]:
    return {
        name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(reason).items()
    }
