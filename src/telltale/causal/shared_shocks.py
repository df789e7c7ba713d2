"""What a room shares at one moment and no factor tells: how much there is, and rows without it.

A joke or a hitch of the stream moves all viewers of a room at once, and then arrows are found between
everything that they do. How much there is: with r what the room's factors and the step before leave of a
viewer's factor,

    share = sum over pairs in one room and moment of r_i r_j / (pairs x variance of r)

which is 0 give or take sqrt(2 / pairs) where nothing is shared. Taken out, a viewer's factor x becomes

    x* = what the room's own factors tell of x  +  (x - mean of those there) sqrt(k / (k - 1))

with k viewers there: arrows between a viewer's own factors are told by how viewers of one moment differ,
arrows from the room by what they have in common, and what moves all alike by neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.causal.moments import moments_of
from telltale.causal.regressions import NO_SPREAD, told_by
from telltale.core.errors import ConfigError
from telltale.factors.factor import Factor
from telltale.factors.panel import FactorPanel
from telltale.factors.shared import FEWEST_VIEWERS, less_others, together_of, viewers_present

Shared = Literal["auto", "adjust", "keep"]
"""auto: take it out where there is enough of it; adjust: take it out; keep: leave it."""

ENOUGH: Final = 0.03
"""Two factors that share this much of their noise seem joined by an arrow as weak as the weakest told."""
_SURE: Final = 4.0
_MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class SharedPart:
    """Of one factor of the viewer."""

    factor: str
    share: float
    """Of the variance that the room's factors and the step before leave."""
    noise: float
    """The spread of that share where nothing is shared."""

    @property
    def is_there(self) -> bool:
        """Whether it could make arrows, and is no chance."""
        return self.share >= max(ENOUGH, _SURE * self.noise)


@dataclass(frozen=True, slots=True, eq=False)
class SharedColumns:
    """Of the d columns of now and before, whose each is."""

    rooms: npt.NDArray[np.bool_]
    """Shape (d,): the broadcast's."""
    own: npt.NDArray[np.intp]
    """The places of those that are a viewer's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """Rows without what a room shares."""

    table: Floats
    """Shape (M, d)."""
    kept: npt.NDArray[np.bool_]
    """Shape (N,): which of the rows there are still; in the others too few were there."""
    moments: int
    """Moments of rooms among them."""
    differs: Floats
    """Shape (N, own): of all rows, a viewer's own against the others there; see `against_others`."""


def own_factors(panel: FactorPanel) -> npt.NDArray[np.intp]:
    """The places of factors that are a viewer's own and change."""
    return np.flatnonzero(np.array([factor.level == "viewer" for factor in panel.factors], bool))


def shared_parts(
    panel: FactorPanel, rows: npt.NDArray[np.int64], table: Floats, lags: int
) -> tuple[SharedPart, ...]:
    """How much is shared, factor by factor; empty where nobody is together with others.

    Parameters
    ----------
    panel, rows
        The rows of the panel that the table tells of.
    table
        Shape (len(rows), d), see `linear_graph.lagged_rows`.
    """
    together = together_of(panel)[rows]
    present = np.bincount(together).astype(np.float64)
    pairs = float((present * (present - 1)).sum())
    if not pairs:
        return ()
    tells = np.tile([factor.level != "viewer" for factor in panel.factors], 1 + lags)
    tells[len(panel.factors) :] = True
    places = own_factors(panel)
    weights = told_by(moments_of([""] * table.shape[1], table).covariance, tells, places)
    parts = []
    for place, toward in zip(places.tolist(), weights.T, strict=True):
        left = table[:, place] - table @ toward
        left -= left.mean()
        by_moment = np.bincount(together, weights=left)
        alike = float((by_moment**2).sum() - (left**2).sum())
        variance = float(left.var())
        share = alike / pairs / variance if variance > NO_SPREAD * float(table[:, place].var()) else 0.0
        parts.append(SharedPart(panel.names[place], share, float(np.sqrt(2 / pairs))))
    return tuple(parts)


def is_shared(parts: tuple[SharedPart, ...]) -> bool:
    """Whether two factors share enough to seem joined."""
    return sum(part.is_there for part in parts) > 1


def often_together(panel: FactorPanel, rows: npt.NDArray[np.int64]) -> bool:
    """Whether in most rows enough viewers are there to tell one from the others."""
    return bool(np.mean(viewers_present(panel)[rows] >= FEWEST_VIEWERS) >= _MOST)


def shared_words(parts: tuple[SharedPart, ...], *, adjusted: bool, left_out: int = 0) -> tuple[str, ...]:
    """What was found shared and what was done about it, for a person."""
    if not parts:
        return ()
    most = max(parts, key=lambda part: part.share)
    what = "what viewers of one room share at one moment and no factor tells"
    much = f"up to {max(most.share, 0.0):.1%} of {most.factor}'s noise".replace("%", " %")
    if adjusted:
        few = f"; {left_out} rows with fewer than {FEWEST_VIEWERS} viewers were dropped" if left_out else ""
        return (f"{what} was taken out ({much}){few}",)
    if is_shared(parts):
        return (f"{what} was left in ({much}): arrows between viewers' factors may be of that",)
    return (f"{what} is little ({much}) and was left in",)


def without_shared(panel: FactorPanel, rows: npt.NDArray[np.int64], table: Floats, lags: int) -> Adjusted:
    """The table without what a room shares beyond what its own factors tell.

    Parameters
    ----------
    panel, rows, table, lags
        As for `shared_parts`.
    """
    columns = shared_columns(panel.factors, lags)
    if not len(columns.own):
        raise ConfigError("no factor is a viewer's own: nothing to adjust", hint="choose shared='keep'")
    differs = against_others(panel, rows, lags)
    kept = np.asarray(np.isfinite(differs).all(axis=1))
    if kept.sum() < 2:
        raise ConfigError(
            f"hardly ever are {FEWEST_VIEWERS} viewers together in a room: what a room shares is unseen",
            hint="choose shared='keep'",
        )
    out, mean, own = table[kept], table[kept].mean(axis=0), columns.own
    weights = told_by(moments_of([""] * table.shape[1], out).covariance, columns.rooms, own)
    out[:, own] = mean[own] - mean @ weights + out @ weights + differs[kept]
    return Adjusted(out, kept, len(np.unique(together_of(panel)[rows[kept]])), differs)


def shared_columns(factors: Sequence[Factor], lags: int) -> SharedColumns:
    """Whose each column of a row of now and before is."""
    rooms = np.tile(np.array([factor.of_room for factor in factors], bool), 1 + lags)
    return SharedColumns(rooms, np.flatnonzero(~rooms))


def against_others(panel: FactorPanel, rows: npt.NDArray[np.int64], lags: int) -> Floats:
    """(x - mean of those there) sqrt(k / (k - 1)) of what is a viewer's own, now and before.

    Returns
    -------
    Shape (len(rows), own columns); NaN where fewer than `FEWEST_VIEWERS` are there.
    """
    together = together_of(panel)
    present = np.bincount(together)[together] if len(panel) else together
    width = np.sqrt((present - 1) / np.maximum(present, 1))
    alone = [place for place, factor in enumerate(panel.factors) if not factor.of_room]
    differs = np.empty((len(panel), len(alone)))
    for column, place in enumerate(alone):
        differs[:, column] = less_others(panel.values[:, place], together, FEWEST_VIEWERS) * width
    # The steps of a session stand below one another, so what was k steps before stands k rows higher.
    return np.concatenate([differs[rows - lag] for lag in range(1 + lags)], axis=1)
