"""Made-up clips of acted expressions: what was read is the truth, bent as a spec says."""

from __future__ import annotations

import numpy as np

from telltale.core import channels
from telltale.core.signal import Signal
from telltale.host.acted_clips import Acted, ActedClip
from telltale.signs.expressions import load_table

ROWS = ("anger", "interest", "sadness", "surprise", "disgust", "doubt")
GAIN, NOISE, SPEAKS = 0.7, 0.03, 0.5
WEAK, WEAKER = (4, 15), 0.6
"""Units that are read more weakly than the others, and by how much."""


def made_clip(seed: int, *, gain: float = GAIN, noise: float = NOISE, speaks: bool = False) -> ActedClip:
    """Each of `ROWS` once, four seconds apart, from units with channels alone; a face may speak all along."""
    rng = np.random.default_rng(seed)
    rows = 40 * len(ROWS) + 40
    true = np.zeros((rows, channels.COUNT), dtype=np.float32)
    acted = []
    times_s = (np.arange(rows) + 1) / channels.RATE_HZ
    for number, name in enumerate(rng.permutation(ROWS).tolist()):
        row = load_table()[name]
        start, strength = 4.0 + 4.0 * number, rng.uniform(0.3, 1.0)
        inside = (times_s > start) & (times_s < start + 2)
        for unit in row.channel_units:
            height = strength * np.clip(rng.normal(1, 0.3), 0.3, 1.7)
            for side in ("left", "right"):
                true[inside, channels.INDEX[f"au{unit:02d}_intensity_{side}"]] = height
        acted.append(Acted(name, start, start + 1, start + 2, row.channel_units, row.units))
    true[:, channels.INDEX["face_size"]] = 0.3
    true[:, channels.unit_channels("confidence")] = 1.0
    true[:, channels.VALID] = 1.0
    read = true.copy()
    for side in ("left", "right"):
        columns = channels.unit_channels(f"intensity_{side}")
        gains = np.where(np.isin(channels.ACTION_UNITS, WEAK), WEAKER * gain, gain)
        read[:, columns] = gains * true[:, columns] + rng.normal(0, noise, (rows, len(columns)))
    if speaks:
        syllables = SPEAKS * rng.random(rows)
        for unit, share in ((25, 1.0), (26, 0.4)):
            for side in ("left", "right"):
                read[:, channels.INDEX[f"au{unit}_intensity_{side}"]] += share * syllables
    talks = np.full(rows, speaks)
    return ActedClip(
        f"made-{seed}", Signal(times_s, read), Signal(times_s, true), tuple(acted), talks, "made"
    )
