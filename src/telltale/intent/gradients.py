"""Which units a model takes its log odds from, by side and signed: integrated gradients, the parts of a line.

    IG_i = (x_i - x0_i) integral over a from 0 to 1 of df/dx_i (x0 + a (x - x0))

f is the log odds of a cart, x a face as the network takes it, and x0 the mean face, read where this one was
read: every channel at 0, which is its mean after the scaler and stands for whatever was not read; but `valid`
as it is, since 0 there would say that nothing was read. So a gap adds nothing. All parts add up to
f(x) - f(x0) (completeness; Sundararajan, Taly and Yan, ICML 2017), which is checked for every moment. Of a
line each part is weight times standardised feature, and exact.

A part says what a model uses, which need not be what makes people buy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.intent.baselines import UnitActs, UnitSeconds, UnitStatistics, log_odds
from telltale.intent.evidence import Array, Evidence, Rows
from telltale.intent.intervals import Interval, interval_of
from telltale.intent.saved import SavedModel
from telltale.intent.saved_torch import torch_network
from telltale.intent.summaries import unit_statistics_names

Floats = npt.NDArray[np.float64]
Side = Literal["left", "right", "both"]
Part = tuple[int | None, Side]
"""FACS number, None for what is of no unit (head, gaze, picture), and side."""

STEPS: Final = 16
MOST: Final = 200
HOLDS_UP_TO: Final = 0.02
"""Median miss, as a share: a fiftieth is not seen in a figure."""
_LEAST_DIFFERENCE: Final = 0.1
"""Log odds. Of a face as good as the mean one, a share of the difference would say nothing."""
_POINTS_AT_ONCE: Final = 8
"""Between x0 and x: 0.3 GB at width 256; more at once are no faster on one core."""


@dataclass(frozen=True, slots=True)
class PartOfOdds:
    """Log odds from one side of one unit, the mean over moments."""

    unit: int | None
    """FACS number; None for all that is of no unit."""
    side: Side
    """`both` for what has no side: confidence, or the greater side that a line on seconds or acts takes."""
    with_cart: Interval
    without_cart: Interval


@dataclass(frozen=True, slots=True)
class Completeness:
    """By how much the parts miss f(x) - f(x0), as a share of it, over moments."""

    median: float
    percentile_95: float
    holds: bool
    """Whether the median is at most 0.02."""


@dataclass(frozen=True, slots=True)
class Attributions:
    """One model's log odds by unit and side."""

    model: str
    exact: bool
    """Of a line; else integrated gradients."""
    moments: int
    with_cart: int
    parts: tuple[PartOfOdds, ...]
    """In the order of the channels; what is of no unit comes last."""
    completeness: Completeness


def part_of(name: str) -> Part:
    """The unit and side of a channel or feature by its name.

    >>> part_of("au12_energy_left"), part_of("au04_confidence"), part_of("yaw")
    ((12, 'left'), (4, 'both'), (None, 'both'))
    """
    if not name.startswith("au"):
        return None, "both"
    side: Side = "left" if "_left" in name else "right" if "_right" in name else "both"
    return int(name[2:4]), side


def _units_in_turn(width: int) -> list[Part]:
    """Of features that are each second's or stretch's units."""
    return [(channels.ACTION_UNITS[column % len(channels.ACTION_UNITS)], "both") for column in range(width)]


def _statistics(width: int) -> list[Part]:
    return [part_of(name) for name in unit_statistics_names()[:width]]


LINES: Final[dict[str, Callable[[int], list[Part]]]] = {
    UnitSeconds.kind: _units_in_turn,
    UnitActs.kind: _units_in_turn,
    UnitStatistics.kind: _statistics,
}
"""Models that are a line on features of units, and whose each feature is, by how many there are."""


def columns_by_part(parts: list[Part]) -> dict[Part, npt.NDArray[np.intp]]:
    """Which columns each part has, in the order in which parts come.

    >>> columns_by_part([(1, "left"), (1, "right"), (1, "left")])[1, "left"].tolist()
    [0, 2]
    """
    found: dict[Part, list[int]] = {}
    for column, part in enumerate(parts):
        found.setdefault(part, []).append(column)
    return {part: np.array(columns) for part, columns in found.items()}


def chosen_moments(label: npt.NDArray[np.int8], most: int, seed: int) -> Rows:
    """Rows of at most so many moments, rising; half of them with a cart where there are enough of both.

    >>> label = np.array([1, 0, 0, 0, 0, 1, 1], np.int8)
    >>> label[chosen_moments(label, 4, seed=0)].tolist()
    [1, 0, 0, 1]
    """
    order = stream(seed, "intent", "gradients", "moments").permutation(len(label))
    carts, others = order[label[order] == 1], order[label[order] == 0]
    carts = carts[: max(most // 2, most - len(others))]
    return np.sort(np.concatenate([carts, others[: most - len(carts)]]))


def linear_contributions(model: SavedModel, evidence: Evidence, *, seed: int = 0) -> Attributions:
    """Log odds of a line by unit and side, exact to float32.

    The graph of a line takes NaN for the mean of what it learnt from. So the log odds of a part's features
    alone, all others NaN, less those of nothing but NaN are the part's weights times standardised features.
    """
    if model.kind not in LINES:
        raise FormatError(f"{model.kind} is no line on features of units", hint=f"ask {' or '.join(LINES)}")
    told = [_parts_of_line(model, batch["features"]) for batch in model.inputs(evidence)]
    by_part = {part: np.concatenate([batch[part] for batch, _ in told]) for part in told[0][0]}
    return _averaged(model, True, evidence, by_part, np.concatenate([whole for _, whole in told]), seed)


def _parts_of_line(model: SavedModel, features: npt.NDArray[Any]) -> tuple[dict[Part, Floats], Floats]:
    """Log odds above those of the mean: from each part, and from all. Shape (b,) each."""

    def odds(given: npt.NDArray[Any]) -> Floats:
        return log_odds(model.run_inputs({"features": given})["probability"])

    nothing = np.full_like(features, np.nan)
    mean, found = odds(nothing), {}
    for part, columns in columns_by_part(LINES[model.kind](features.shape[1])).items():
        alone = nothing.copy()
        alone[:, columns] = features[:, columns]
        found[part] = odds(alone) - mean
    return found, odds(features) - mean


def integrated_gradients(
    model: SavedModel, evidence: Evidence, *, steps: int = STEPS, most: int = MOST, seed: int = 0
) -> Attributions:
    """Log odds of a network by unit and side. It wants torch, which running the network does not.

    Parameters
    ----------
    model
        One of `saved_torch.KINDS`.
    steps
        Gauss-Legendre nodes between x0 and x.
    most
        Moments asked; a named stream chooses them.
    """
    net = torch_network(model)
    some = evidence[chosen_moments(evidence.label, most, seed)]
    told = [_gradients(net, face, steps) for batch in model.inputs(some) for face in batch["values"]]
    by_channel = np.array([channel for channel, _ in told])
    parts = columns_by_part([part_of(name) for name in channels.NAMES])
    by_part = {part: by_channel[:, columns].sum(axis=1) for part, columns in parts.items()}
    return _averaged(model, False, some, by_part, np.array([whole for _, whole in told]), seed)


def _gradients(net: Any, values: Array, steps: int) -> tuple[Floats, float]:
    """Integrated gradients summed over rows, shape (128,), and f(x) - f(x0); `values` are (rows, 128)."""
    import torch

    face = torch.from_numpy(values)
    mean_face = torch.zeros_like(face)
    mean_face[:, channels.VALID] = face[:, channels.VALID]
    node, weight = (torch.from_numpy(found) / 2 for found in np.polynomial.legendre.leggauss(steps))
    mean_slope = torch.zeros_like(face)
    for first in range(0, steps, _POINTS_AT_ONCE):
        few = slice(first, first + _POINTS_AT_ONCE)
        way = (node[few] + 0.5).float()[:, None, None]
        points = (mean_face + way * (face - mean_face)).requires_grad_()
        (slope,) = torch.autograd.grad(_log_odds(net, points).sum(), points)
        mean_slope += torch.einsum("p,ptc->tc", weight[few].float(), slope)
    by_channel = ((face - mean_face) * mean_slope).double().sum(dim=0)
    with torch.no_grad():
        whole, none = _log_odds(net, torch.stack([face, mean_face])).double()
    return by_channel.numpy(), float(whole - none)


def _log_odds(net: Any, values: Any) -> Any:
    """Of a `networks.Calibrated`, before its squash. Shape (B,)."""
    return net.slope * net.net(values)[0] + net.intercept


def _averaged(
    model: SavedModel, exact: bool, evidence: Evidence, by_part: dict[Part, Floats], whole: Floats, seed: int
) -> Attributions:
    """`by_part` and `whole` have a number for each moment, shape (n,)."""
    label = evidence.label

    def mean_of(values: Floats, here: npt.NDArray[np.bool_]) -> Interval:
        column = values[here]
        return interval_of(lambda weight: weight @ column / weight.sum(axis=1), evidence.people[here], seed)

    parts = tuple(
        PartOfOdds(unit, side, mean_of(values, label == 1), mean_of(values, label == 0))
        for (unit, side), values in by_part.items()
    )
    total = np.sum(list(by_part.values()), axis=0)
    return Attributions(model.kind, exact, len(label), int(label.sum()), parts, completeness_of(total, whole))


def completeness_of(total: Floats, whole: Floats) -> Completeness:
    """Of the sum of all parts against what they should add up to, shape (n,) each.

    >>> completeness_of(np.array([1.0, 2.02]), np.array([1.0, 2.0])).holds
    True
    """
    miss = np.abs(total - whole) / np.maximum(np.abs(whole), _LEAST_DIFFERENCE)
    median, most = np.quantile(miss, [0.5, 0.95])
    return Completeness(float(median), float(most), bool(median <= HOLDS_UP_TO))
