"""Hesitation, desire, surprise and disengagement: sums over channels that anybody can read and change.

    value(t) = min(1, max(0, sum over terms of weight x reading(t)))

The terms are the data file `affect.toml` beside this one; a user may put another in its place. A value is NaN
where a channel that one of its terms needs was not read. It rises with every reading of positive weight and
falls with every one of negative weight.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.core import channels, config
from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import ConfigError
from telltale.core.signal import Signal, Times, Values

Reading = Literal["intensity", "energy", "together", "head_away", "gaze_away", "eyes_shut", "stillness"]
Source = Literal["paper", "ours"]

NAMES: Final = ("hesitation", "desire", "surprise", "disengagement")
"""The four signals of the purchase paper, in its order."""

_UNITS_OF: Final = {"intensity": 1, "energy": 1, "together": 2}
_AWAY_RAD: Final = (np.radians(10.0), np.radians(35.0))
_SHUT: Final = 0.3
"""From this much AU45 on the gaze cannot be read, and is away."""


@dataclass(frozen=True, slots=True)
class Term:
    """One reading and what it adds."""

    reading: Reading
    weight: float
    source: Source
    """`paper` (the purchase paper says so) or `ours` (an inference)."""
    says: str
    """What the paper says, with its section, or why it is ours."""
    units: tuple[int, ...] = ()
    """FACS numbers: one for intensity and energy, two for together, none for the others."""

    def __post_init__(self) -> None:
        if unknown := [str(n) for n in self.units if n not in ACTION_UNITS]:
            raise ValueError(f"no channels for unit {', '.join(unknown)}: use the 17 of core/channels.py")
        wanted = _UNITS_OF.get(self.reading, 0)
        if len(self.units) != wanted:
            raise ValueError(f"'{self.reading}' takes {wanted} units, not {len(self.units)}: mend 'units'")
        if not np.isfinite(self.weight) or self.weight == 0:
            raise ValueError(f"'{self.name}' has weight {self.weight}: give it one or leave it out")
        if not self.says:
            raise ValueError(f"'{self.name}' does not say where it is from: fill in 'says'")

    @property
    def name(self) -> str:
        """
        >>> Term("together", 0.5, "ours", "because", units=(6, 12)).name
        'AU6 and AU12 together'
        """
        units = " and ".join(f"AU{number}" for number in self.units)
        words = self.reading.replace("_", " ")
        return f"{units} {words}" if units else words


@dataclass(frozen=True, slots=True)
class Formula:
    """One signal."""

    name: str
    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        if not any(term.weight > 0 for term in self.terms):
            raise ValueError(f"nothing raises '{self.name}': give it a term of positive weight")


@dataclass(frozen=True, slots=True)
class AffectTable:
    """The formulas, and what must be said wherever their values are shown."""

    caveat: str
    paper: str
    signals: tuple[Formula, ...]

    def __post_init__(self) -> None:
        names = tuple(formula.name for formula in self.signals)
        if names != NAMES:
            raise ValueError(f"the signals are {', '.join(names)}: they want to be {', '.join(NAMES)}")


@dataclass(frozen=True, slots=True, eq=False)
class AffectSignals:
    """The four signals of one face."""

    times_s: Times
    """Shape (T,), those of the signal."""
    values: Values
    """Shape (T, 4), 0 to 1; NaN where a channel that is needed was not read."""
    contributions: tuple[Values, ...]
    """For each signal shape (T, terms): weight x reading; their sum, cut off at 0 and 1, is the value."""
    table: AffectTable
    names: tuple[str, ...] = NAMES

    def explain(self, row: int, name: str) -> dict[str, float]:
        """What each term adds to a signal in one row; the values add up to it before it is cut off.

        Parameters
        ----------
        name
            One of `names`.
        """
        if name not in self.names:
            raise ConfigError(f"no affect signal '{name}'", hint=f"choose one of {', '.join(self.names)}")
        k = self.names.index(name)
        terms = self.table.signals[k].terms
        added = self.contributions[k][row].tolist()
        return {term.name: value for term, value in zip(terms, added, strict=True)}


def compute_affect(signal: Signal, *, table: AffectTable | None = None) -> AffectSignals:
    """The four signals over a face's rows.

    >>> row = np.zeros((1, 128), dtype=np.float32)
    >>> row[0, channels.VALID] = 1.0
    >>> for side in ("left", "right"):
    ...     row[0, channels.INDEX[f"au12_intensity_{side}"]] = 0.4
    >>> affect = compute_affect(Signal(np.array([0.1]), row))
    >>> np.round(affect.values.astype(float), 2).tolist()
    [[0.0, 0.2, 0.0, 0.09]]
    >>> round(affect.explain(0, "desire")["AU12 intensity"], 3)
    0.2
    """
    table = table or load_table()
    contributions = tuple(
        np.column_stack([term.weight * _read(signal, term) for term in formula.terms]).astype(np.float32)
        for formula in table.signals
    )
    sums = np.column_stack([part.sum(axis=1) for part in contributions])
    return AffectSignals(signal.times_s, np.clip(sums, 0.0, 1.0), contributions, table)


def load_table(path: Path | None = None) -> AffectTable:
    """Read the formulas; every fault of the file is told with its line.

    Parameters
    ----------
    path
        A table of the user's own in the same form; Telltale's if left out.
    """
    return _own_table() if path is None else config.load(AffectTable, path)


@functools.cache
def _own_table() -> AffectTable:
    text = resources.files("telltale.signs").joinpath("affect.toml").read_text(encoding="utf-8")
    return config.parse(AffectTable, text, source="affect.toml")


def _read(signal: Signal, term: Term) -> npt.NDArray[np.float64]:
    """A term's reading, shape (T,), 0 to 1, NaN where unread."""
    if term.reading == "intensity":
        return _intensity(signal, term.units[0])
    if term.reading == "energy":
        return _clipped(np.maximum(*_sides(signal, term.units[0], "energy")))
    if term.reading == "together":
        return np.sqrt(_intensity(signal, term.units[0]) * _intensity(signal, term.units[1]))
    if term.reading == "eyes_shut":
        return _intensity(signal, 45)
    if term.reading == "head_away":
        return _away(signal.channel("yaw"), signal.channel("pitch"))
    if term.reading == "gaze_away":
        return _gaze_away(signal)
    return _stillness(signal)


def _sides(signal: Signal, number: int, kind: str) -> tuple[Values, Values]:
    left, right = (signal.channel(f"au{number:02d}_{kind}_{side}") for side in ("left", "right"))
    return left, right


def _intensity(signal: Signal, number: int) -> npt.NDArray[np.float64]:
    left, right = _sides(signal, number, "intensity")
    return _clipped((left + right) / 2)


def _clipped(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    return np.clip(values.astype(np.float64), 0.0, 1.0)


def _away(x_rad: Values, y_rad: Values) -> npt.NDArray[np.float64]:
    near, far = _AWAY_RAD
    return _clipped((np.hypot(x_rad, y_rad) - near) / (far - near))


def _gaze_away(signal: Signal) -> npt.NDArray[np.float64]:
    """Where the head faces the camera the eyes may not; shut lids hide the gaze: that is away too."""
    away = _away(signal.channel("gaze_x"), signal.channel("gaze_y"))
    return np.where(np.isnan(away) & (_intensity(signal, 45) >= _SHUT), 1.0, away)


def _stillness(signal: Signal) -> npt.NDArray[np.float64]:
    """1 less the strongest unit, shown or moving; the lids' blinking is no answer and is left out.

    Units that are hidden are no witness: the rest decides; NaN where all are.
    """
    kinds = ("intensity_left", "intensity_right", "energy_left", "energy_right")
    columns = np.concatenate([channels.unit_channels(kind)[:-1] for kind in kinds])
    shown = signal.values[:, columns].astype(np.float64)
    strongest = np.where(np.isnan(shown), -np.inf, shown).max(axis=1)
    return np.where(np.isinf(strongest), np.nan, 1.0 - np.clip(strongest, 0.0, 1.0))
