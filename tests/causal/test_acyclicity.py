"""h by its definition, by its gradient, and at 0 where no circle is."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.linalg import expm
from tests.causal.random_graphs import random_dag

from telltale.causal.acyclicity import Form, closed_walks, exponential_h, log_determinant_h
from telltale.core.rng import stream

Floats = npt.NDArray[np.float64]
H = Callable[[Floats], tuple[float, Floats]]


def polynomial_h(W: Floats) -> tuple[float, Floats]:  # noqa: N803
    h, walks = closed_walks(W, "polynomial")
    return h, 2 * W * walks


FORMS = [exponential_h, polynomial_h, log_determinant_h]


def some_weights(d: int, share: float, seed: int, size: float = 0.5) -> Floats:
    chance = stream(seed, "weights", d)
    drawn: Floats = size * chance.standard_normal((d, d)) * (chance.random((d, d)) < share)
    return drawn


@pytest.mark.parametrize("d", [3, 8, 30])
@pytest.mark.parametrize("share", [0.04, 0.1, 1.0])
def test_h_is_its_definition(d: int, share: float) -> None:
    W = some_weights(d, share, seed=d, size=1.0 / d)  # noqa: N806
    squared, one = W * W, np.eye(d)
    assert exponential_h(W)[0] == pytest.approx(np.trace(expm(squared)) - d, abs=1e-10)
    power = np.linalg.matrix_power(one + squared / d, d)
    assert polynomial_h(W)[0] == pytest.approx(np.trace(power) - d, abs=1e-10)
    assert log_determinant_h(W)[0] == pytest.approx(-np.linalg.slogdet(one - squared)[1], abs=1e-10)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("d", "share"), [(4, 1.0), (16, 0.12)])
def test_the_gradient_is_the_slope(form: H, d: int, share: float) -> None:
    W = some_weights(d, share, seed=1, size=0.3)  # noqa: N806
    gradient, small = form(W)[1], 1e-6
    for i, j in [(0, 1), (1, 0), (2, 3), (3, 3)]:
        step = np.zeros((d, d))
        step[i, j] = small
        slope = (form(W + step)[0] - form(W - step)[0]) / (2 * small)
        assert gradient[i, j] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(5))
def test_h_is_0_just_where_there_is_no_circle(form: H, seed: int) -> None:
    dag = random_dag(20, 2, seed)
    W = np.where(dag, 3.0, 0.0)  # noqa: N806
    h, gradient = form(W)
    assert h == pytest.approx(0.0, abs=1e-9)
    assert (gradient == 0).all()
    i, j = np.argwhere(dag)[0]
    W[j, i] = 0.1
    assert form(W)[0] > 1e-3


def test_a_tiny_circle_is_seen() -> None:
    W = np.array([[0.0, 1e-4], [1e-4, 0.0]])  # noqa: N806
    assert exponential_h(W)[0] == pytest.approx(1e-16, rel=0.5)


def test_where_s_is_too_small_the_logarithm_has_no_value() -> None:
    h, gradient = log_determinant_h(np.array([[0.0, 1.1], [1.1, 0.0]]))
    assert h == math.inf
    assert np.isnan(gradient).all()
    assert log_determinant_h(np.array([[0.0, 1.1], [1.1, 0.0]]), s=2.0)[0] > 0


def test_weights_out_of_all_reason_do_not_overflow() -> None:
    W = np.full((15, 15), 1e6)  # noqa: N806
    forms: tuple[Form, ...] = ("exponential", "polynomial")
    for form in forms:
        h, walks = closed_walks(W, form)
        assert 1e6 < h < math.inf
        assert np.isfinite(walks).all()
