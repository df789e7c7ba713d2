"""Made-up moments for the tests: in those with a cart AU12 is brief and strong some seconds before."""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa

from telltale.core import channels
from telltale.intent.clicks import CLICK_NAMES
from telltale.intent.evidence import Evidence, FaceRows
from telltale.intent.evidence_build import CONTEXT_S, JITTER_S

LENGTH = round((30 + CONTEXT_S + JITTER_S) * channels.RATE_HZ)


@functools.cache
def moments(count: int = 120, people: int = 24, seed: int = 0) -> Evidence:
    """Evidence with faces, clicks and survey; some rows unread, some sessions without answers."""
    rng = np.random.default_rng(seed)
    label = (np.arange(count) % 3 == 0).astype(np.int8)
    values = np.abs(rng.normal(0, 0.02, (count, LENGTH, channels.COUNT))).astype(np.float32)
    values[..., channels.VALID] = 1.0
    for side in ("left", "right"):
        column = channels.INDEX[f"au12_energy_{side}"]
        for row in np.flatnonzero(label):
            at = LENGTH - int(rng.integers(30, 80))
            values[row, at : at + 3, column] += 0.4
    for gap in range(0, count, 7):
        start = int(rng.integers(0, LENGTH - 40))
        values[gap, start : start + 30] = np.nan
        values[gap, start : start + 30, channels.VALID] = 0.0
    clicks = rng.poisson(1.0 + label[:, None], (count, len(CLICK_NAMES))).astype(np.float32)
    survey = (rng.normal(3, 1, (count, 3)) + 0.8 * label[:, None]).astype(np.float32)
    survey[::11] = np.nan
    table = pa.table(
        {
            "session_id": [f"s{row // 2}" for row in range(count)],
            "participant_id": [f"p{row % people}" for row in range(count)],
            "label": pa.array(label),
            "category": ["fashion" if row % 2 else "beauty" for row in range(count)],
        }
    )
    return Evidence(table, FaceRows(values, np.arange(count)), clicks, survey, ("liking", "trust", "wish"))


TINY = {"width": 8, "epochs": 2, "batch": 32}
"""Settings with which a network learns in a second."""
