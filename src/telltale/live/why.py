"""Why a probability is what it is: which units moved, when, and what that counted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.intent.act_counts import FLASH
from telltale.intent.evidence import WINDOW_S

_SECONDS: Final = round(WINDOW_S)
MOST_REASONS: Final = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One unit that counted."""

    unit: int
    """FACS number."""
    seconds_ago: int
    """When it flashed last, 0 for the second that was told."""
    energy: float
    """How strongly then."""
    log_odds: float | None
    """What the unit adds to the log odds in all; None where the model is no line."""


class Flashes:
    """The greatest energy of each unit in each of the last thirty seconds of one viewer.

    >>> from telltale.intent.summaries import second_maxima
    >>> flashes, block = Flashes(), np.zeros((10, channels.COUNT), np.float32)
    >>> block[3, channels.INDEX["au12_energy_left"]] = 0.4
    >>> flashes.add(second_maxima(block[None])[0])
    >>> [(reason.unit, reason.seconds_ago) for reason in flashes.reasons()]
    [(12, 0)]
    """

    __slots__ = ("_at", "_maxima")

    def __init__(self) -> None:
        self._maxima = np.full((_SECONDS, len(channels.ACTION_UNITS)), np.nan, np.float32)
        self._at = 0

    def add(self, maxima: npt.NDArray[np.floating]) -> None:
        """A second's, shape (17,)."""
        self._maxima[self._at] = maxima
        self._at = (self._at + 1) % _SECONDS

    def reasons(self, log_odds: npt.NDArray[np.floating] | None = None) -> tuple[Reason, ...]:
        """The units that flashed and counted most, the strongest first.

        Parameters
        ----------
        log_odds
            Shape (17,), of a model that is a line; else the greatest energy goes first.
        """
        latest_first = self._maxima[(self._at - 1 - np.arange(_SECONDS)) % _SECONDS]
        flashed = latest_first > FLASH
        ago = flashed.argmax(axis=0)
        energy = latest_first[ago, np.arange(len(ago))]
        weight = energy if log_odds is None else log_odds
        order = np.argsort(-np.where(flashed.any(axis=0), weight, -np.inf))
        return tuple(
            Reason(
                channels.ACTION_UNITS[unit],
                int(ago[unit]),
                float(energy[unit]),
                None if log_odds is None else float(log_odds[unit]),
            )
            for unit in order[:MOST_REASONS]
            if flashed[:, unit].any() and weight[unit] > 0
        )
