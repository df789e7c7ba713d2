"""Lagged edges: against one lasso a variable where nothing acts at once, and against planted graphs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Lasso
from tests.causal.random_graphs import Floats, random_dag

from telltale.causal.dag import compare, is_acyclic
from telltale.causal.dynotears import dynotears
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream


def panel(W: Floats, A: Floats, steps: int, seed: int) -> tuple[Floats, Floats]:  # noqa: N803
    """X_t = X_t W + X_{t-1} A[0] + X_{t-2} A[1] + ... + noise, as now and before."""
    lags, d = len(A), len(W)
    noise = stream(seed, "panel").standard_normal((steps + 50, d))
    out = np.linalg.inv(np.eye(d) - W)
    X = np.zeros_like(noise)  # noqa: N806
    for t in range(lags, len(X)):
        X[t] = (noise[t] + sum(X[t - k - 1] @ A[k] for k in range(lags))) @ out
    rows = np.arange(50, len(X))
    return X[rows], np.stack([X[rows - k - 1] for k in range(lags)], axis=1)


def planted(d: int, seed: int) -> tuple[Floats, Floats]:
    chance = stream(seed, "planted", d)
    W = random_dag(d, 1.0, seed) * chance.uniform(0.4, 0.8, (d, d))  # noqa: N806
    A = (chance.random((2, d, d)) < 1.0 / d) * chance.uniform(0.2, 0.35, (2, d, d))  # noqa: N806
    A = A * chance.choice([-1.0, 1.0], A.shape)  # noqa: N806
    step = np.concatenate(list(A)) @ np.linalg.inv(np.eye(d) - W)
    companion = np.hstack([step, np.eye(2 * d, d)])
    # A panel that explodes is none.
    return W, A * min(1.0, 0.8 / np.abs(np.linalg.eigvals(companion)).max())


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_what_acts_at_once_and_what_acts_later(seed: int) -> None:
    W, A = planted(6, seed)  # noqa: N806
    fit = dynotears(*panel(W, A, 3000, seed), l1_now=0.02, l1_before=0.02, threshold=0.09)
    assert is_acyclic(fit.edges_now)
    assert compare(W, fit.edges_now).shd <= 1
    assert np.sum(fit.edges_before != (A != 0)) <= 2


def test_with_nothing_at_once_it_is_one_lasso_a_variable() -> None:
    W, A = planted(5, 7)  # noqa: N806
    now, before = panel(W, A, 400, 7)
    fit = dynotears(now, before, allowed_now=np.zeros((5, 5)))
    past = before.reshape(len(now), -1)
    past, present = past - past.mean(axis=0), now - now.mean(axis=0)
    for node in range(5):
        lasso = Lasso(alpha=0.05, fit_intercept=False, tol=1e-10, max_iter=100_000).fit(
            past, present[:, node]
        )
        assert fit.A[:, :, node].ravel() == pytest.approx(lasso.coef_, abs=1e-3)
    assert not fit.W.any()


def test_only_allowed_lags_and_required_edges_now() -> None:
    W, A = planted(5, 3)  # noqa: N806
    now, before = panel(W, A, 400, 3)
    later = np.zeros((2, 5, 5), bool)
    later[1] = True
    fit = dynotears(now, before, allowed_before=later)
    assert not fit.A[0].any()
    assert fit.A[1].any()
    required = np.zeros((5, 5), bool)
    required[4, 0] = True
    assert dynotears(now, before, required_now=required).edges_now[4, 0]
    same = dynotears(now, before, allowed_before=np.ones((5, 5)))
    assert (same.A == dynotears(now, before).A).all()


def test_bad_input_is_refused() -> None:
    noise = stream(0, "noise").standard_normal((30, 2))
    with pytest.raises(FormatError, match="give shapes"):
        dynotears(noise, noise)
    with pytest.raises(FormatError, match="before are missing"):
        dynotears(noise, np.full((30, 1, 2), np.nan))
    with pytest.raises(ConfigError, match="'allowed_before'"):
        dynotears(noise, noise[:, None, :], allowed_before=np.ones((3, 3)))
