"""EconML's estimators behind the same contract. The library is loaded when one is fitted, not before.

    econml-linear-dml       partly linear, effect linear in X (Chernozhukov et al. 2018)
    econml-causal-forest    double machine learning, effect by a forest (Athey, Tibshirani & Wager 2019)
    econml-dr-learner       doubly robust, effect linear in X
    econml-x-learner        X-learner (Kunzel et al. 2019): no errors of its own

Their errors know no clusters and no logged chances; where a design has them, the output says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from telltale.core.errors import ConfigError
from telltale.core.settings import whole
from telltale.effects.contract import EffectEstimator, Estimand, Estimate, IndividualEffects
from telltale.effects.design import Design
from telltale.effects.folds import cluster_folds
from telltale.effects.variance import Floats, Spread

METHODS: Final[tuple[str, ...]] = (
    "econml-linear-dml",
    "econml-causal-forest",
    "econml-dr-learner",
    "econml-x-learner",
)
_CLIP: Final = 0.01


class EconmlEffect(EffectEstimator):
    """One of EconML's estimators."""

    says = "an estimator of the library EconML"
    tells_individuals = True
    uses_logged = False
    knows_clusters = False
    costly = True

    def __init__(
        self, name: str, *, estimand: Estimand = "ATE", folds: int = 5, level: float = 0.95, seed: int = 0
    ) -> None:
        """
        Parameters
        ----------
        name
            One of `METHODS`.
        """
        self.name = name
        self.estimand = estimand
        self.folds = folds
        self.level = level
        self.seed = seed

    @property
    def kind(self) -> str:  # type: ignore[override]
        """Its name on the command line."""
        return self.name

    def _problems(self, design: Design) -> Iterator[tuple[str, str]]:
        yield from super()._problems(design)
        if self.name not in METHODS:
            yield (f"no estimator {self.name!r}", f"there are {', '.join(METHODS)}")
        if not design.names:
            yield (f"{self.name!r} needs covariates", "name some, or choose 'ipw'")
        if not whole(self.folds, 2):
            yield (f"{self.folds!r} folds", "choose a whole number, two or more")

    def _estimate(self, design: Design) -> Estimate:
        x, t = design.covariates, design.treated.astype(int)
        with _quietly():
            self.model_ = _model(self.name, design, self.folds, self.seed)
            self.model_.fit(design.outcome, t, X=x, **_more(self.name))
            value, error = self._average(x, design.treated)
        notes = []
        if np.isnan(error):
            notes.append(
                "this method has no errors of its own, and a bootstrap of it is not known to be valid"
            )
        elif self.name != "econml-causal-forest":
            notes.append(
                "the interval is of these very units: it leaves out that others could have been drawn"
            )
        if np.isfinite(error) and design.clustered:
            notes.append("these errors know no clusters: they are too small where rows of one are alike")
        if design.propensity is not None:
            notes.append("the logged chances are not used by this method: it estimates its own")
        spread = Spread(error, design.clusters, float("inf"))
        return Estimate(value, spread, np.ones(len(design), dtype=bool), tuple(notes))

    def _average(self, x: Floats, treated: Any) -> tuple[float, float]:
        """The effect and its standard error, NaN where the method has none."""
        rows = treated if self.estimand == "ATT" else slice(None)
        if self.name == "econml-x-learner":
            return float(self.model_.effect(x[rows]).mean()), float("nan")
        if self.name == "econml-causal-forest":
            # The forest's own doubly robust averages; those of its leaves would be biased to the middle.
            found = (
                self.model_.att__inference(T=1) if self.estimand == "ATT" else self.model_.ate__inference()
            )
            return _number(found.point_estimate), _number(found.stderr)
        found = self.model_.ate_inference(x[rows])
        return _number(found.mean_point), _number(found.stderr_mean)

    def _individual(self, covariates: Floats) -> IndividualEffects:
        with _quietly():
            value = np.asarray(self.model_.effect(covariates), dtype=np.float64).reshape(-1)
        gap = np.full(len(value), np.nan)
        note = "intervals of single units are not what this method tells: its own are of mean effects at X"
        return IndividualEffects(value, gap, gap, self.level, self.method, self.design_.unit, notes=(note,))


def _model(name: str, design: Design, folds: int, seed: int) -> Any:
    try:
        from econml import dml, dr, metalearners
    except ImportError as error:
        raise ConfigError(f"{name!r} needs the library EconML", hint="pip install econml") from error
    from sklearn.linear_model import LogisticRegression

    chance = LogisticRegression(max_iter=1000)
    outcome = _curved()
    split = _folds(design, folds, seed)
    if name == "econml-linear-dml":
        return dml.LinearDML(
            model_y=outcome, model_t=chance, discrete_treatment=True, cv=split, random_state=seed
        )
    if name == "econml-causal-forest":
        return dml.CausalForestDML(
            model_y=outcome, model_t=chance, discrete_treatment=True, cv=split, n_estimators=400,
            min_samples_leaf=10, n_jobs=1, random_state=seed,
        )  # fmt: skip
    if name == "econml-dr-learner":
        return dr.LinearDRLearner(
            model_propensity=chance,
            model_regression=outcome,
            min_propensity=_CLIP,
            cv=split,
            random_state=seed,
        )
    return metalearners.XLearner(models=outcome, propensity_model=chance)


def _more(name: str) -> dict[str, Any]:
    return {} if name == "econml-x-learner" else {"cache_values": False}


def _folds(design: Design, folds: int, seed: int) -> list[tuple[Any, Any]]:
    fold = cluster_folds(design.cluster, design.treated, folds, seed, "econml")
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(int(fold.max()) + 1)]


def _curved() -> Any:
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    return make_pipeline(
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        StandardScaler(),
        RidgeCV(np.logspace(-2, 4, 13)),
    )


def _number(value: Any) -> float:
    return float(np.asarray(value).reshape(-1)[0])


@contextmanager
def _quietly() -> Iterator[None]:
    """The library's warnings speak to those who write it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
