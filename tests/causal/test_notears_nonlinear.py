"""The networks' gradient by differences, and arrows that are no straight lines."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.causal.dag import is_acyclic, known_edges
from telltale.causal.notears_nonlinear import Network, _Layers, notears_nonlinear
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream


def test_the_gradient_is_the_slope() -> None:
    chance = stream(1, "gradient")
    required = np.zeros((4, 4), bool)
    required[0, 1] = True
    layers = _Layers(chance.standard_normal((50, 4)), Network(hidden=3), known_edges(4, required=required))
    here = layers.start()
    here = here + 0.3 * np.abs(chance.standard_normal(len(here)))
    slope, small = layers.lagrangian(here, 2.0, 0.7)[1], 1e-6
    for place in chance.choice(len(here), 40, replace=False):
        step = np.zeros(len(here))
        step[place] = small
        up, down = (layers.lagrangian(here + sign * step, 2.0, 0.7)[0] for sign in (1, -1))
        assert slope[place] == pytest.approx((up - down) / (2 * small), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_curved_arrows_and_their_direction(seed: int) -> None:
    chance = stream(seed, "curves")
    first = chance.standard_normal(400)
    second = 2.0 * np.sin(1.2 * first) + 0.5 * chance.standard_normal(400)
    third = 2.0 * np.sin(1.2 * second) + 0.5 * chance.standard_normal(400)
    apart = chance.standard_normal(400)
    X = np.column_stack([third, first, apart, second])  # noqa: N806
    fit = notears_nonlinear(X, Network(l1=0.02))
    assert np.argwhere(fit.edges).tolist() == [[1, 3], [3, 0]]
    assert is_acyclic(fit.edges)
    # What the same arrows would leave were they straight.
    left = X.var(axis=0)
    left[3] *= 1 - np.corrcoef(first, second)[0, 1] ** 2
    left[0] *= 1 - np.corrcoef(second, third)[0, 1] ** 2
    assert fit.loss < 0.8 * 0.5 * left.sum()


def test_what_is_known_is_kept_and_the_seed_decides() -> None:
    chance = stream(3, "known")
    cause = chance.standard_normal(150)
    X = np.column_stack([cause, np.tanh(2 * cause) + 0.3 * chance.standard_normal(150)])  # noqa: N806
    allowed = np.array([[0, 0], [1, 0]], bool)
    fit = notears_nonlinear(X, Network(hidden=3), allowed=allowed)
    assert not fit.W[0, 1]
    again = notears_nonlinear(X, Network(hidden=3), allowed=allowed)
    assert (fit.W == again.W).all()
    assert notears_nonlinear(X, Network(hidden=3), required=allowed).edges[1, 0]


def test_bad_input_is_refused() -> None:
    with pytest.raises(FormatError, match="never change"):
        notears_nonlinear(np.ones((20, 2)))
    with pytest.raises(FormatError, match="shape"):
        notears_nonlinear(np.ones(20))
    with pytest.raises(ConfigError, match="hidden"):
        Network(hidden=0)
