"""How often something stands out though nothing is there, where a broadcast is looked at every minute.

    python benchmarks/hosts/live.py [BROADCASTS]

Simulated series alone: 28 expressions and six counts of 120 minutes, each like its past, no two alike. In
some broadcasts all counts rise by one line (their logarithm from -0.7 to 0.7) and each expression drifts by a
line of its own (from -d to d in standard deviations of its noise, d normal with SD 1).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.host.live_board import LiveBoard, stands_out
from telltale.host.watch import WatchedStretch

EXPRESSIONS, COUNTS, MINUTES = 28, 6, 120
TREND = 0.7
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


class _Counted:
    """Counts that are all known already."""

    def __init__(self, counts: npt.NDArray[np.float64]) -> None:
        self._counts = counts
        self.outcomes = tuple(f"count {k}" for k in range(counts.shape[1]))

    def known_until(self, now: datetime) -> datetime:
        return now

    def between(self, start: datetime, end: datetime) -> npt.NDArray[np.float64]:
        middle = start + (end - start) / 2
        row: npt.NDArray[np.float64] = self._counts[int((middle - BEGAN).total_seconds() // 60)]
        return row


def broadcast(seed: int, effect: float, *, drifts: bool = False) -> tuple[bool, bool, int]:
    """Whether anything false ever stood out, whether the planted pair did, and in which minute."""
    rng = stream(seed, "live benchmark")
    face, demand = np.zeros((MINUTES, EXPRESSIONS)), np.zeros((MINUTES, COUNTS))
    for t in range(1, MINUTES):
        face[t] = 0.6 * face[t - 1] + rng.standard_normal(EXPRESSIONS)
        demand[t] = 0.7 * demand[t - 1] + 0.3 * rng.standard_normal(COUNTS)
    if drifts:
        line = np.linspace(-1, 1, MINUTES)[:, None]
        face += line * rng.standard_normal(EXPRESSIONS)
        demand += TREND * line
    demand[:, 0] += effect * face[:, 0]
    shares = 1 / (1 + np.exp(1.5 - face / 1.2))
    counts = rng.poisson(3 * np.exp(demand)).astype(np.float64)
    board = LiveBoard(tuple(f"face {e}" for e in range(EXPRESSIONS)), _Counted(counts), BEGAN, 60.0)
    false, found, minute = False, False, 0
    for t in range(MINUTES):
        board.ended(WatchedStretch(60.0 * t, 60.0 * (t + 1), shares[t], 1.0))
        board.look(BEGAN + timedelta(minutes=t + 1))
        told = {(one.name, one.outcome) for one in stands_out(board.state)}
        planted = ("face 0", "count 0") in told and effect > 0
        if planted and not found:
            found, minute = True, t + 1
        false |= bool(told - {("face 0", "count 0")}) if effect > 0 else bool(told)
    return false, found, minute


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for drifts, which in ((False, "nothing planted"), (True, "nothing planted, all drifts")):
        null = [broadcast(seed, 0.0, drifts=drifts)[0] for seed in range(many)]
        print(f"{which}: something ever stood out in {sum(null)} of {many} broadcasts")
    for effect in (0.2, 0.35):
        runs = [broadcast(seed, effect) for seed in range(many)]
        minutes = [minute for _, found, minute in runs if found]
        when = f", in the median after {np.median(minutes):.0f} minutes" if minutes else ""
        ratio = np.exp(effect * 1.25)
        print(f"ratio {ratio:.2f} for one SD: found in {len(minutes)} of {many}{when}")


if __name__ == "__main__":
    main()
