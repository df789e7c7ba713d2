"""A cause with many values: as the arrows' products where all is linear, as the truth where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from telltale.core.errors import ConfigError, FormatError, TelltaleError
from telltale.core.rng import stream
from telltale.effects.natural_contrast import natural_contrast

ASKED: dict[str, Any] = {"cause": "a", "mediators": ["m"], "outcome": "y", "covariates": ["x"]}
SEEDS = 12


def frame(n: int, seed: int, *, bent: bool) -> dict[str, Any]:
    """x drives all. a = .5 x + e, m = .8 a + .5 x + e, y = .5 a + .7 m + .4 x + e;

    bent: y = .3 a + .5 m + .4 a m + .3 x + e. From a = 0 to 1, with E x = 0, E m rises from 0 to .8: direct
    is .3 + .4 E m(0) = .3, indirect (.5 + .4) .8 = .72.
    """
    draw = stream(seed, "contrast")
    x = draw.normal(size=n)
    a = 0.5 * x + draw.normal(size=n)
    m = 0.8 * a + 0.5 * x + draw.normal(size=n)
    y = 0.3 * a + 0.5 * m + 0.4 * a * m + 0.3 * x if bent else 0.5 * a + 0.7 * m + 0.4 * x
    return {"a": a, "m": m, "y": y + draw.normal(size=n), "x": x, "who": np.arange(n) // 4}


def test_where_all_is_linear_it_is_the_product_of_the_arrows() -> None:
    rows = frame(2000, 1, bent=False)
    found = natural_contrast(rows, **ASKED, values=(-0.5, 1.0), shape="linear", draws=40)
    one = np.ones(2000)
    with_m = np.linalg.lstsq(np.column_stack([one, rows["a"], rows["m"], rows["x"]]), rows["y"], rcond=None)[
        0
    ]
    on_m = np.linalg.lstsq(np.column_stack([one, rows["a"], rows["x"]]), rows["m"], rcond=None)[0]
    assert found.direct.value == pytest.approx(1.5 * with_m[1], rel=0.01)
    assert found.indirect.value == pytest.approx(1.5 * on_m[1] * with_m[2], rel=0.01)
    assert found.total.value == pytest.approx(found.direct.value + found.indirect.value, abs=1e-12)
    assert found.indirect.low < 1.5 * 0.56 < found.indirect.high


def test_intervals_hold_the_truth_where_it_bends() -> None:
    held = np.zeros(3)
    for seed in range(SEEDS):
        found = natural_contrast(frame(400, seed, bent=True), **ASKED, values=(0.0, 1.0), draws=25, seed=seed)
        truth = (1.02, 0.3, 0.72)
        parts = (found.total, found.direct, found.indirect)
        held += [part.low <= value <= part.high for part, value in zip(parts, truth, strict=True)]
    # With 95 % each, nine of twelve are reached in 998 of 1,000 such runs.
    assert held.min() >= 9, held


def test_whole_clusters_are_drawn() -> None:
    rows = frame(800, 3, bent=False)
    shared = stream(3, "rooms").normal(size=200)[rows["who"]]
    rows["y"] = rows["y"] + 2 * shared * rows["a"]
    alone = natural_contrast(rows, **ASKED, values=(0.0, 1.0), shape="linear", draws=60)
    whole = natural_contrast(rows, **ASKED, values=(0.0, 1.0), shape="linear", draws=60, cluster="who")
    assert (alone.clusters, whole.clusters) == (800, 200)
    assert whole.total.value == pytest.approx(alone.total.value, rel=0.05)
    again = natural_contrast(rows, **ASKED, values=(0.0, 1.0), shape="linear", draws=60, cluster="who")
    assert again == whole
    # Rows of one room lean one way together.
    assert whole.direct.standard_error > 1.1 * alone.direct.standard_error


def test_a_binary_outcome_is_a_chance() -> None:
    rows = frame(800, 4, bent=False)
    rows["y"] = (rows["y"] > 0).astype(float)
    found = natural_contrast(rows, **ASKED, values=(-0.5, 0.5), shape="linear", draws=10)
    assert 0.1 < found.total.value < 0.6
    assert found.indirect.value > 0


@pytest.mark.parametrize(
    ("spoil", "more", "says"),
    [
        (lambda r: r, {"mediators": []}, "no mediators"),
        (lambda r: r, {"shape": "round", "draws": 1, "level": 1}, "shape 'round' .*; draws .* 1; level .* 1"),
        (lambda r: r, {"mediators": ["mood"], "cluster": "room"}, "no column 'mood', 'room'"),
        (lambda r: r, {"covariates": ["m"]}, "'m' named twice"),
        (lambda r: r, {"values": (0.0, 9.0)}, "cannot be moved from 0 to 9"),
        (lambda r: r, {"values": (0.0, 0.0)}, "cannot be moved from 0 to 0"),
        (lambda r: {**r, "m": np.where(r["x"] > 1, np.nan, r["m"]), "x": np.zeros(len(r["x"]))}, {},
         "'m' has .* holes; 'x' is the same in every row"),
        (lambda r: {**r, "m": 2.0 * r["x"]}, {}, "a, m, y, x say the same together"),
        (lambda r: {**r, "m": ["high"] * len(r["m"])}, {}, "'m' holds no numbers"),
        (lambda r: {name: values[:12] for name, values in r.items()}, {}, "12 rows of 12 clusters"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_in_one_line(
    spoil: Callable[[dict[str, Any]], dict[str, Any]], more: dict[str, Any], says: str
) -> None:
    with pytest.raises((FormatError, ConfigError), match=says) as error:
        natural_contrast(spoil(frame(200, 5, bent=False)), **{**ASKED, "values": (0.0, 1.0), **more})
    assert isinstance(error.value, TelltaleError)
    assert "\n" not in str(error.value)
