"""How posed a smile looks: a score with its cues, and never a verdict on what somebody feels.

    score = 1 / (1 + exp(-sum over cues of weight x log2(value / middle)))

A speed is the larger of what the velocity channels keep and of the change of intensity from row to row: the
former see what is over within a tenth of a second, the latter reads slower ones better.

Posed smiles start and end faster and are larger. How uneven they are does not tell them apart, and AU6 rises
in polite ones too, so neither enters. Directions are from the literature, sizes are ours: both stand in
`posed.toml` beside this file. Where a face smiles often its own usual smile takes the place of our middles.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from telltale.core import config
from telltale.core.channels import RATE_HZ
from telltale.core.signal import Signal, Values
from telltale.signs.micro_macro import Event

CUES: Final = ("onset_speed", "offset_speed", "size")
"""What can be measured of a smile; the table gives each its weight."""
_SMILE: Final = 12
_LEAST: Final = 1e-3
"""A cue below this counts as this: zero has no logarithm."""


@dataclass(frozen=True, slots=True)
class CueWeight:
    """What one cue counts."""

    name: str
    unit: str
    middle: float
    """The value that speaks for neither."""
    weight: float
    """Added to the logit by each doubling."""
    sources: tuple[str, ...]
    """Keys of the table's `sources`: who found that posed smiles have more of it."""
    says: str

    def __post_init__(self) -> None:
        if self.name not in CUES:
            raise ValueError(f"no cue '{self.name}': choose of {', '.join(CUES)}")
        if self.middle <= 0 or self.weight <= 0:
            raise ValueError(f"cue '{self.name}' wants a middle and a weight above 0: leave it out otherwise")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What does not enter, and why."""

    name: str
    sources: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class SmileStretch:
    """When a smile is on, where no events are given."""

    on: float
    off: float
    least_s: float
    source: str

    def __post_init__(self) -> None:
        if not 0 < self.off <= self.on:
            raise ValueError("off lies above on: a smile would be over before it begins")


@dataclass(frozen=True, slots=True)
class PosedTable:
    """The cues, and what must be said wherever a score is shown."""

    caveat: str
    most_doublings: float
    """No cue speaks louder than so many doublings of its middle."""
    least_others: int
    """So many other smiles of a face make its own usual smile."""
    smile: SmileStretch
    sources: dict[str, str]
    cues: tuple[CueWeight, ...]
    left_out: tuple[LeftOut, ...] = ()

    def __post_init__(self) -> None:
        names = [cue.name for cue in self.cues]
        if not names or len(set(names)) < len(names):
            raise ValueError("cues are none or given twice: keep one of each")
        cited = {key for sources in self.cited for key in sources}
        if unknown := sorted(cited - self.sources.keys()):
            raise ValueError(f"no source {', '.join(unknown)}: add it to [sources]")

    @property
    def cited(self) -> tuple[tuple[str, ...], ...]:
        """What each cue cites, then what each that is left out cites."""
        return (*(cue.sources for cue in self.cues), *(row.sources for row in self.left_out))


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue of one smile."""

    value: float
    adds: float
    """To the logit: above 0 it looks more posed than the middle, below 0 less."""


@dataclass(frozen=True, slots=True)
class PosedScore:
    """One smile."""

    start_s: float
    apex_s: float
    end_s: float
    score: float
    """0 to 1: how posed it looks; 1/2 is the middle."""
    cues: dict[str, Cue]
    usual: float | None = None
    """The same against this face's other smiles, 1/2 as they are; None where it showed too few."""


def posed_smiles(
    signal: Signal, events: Sequence[Event] | None = None, *, table: PosedTable | None = None
) -> tuple[PosedScore, ...]:
    """Every smile of a face that was seen from its beginning to its end, in the order of time.

    Parameters
    ----------
    signal
        The face's rows.
    events
        Its events: the macro-expressions that move AU12 are the smiles. Found in the signal if left out.

    >>> values = np.zeros((60, 128), dtype=np.float32)
    >>> from telltale.core import channels
    >>> values[:, channels.VALID] = 1.0
    >>> for side in ("left", "right"):
    ...     values[20:24, channels.INDEX[f"au12_intensity_{side}"]] = (0.3, 0.4, 0.3, 0.2)
    ...     values[24, channels.INDEX[f"au12_intensity_{side}"]] = 0.1
    >>> (smile,) = posed_smiles(Signal(np.arange(1, 61) / 10, values))
    >>> round(smile.score, 3), {name: round(cue.adds, 3) for name, cue in smile.cues.items()}
    (0.646, {'onset_speed': 0.6, 'offset_speed': 0.0, 'size': 0.0})
    """
    table = table or load_table()
    level, velocity = _au12(signal, "intensity"), _au12(signal, "velocity")
    stretches = _stretches(level, table.smile) if events is None else _of_events(signal, events)
    smiles = [
        (first, apex, last, _values(level, velocity, first, apex, last))
        for first, last in stretches
        if (apex := _apex(level, first, last)) is not None
    ]
    found = [values for *_, values in smiles]
    return tuple(
        _scored(signal, table, smile, [other for k, other in enumerate(found) if k != number])
        for number, smile in enumerate(smiles)
    )


def load_table(path: Path | None = None) -> PosedTable:
    """Read the cues and their weights; every fault of the file is told with its line.

    Parameters
    ----------
    path
        A table of the user's own in the same form; Telltale's if left out.
    """
    return _own_table() if path is None else config.load(PosedTable, path)


@functools.cache
def _own_table() -> PosedTable:
    text = resources.files("telltale.signs").joinpath("posed.toml").read_text(encoding="utf-8")
    return config.parse(PosedTable, text, source="posed.toml")


def _au12(signal: Signal, kind: str) -> Values:
    left, right = (signal.channel(f"au{_SMILE}_{kind}_{side}") for side in ("left", "right"))
    return ((left + right) / 2).astype(np.float32)


def _stretches(level: Values, smile: SmileStretch) -> list[tuple[int, int]]:
    """First and last row of each stretch above `off` that reaches `on` and lasts; read throughout."""
    above = np.isfinite(level) & (level >= smile.off)
    edges = np.diff(np.concatenate([[0], above.astype(np.int8), [0]]))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return [
        (int(first), int(last))
        for first, last in zip(firsts, lasts, strict=True)
        if last - first + 1 >= smile.least_s * RATE_HZ and level[first : last + 1].max() >= smile.on
    ]


def _of_events(signal: Signal, events: Sequence[Event]) -> list[tuple[int, int]]:
    """First and last row of each macro-expression that moves AU12."""
    smiles = [event for event in events if _SMILE in event.numbers and event.kind == "macro"]
    if not len(signal):
        return []
    # The row at t pools what lies after t - 0.1 s.
    firsts = np.searchsorted(signal.times_s, [event.onset_s for event in smiles], side="right")
    lasts = np.searchsorted(signal.times_s, [event.offset_s for event in smiles])
    return [(int(a), min(int(b), len(signal) - 1)) for a, b in zip(firsts, lasts, strict=True)]


def _apex(level: Values, first: int, last: int) -> int | None:
    """The row of the most smile; None where the beginning or the end, or a row between, was not read.

    Nobody saw a smile begin that is on in the first row, or end that is on in the last.
    """
    if first == 0 or last >= len(level) - 1 or not np.isfinite(level[first - 1 : last + 2]).all():
        return None
    return first + int(np.argmax(level[first : last + 1]))


def _values(level: Values, velocity: Values, first: int, apex: int, last: int) -> dict[str, float]:
    """The cues of one smile. A row pools what lies before it, so the fall may stand one row further on."""
    step = np.diff(level[first - 1 : last + 2]) * RATE_HZ
    rise, fall = step[: apex - first + 1], step[apex - first + 1 :]
    return {
        "onset_speed": float(max(rise.max(), velocity[first - 1 : apex + 1].max())),
        "offset_speed": float(-min(fall.min(), velocity[apex : last + 2].min())),
        "size": float(level[apex] - level[first - 1]),
    }


def _scored(
    signal: Signal,
    table: PosedTable,
    smile: tuple[int, int, int, dict[str, float]],
    others: list[dict[str, float]],
) -> PosedScore:
    first, apex, last, values = smile
    adds = {cue.name: _adds(cue, values[cue.name], cue.middle, table) for cue in table.cues}
    usual = None
    if len(others) >= table.least_others:
        middles = {cue.name: float(np.median([o[cue.name] for o in others])) for cue in table.cues}
        usual = _logistic(sum(_adds(c, values[c.name], middles[c.name], table) for c in table.cues))
    return PosedScore(
        start_s=float(signal.times_s[first]) - 1 / RATE_HZ,
        apex_s=float(signal.times_s[apex]),
        end_s=float(signal.times_s[last]),
        score=_logistic(sum(adds.values())),
        cues={name: Cue(values[name], added) for name, added in adds.items()},
        usual=usual,
    )


def _adds(cue: CueWeight, value: float, middle: float, table: PosedTable) -> float:
    doublings = math.log2(max(value, _LEAST) / max(middle, _LEAST))
    return cue.weight * min(max(doublings, -table.most_doublings), table.most_doublings)


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
