"""What hosts showed: each expression's share of time on a fine grid, broadcast after broadcast.

A share over any stretch is the mean of the grid over it, weighted by how much of each step was read; sums up
to each step make that two look-ups, so lags and leads of thousands of stretches cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.signs.expressions import Evidence

Array = npt.NDArray[np.float64]
Array32 = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int64]

LEAST_READ: Final = 0.5
"""Share of a stretch that must have been read for its shares to count."""


@dataclass(frozen=True, eq=False)
class HostShown:
    """What was shown, step by step."""

    room_ids: tuple[str, ...]
    step_s: float
    """Length of a step; step k of a broadcast is (k step_s, (k + 1) step_s]."""
    steps: Codes
    """Shape (R,): steps of each broadcast; rows below are those of the first, then of the second, ..."""
    names: tuple[str, ...]
    """The expressions."""
    evidence: tuple[Evidence, ...]
    shares: Array32
    """Shape (sum of steps, E): share of the time that was read in which each shows; NaN where nothing was."""
    read: Array32
    """Shape (sum of steps,): share of the step in which the face was read."""

    def over(self, room: Codes, start_s: Array, end_s: Array) -> tuple[Array, Array]:
        """Shares over the stretches (start_s, end_s] of the broadcasts `room`, all of shape (N,).

        Returns
        -------
        Shares, shape (N, E), NaN where less than `LEAST_READ` of the stretch was read or it leaves the
        broadcast; and the share that was read, shape (N,).
        """
        first = np.concatenate([[0], np.cumsum(self.steps)])[room]
        length = (self.steps[room] * self.step_s).astype(np.float64)
        seen = self._at(first, end_s, length) - self._at(first, start_s, length)
        weight = seen[:, -1]
        read = weight / np.maximum(end_s - start_s, 1e-9)
        whole = (start_s >= -1e-6) & (end_s <= length + 1e-6) & (read >= LEAST_READ)
        shares = seen[:, :-1] / np.where(weight > 0, weight, 1.0)[:, None]
        return np.where(whole[:, None], shares, np.nan), read

    def _at(self, first: Codes, time_s: Array, length_s: Array) -> Array:
        """Sums up to a moment, between two steps along a straight line. Shape (N, E + 1)."""
        place = np.clip(time_s, 0.0, length_s) / self.step_s
        low = np.floor(place + 1e-9).astype(np.int64)
        part = np.clip(place - low, 0.0, 1.0)[:, None]
        sums, last = self._sums, len(self._sums) - 1
        below, above = sums[first + low], sums[np.minimum(first + low + 1, last)]
        between: Array = below + part * (above - below)
        return between

    @cached_property
    def _sums(self) -> Array:
        """Seconds in which each showed and seconds read, up to each step. Shape (all steps + 1, E + 1)."""
        sums = np.zeros((len(self.read) + 1, len(self.names) + 1))
        sums[1:, :-1] = np.nan_to_num(self.shares) * self.read[:, None]
        sums[1:, -1] = self.read
        # In double precision: over a hundred hours a sum of floats would lose the small steps.
        return np.cumsum(sums * self.step_s, axis=0)


def together(of_hosts: Sequence[Array32]) -> Array32:
    """What several hosts of a broadcast showed, from what each did, all of shape (steps, E + 1), read last.

    With s_h the share of host h in a step and r_h how much of the step h's face was read,

        share = sum of r_h s_h / sum of r_h        read = max of r_h

    A mean, and not the chance that at least one of them shows it: that would rise whenever a second face
    comes into the picture, whatever it shows, and shares with none of them would no longer add up to 1.

    >>> anna, bo = np.array([[0.4, 1.0]], np.float32), np.array([[0.1, 0.5]], np.float32)
    >>> together([anna, bo]).astype(float).round(3).tolist()
    [[0.3, 1.0]]
    """
    if len(of_hosts) == 1:
        return of_hosts[0]
    blocks = np.stack(of_hosts)
    read = blocks[..., -1:]
    whole = read.sum(axis=0)
    shares = (np.nan_to_num(blocks[..., :-1]) * read).sum(axis=0) / np.where(whole > 0, whole, np.nan)
    return np.concatenate([shares, read.max(axis=0)], axis=1, dtype=np.float32)
