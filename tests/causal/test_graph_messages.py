"""Equation 3 in numpy is equation 3 in torch, equation 4 is that of the rest of the house."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.causal.forecast_worlds import weights

from telltale.causal.acyclicity import exponential_h
from telltale.causal.graph_counterfactual import _Rest, edge_effects
from telltale.causal.graph_messages import GraphWeights, normalised, tell
from telltale.causal.graph_network_torch import GraphNet, circles, told_by
from telltale.causal.graph_training import without_circles
from telltale.core.rng import stream

DRAW = stream(2, "messages")


@pytest.mark.parametrize(("base", "layers"), [(1, 1), (1, 2), (2, 3)])
def test_numpy_tells_what_torch_tells(base: int, layers: int) -> None:
    held = weights(base=base, layers=layers)
    inputs = DRAW.normal(size=(50, 4, 5)).astype(np.float32)
    net = GraphNet(held, held.now != 0, held.before != 0)
    np.testing.assert_allclose(tell(held, inputs), told_by(net, inputs), atol=1e-5)
    np.testing.assert_allclose(tell(net.held(), inputs), told_by(net, inputs), atol=1e-5)
    assert (held.layers, held.history) == (layers, 5)


def test_a_message_runs_along_arrows_and_no_further_than_layers() -> None:
    # 0 -> 1 -> 2 -> 3 within a step; the target, 3, hears of 1 over two layers, and of 0 over three.
    chain = np.diag(np.ones(3), 1)
    inputs = DRAW.normal(size=(20, 4, 5))

    def moved_by(factor: int, layers: int) -> bool:
        held = weights(layers=layers)
        nothing = np.zeros((4, 4))
        rest = (held.base, held.node, held.mix, held.bias, held.head, held.offset)
        net = GraphWeights(3, chain, nothing, *rest)
        other = inputs.copy()
        other[:, factor] += 1
        return not np.allclose(tell(net, other), tell(net, inputs))

    assert [moved_by(factor, 2) for factor in range(4)] == [False, True, True, True]
    assert [moved_by(factor, 3) for factor in range(4)] == [True, True, True, True]


def test_circles_and_their_slope_are_those_of_acyclicity() -> None:
    for scale in (0.05, 0.3, 0.8):
        edges = DRAW.normal(size=(7, 7)) * scale
        held = torch.tensor(edges, dtype=torch.float64, requires_grad=True)
        h = circles(held)
        h.backward()  # type: ignore[no-untyped-call]
        wanted, slope = exponential_h(edges)
        assert float(h.detach()) == pytest.approx(wanted, rel=1e-9, abs=1e-12)
        assert held.grad is not None
        np.testing.assert_allclose(held.grad.numpy(), slope, rtol=1e-8, atol=1e-12)
    dag = torch.tensor(np.triu(DRAW.normal(size=(6, 6)), 1))
    assert float(circles(dag)) == pytest.approx(0.0, abs=1e-12)


def test_the_weakest_of_each_circle_is_cut() -> None:
    now = np.zeros((5, 5))
    now[0, 1], now[1, 2], now[2, 0], now[2, 3], now[3, 4], now[4, 3] = 0.5, 0.4, -0.3, 0.1, 0.2, 0.9
    held = weights(5)
    rest = (held.base, held.node, held.mix, held.bias, held.head, held.offset)
    kept = without_circles(GraphWeights(0, now, now, *rest), 0.15)
    assert {(i, j) for i, j in np.argwhere(kept.now).tolist()} == {(0, 1), (1, 2), (4, 3)}
    # From step to step a circle is none.
    assert (kept.before != 0).sum() == 5


def chain(first: float, second: float) -> GraphWeights:
    """0 -> 1 -> 2, one number a state, and all so far above 0 that s is a line."""
    now = np.zeros((3, 3))
    now[0, 1], now[1, 2] = first, second
    return GraphWeights(
        2,
        now,
        np.zeros((3, 3)),
        np.ones((1, 1)),
        np.full((3, 1), 100.0),
        np.ones((2, 1, 1)),
        np.zeros((2, 1)),
        np.concatenate([[[1.0, 0.0]], np.zeros((3, 2))]),
        np.zeros(2),
    )


def test_an_edge_moves_what_the_product_of_its_path_says() -> None:
    held = chain(-0.6, 0.8)
    into, _ = normalised(held)
    # Values that stay within a window, so that all of its steps shift alike.
    inputs = np.repeat(DRAW.normal(size=(900, 3, 1)), 3, axis=2).astype(np.float32)
    person = np.repeat(np.arange(30), 30)
    found = {(one.cause, one.effect, one.lag): one for one in edge_effects(held, inputs, person)}
    assert set(found) == {(0, 1, 0), (1, 2, 0)}
    through = into[0, 1] * into[1, 2]
    # What 1 tells 2: its values at once, and over the layer before its own state.
    direct = into[1, 2] * into[1, 1] + into[2, 2] * into[1, 2]
    assert found[0, 1, 0].slope.value == pytest.approx(through, rel=1e-6)
    assert found[1, 2, 0].slope.value == pytest.approx(direct, rel=1e-6)
    assert found[0, 1, 0].slope.low <= through + 1e-9
    assert found[0, 1, 0].slope.high >= through - 1e-9
    assert found[0, 1, 0].moved.low > 0


def test_what_is_set_is_about_what_the_rest_would_have() -> None:
    mood = DRAW.normal(size=(2000, 1, 2))
    twin, alone = mood + 0.1 * DRAW.normal(size=mood.shape), DRAW.normal(size=mood.shape)
    values = np.concatenate([mood, twin, alone], axis=1)
    rest = _Rest(values)
    of_twin, of_alone = (rest.swapped(k, stream(1, "swap")) for k in (1, 2))
    for other in (of_twin, of_alone):
        assert sorted(other.tolist()) == list(range(2000))
        assert (other != np.arange(2000)).all()
    shift_twin = (values[of_twin, 1] - values[:, 1]).mean(axis=1).std()
    shift_alone = (values[of_alone, 2] - values[:, 2]).mean(axis=1).std()
    assert shift_twin < 0.2 * shift_alone
