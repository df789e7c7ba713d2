"""The solver against scikit-learn where no circle is possible, and against a plain optimiser where one is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import Lasso
from tests.causal.random_graphs import Floats, covariance, linear_data, random_dag

from telltale.causal.acyclic_squares import Ascent, Squares, solve
from telltale.causal.acyclicity import exponential_h


def squares(X: Floats, l1: float, allowed: npt.NDArray[Any] | None = None) -> Squares:  # noqa: N803
    S, d = covariance(X), X.shape[1]  # noqa: N806
    may = ~np.eye(d, dtype=bool) if allowed is None else allowed.astype(bool)
    return Squares(S, S, float(np.trace(S)), np.full((d, d), l1), may)


def objective(X: Floats, W: Floats, l1: float) -> float:  # noqa: N803
    return float(np.sum((X - X @ W) ** 2) / (2 * len(X)) + l1 * np.abs(W).sum())


@pytest.mark.parametrize("seed", range(3))
def test_where_the_order_is_given_it_is_one_lasso_a_variable(seed: int) -> None:
    X, _ = linear_data(np.triu(random_dag(8, 2, seed) | random_dag(8, 2, seed).T, 1), 300, seed)  # noqa: N806
    found = solve(squares(X, 0.1, np.triu(np.ones((8, 8)), 1)))
    for node in range(1, 8):
        lasso = Lasso(alpha=0.1, fit_intercept=False, tol=1e-10, max_iter=100_000).fit(
            X[:, :node], X[:, node]
        )
        assert found.W[:node, node] == pytest.approx(lasso.coef_, abs=2e-4)
    assert found.h < 1e-12
    assert found.objective == pytest.approx(objective(X, found.W, 0.1))


def plain_minimum(X: Floats, l1: float, rho: float, alpha: float) -> tuple[Floats, float]:  # noqa: N803
    """One augmented Lagrangian by L-BFGS-B over W+ - W-, from no edge."""
    S, d = covariance(X), X.shape[1]  # noqa: N806

    def value(split: Floats) -> tuple[float, Floats]:
        W = (split[: d * d] - split[d * d :]).reshape(d, d)  # noqa: N806
        h, rise = exponential_h(W)
        slope = S @ W - S + (rho * h + alpha) * rise
        total = 0.5 * np.trace((np.eye(d) - W).T @ S @ (np.eye(d) - W)) + alpha * h + 0.5 * rho * h * h
        return total + l1 * split.sum(), np.concatenate([slope.ravel() + l1, l1 - slope.ravel()])

    most = [0.0 if i == j else None for i in range(d) for j in range(d)]
    bounds: list[tuple[float | None, float | None]] = [(0.0, one) for one in 2 * most]
    found = minimize(
        value,
        np.zeros(2 * d * d),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 20_000, "maxfun": 20_000},
    )
    return (found.x[: d * d] - found.x[d * d :]).reshape(d, d), float(found.fun)


def test_the_first_minimum_is_that_of_a_plain_optimiser() -> None:
    X, _ = linear_data(random_dag(6, 1.2, 4), 400, seed=4)  # noqa: N806
    W, value = plain_minimum(X, 0.1, rho=1.0, alpha=0.0)  # noqa: N806
    found = solve(squares(X, 0.1), Ascent(rounds=1, tolerance=1e-12))
    assert found.h > 1e-3
    assert found.objective + 0.5 * found.h**2 == pytest.approx(value, abs=1e-6)
    assert pytest.approx(W, abs=1e-3) == found.W


@pytest.mark.parametrize("form", ["exponential", "polynomial"])
@pytest.mark.parametrize("seed", range(3))
def test_it_ends_without_a_circle_and_no_small_change_is_better(form: str, seed: int) -> None:
    X, _ = linear_data(random_dag(10, 2, seed), 500, seed)  # noqa: N806
    found = solve(squares(X, 0.1), Ascent(form=form))  # type: ignore[arg-type]
    assert 0 <= found.h <= 1e-8
    # What the support leaves free is a convex problem: its own lasso can be hardly better.
    support = np.abs(found.W) > 1e-3
    free = solve(squares(X, 0.1, support))
    assert found.objective <= free.objective + 1e-2
