"""Windows altered on their way into training, as the paper does (3.5): moved, mirrored, with noise.

The paper moves windows both ways, which shows the model rows after the cart; ours are moved earlier only.
Noise is in standard deviations of each channel, so that it is as strong on a unit as on an angle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from telltale.core import channels
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

    def altered(self, rows: Rows, how: Augmentation, rng: np.random.Generator) -> Array:
        """Altered: the same generator alters in the same way."""
        earlier = rng.integers(0, Span.skipped(how.jitter_s) + 1, len(rows))
        mirror = (rng.random(len(rows)) < 0.5) & how.flip
        values = self.faces.take(rows, self.span, context_steps=self.context_steps, earlier_steps=earlier)
        if values.shape[2] == channels.COUNT:  # The affect signals are the same of a mirrored face.
            values[mirror] = channels.flip(values[mirror])
        scaled = self.scaler.apply(values)
        if how.noise:
            read = scaled != 0  # What was not read stays unread.
            scaled += how.noise * read * rng.standard_normal(scaled.shape, dtype=np.float32)
        return scaled
