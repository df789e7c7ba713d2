"""The contract of all estimators by name: learn, name the estimand, be right, repeat, refuse bad input."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from tests.effects.worlds import make_world

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.contract import EffectEstimator, IndividualEffects
from telltale.effects.design import Design
from telltale.effects.econml_effects import METHODS
from telltale.effects.neural_net import NetSettings
from telltale.effects.registry_effects import ESTIMATORS, make_estimator

HAS_ECONML = importlib.util.find_spec("econml") is not None
HAS_TORCH = importlib.util.find_spec("torch") is not None
MARKS: dict[str, list[pytest.MarkDecorator]] = {
    **{
        name: [pytest.mark.slow, pytest.mark.skipif(not HAS_ECONML, reason="EconML is not there")]
        for name in METHODS
    },
    "neural": [pytest.mark.skipif(not HAS_TORCH, reason="torch is not there")],
}
NAMES = [pytest.param(name, marks=MARKS.get(name, [])) for name in ESTIMATORS]
QUICK: dict[str, dict[str, Any]] = {
    "neural": {"nets": NetSettings(members=1, width=16, head_width=8, rate=0.01, steps=100, every=20)},
}
"""Settings that keep this file short; defaults are measured in `benchmarks/causal`."""
WORLD = make_world("good", 800, 11)
TRUTH = {
    "ATE": 1.0,
    "ATT": float((large := make_world("good", 500_000, 12)).mean_tau[large.design.treated].mean()),
}


def estimands(name: str) -> list[str]:
    return ["ATT"] if name == "matching-pairs" else ["ATE", "ATT"]


def fitted(name: str, design: Design = WORLD.design, **settings: Any) -> EffectEstimator:
    return make_estimator(name, **{**QUICK.get(name, {}), **settings}).fit(design)


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_the_effect_and_says_what_it_is(name: str) -> None:
    for estimand in estimands(name):
        effect = fitted(name, estimand=estimand).effect()
        assert (effect.estimand, effect.unit, effect.level, effect.evidence) == (
            estimand,
            "viewer",
            0.95,
            "observed",
        )
        assert effect.method.startswith(name.split("-")[0])
        line = str(effect)
        assert "\n" not in line
        assert line.startswith(f"{estimand} (")
        assert "per viewer" in line
        assert effect.treated + effect.control + effect.left_out == 800
        if name == "econml-x-learner":
            assert np.isnan([effect.low, effect.high, effect.standard_error]).all()
            assert "no interval" in line
            assert effect.value == pytest.approx(TRUTH[estimand], abs=0.3)
        else:
            assert effect.low < TRUTH[estimand] < effect.high
            assert effect.low < effect.value < effect.high
            assert effect.high - effect.low < 1


@pytest.mark.parametrize("name", NAMES)
def test_an_effect_of_nothing_is_found_to_be_nothing(name: str) -> None:
    for seed in (1, 2):
        effect = fitted(name, make_world("null", 600, seed).design, estimand=estimands(name)[-1]).effect()
        if np.isfinite(effect.low):
            assert abs(effect.value) < 4 * effect.standard_error
        else:
            assert abs(effect.value) < 0.4


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_and_any_order_of_rows_give_the_same(name: str) -> None:
    shuffle = np.random.default_rng(0).permutation(800)
    estimand = estimands(name)[0]
    one, again, shuffled = (
        fitted(name, design, seed=3, estimand=estimand).effect()
        for design in (WORLD.design, WORLD.design, WORLD.design.take(shuffle))
    )
    for other in (again, shuffled):
        assert other.value == pytest.approx(one.value, rel=1e-9)
        assert other.standard_error == pytest.approx(one.standard_error, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_clusters_and_logged_chances_are_spoken_of(name: str) -> None:
    estimand = estimands(name)[0]
    clustered = fitted(name, make_world("clustered", 400, 0).design, estimand=estimand).effect()
    assert clustered.clusters <= 40
    assert any("clusters" in note for note in clustered.notes)
    drawn = fitted(name, make_world("randomised", 400, 0).design, estimand=estimand).effect()
    assert drawn.evidence == "randomised, logged chances"
    assert "randomised, logged chances" in str(drawn)


@pytest.mark.parametrize("name", NAMES)
def test_bad_input_is_refused_in_one_line(name: str) -> None:
    for settings in ({"estimand": "LATE"}, {"level": 1.5}, {"seed": -1}):
        with pytest.raises(ConfigError) as told:
            fitted(name, **settings)
        assert told.value.hint
        assert "\n" not in str(told.value)
    with pytest.raises(FormatError, match="is no design"):
        make_estimator(name).fit([[1, 2]])  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="learnt nothing yet"):
        make_estimator(name).effect()
    with pytest.raises(ConfigError, match="no such setting"):
        make_estimator(name, calipre=3)


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_kept_and_cloned(name: str) -> None:
    estimator = make_estimator(name, seed=5, level=0.9)
    twin = clone(estimator)
    assert twin.get_params() == estimator.get_params()
    assert (twin.seed, twin.level) == (5, 0.9)


@pytest.mark.parametrize("name", NAMES)
def test_single_units_are_told_or_refused(name: str) -> None:
    found = fitted(name, make_world("good", 400, 13).design, estimand=estimands(name)[-1])
    if not found.tells_individuals:
        with pytest.raises(ConfigError, match="no individual effects"):
            found.individual()
        return
    new = make_world("good", 50, 14)
    each = found.individual(new.design.covariates)
    assert isinstance(each, IndividualEffects)
    assert each.value.shape == each.low.shape == each.high.shape == (50,)
    assert each.estimand == "individual"
    assert "per viewer" in str(each)
    assert np.corrcoef(each.value, new.mean_tau)[0, 1] > 0.5
    own = found.individual()
    assert own.value[:7] == pytest.approx(found.individual(found.design_.covariates[np.argsort(found.order_)][:7]).value)  # fmt: skip  # noqa: E501
    with pytest.raises(FormatError, match="give 5 columns"):
        found.individual(new.design.covariates[:, :2])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "estimand"), [("ipw", "ATE"), ("matching", "ATT")])
def test_nineteen_intervals_in_twenty_hold_the_truth(name: str, estimand: str) -> None:
    """Two hundred seeds: outside of 90 to 99 % an honest interval falls once in some hundred runs."""
    held = 0
    for seed in range(200):
        effect = fitted(name, make_world("good", 400, 1000 + seed).design, estimand=estimand).effect()
        held += effect.low < TRUTH[estimand] < effect.high
    assert 0.90 <= held / 200 <= 0.99
