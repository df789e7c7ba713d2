"""The grid of a study: which session is at which step, and where its broadcast is then.

Step k of a session pools (k g, (k + 1) g] of the session's own time, moment m of a broadcast the same of the
broadcast's. Sessions begin anywhere in a broadcast, so a step sees the last moment that had ended when it
ended:

    m(k) = floor((o + (k + 1) g) / g) - 1        with o = start of the session - start of the broadcast, UTC

so that nothing of a broadcast is ever seen before it was. Where o is a multiple of g, both grids agree. Whole
milliseconds throughout, so nothing falls to the wrong side by rounding. What is left after the last whole
step is left away: a part of a step counts less than a whole one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]

NOWHERE: Final = -1
"""In place of a row: no row of the grid."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Sessions and broadcasts, laid out step after step: S sessions, R rooms; rows are sessions' steps."""

    step_ms: int
    session_ids: tuple[str, ...]
    room_ids: tuple[str, ...]
    person_ids: tuple[str, ...]
    room_of: Codes
    """Shape (S,): places in `room_ids`."""
    person_of: Codes
    """Shape (S,): places in `person_ids`."""
    offset_ms: Codes
    """Shape (S,): when the session began, after its broadcast did."""
    steps: Codes
    """Shape (S,): whole steps of each session."""
    room_steps: Codes
    """Shape (R,): whole steps of each broadcast."""

    @cached_property
    def first(self) -> Codes:
        """Shape (S,): the first row of each session."""
        return _starts(self.steps)

    @cached_property
    def room_first(self) -> Codes:
        """Shape (R,): the first row of each broadcast among all broadcasts' moments."""
        return _starts(self.room_steps)

    @property
    def rows(self) -> int:
        """Steps of all sessions."""
        return int(self.steps.sum())

    @property
    def room_rows(self) -> int:
        """Moments of all broadcasts."""
        return int(self.room_steps.sum())

    @cached_property
    def session(self) -> Codes:
        """Shape (rows,): the session of each row."""
        return np.repeat(np.arange(len(self.steps)), self.steps)

    @cached_property
    def step(self) -> Codes:
        """Shape (rows,): the step of each row."""
        return np.arange(self.rows) - self.first[self.session]

    @cached_property
    def moment(self) -> Codes:
        """Shape (rows,): the last moment of the broadcast that had ended when the row's step did."""
        end_ms = self.offset_ms[self.session] + (self.step + 1) * self.step_ms
        return end_ms // self.step_ms - 1

    @cached_property
    def room_row(self) -> Codes:
        """Shape (rows,): the place of each row's moment among all broadcasts' moments, or `NOWHERE`."""
        return self.place_in_rooms(self.room_of[self.session], self.moment)

    def place(self, session: Codes, step: Codes) -> Codes:
        """The rows of some sessions' steps; `NOWHERE` for what is off the grid. Shape as the arguments'."""
        return _place(self.first, self.steps, session, step)

    def place_in_rooms(self, room: Codes, moment: Codes) -> Codes:
        """The same for moments of broadcasts."""
        return _place(self.room_first, self.room_steps, room, moment)

    def step_at(self, time_ms: Codes) -> Codes:
        """The step that pools a time: 0 and all up to one step's length are in step 0.

        >>> none = np.zeros(0, dtype=np.int64)
        >>> Grid(5000, (), (), (), none, none, none, none, none).step_at(np.array([0, 5000, 5001])).tolist()
        [0, 0, 1]
        """
        return np.maximum(-(-time_ms // self.step_ms) - 1, 0)


def _starts(counts: Codes) -> Codes:
    return np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if len(counts) else counts


def _place(first: Codes, counts: Codes, code: Codes, step: Codes) -> Codes:
    if not len(first):
        return np.full(len(code), NOWHERE)
    there = (code >= 0) & (step >= 0) & (step < counts[code])
    return np.where(there, first[code] + step, NOWHERE)
