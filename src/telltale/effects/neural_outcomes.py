"""Neural potential outcomes: nets with a shared representation give the doubly robust score what it asks for.

    tau(x) = m1(x) - m0(x), the mean over all nets                                (equation 2)
    ATE, ATT: the score of `doubly_robust.py` with m0, m1 and e of nets that never saw a row's cluster

So an average has the errors it has there, and needs either the outcomes or the chances to be right. A binary
outcome has heads on the log odds; a count is forecast like any number, by squared error, which is least at
its mean. Intervals of single units are conformal, around the nets themselves (`conformal.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final, Literal

import numpy as np

from telltale.core.settings import whole
from telltale.effects.conformal import Conformal, conformal_of
from telltale.effects.conformal_band import Fitting
from telltale.effects.contract import EffectEstimator, Estimand, Estimate, IndividualEffects, setting_words
from telltale.effects.design import Design
from telltale.effects.doubly_robust import Means, aipw
from telltale.effects.folds import cluster_folds
from telltale.effects.neural_fit import NeuralFit, fit_neural
from telltale.effects.neural_net import NetSettings
from telltale.effects.overlap import Trim, kept_rows
from telltale.effects.propensity import Propensity, PropensitySettings, clipped
from telltale.effects.variance import Bools, Floats, spread_of_mean
from telltale.effects.weighting import trim_problems

NeuralWay = Literal["bonferroni", "unrelated", "none"]
_WAYS: Final[tuple[NeuralWay, ...]] = ("bonferroni", "unrelated", "none")
_SETTINGS: Final = PropensitySettings()
"""Of the lines that nets of the chance start from, and of the clipping."""


class NeuralOutcomes(EffectEstimator):
    """A shared representation, a head for each arm and one for the chance of treatment, cross-fitted."""

    kind = "neural"
    says = "nets model both outcomes and the chance of treatment; right if either model is"
    tells_individuals = True
    costly = True

    def __init__(
        self,
        *,
        estimand: Estimand = "ATE",
        nets: NetSettings | None = None,
        intervals: NeuralWay = "bonferroni",
        trim: Trim = None,
        folds: int = 5,
        level: float = 0.95,
        seed: int = 0,
    ) -> None:
        """
        Parameters
        ----------
        nets
            How many, how large, how long they learn.
        intervals
            Of individual effects (`conformal.py`), fitted when they are first asked for; or "none".
        folds
            Of the cross-fitting; each has nets of its own, and single units are told the mean of all.
        """
        self.estimand = estimand
        self.nets = nets
        self.intervals = intervals
        self.trim = trim
        self.folds = folds
        self.level = level
        self.seed = seed

    @property
    def method(self) -> str:
        """The method with its trimming."""
        return self.kind + setting_words(trim=self.trim)

    def _problems(self, design: Design) -> Iterator[tuple[str, str]]:
        yield from super()._problems(design)
        yield from trim_problems(self.trim)
        if self.intervals not in _WAYS:
            yield (f"intervals {self.intervals!r}", f"choose one of {', '.join(_WAYS)}")
        if not whole(self.folds, 2):
            yield (f"{self.folds!r} folds", "choose a whole number, two or more")
        if not design.names:
            yield ("'neural' needs covariates", "name some, or choose 'ipw'")
        if find_spec("torch") is None:
            yield ("'neural' needs torch", "pip install 'telltale-live[train]'")

    def _estimate(self, design: Design) -> Estimate:
        fold = cluster_folds(design.cluster, design.treated, self.folds, self.seed, "neural")
        self.fit_ = fit_neural(design, fold, self.nets or NetSettings(), self.seed)
        told = self.fit_.held_out(design.covariates, fold)
        self.means_ = Means(told.control, told.treated)
        self.propensity_ = _chances(design, self.fit_, told.chance)
        self.conformal_: Conformal | None = None
        chance = self.propensity_.chance
        kept, notes = kept_rows(chance, self.trim)
        means = Means(told.control[kept], told.treated[kept])
        value, influence = aipw(design.take(kept), chance[kept], means, self.estimand)
        spread = spread_of_mean(influence, design.cluster[kept])
        return Estimate(value, spread, kept, (*self.propensity_.notes, *notes))

    def _individual(self, covariates: Floats) -> IndividualEffects:
        told = self.fit_.predict(covariates)
        value = told.treated - told.control
        low = high = np.full(len(value), np.nan)
        notes: tuple[str, ...] = ("no intervals were asked for",)
        if self.intervals != "none":
            if self.conformal_ is None:
                self.conformal_ = self._conformal(self.design_, self.estimate_.used, self.intervals)
            low, high = self.conformal_.intervals(covariates)
            notes = self.conformal_.notes
        return IndividualEffects(value, low, high, self.level, self.method, self.design_.unit, notes=notes)

    def _conformal(self, design: Design, kept: Bools, way: Literal["bonferroni", "unrelated"]) -> Conformal:
        fitting = Fitting(design.take(kept), self.propensity_.chance[kept], "auto", self.folds, self.seed)
        bands = tuple(
            fitting.around(_Arm(self.fit_, arm), guess[kept], arm, "all")
            for arm, guess in ((False, self.means_.control), (True, self.means_.treated))
        )
        clip = _SETTINGS.clip
        return conformal_of(design, bands, self.propensity_, level=self.level, way=way, clip=clip)


@dataclass(frozen=True, slots=True, eq=False)
class _Arm:
    """The mean outcome of one arm."""

    fit: NeuralFit
    arm: bool

    def predict(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        told = self.fit.predict(covariates)
        return told.treated if self.arm else told.control


@dataclass(frozen=True, slots=True, eq=False)
class _NetChances:
    """The chance of treatment at X."""

    fit: NeuralFit

    def chance(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        return self.fit.predict(covariates).chance


def _chances(design: Design, fit: NeuralFit, held: Floats) -> Propensity:
    """Logged chances where there are, otherwise those of nets that never saw a row, clipped."""
    if design.propensity is not None:
        note = "chances of treatment as the randomisation logged them"
        return Propensity(design.propensity, True, 0, (), (note,))
    return clipped(held, (_NetChances(fit),), _SETTINGS)
