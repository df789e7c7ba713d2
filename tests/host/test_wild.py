"""The wild bootstrap: against refits, its level with few clusters, and its floor."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.core.rng import stream
from telltale.host import wild
from telltale.host.glm import cluster_sums, fit_glm
from telltale.host.shown import Array, Codes
from telltale.host.wild import wild_p


def draw(seed: int, clusters: int = 8, n: int = 240) -> tuple[Array, Array, Codes]:
    """Clusters of uneven size with errors and a column that they share; nothing in the column drives y."""
    rng = stream(seed, "test wild")
    cluster = np.sort(
        rng.choice(clusters, n, p=np.arange(1, clusters + 1) / np.arange(1, clusters + 1).sum())
    )
    cluster[:clusters] = np.arange(clusters)
    x = 0.5 * rng.normal(size=clusters)[cluster] + rng.normal(size=n)
    y = rng.poisson(np.exp(1 + 0.3 * rng.normal(size=clusters)[cluster])).astype(float)
    return np.column_stack([np.ones(n), rng.normal(size=n), x]), y, cluster


def t_of(x: Array, y: Array, cluster: Codes) -> float:
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    scores = cluster_sums(x * (y - x @ beta)[:, None], cluster, int(cluster.max()) + 1) @ bread[:, 2]
    return float(beta[2] / np.sqrt(scores @ scores))


def test_it_is_the_bootstrap_by_refits_for_least_squares() -> None:
    x, y, cluster = draw(4)
    fit = fit_glm(x, y, kind="ols", cluster=cluster)
    ours = wild_p(fit, x, y, [2], draws=499, seed=7)[0]
    rest = x[:, :2]
    line = rest @ np.linalg.lstsq(rest, y, rcond=None)[0]
    turns = wild._weights(8, 499, 7, 0)
    told = [abs(t_of(x, line + v[cluster] * (y - line), cluster)) for v in turns]
    by_hand = (1 + np.sum(np.array(told) >= abs(t_of(x, y, cluster)) * (1 - 1e-9))) / 500
    assert ours == pytest.approx(by_hand, abs=1e-12)
    assert 0.01 < ours < 0.99


def test_groups_taken_out_change_nothing() -> None:
    x, y, cluster = draw(5)
    group = cluster * 3 + np.arange(len(y)) % 3
    dense = np.column_stack([(group[:, None] == np.unique(group)).astype(float), x[:, 1:]])
    for kind in ("ols", "poisson"):
        one = fit_glm(dense, y, kind=kind, cluster=cluster)
        two = fit_glm(x[:, 1:], y, kind=kind, cluster=cluster, group=group)
        last = dense.shape[1] - 1
        p = wild_p(one, dense, y, [last], draws=199)[0]
        assert p == pytest.approx(wild_p(two, x[:, 1:], y, [1], draws=199)[0], abs=0.011)


def test_level_with_eight_clusters() -> None:
    """5 % of 300 are 15, with an SD of 3.8; the t-test with clusters' errors of the same fits says more."""
    p, plain = [], []
    for seed in range(300):
        x, y, cluster = draw(1000 + seed)
        fit = fit_glm(x, y, cluster=cluster)
        p.append(wild_p(fit, x, y, [2], draws=399, seed=seed)[0])
        plain.append(fit.p()[2])
    rejected, by_t = np.mean(np.array(p) <= 0.05), np.mean(np.array(plain) <= 0.05)
    assert 0.02 <= rejected <= 0.08
    assert by_t > rejected


def test_few_clusters_have_a_floor() -> None:
    """Five clusters that all say the same: one in 32 choices of signs is all, all the other way another."""
    cluster = np.repeat(np.arange(5), 40)
    rng = stream(2, "floor")
    x = np.column_stack([np.ones(200), rng.normal(size=200)])
    y = rng.poisson(np.exp(1 + x[:, 1])).astype(float)
    fit = fit_glm(x, y, cluster=cluster)
    assert fit.p()[1] < 1e-3
    assert wild_p(fit, x, y, [1], draws=4999)[0] > 2**-6


def test_a_column_left_out_has_no_p() -> None:
    x, y, cluster = draw(6)
    x = np.column_stack([x, x[:, 2]])
    p = wild_p(fit_glm(x, y, cluster=cluster), x, y, [2, 3], draws=99)
    assert np.isfinite(p[0])
    assert np.isnan(p[1])


def test_same_seed_same_p() -> None:
    x, y, cluster = draw(7)
    fit = fit_glm(x, y, cluster=cluster)
    assert wild_p(fit, x, y, [1, 2], seed=3).tolist() == wild_p(fit, x, y, [1, 2], seed=3).tolist()
