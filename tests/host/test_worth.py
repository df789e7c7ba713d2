"""What a count is worth: less where it scatters more than chance, and errors that are smaller for it."""

import numpy as np
import pytest

from telltale.core.rng import stream
from telltale.host.glm import fit_glm
from telltale.host.shown import Array
from telltale.host.worth import worth


def scattered(seed: int, alpha: float, unit: float = 1.0) -> tuple[Array, Array, Array]:
    """A column, counts of very different sizes, and their exposure."""
    rng = stream(seed, "scattered")
    x, offset = rng.normal(size=800), rng.normal(1.5, 0.9, 800)
    mu = np.exp(offset + 0.1 * x)
    rate = mu * rng.gamma(1 / alpha, alpha, 800) if alpha else mu
    return x, unit * rng.poisson(rate).astype(np.float64), offset


def test_weights_follow_the_scatter() -> None:
    _x, y, offset = scattered(1, 0.5)
    weight = worth(np.ones((800, 1)), y, offset)
    mu = np.exp(offset)
    wanted = 1 / (1 + 0.5 * mu)
    assert np.corrcoef(np.log(weight), np.log(wanted))[0, 1] > 0.99
    assert weight.mean() == pytest.approx(1)
    # In other units, such as cents, a row is worth as much.
    np.testing.assert_allclose(worth(np.ones((800, 1)), 100 * y, offset), weight, rtol=1e-4)


def test_where_scatter_is_chance_rows_weigh_alike() -> None:
    _, y, offset = scattered(2, 0.0)
    weight = worth(np.ones((800, 1)), y, offset)
    assert weight.min() > 0.5
    assert weight.max() < 2


def test_estimates_are_as_right_and_surer() -> None:
    plain, weighted = [], []
    for seed in range(60):
        x, y, offset = scattered(seed, 0.5)
        columns = np.column_stack([np.ones(800), x])
        plain.append(fit_glm(columns, y, offset=offset).beta[1])
        heavy = worth(columns[:, :1], y, offset)
        weighted.append(fit_glm(columns, y, offset=offset, weight=heavy).beta[1])
    assert np.mean(weighted) == pytest.approx(0.1, abs=0.015)
    assert np.std(weighted) < 0.85 * np.std(plain)


def test_rows_without_a_mean_of_their_own_weigh_as_the_middle() -> None:
    x = np.column_stack([np.ones(60), np.repeat([1.0, 0.0], 30)])
    y = np.where(np.arange(60) < 30, 0.0, np.arange(60) % 5)
    weight = worth(x, y, np.zeros(60))
    assert np.isfinite(weight).all()
    assert (weight > 0).all()
