"""How well offsets between video and log are found: simulated signals whose offset is known.

    python benchmarks/alignment.py                  # the table of docs/alignment.md, a minute or two
    python benchmarks/alignment.py --seed 5         # other signals of the same kinds

Run it from the repository's root: the signals are those of tests/study/clocks.py.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.study.clocks import Scene, scene_visit

from telltale.study.align_estimate import Offset
from telltale.study.align_evidence import EVENTS
from telltale.study.align_session import AlignSettings, Task, look

ROWS = {
    "12 pins, 12 touches": Scene(),
    "12 pins, 60 touches without a dip": Scene(touches=60, dip_rad=0.0),
    "5 pins alone": Scene(pins=5, touches=0),
    "8 touches alone": Scene(pins=0, touches=8),
    "6 pins, 6 touches, less than half as strong": Scene(
        0.0, 600.0, pins=6, touches=6, step=0.012, dip_rad=0.03
    ),
}
NOTHING = Scene(step=0.0, dip_rad=0.0)


def one(name: str, scene: Scene, seed: int, number: int) -> tuple[float, Offset | None]:
    """A planted offset within 4 s, and what is found of it (s)."""
    truth_s = float(np.random.default_rng([seed, number]).uniform(-4, 4))
    placed = Scene(**{f: getattr(scene, f) for f in Scene.__dataclass_fields__} | {"offset_s": truth_s})
    visit = scene_visit(f"{name} {number}", placed, seed=seed)
    settings = AlignSettings()
    moments = {
        kind: np.array(sorted(act[0] for act in visit.acts if act[1] in EVENTS[kind]))
        for kind in settings.kinds
    }
    assert visit.signal is not None
    return truth_s, look(visit.signal, Task(visit.session_id, moments), settings).left


def would_correct(left: Offset) -> bool:
    """Whether a session alone in its study would be corrected."""
    settings = AlignSettings()
    clear = left.p_value <= settings.false_share and not left.low_s <= 0 <= left.high_s
    return clear and abs(left.seconds) >= settings.smallest_s and left.sd_s <= settings.largest_sd_s


def planted_row(name: str, found: list[tuple[float, Offset | None]]) -> str:
    """A row of the table, of the sessions told apart from chance."""
    told = [(t, left) for t, left in found if left is not None and left.p_value <= 0.05]
    errors_s = np.array([left.seconds - t for t, left in told])
    held = np.mean([left.low_s <= t <= left.high_s for t, left in told])
    known = [(t, left) for t, left in told if left.sd_s <= AlignSettings().largest_sd_s]
    wrong = sum(abs(left.seconds - t) > 4 * left.sd_s + 0.01 for t, left in known)
    return (
        f"| {name} | {len(told)} of {len(found)} | {np.sqrt(np.mean(errors_s**2)):.3f} s "
        f"| {np.median([left.sd_s for _, left in told]):.3f} s | {held:.0%} | {len(known)}, {wrong} wrong |"
    )


def nothing_row(found: list[tuple[float, Offset | None]]) -> str:
    """The row of sessions in which nothing shows."""
    lefts = [left for _, left in found if left is not None]
    p_values = np.array([left.p_value for left in lefts])
    told, surely = np.sum(p_values <= 0.05), np.sum(p_values <= 0.01)
    return (
        f"| nothing planted | {told} of {len(found)} (p <= .01: {surely}) "
        f"| | {np.median([left.sd_s for left in lefts]):.1f} s | | {sum(map(would_correct, lefts))} |"
    )


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--seed", type=int, default=4711)
    asked.add_argument(
        "--sessions", type=int, default=200, help="of each kind; five times as many of nothing"
    )
    asked.add_argument("--workers", type=int, default=2)
    words = asked.parse_args()
    began = time.monotonic()
    head = ("evidence", "told apart", "error (RMS)", "stated SD", "95 % interval holds the truth")
    print(f"| {' | '.join(head)} | would be corrected |")
    print("|---|---|---|---|---|---|")
    with ProcessPoolExecutor(words.workers) as pool:
        for name, scene in ROWS.items():
            work = partial(one, name, scene, words.seed)
            print(planted_row(name, list(pool.map(work, range(words.sessions)))), flush=True)
        work = partial(one, "nothing", NOTHING, words.seed)
        print(nothing_row(list(pool.map(work, range(5 * words.sessions), chunksize=20))))
    print(f"{time.monotonic() - began:.0f} s, seed {words.seed}", file=sys.stderr)


if __name__ == "__main__":
    main()
