"""Data points: stretches of broadcasts, each with what the host showed in it and what came of it.

The host paper speaks of 1,500 of them. A point is a stretch of `step_s` (or what the platform's table counts
in one row); counts are those of the stretch, shares are those of the same stretch on the same clock. Other
stretches (lags, leads) are asked of `shown`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.host.shown import Array, Array32, Codes, HostShown

COUNTS: Final = ("purchases", "revenue", "comments", "likes", "shares", "gifts", "engagement")
"""What may be counted in a stretch; engagement is the sum of comments, likes, shares and gifts."""
MINUTE_S: Final = 60.0
"""What is told of a face is told of a minute of it: in shorter stretches it has hardly begun to act."""
NONE: Final = -1
"""Code of what is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class HostPoints:
    """N data points, a broadcast's together and in order of time. Codes are places in the tuples of ids."""

    step_s: float
    """Usual length of a stretch."""
    shown: HostShown
    """What hosts showed, on the fine grid; its `room_ids` are those of `room`."""
    room: Codes
    host: Codes
    host_ids: tuple[str, ...]
    product: Codes
    """What was on show for most of the stretch; `NONE` where nothing was or it is not known."""
    product_ids: tuple[str, ...]
    category: Codes
    categories: tuple[str, ...]
    platform: Codes
    platforms: tuple[str, ...]
    hour: Codes
    """Hour of the day in which the stretch began, 0 to 23."""
    promotion: Array
    """1 while one ran, 0 while none did, NaN where it is not known."""
    start_s: Array
    end_s: Array
    """Seconds from the broadcast's start."""
    viewers: Array
    """Mean number of viewers present; NaN where it is not known."""
    voice: Array
    """How much of it the host spoke, or the study's own measure of voice; NaN where it is not known."""
    shares: Array32
    """Shape (N, E): share of the stretch in which each expression showed; NaN where the face was not read."""
    read: Array
    """Share of the stretch in which the face was read."""
    counts: dict[str, Array]
    """Of `COUNTS` those that are known; NaN where a stretch was not counted (a gap is no zero)."""
    host_traits: dict[str, tuple[Codes, tuple[str, ...]]] = field(default_factory=dict)
    """Gender, age_band, culture where the study has them: each host's code, shape (hosts,), and the words."""
    counted_by: str = "room_counts"
    """`room_counts` (the platform's table) or `events` (the study's own viewers and chat)."""
    simulated: bool = False
    notes: tuple[str, ...] = ()
    """What was left out on the way, in plain words."""

    def __len__(self) -> int:
        return len(self.room)

    @property
    def names(self) -> tuple[str, ...]:
        """The expressions."""
        return self.shown.names

    @property
    def minutes(self) -> Array:
        """Shape (N,): length of each stretch in minutes."""
        return (self.end_s - self.start_s) / 60

    def lagged(self, lag_s: float) -> Array:
        """Shares over the same stretches `lag_s` earlier (later where negative). Shape (N, E)."""
        return self.shown.over(self.room, self.start_s - lag_s, self.end_s - lag_s)[0]

    def in_a_row(self, points: int) -> npt.NDArray[np.bool_]:
        """Whether no gap lies between a point and the one `points` rows before. Shape (N - points,)."""
        gap_s = self.start_s[points:] - self.end_s[:-points]
        near: npt.NDArray[np.bool_] = gap_s < (points - 0.5) * self.step_s
        near &= self.room[points:] == self.room[:-points]
        return near
