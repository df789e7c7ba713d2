"""When a probability counts as risen (a while at the threshold) and as over (below the release).

One threshold alone would flicker. Between release and threshold nothing changes, so an intervention rises
once and not again before it was over.

A probability of NaN means that nothing was read. It neither enters nor leaves, and its second counts for
nothing: a hidden face is no sign that somebody's mind changed, and no sign that it stayed either. So the
holding time is counted in read seconds, and a gap puts it off without starting it anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from telltale.strategy.catalogue import Catalogue

STEP_S: Final = 1.0
"""A probability comes each second and speaks for it; time that none spoke for is not counted."""


@dataclass(frozen=True, slots=True)
class Rise:
    """Where one intervention of one session stands."""

    on: bool = False
    held_s: float = math.nan
    """Read seconds since it reached the threshold; NaN while it is below, or on."""
    last_s: float = -math.inf
    """When it was last looked at."""


DOWN: Final = Rise()


def step(
    rise: Rise, probability: float, now_s: float, *, threshold: float, release: float, hold_s: float
) -> Rise:
    """What a probability at `now_s` makes of it. A time that does not go forward changes nothing.

    >>> rise = DOWN
    >>> for second, p in enumerate([0.7, 0.7, math.nan, 0.7, 0.5, 0.3]):
    ...     rise = step(rise, p, second, threshold=0.6, release=0.4, hold_s=2.0)
    ...     print(rise.on, end=" ")
    False False False True True False
    """
    elapsed_s = now_s - rise.last_s
    if elapsed_s <= 0:
        return rise
    if probability != probability:
        return Rise(rise.on, rise.held_s, now_s)
    if rise.on:
        return Rise(probability >= release, math.nan, now_s)
    if probability < threshold:
        return Rise(False, math.nan, now_s)
    held_s = 0.0 if math.isnan(rise.held_s) else rise.held_s + min(elapsed_s, STEP_S)
    on = held_s >= hold_s
    return Rise(on, math.nan if on else held_s, now_s)


class Rises:
    """All interventions of one session. The live service holds one for each viewer.

    One rise makes one decision. What rises in the same second as another and is not first waits for its next
    rise: two decisions in one second could not be told apart in what they bring.
    """

    __slots__ = ("_catalogue", "_states")

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._states = [DOWN] * len(catalogue.interventions)

    def step(self, probability: float, now_s: float) -> tuple[str, ...]:
        """The names of the interventions that rise at this second, in the catalogue's order."""
        risen: list[str] = []
        states = self._states
        for place, one in enumerate(self._catalogue.interventions):
            before = states[place]
            after = step(
                before,
                probability,
                now_s,
                threshold=one.threshold,
                release=one.release,
                hold_s=one.hold_s,
            )
            states[place] = after
            if after.on and not before.on:
                risen.append(one.name)
        return tuple(risen)
