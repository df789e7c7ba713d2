"""What a forecast learns from: k steps of all factors, the target some steps later, people kept apart.

    x(t - k + 1), ..., x(t)  >  y(t + ahead)
                             >  whether y rises: y(t + ahead) - mean of y over those k steps > SD / 2

People are split in three: to learn from, to stop by, to judge on. Means and standard deviations are those of
the people to learn from, so that nothing of the others is known to a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
Inputs = npt.NDArray[np.float32]

RISE_SD: Final = 0.5
"""A rise is at least so many standard deviations."""
_SHARES: Final = (0.6, 0.2)
"""Of people, to learn from and to stop by; the rest judge."""
_FEWEST_PEOPLE: Final = 20
_FEWEST_WINDOWS: Final = 100
_ROUND: Final = 1e-9


class Split(NamedTuple):
    """Places in a panel's `person_ids`."""

    learn: Codes
    stop: Codes
    judge: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Some people's windows: M of them, of n factors and k steps."""

    inputs: Inputs
    """Shape (M, n, k), in standard deviations from the mean; [:, :, 0] is the last step that is seen."""
    truth: Array
    """Shape (M,): the target, `ahead` steps later, in its own units."""
    rises: Bools
    """Shape (M,)."""
    person: Codes
    """Shape (M,)."""

    def __len__(self) -> int:
        return len(self.truth)

    def flat(self) -> Inputs:
        """One row a window, shape (M, n k)."""
        return self.inputs.reshape(len(self), -1)

    def own(self, target: int) -> Inputs:
        """The target's own past, shape (M, k)."""
        return self.inputs[:, target]


@dataclass(frozen=True, slots=True, eq=False)
class ForecastRows:
    """Windows of the three sets of people, and what all are scaled by."""

    factors: tuple[str, ...]
    """The n names."""
    target: int
    """Its place."""
    ahead: int
    """Steps from the last that is seen to the one that is forecast."""
    grid_s: float
    mean: Array
    """Shape (n,)."""
    sd: Array
    """Shape (n,)."""
    learn: Windows
    stop: Windows
    judge: Windows
    notes: tuple[str, ...]

    @property
    def history(self) -> int:
        """k."""
        steps: int = self.learn.inputs.shape[2]
        return steps

    def scaled(self, windows: Windows) -> Array:
        """The truth in standard deviations from the mean."""
        away: Array = (windows.truth - self.mean[self.target]) / self.sd[self.target]
        return away

    def unscaled(self, value: npt.ArrayLike) -> Array:
        """The other way round."""
        back: Array = np.asarray(value, dtype=np.float64) * self.sd[self.target] + self.mean[self.target]
        return back


def some_people(panel: FactorPanel, most: int, seed: int = 0) -> FactorPanel:
    """The panel of at most so many people, drawn by lot; its notes say so."""
    there = np.unique(panel.person)
    if most < 1:
        raise ConfigError(f"{most} people are none", hint="take 1 or more")
    if len(there) <= most:
        return panel
    drawn = stream(seed, "forecast", "people").choice(there, most, replace=False)
    return panel.take(np.isin(panel.person, drawn), f"{most} of {len(there)} people, drawn by lot")


def split_people(panel: FactorPanel, seed: int = 0) -> Split:
    """Three fifths to learn from, a fifth to stop by, a fifth to judge on."""
    people = stream(seed, "forecast", "split").permutation(np.unique(panel.person))
    first = round(_SHARES[0] * len(people))
    second = first + round(_SHARES[1] * len(people))
    return Split(people[:first], people[first:second], people[second:])


def forecast_rows(
    panel: FactorPanel,
    target: str,
    *,
    horizon_s: float | None = None,
    history: int = 6,
    most_windows: int = 60_000,
    seed: int = 0,
) -> ForecastRows:
    """Windows of a panel, split by person.

    Parameters
    ----------
    panel
        Rows with a hole are left out, and so are factors that never change; the notes say which.
    target
        A factor that takes many values; how a viewer feels, as a rule.
    horizon_s
        Whole steps of the grid; one when not given.
    history
        k.
    most_windows
        Where there are more, every second or third ... is taken, and the notes say so.
    """
    _refuse(panel, target, horizon_s, history, most_windows)
    given = panel.complete().panel.varying()
    ahead = 1 if horizon_s is None else round(horizon_s / given.grid_s)
    last = _windowed(given, history, ahead)
    split = split_people(given, seed)
    every = -(-len(last) // most_windows) if len(last) else 1
    notes = given.notes
    if every > 1:
        notes = (*notes, f"{len(last):,} windows: one in {every} is taken")
        last = last[::every]
    learnt = last[np.isin(given.person[last], split.learn)]
    if len(learnt) < _FEWEST_WINDOWS:
        raise FormatError(
            f"{len(learnt)} windows of {history} steps, {ahead} ahead; {_FEWEST_WINDOWS} needed",
            hint="gather more sessions, or take a shorter history or horizon",
        )
    seen = given.values[np.isin(given.person, split.learn)]
    mean, sd = seen.mean(axis=0), seen.std(axis=0)
    place = given.names.index(target)
    if sd[place] <= _ROUND * (1 + abs(mean[place])):
        raise FormatError(f"'{target}' never changes among those to learn from", hint="take another target")
    sd = np.where(sd > 0, sd, 1.0)
    learn, stop, judge = (
        _cut(given, last[np.isin(given.person[last], who)], place, history, ahead, mean, sd) for who in split
    )
    return ForecastRows(given.names, place, ahead, given.grid_s, mean, sd, learn, stop, judge, notes)


def window_inputs(panel: FactorPanel, last: Codes, history: int, mean: Array, sd: Array) -> Inputs:
    """Shape (M, n, k): the `history` rows up to each of `last`, scaled."""
    out = np.empty((len(last), panel.values.shape[1], history), dtype=np.float32)
    for back in range(history):
        out[:, :, back] = (panel.values[last - back] - mean) / sd
    return out


def whole_windows(panel: FactorPanel, history: int) -> Codes:
    """Rows that have `history` - 1 rows before them, step after step, in their session."""
    return _windowed(panel, history, 0)


def _windowed(panel: FactorPanel, history: int, ahead: int) -> Codes:
    """Rows with `history` - 1 steps before and `ahead` after, all of them there."""
    span = history - 1 + ahead
    if len(panel) <= span:
        return np.zeros(0, dtype=np.int64)
    early, late = slice(None, len(panel) - span), slice(span, None)
    # Sorted and without repeats: a row `span` places down that is `span` steps later has all between.
    whole = (panel.session[late] == panel.session[early]) & (panel.step[late] - panel.step[early] == span)
    return np.flatnonzero(whole) + history - 1


def _cut(
    panel: FactorPanel, last: Codes, target: int, history: int, ahead: int, mean: Array, sd: Array
) -> Windows:
    own = panel.values[:, target]
    level = np.mean([own[last - back] for back in range(history)], axis=0)
    truth = own[last + ahead]
    return Windows(
        window_inputs(panel, last, history, mean, sd),
        truth,
        truth - level > RISE_SD * sd[target],
        panel.person[last],
    )


def _refuse(
    panel: FactorPanel, target: str, horizon_s: float | None, history: int, most_windows: int
) -> None:
    """All that no forecast can be made of, at once."""
    panel.place([target])
    faults = []
    values = panel.column(target)
    values = np.unique(values[np.isfinite(values)])
    if len(values) < 2:
        faults.append(f"'{target}' never changes")
    elif panel.factor(target).kind == "binary":
        faults.append(f"'{target}' is there or not: a forecast is of what rises and falls")
    if horizon_s is not None and not _whole(horizon_s, panel.grid_s):
        faults.append(f"a horizon of {horizon_s:g} s is not one or more whole steps of {panel.grid_s:g} s")
    for name, value in (("history", history), ("most_windows", most_windows)):
        if value < 1:
            faults.append(f"'{name}' is {value}, 1 at least")
    people = len(np.unique(panel.person))
    if people < _FEWEST_PEOPLE:
        faults.append(f"{people} {'person' if people == 1 else 'people'}, {_FEWEST_PEOPLE} at least")
    if faults:
        raise FormatError("; ".join(faults), hint="take another target, other steps, or gather more people")


def _whole(seconds: float, grid_s: float) -> bool:
    steps = round(seconds / grid_s) if np.isfinite(seconds) else 0
    return steps >= 1 and abs(steps * grid_s - seconds) <= _ROUND
