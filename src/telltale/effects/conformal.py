"""Intervals for the effect on a single unit, by weighted conformal inference (Lei & Candes, JRSS B 83, 2021).

An interval for tau_i = Y_i(1) - Y_i(0) has to hold what no model can know: the noise of a unit. `nested`:

    1. For each arm, an interval of the outcome that its units never showed, from the other arm's rows,
       weighted to units like these: (1 - e) / e for Y(1), e / (1 - e) for Y(0).
    2. Y_i(1) - [low, high] of Y_i(0) for the treated, the same turned round for control, is an interval of
       tau_i at each unit's own X.
    3. Models of both its ends given X, and how far they have to be moved so that new units are held too.

Step 1 at 1 - alpha and step 3 at 1 - gamma hold tau_i with probability 1 - alpha - gamma, however both
outcomes of a unit hang together. `bonferroni` subtracts the interval of Y(0) from that of Y(1): as wide, and
infinite only for units of which one arm is hardly seen, where `nested` then tells nothing of any. `unrelated`
subtracts their distributions: much narrower, and right only if a unit that does better than its X says when
treated does not do worse for that when not.

How far rows lie from a model is told by models that never saw their cluster (cross-conformal, Vovk 2015)
rather than by a split half, which at some hundred rows would leave most intervals infinite. So coverage is
no theorem for small samples; `benchmarks/causal/intervals.py` measures it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from telltale.core.errors import ConfigError
from telltale.effects.conformal_band import Band, Fitting
from telltale.effects.design import Design, OutcomeKind
from telltale.effects.outcome_models import Choice
from telltale.effects.propensity import Propensity, PropensitySettings, estimate_propensity
from telltale.effects.variance import Floats

Way = Literal["nested", "bonferroni", "unrelated"]

_FIRST: Final = 0.6
"""Share of the errors allowed that step 1 may make; there rows of little chance are the ones that run out."""
_POINTS: Final = 64
_CHUNK: Final = 4096
_SAYS: Final[dict[Way, str]] = {
    "nested": "however both outcomes of a unit hang together",
    "bonferroni": "however both outcomes of a unit hang together",
    "unrelated": "if the noise of both outcomes of a unit is not negatively related",
}


@dataclass(frozen=True, slots=True, eq=False)
class Conformal:
    """Fitted intervals of individual effects."""

    way: Way
    level: float
    kind: OutcomeKind
    bands: tuple[Band, ...]
    """Of the effect; or of Y(0) and Y(1)."""
    chances: Propensity
    clip: float
    notes: tuple[str, ...]

    def intervals(self, covariates: Floats) -> tuple[Floats, Floats]:
        """Low and high end of tau at covariates of shape (n, p); infinite where the data say nothing."""
        if self.way == "nested":
            one = np.ones(len(covariates))
            low, high = self.bands[0].ends(covariates, one, 1 - (1 - _FIRST) * (1 - self.level))
        elif self.way == "bonferroni":
            low, high = self._difference(covariates)
        else:
            low, high = self._convolved(covariates)
        if self.kind == "binary":
            return np.clip(low, -1, 1), np.clip(high, -1, 1)
        return low, high

    def _difference(self, covariates: Floats) -> tuple[Floats, Floats]:
        each = (1 + self.level) / 2
        e = self._chance(covariates)
        low_0, high_0 = self.bands[0].ends(covariates, 1 / (1 - e), each)
        low_1, high_1 = self.bands[1].ends(covariates, 1 / e, each)
        return low_1 - high_0, high_1 - low_0

    def _chance(self, covariates: Floats) -> Floats:
        if self.chances.logged:
            # A new unit's chance is not known before it is drawn: the mean of those that were.
            return np.full(len(covariates), self.chances.chance.mean())
        return self.chances.of(covariates, self.clip)

    def _convolved(self, covariates: Floats) -> tuple[Floats, Floats]:
        share = (np.arange(_POINTS) + 0.5) / _POINTS
        noise = [band.quantiles(share) for band in self.bands]
        ends = []
        for first in range(0, len(covariates), _CHUNK):
            x = covariates[first : first + _CHUNK]
            one, other = (
                band.scale_of(x)[:, None] * q for band, q in zip(self.bands[::-1], noise[::-1], strict=True)
            )
            gaps = (one[:, :, None] - other[:, None, :]).reshape(len(x), -1)
            middle = self.bands[1].low.predict(x) - self.bands[0].low.predict(x)
            tails = [(1 - self.level) / 2, (1 + self.level) / 2]
            ends.append(middle + np.quantile(gaps, tails, axis=1))
        low, high = np.concatenate(ends, axis=1) if ends else np.empty((2, 0))
        return low, high


def fit_conformal(
    design: Design,
    *,
    level: float = 0.95,
    way: Way = "bonferroni",
    outcome_model: Choice = "auto",
    propensity: PropensitySettings | None = None,
    folds: int = 5,
    seed: int = 0,
) -> Conformal:
    """Intervals of individual effects from a design.

    Parameters
    ----------
    level
        How many units' effects should lie in their interval, such as .95.
    way
        `nested`, `bonferroni` or `unrelated`.
    """
    if way not in get_args(Way):
        raise ConfigError(f"way {way!r}", hint=f"choose one of {', '.join(get_args(Way))}")
    settings = propensity or PropensitySettings()
    chances = estimate_propensity(design, settings, crossfit=True, seed=seed)
    fitting = Fitting(design, chances.chance, outcome_model, folds, seed)
    if way == "nested":
        bands: tuple[Band, ...] = (_nested(fitting, level),)
    else:
        bands = tuple(fitting.of_arm(arm, "all") for arm in (False, True))
    return conformal_of(design, bands, chances, level=level, way=way, clip=settings.clip)


def conformal_of(
    design: Design, bands: tuple[Band, ...], chances: Propensity, *, level: float, way: Way, clip: float
) -> Conformal:
    """Intervals of individual effects from bands that were fitted to a design."""
    notes = [f"{100 * level:.3g} % of single units, by conformal inference ({way}), {_SAYS[way]}"]
    if design.clustered:
        notes.append("rows of one cluster are alike, so coverage is of clusters like these")
    return Conformal(way, level, design.outcome_kind, bands, chances, clip, tuple(notes))


def _nested(fitting: Fitting, level: float) -> Band:
    d, e = fitting.design, fitting.chance
    low, high = np.empty(len(d)), np.empty(len(d))
    for arm in (False, True):
        rows = d.treated == arm
        mine = np.where(arm, e, 1 - e)[rows]
        # Rows of this arm had no part in the models of the other.
        unseen = fitting.of_arm(not arm, "other arm")
        bottom, top = unseen.ends(d.covariates[rows], mine / (1 - mine), 1 - _FIRST * (1 - level))
        y = d.outcome[rows]
        low[rows], high[rows] = (y - top, y - bottom) if arm else (bottom - y, top - y)
    return fitting.of_ends(low, high)
