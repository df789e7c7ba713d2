"""What a graph network must be better than, on the same windows and the same people.

    persistence   it stays as it is; whether it rises, by how far it is from its own mean of late
    linear        ridge and logistic regression on all factors and steps
    boosting      trees, one after another, on the same

Each learns from the people to learn from; how strongly it is held back, or when it stops, is what is best on
the people to stop by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.causal.forecast_rows import ForecastRows, Windows
from telltale.causal.forecast_scores import Told

Array = npt.NDArray[np.float64]
_RIDGES: Final = np.logspace(0, 5, 11)
_HOLDS: Final = (1e-4, 1e-3, 1e-2)
"""Inverse prices of the logistic regression's squares."""
_TREES: Final = 150


def persistence(rows: ForecastRows, seed: int = 0) -> Told:  # noqa: ARG001 (nothing is drawn)
    """The last value; a rise by its distance from the mean of the steps seen."""
    from sklearn.linear_model import LogisticRegression

    def away(windows: Windows) -> Array:
        own = windows.own(rows.target).astype(np.float64)
        return np.asarray(own[:, :1] - own.mean(axis=1, keepdims=True))

    model = LogisticRegression().fit(away(rows.learn), rows.learn.rises)
    last = rows.judge.own(rows.target)[:, 0]
    return Told(rows.unscaled(last), _chance(model, away(rows.judge)))


def linear(rows: ForecastRows, seed: int = 0) -> Told:  # noqa: ARG001 (nothing is drawn)
    """Ridge for the value, logistic regression for the rise."""
    from sklearn.linear_model import LogisticRegression, Ridge

    learn, stop, judge = (windows.flat() for windows in (rows.learn, rows.stop, rows.judge))
    ridges = [Ridge(alpha=price, solver="cholesky").fit(learn, rows.scaled(rows.learn)) for price in _RIDGES]
    best = min(ridges, key=lambda one: float(np.mean((one.predict(stop) - rows.scaled(rows.stop)) ** 2)))
    rises = [LogisticRegression(C=hold, max_iter=200).fit(learn, rows.learn.rises) for hold in _HOLDS]
    ranks = min(rises, key=lambda one: _surprise(_chance(one, stop), rows.stop.rises))
    return Told(rows.unscaled(best.predict(judge)), _chance(ranks, judge))


def boosting(rows: ForecastRows, seed: int = 0) -> Told:
    """Trees; as many as are best on the people to stop by."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    learn, stop, judge = (windows.flat() for windows in (rows.learn, rows.stop, rows.judge))
    how = {"max_iter": _TREES, "early_stopping": False, "random_state": seed, "min_samples_leaf": 50}
    values = HistGradientBoostingRegressor(**how).fit(learn, rows.scaled(rows.learn))
    missed = [float(np.mean((told - rows.scaled(rows.stop)) ** 2)) for told in values.staged_predict(stop)]
    rises = HistGradientBoostingClassifier(**how).fit(learn, rows.learn.rises)
    lost = [_surprise(told[:, 1], rows.stop.rises) for told in rises.staged_predict_proba(stop)]
    value = _at(values.staged_predict(judge), int(np.argmin(missed)))
    return Told(rows.unscaled(value), _at(rises.staged_predict_proba(judge), int(np.argmin(lost)))[:, 1])


OTHERS: Final[dict[str, Callable[[ForecastRows, int], Told]]] = {
    "persistence": persistence,
    "linear": linear,
    "boosting": boosting,
}
"""Those that want no torch."""


def _chance(model: Any, columns: npt.NDArray[Any]) -> Array:
    return np.asarray(model.predict_proba(columns)[:, 1], dtype=np.float64)


def _surprise(chance: Array, rises: npt.NDArray[np.bool_]) -> float:
    sure = np.clip(chance, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.log(np.where(rises, sure, 1 - sure))))


def _at(stages: Any, place: int) -> Any:
    for stage, told in enumerate(stages):
        if stage == place:
            return told
    raise AssertionError("a stage that was seen is there")
