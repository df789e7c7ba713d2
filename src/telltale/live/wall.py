"""The studio's live wall: what every process tells of its viewers, joined for whoever looks.

Nothing is told while nobody looks. Who looks says so every two seconds; the others stop telling five seconds
after they heard it last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from telltale.core.clock import iso, now
from telltale.live.board import Board
from telltale.live.fanout import AbstractFanout, Topic
from telltale.live.outbox import Outbox

TOLD_FOR_S: Final = 5.0
LOOK_AGAIN_S: Final = 2.0
_SUMS: Final = (
    "viewers",
    "reading",
    "told_a_minute",
    "decisions_a_minute",
    "shown_a_minute",
    "refused_a_minute",
)


class Wall:
    """Of one process.

    Parameters
    ----------
    worker
        This process's name among the others.
    counts
        What it counts of its own, as `Pace.a_minute` tells.
    switch
        The kill switch as it stands.
    """

    def __init__(
        self,
        worker: str,
        board: Board,
        fanout: AbstractFanout,
        *,
        counts: Callable[[], dict[str, Any]],
        switch: Callable[[], dict[str, Any]],
    ) -> None:
        self._worker, self._board, self._fanout = worker, board, fanout
        self._counts, self._switch = counts, switch
        self._looking_until_s = self._look_again_s = 0.0
        self._whole_asked = False
        self._outboxes: set[Outbox] = set()
        self._viewers: dict[str, dict[str, Any]] = {}
        """Of all processes, by session, with history."""
        self._where: dict[str, str] = {}
        """Which process told of a session last: one that it left must not take it down."""
        self._counted: dict[str, tuple[float, dict[str, Any]]] = {}
        self._now_s = 0.0

    def looks(self, now_s: float) -> bool:
        """Whether anybody looks, here or elsewhere."""
        return now_s < self._looking_until_s

    async def open(self, outbox: Outbox) -> None:
        """Somebody begins to look: first everybody, then what changes."""
        first = not self._outboxes
        self._outboxes.add(outbox)
        if first:
            self._viewers.clear()
            self._where.clear()
        await self._fanout.tell("looking", {"whole": True})
        outbox.put(self._message("wall", list(self._viewers.values())))

    def close(self, outbox: Outbox) -> None:
        """Somebody looks no more."""
        self._outboxes.discard(outbox)

    def heard(self, topic: Topic, news: dict[str, Any], now_s: float) -> None:
        """News of other processes, and one's own."""
        if topic == "looking":
            self._looking_until_s = now_s + TOLD_FOR_S
            self._whole_asked = self._whole_asked or bool(news.get("whole"))
        elif topic == "wall" and self._outboxes:
            self._join(news, now_s)

    @property
    def whole_asked(self) -> bool:
        """Whether somebody has begun to look and has not been told."""
        return self._whole_asked

    async def every_second(self, now_s: float) -> None:
        """Tell what changed, if anybody looks; say that somebody looks here."""
        self._now_s = now_s
        if self._outboxes and now_s >= self._look_again_s:
            self._look_again_s = now_s + LOOK_AGAIN_S
            await self._fanout.tell("looking", {})
        if not self.looks(now_s):
            self._board.forget_changes()
            return
        await self.tell()

    async def tell(self) -> None:
        """Tell what changed; everything, where somebody has begun to look."""
        changes = self._board.changes()
        if self._whole_asked:
            changes["viewers"], self._whole_asked = self._board.whole(), False
        own = {"worker": self._worker, "counts": self._counts()}
        await self._fanout.tell("wall", {**changes, **own})

    def _join(self, news: dict[str, Any], now_s: float) -> None:
        for viewer in news["viewers"]:
            before = self._viewers.get(viewer["session"], {})
            history = viewer.get("history", [*before.get("history", [])[-119:], viewer["probability"]])
            self._viewers[viewer["session"]] = {**viewer, "history": history}
            self._where[viewer["session"]] = news["worker"]
        gone = [session for session in news["gone"] if self._where.get(session) == news["worker"]]
        for session in gone:
            self._viewers.pop(session, None)
            self._where.pop(session, None)
        self._counted[news["worker"]] = (now_s, news["counts"])
        if any("history" in viewer for viewer in news["viewers"]):
            # A process told all it has, since somebody began to look: everybody is shown anew.
            told = self._message("wall", list(self._viewers.values()))
        else:
            told = self._message("tick", news["viewers"], gone)
        for outbox in self._outboxes:
            if outbox.overfull:
                outbox.close()
            else:
                outbox.put(told)

    def _message(
        self, kind: str, viewers: list[dict[str, Any]], gone: list[str] | None = None
    ) -> dict[str, Any]:
        message = {
            "type": kind,
            "now": iso(now()),
            "switch": self._switch(),
            "viewers": viewers,
            "counts": self._all_counts(),
        }
        return message if gone is None else {**message, "gone": gone}

    def _all_counts(self) -> dict[str, Any]:
        """Sums over the processes that told lately; the slowest one's delay."""
        lately = [counts for at_s, counts in self._counted.values() if self._now_s - at_s < TOLD_FOR_S]
        told: dict[str, Any] = {name: sum(counts.get(name, 0) for counts in lately) for name in _SUMS}
        slowest = [counts["p99_ms"] for counts in lately if counts.get("p99_ms") is not None]
        return {**told, "p99_ms": max(slowest, default=None)}
