"""Windows altered on their way into training, as the paper does (3.5): moved, mirrored, with noise.

The paper moves windows both ways, which shows the model rows after the cart; ours are moved earlier only.
Noise is in standard deviations of each channel, so that it is as strong on a unit as on an angle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from telltale.core import channels
from telltale.core.rng import stream
from telltale.intent.evidence import Array, FaceRows, Rows, Span
from telltale.intent.scaler import Scaler


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How much windows are altered."""

    jitter_s: float = 0.5
    noise: float = 0.05
    flip: bool = True


NOTHING = Augmentation(0.0, 0.0, flip=False)


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Faces as a network takes them: which rows, scaled, with what context."""

    faces: FaceRows
    span: Span
    scaler: Scaler
    context_steps: int

    def batch(self, rows: Rows | slice) -> Array:
        """As they are. Shape (b, context + steps, channels)."""
        return self.scaler.apply(self.faces.take(rows, self.span, context_steps=self.context_steps))

    def altered(self, rows: Rows, how: Augmentation, *, seed: int, epoch: int) -> Array:
        """Altered, each row in its own way of this epoch, whichever others it comes with."""
        rngs = [stream(seed, "intent", "altered", epoch, int(row)) for row in rows]
        most = Span.skipped(how.jitter_s)
        earlier = np.array([rng.integers(0, most + 1) for rng in rngs], np.intp)
        mirror = np.array([rng.random() < 0.5 for rng in rngs], bool) & how.flip
        values = self.faces.take(rows, self.span, context_steps=self.context_steps, earlier_steps=earlier)
        if values.shape[2] == channels.COUNT:  # The affect signals are the same of a mirrored face.
            values[mirror] = channels.flip(values[mirror])
        scaled = self.scaler.apply(values)
        if how.noise:
            for row, rng in zip(scaled, rngs, strict=True):
                read = row != 0  # What was not read stays unread.
                row += how.noise * read * rng.standard_normal(row.shape, dtype=np.float32)
        return scaled
