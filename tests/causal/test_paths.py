"""Three ways to equation 10 agree, and a graph that was run says what its paths say."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.causal.linear_graph import LinearGraph
from telltale.causal.paths import every_path, find_paths, total_effects
from telltale.core.errors import ConfigError
from telltale.core.rng import stream

STEPS = 5


def random_graph(seed: int, n: int = 5, lags: int = 1, share: float = 0.5) -> LinearGraph:
    """Arrows forwards within a step, anywhere between steps."""
    rng = stream(seed, "graph")
    now = np.triu(rng.normal(0, 0.5, (n, n)) * (rng.random((n, n)) < share), 1)
    before = rng.normal(0, 0.3, (lags, n, n)) * (rng.random((lags, n, n)) < share)
    names = tuple(f"x{k}" for k in range(n))
    return LinearGraph(names, now, before, np.zeros(n), np.ones(n), np.ones(n))


def run(graph: LinearGraph, steps: int, pulse: int | None, held: int | None) -> np.ndarray:
    """The graph without noise, step after step, by its defining equation."""
    n = len(graph.names)
    past = [np.zeros(n) for _ in range(graph.lags)]
    out = []
    for step in range(steps + 1):
        pushed = sum((past[k] @ graph.before[k] for k in range(graph.lags)), np.zeros(n))
        if pulse is not None and step == 0:
            pushed[pulse] += 1.0
        value = np.zeros(n)
        for j in range(n):  # now is upper triangular: causes stand first
            value[j] = 1.0 if j == held else pushed[j] + value @ graph.now[:, j]
        out.append(value)
        past = [value, *past][: graph.lags]
    return np.array(out)


@given(st.integers(0, 10_000), st.integers(1, 2))
@settings(max_examples=25, deadline=None)
def test_counting_out_every_path_gives_the_closed_form(seed: int, lags: int) -> None:
    graph = random_graph(seed, lags=lags)
    for cause, effect in (("x0", "x4"), ("x1", "x3"), ("x4", "x0")):
        found = find_paths(graph, cause, effect, steps=3)
        assert found.total == pytest.approx(every_path(graph, cause, effect, 3), abs=1e-8)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_pulse_and_a_hold_do_what_the_running_graph_does(seed: int) -> None:
    graph = random_graph(seed, lags=2)
    for cause in range(5):
        ran = run(graph, STEPS, pulse=cause, held=None)
        assert total_effects(graph, STEPS)[:, cause] == pytest.approx(ran, abs=1e-9)
        ran = run(graph, STEPS, pulse=None, held=cause)
        for effect in range(5):
            if effect != cause:
                held = find_paths(graph, f"x{cause}", f"x{effect}", steps=STEPS, push="held")
                assert held.total == pytest.approx(ran[:, effect], abs=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_chains_add_up_to_the_whole_within_a_step(seed: int) -> None:
    graph = random_graph(seed, share=0.9)
    found = find_paths(graph, "x0", "x4", strongest=1000)
    assert found.other_chains == pytest.approx(0, abs=1e-8)
    assert found.direct[0] == pytest.approx(graph.now[0, 4])
    assert found.direct + found.indirect == pytest.approx(found.total)


def test_chains_add_up_to_the_whole_where_nothing_runs_in_circles() -> None:
    graph = random_graph(3, share=0.9)
    forwards = np.triu(np.ones((5, 5)))  # a factor's own persistence may stay
    graph = replace(graph, before=graph.before * forwards)
    for push in ("pulse", "held"):
        found = find_paths(graph, "x0", "x4", steps=STEPS, push=push, strongest=1000)
        assert found.other_chains == pytest.approx(np.zeros(STEPS + 1), abs=1e-8)
        assert np.abs(found.total).max() > 0.01


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_strongest_chains_are_the_strongest(seed: int) -> None:
    graph = random_graph(seed, n=6, share=0.8)
    for push in ("pulse", "held"):
        every = find_paths(graph, "x0", "x5", steps=3, push=push, strongest=10_000)
        few = find_paths(graph, "x0", "x5", steps=3, push=push, strongest=4)
        sizes = [
            float(abs(chain.response[-1]) if push == "held" else np.abs(chain.response).sum())
            for chain in every.chains
        ]
        assert sizes == sorted(sizes, reverse=True)
        assert [chain.factors for chain in few.chains] == [c.factors for c in every.chains[:4]]


def test_a_chain_by_hand() -> None:
    now = np.zeros((3, 3))
    now[0, 1], now[1, 2], now[0, 2] = 0.5, 0.4, 0.1
    before = np.zeros((1, 3, 3))
    before[0, 2, 2] = 0.5
    graph = LinearGraph(("host", "chat", "desire"), now, before, np.zeros(3), np.ones(3), np.ones(3))
    found = find_paths(graph, "host", "desire", steps=2)
    assert found.total == pytest.approx([0.3, 0.15, 0.075])
    assert found.direct == pytest.approx([0.1, 0.05, 0.025])
    assert [chain.factors for chain in found.chains] == [("host", "chat", "desire"), ("host", "desire")]
    held = find_paths(graph, "host", "desire", steps=2, push="held")
    assert held.total == pytest.approx([0.3, 0.45, 0.525])


def test_where_no_way_leads_there_is_no_effect() -> None:
    graph = random_graph(1)
    alone = replace(graph, now=np.zeros((5, 5)), before=np.zeros((1, 5, 5)))
    found = find_paths(alone, "x0", "x4", steps=STEPS)
    assert found.chains == ()
    assert not found.total.any()


def test_a_large_graph_is_searched_at_once() -> None:
    graph = random_graph(5, n=40, share=0.15)
    start = time.process_time()
    found = find_paths(graph, "x0", "x39", steps=12, push="pulse")
    assert len(found.chains) == 5
    assert time.process_time() - start < 2.0


def test_units_are_standardised() -> None:
    graph = replace(random_graph(2), sd=np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    whole, standardised = total_effects(graph, 2), total_effects(graph.standardised(), 2)
    for i, j in itertools.product(range(5), repeat=2):
        assert standardised[:, i, j] == pytest.approx(whole[:, i, j] * graph.sd[i] / graph.sd[j])


def test_what_makes_no_sense_is_refused() -> None:
    graph = random_graph(1)
    for cause, effect, steps, says in (
        ("x0", "x0", 0, "cause and effect"),
        ("x9", "x0", 0, "x9"),
        ("x0", "x1", -1, "-1"),
    ):
        with pytest.raises(ConfigError, match=says):
            find_paths(graph, cause, effect, steps=steps)
