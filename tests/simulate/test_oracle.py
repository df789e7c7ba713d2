"""The oracle is Bayes: held against a sum written out by hand, against chance, and against the vectors."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from telltale.core.rng import stream
from telltale.simulate import oracle
from telltale.simulate.acts import ActTable, Stratum, build_act_table, draw_acts
from telltale.simulate.faces import Scene, decode_acts, draw_look, render
from telltale.simulate.spec import Act, Effect, Spec
from telltale.simulate.spec_file import load_spec
from telltale.simulate.truth import seen_acts

PLAIN = Stratum(1.0, 1.0)
ONE = {"all": PLAIN}
SHARE = {"all": (1.0, 1.0)}
Windows = tuple[dict[str, oracle.SeenActs], list[str], npt.NDArray[np.float64], npt.NDArray[np.int64]]


@pytest.fixture(scope="module")
def spec() -> Spec:
    acts = (Act((9,), 20.0), Act((12,), 30.0))
    effects = (Effect((9,), (0.0, 0.2), 4.0), Effect((12,), (0.1, 0.4), 0.5))
    return replace(
        load_spec(), acts=acts, effects=effects, people=replace(load_spec().people, expressivity_sd=0.0)
    )


def ratio(
    table: ActTable, rows: list[tuple[int, int]], end_s: float, rows_read: int, sd: float = 0.0
) -> float:
    """The oracle's score of one window in which acts (row, kind) were seen."""
    row = np.array([r for r, _ in rows], dtype=np.int64)
    kind = np.array([k for _, k in rows], dtype=np.int64)
    seen = {"s": seen_acts(row, kind, rows_read, [])}
    cut = oracle.stack_windows(seen, ["s"], np.array([end_s]))
    return float(oracle.log_likelihood_ratio(table, *cut, ONE, SHARE, sd)[0])


def test_a_window_written_out_by_hand(spec: Spec) -> None:
    """Four rows were read: 4 rows before the end up to the end. The rest of the window was not."""
    table = build_act_table(spec)
    nine, twelve = table.per_row
    near = {
        1: (nine, twelve * 0.5),
        2: (nine, twelve * 0.5),
        3: (nine * 4, twelve * 0.5),
        4: (nine * 4, twelve),
    }
    for acted, kind in product(range(1, 5), (0, 1)):
        wanted = 0.0
        for row in range(1, acted):
            wanted += np.log1p(-sum(near[row])) - np.log1p(-(nine + twelve))
        wanted += np.log(near[acted][kind]) - np.log((nine, twelve)[kind])
        assert ratio(table, [(acted, kind)], 0.4, 4) == pytest.approx(wanted, abs=1e-9)
    silent = sum(np.log1p(-sum(near[row])) - np.log1p(-(nine + twelve)) for row in near)
    assert ratio(table, [], 0.4, 4) == pytest.approx(silent, abs=1e-9)


def test_the_pause_of_an_act_before_the_window_says_nothing(spec: Spec) -> None:
    table = build_act_table(spec)
    seen = {"s": seen_acts(np.array([10]), np.array([0]), 400, [])}
    kind, usable, _ = oracle.stack_windows(seen, ["s"], np.array([31.2]))  # rows 13 to 312
    assert (kind == -1).all()
    assert np.flatnonzero(~usable[0]).tolist() == [0, 1]  # rows 13 and 14 are in the pause after row 10
    assert table.kinds == 2


def test_expressivity_is_integrated_out(spec: Spec) -> None:
    """Against a fine sum over the log-normal distribution."""
    table = build_act_table(spec)
    sd, acts = 0.35, [(1, 0), (10, 1), (30, 0), (299, 0)]
    grid = np.linspace(-6, 6, 4001)
    weights = np.exp(-(grid**2) / 2)
    logs = {}
    for label, factor_nine, factor_twelve in ((1, 4.0, 0.5), (0, 1.0, 1.0)):
        e = np.exp(sd * grid - sd**2 / 2)
        total = np.zeros(len(grid))
        blocked: set[int] = set()
        for row, kind in acts:
            rate = table.per_row[kind] * (factor_nine if label and kind == 0 and row > 298 else 1.0)
            rate *= factor_twelve if label and kind == 1 and 296 < row <= 299 else 1.0
            total += np.log(e * rate)
            blocked |= set(range(row, row + 5))
        for row in set(range(1, 301)) - blocked:
            nine = table.per_row[0] * (factor_nine if row > 298 else 1.0)
            twelve = table.per_row[1] * (factor_twelve if 296 < row <= 299 else 1.0)
            total += np.log1p(-e * (nine + twelve))
        logs[label] = np.log((weights * np.exp(total - total.max())).sum()) + total.max()
    assert ratio(table, acts, 30.0, 300, sd) == pytest.approx(logs[1] - logs[0], abs=1e-4)


def windows_of(spec: Spec, count: int) -> Windows:
    """Half of the windows end at a cart, half have none; a session each."""
    table = build_act_table(spec)
    seen, label = {}, (np.arange(count) % 2).astype(np.int64)
    for i in range(count):
        carts_s = np.array([40.0]) if label[i] else np.zeros(0)
        expressivity = float(np.exp(spec.people.expressivity_sd * stream(i, "e").standard_normal()))
        acts = draw_acts(stream(i, "acts"), table, 400, expressivity, PLAIN, carts_s)
        seen[str(i)] = seen_acts(acts.row, acts.kind, 400, [])
    return seen, list(seen), np.full(count, 40.0), label


def test_no_effect_is_chance_to_the_last_digit() -> None:
    spec = load_spec("null")
    seen, ids, ends_s, label = windows_of(spec, 40)
    score = oracle.log_likelihood_ratio(
        build_act_table(spec),
        *oracle.stack_windows(seen, ids, ends_s),
        ONE,
        SHARE,
        spec.people.expressivity_sd,
    )
    assert score == pytest.approx(np.zeros(40), abs=1e-9)
    assert oracle.auc(label, score) == 0.5


@pytest.mark.slow
def test_the_score_is_calibrated() -> None:
    """Of windows that the oracle gives a probability of p, a share of p ends at a cart."""
    spec = load_spec()
    seen, ids, ends_s, label = windows_of(spec, 3000)
    score = oracle.log_likelihood_ratio(
        build_act_table(spec),
        *oracle.stack_windows(seen, ids, ends_s),
        ONE,
        SHARE,
        spec.people.expressivity_sd,
    )
    probability = 1 / (1 + np.exp(-score))
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1.0)):
        inside = (probability >= low) & (probability < high)
        spread = np.sqrt((probability[inside] * (1 - probability[inside])).sum())
        assert label[inside].sum() == pytest.approx(probability[inside].sum(), abs=4 * spread)


def test_the_vectors_alone_give_the_same_score() -> None:
    """Decode acts from rendered channels and score them: no truth is used."""
    spec = load_spec()
    table = build_act_table(spec)
    score_of = partial(
        oracle.log_likelihood_ratio, strata=ONE, share=SHARE, expressivity_sd=spec.people.expressivity_sd
    )
    for i in range(6):
        acts = draw_acts(stream(i, "acts"), table, 400, 1.0, PLAIN, np.array([40.0]))
        nothing = np.zeros(0)
        scene = Scene(
            400, np.zeros((400, 17), np.float32), acts, nothing, nothing, 0.0, ((15.0, 17.0),), 15, 0.06
        )
        values = render(stream(i, "face"), scene, draw_look(stream(i, "look")), table)
        found = seen_acts(*decode_acts(values, table), 400, [(15.0, 17.0)])
        known = seen_acts(acts.row, acts.kind, 400, [(15.0, 17.0)])
        first, second = (
            score_of(table, *oracle.stack_windows({"s": seen}, ["s"], np.array([40.0])))[0]
            for seen in (found, known)
        )
        assert first == pytest.approx(second, abs=0.05)
