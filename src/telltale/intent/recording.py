"""A whole recording through a model that reads the face alone: a probability each second.

Each second's window and its context are cut as those of training, so a second says what the same moment in a
table of windows would say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Signal, Times
from telltale.intent.calibration import prior_corrected
from telltale.intent.evidence import Evidence, Span, face_evidence
from telltale.intent.evidence_build import CONTEXT_S
from telltale.intent.saved import SavedModel
from telltale.study.window_tensors import cut

_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What a model says of a recording."""

    times_s: Times
    """Shape (T,): whole seconds."""
    probability: npt.NDArray[np.float64]
    """Shape (T,); NaN where no row of the window was read."""
    read_share: npt.NDArray[np.float64]
    """Shape (T,): share of the window's rows that were read."""


def predict_recording(
    model: SavedModel, signal: Signal, *, share_with_cart: float | None = None, every_s: float = 1.0
) -> Told:
    """The probability of a cart at each second of a recording.

    Parameters
    ----------
    share_with_cart
        How many of such moments really precede a cart; the share in training when not given, which is far
        too high for a whole recording.
    """
    if model.reads != ("face",):
        raise FormatError(
            f"{model.kind} reads {' and '.join(model.reads)}, and a recording shows a face alone",
            hint="give a model such as tcn-attention or seconds",
        )
    if not len(signal):
        raise FormatError("the recording holds no rows", hint="give a signal that `telltale read` wrote")
    last_s = np.floor(signal.times_s[-1] / every_s) * every_s
    times_s = np.arange(np.ceil(signal.times_s[0] / every_s) * every_s, last_s + every_s / 2, every_s)
    probability, read = np.empty(len(times_s)), np.empty(len(times_s))
    window = Span().steps
    for start in range(0, len(times_s), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        evidence = moments_of(signal, times_s[rows])
        probability[rows] = model.predict_proba(evidence)[:, 1]
        read[rows] = evidence.faces.values[:, -window:, channels.VALID].mean(axis=1)
    if share_with_cart is not None:
        probability = prior_corrected(probability, model.about.share_with_cart, share_with_cart)
    return Told(times_s, np.where(read > 0, probability, np.nan), read)


def moments_of(signal: Signal, times_s: Times) -> Evidence:
    """The faces before some moments of one recording."""
    return face_evidence(cut(signal, times_s, Span().steps + Span.skipped(CONTEXT_S)))
