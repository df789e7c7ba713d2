"""DirectLiNGAM on noise that is not normal, and the test that says when it may not be used."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.causal.random_graphs import covariance, linear_data, random_dag

from telltale.causal.dag import compare
from telltale.causal.lingam import direct_lingam, entropy, normality_of, weights_of
from telltale.core.errors import FormatError
from telltale.core.rng import stream


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_every_arrow_whatever_the_units(seed: int) -> None:
    truth = random_dag(8, 1.5, seed)
    X, W = linear_data(truth, 3000, seed, noise="laplace")  # noqa: N806
    fit = direct_lingam(X)
    assert compare(truth, fit.edges).shd <= 1
    assert fit.normality.may_use_lingam
    both = truth & fit.edges
    assert fit.W[both] == pytest.approx(W[both], abs=0.15)
    units = stream(seed, "units").uniform(0.01, 100.0, 8)
    assert direct_lingam(X * units).order == fit.order


def test_normal_noise_is_noticed() -> None:
    refused = 0
    for seed in range(10):
        X, _ = linear_data(random_dag(6, 1.5, seed), 1000, seed)  # noqa: N806
        refused += not direct_lingam(X).normality.may_use_lingam
    assert refused == 10


def test_one_normal_noise_may_be_and_two_may_not() -> None:
    chance = stream(1, "mixed")
    X = chance.exponential(size=(2000, 5))  # noqa: N806
    X[:, 0] = chance.standard_normal(2000)
    assert normality_of(X).may_use_lingam
    X[:, 1] = chance.standard_normal(2000)
    found = normality_of(X)
    assert not found.may_use_lingam
    assert found.share == pytest.approx(3 / 5)
    assert found.excess_kurtosis == pytest.approx(stats.kurtosis(X, axis=0))


def test_holm_keeps_false_alarms_rare() -> None:
    alarms = [normality_of(stream(k, "null").standard_normal((400, 10))).share > 0 for k in range(200)]
    # 5 % of the families; Jarque and Bera's test leans a little at 400 rows.
    assert np.mean(alarms) < 0.15


def test_entropy_is_highest_for_the_normal_and_near_what_integrals_give() -> None:
    chance = stream(2, "entropy")
    columns = {
        "normal": chance.standard_normal(200_000),
        "uniform": chance.uniform(-np.sqrt(3), np.sqrt(3), 200_000),
        "laplace": chance.laplace(size=200_000) / np.sqrt(2),
    }
    found = {name: float(entropy((one - one.mean()) / one.std())) for name, one in columns.items()}
    assert found["normal"] == max(found.values())
    exact = {
        "normal": stats.norm.entropy(),
        "uniform": np.log(2 * np.sqrt(3)),
        "laplace": 1 + np.log(2 / np.sqrt(2)),
    }
    # An approximation: within 0.01 for the normal, and no nearer than 0.13 for what is far from it.
    assert found["normal"] == pytest.approx(exact["normal"], abs=0.01)
    assert found == pytest.approx({name: float(one) for name, one in exact.items()}, abs=0.13)


def test_time_order_comes_before_what_the_noise_says() -> None:
    truth = random_dag(6, 1.5, 5)
    X, _ = linear_data(truth, 1000, 5, noise="laplace")  # noqa: N806
    # Turned round on purpose: what is known stands over what is found.
    allowed = np.tril(np.ones((6, 6), bool), -1)
    fit = direct_lingam(X, allowed=allowed)
    assert fit.order == (5, 4, 3, 2, 1, 0)
    assert not (fit.edges & ~allowed).any()
    required = np.zeros((6, 6), bool)
    i, j = np.argwhere(truth)[0]
    required[j, i] = True
    assert direct_lingam(X, required=required).edges[j, i]


def test_weights_are_those_of_regressions() -> None:
    truth = random_dag(6, 1.5, 6)
    X, _ = linear_data(truth, 500, 6)  # noqa: N806
    W = weights_of(truth, covariance(X))  # noqa: N806
    for node in range(6):
        parents = np.flatnonzero(truth[:, node])
        expected = np.linalg.lstsq(X[:, parents], X[:, node], rcond=None)[0]
        assert W[parents, node] == pytest.approx(expected)
    assert not W[~truth].any()


def test_bad_input_is_refused() -> None:
    with pytest.raises(FormatError, match="never change"):
        direct_lingam(np.ones((50, 2)))
    with pytest.raises(FormatError, match="shape"):
        direct_lingam(np.ones(50))
