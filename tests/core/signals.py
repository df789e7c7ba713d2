"""Signals for tests: random ones for hypothesis, and one that can be checked by eye."""

import numpy as np
from hypothesis import strategies as st

from telltale.core import channels
from telltale.core.provenance import Provenance
from telltale.core.signal import Signal, Values


def random_rows(rows: int, seed: int) -> Values:
    """Rows in which about a quarter is unread and some units are hidden. Shape (rows, 128)."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, channels.COUNT)).astype(np.float32)
    values[:, channels.VALID] = 1.0
    if rows:
        hidden = rng.integers(0, 17)
        values[rng.random(rows) < 0.2, hidden * 7 : hidden * 7 + 6] = np.nan
    unread = rng.random(rows) < 0.25
    values[unread] = np.nan
    values[unread, channels.VALID] = 0.0
    return values


@st.composite
def signals(draw: st.DrawFn, *, on_grid: bool = False, least: int = 0) -> Signal:
    """A signal of up to 40 rows, at tenths of a second or at uneven times."""
    rows = draw(st.integers(least, 40))
    start = draw(st.integers(0, 10_000))
    if on_grid:
        times = np.arange(start + 1, start + rows + 1, dtype=np.float64) * 0.1
    else:
        gaps = draw(st.lists(st.integers(1, 4_000), min_size=rows, max_size=rows))
        times = (start + np.cumsum(np.array(gaps, dtype=np.float64))) / 1000.0
    return Signal(
        times,
        random_rows(rows, draw(st.integers(0, 2**32 - 1))),
        face=draw(st.text(st.characters(codec="utf-8"), max_size=8)),
        provenance=Provenance().then("draw", software="a test", rows=rows),
    )


def counting_signal(rows: int) -> Signal:
    """A signal at 0.1, 0.2, ... s whose AU12 counts its rows from 1."""
    values = np.zeros((rows, channels.COUNT), dtype=np.float32)
    values[:, channels.VALID] = 1.0
    values[:, channels.INDEX["au12_intensity_left"]] = np.arange(1, rows + 1)
    return Signal(np.arange(1, rows + 1, dtype=np.float64) * 0.1, values)


def same_bits(a: Signal, b: Signal) -> bool:
    """Whether two signals are equal to the bit, NaN included."""
    return (
        a.times_s.tobytes() == b.times_s.tobytes()
        and a.values.tobytes() == b.values.tobytes()
        and (a.face, a.provenance) == (b.face, b.provenance)
    )
