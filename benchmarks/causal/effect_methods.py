"""Estimators of individual effects side by side: ours, EconML's, and a Gaussian process for each arm.

Each is a function of a design, a seed and the covariates of units held out. `econml-...` of our registry
have the models that we give them, the first stage a curved ridge; `econml-*-default` are the library's own
choices, with scikit-learn's gradient boosting where it asks for a model.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from telltale.effects.contract import Estimand
from telltale.effects.design import Design
from telltale.effects.econml_effects import METHODS as ECONML
from telltale.effects.neural_net import NetSettings
from telltale.effects.registry_effects import make_estimator

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a method says; NaN where it tells no such thing."""

    value: float
    """The average effect."""
    low: float
    high: float
    each: Floats | None
    """Shape (m,): the effects on units held out."""
    each_low: Floats | None
    each_high: Floats | None


def registered(name: str, design: Design, seed: int, held: Floats, estimand: Estimand, **more: Any) -> Answer:
    """One of our registry."""
    found = make_estimator(name, estimand=estimand, seed=seed, **more).fit(design)
    effect = found.effect()
    if not len(held):
        return Answer(effect.value, effect.low, effect.high, None, None, None)
    each = found.individual(held)
    return Answer(effect.value, effect.low, effect.high, each.value, each.low, each.high)


def by_default(name: str, design: Design, seed: int, held: Floats, estimand: Estimand) -> Answer:
    """EconML's learners as they come."""
    from econml.dr import DRLearner
    from econml.metalearners import SLearner, TLearner, XLearner
    from sklearn.ensemble import GradientBoostingRegressor

    trees = GradientBoostingRegressor(random_state=seed)
    model = {
        "s": partial(SLearner, overall_model=trees),
        "t": partial(TLearner, models=trees),
        "x": partial(XLearner, models=trees),
        "dr": partial(DRLearner, random_state=seed),
    }[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(design.outcome, design.treated.astype(int), X=design.covariates)
        return _only_each(lambda x: np.asarray(model.effect(x)).reshape(-1), design, held, estimand)


def gaussian_process(design: Design, seed: int, held: Floats, estimand: Estimand) -> Answer:
    """A T-learner of two Gaussian processes with a squared exponential kernel, its sizes by likelihood."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    mean, scale = design.covariates.mean(axis=0), design.covariates.std(axis=0)
    arms = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for arm in (False, True):
            rows = design.treated == arm
            kernel = ConstantKernel() * RBF(5.0) + WhiteKernel(0.5)
            model = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)
            arms.append(model.fit((design.covariates[rows] - mean) / scale, design.outcome[rows]))

        def each(x: Floats) -> Floats:
            z = (x - mean) / scale
            found: Floats = arms[1].predict(z) - arms[0].predict(z)
            return found

        return _only_each(each, design, held, estimand)


def _only_each(each: Callable[[Floats], Floats], design: Design, held: Floats, estimand: Estimand) -> Answer:
    rows = design.covariates[design.treated] if estimand == "ATT" else design.covariates
    gap = float("nan")
    return Answer(float(each(rows).mean()), gap, gap, each(held) if len(held) else None, None, None)


LEARNERS: dict[str, Callable[[Design, int, Floats, Estimand], Answer]] = {
    "neural": partial(registered, "neural"),
    "neural-one": partial(registered, "neural", nets=NetSettings(members=1)),
    "neural-ten": partial(registered, "neural", nets=NetSettings(members=10)),
    "dr": partial(registered, "dr"),
    **{name: partial(registered, name) for name in ECONML},
    **{f"econml-{name}-default": partial(by_default, name) for name in ("s", "t", "x", "dr")},
    "gp-t-learner": gaussian_process,
}
