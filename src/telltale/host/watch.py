"""A broadcast as it runs: rows of the host's face in, shares of each stretch out as soon as it has ended.

A face is coded on all rows of its last minutes, so that what it usually does is known, and only the rows of
the stretch count. Where several faces show, the host is the one that was read longest in these minutes (who
went and came back may have another name), or those that are named: hosts who share a broadcast are taken
together, as in a study.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from telltale.core.channels import RATE_HZ, VALID
from telltale.core.signal import Signal, Values
from telltale.host.shown import LEAST_READ, Array, Array32, together
from telltale.signs.coding import Coder

MEMORY_S: Final = 300.0
"""How far back a face is remembered."""
_SLACK_S: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class WatchedStretch:
    """What the host showed in a stretch that has ended."""

    start_s: float
    end_s: float
    """Seconds from the begin of the stream."""
    shares: Array
    """Shape (E,); NaN where the face was hardly read."""
    read: float
    """Share of the stretch in which it was read."""


@dataclass(slots=True)
class _Face:
    times_s: list[float] = field(default_factory=list)
    rows: list[Values] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Rows that were read and are remembered."""
        return sum(bool(row[VALID] == 1.0) for row in self.rows)


class HostWatch:
    """Cuts a running stream into stretches.

    Parameters
    ----------
    coder
        What codes the face.
    every_s
        Length of a stretch.
    faces
        The names of the hosts' faces; whoever was read longest if left out.
    """

    def __init__(self, coder: Coder, every_s: float, faces: Sequence[str] = ()) -> None:
        self._coder, self._every_s, self._named = coder, every_s, tuple(faces)
        self._faces: dict[str, _Face] = {}
        self._done = 0
        self._now_s = 0.0

    def add(self, face: str, rows: Sequence[tuple[float, Values]]) -> None:
        """Rows of a face, in the order of time: when each ends, and its 128 channels."""
        held = self._faces.setdefault(face, _Face())
        for time_s, row in rows:
            held.times_s.append(time_s)
            held.rows.append(row)
            self._now_s = max(self._now_s, time_s)

    def ended(self, now_s: float | None = None) -> Iterator[WatchedStretch]:
        """The stretches that ended since it was last asked.

        Parameters
        ----------
        now_s
            How far the stream is, whose row of a tenth of a second comes with the next; if left out, nothing
            more comes, and it is as far as its rows are.
        """
        now_s = self._now_s + _SLACK_S if now_s is None else now_s - _SLACK_S
        while (self._done + 1) * self._every_s < now_s:
            start_s = self._done * self._every_s
            self._done += 1
            yield self._coded(start_s, start_s + self._every_s)
            self._forget(start_s + self._every_s - MEMORY_S)

    def several(self) -> tuple[str, ...]:
        """The faces of the last minutes that were read for half as long as the longest, that one first."""
        read = {name: face.read for name, face in self._faces.items()}
        most = max(read.values(), default=0)
        long = [name for name, rows in read.items() if rows and 2 * rows >= most]
        return tuple(sorted(long, key=lambda name: -read[name]))

    def never_read(self) -> tuple[str, ...]:
        """Faces that are named as hosts' and were not seen in the last minutes."""
        return tuple(name for name in self._named if name not in self._faces)

    def _coded(self, start_s: float, end_s: float) -> WatchedStretch:
        hosts = [self._faces[name] for name in self._hosts() if name in self._faces]
        found = [self._shown_by(host, start_s, end_s) for host in hosts]
        *shares, read = together(found)[0].tolist() if found else [math.nan] * len(self._coder.names) + [0.0]
        known = read >= LEAST_READ
        return WatchedStretch(start_s, end_s, np.where(known, shares, math.nan), read)

    def _shown_by(self, face: _Face, start_s: float, end_s: float) -> Array32:
        """What one face showed, and the share in which it was read. Shape (1, E + 1)."""
        coding = self._coder.code(Signal(np.array(face.times_s), np.stack(face.rows)))
        inside = (coding.times_s > start_s + _SLACK_S) & (coding.times_s <= end_s + _SLACK_S)
        inside &= coding.read > 0
        read = min(float(inside.sum()) / (self._every_s * RATE_HZ), 1.0)
        if not inside.any():
            return np.array([[math.nan] * len(coding.names) + [0.0]], dtype=np.float32)
        shares = coding.scores[inside].mean(axis=0, dtype=np.float64)
        return np.array([[*shares, read]], dtype=np.float32)

    def _hosts(self) -> tuple[str, ...]:
        if self._named:
            return self._named
        longest = max(self._faces, key=lambda name: self._faces[name].read, default=None)
        return () if longest is None else (longest,)

    def _forget(self, before_s: float) -> None:
        for name, face in list(self._faces.items()):
            first = int(np.searchsorted(face.times_s, before_s, side="right"))
            del face.times_s[:first], face.rows[:first]
            if not face.rows:
                del self._faces[name]
