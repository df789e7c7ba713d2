"""The smallest effect is the one that is found with the power that it promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from telltale.core.errors import ConfigError
from telltale.effects.design import Design
from telltale.effects.smallest_effect import smallest_effect
from telltale.effects.weighting import InverseWeighting


def trial(seed: int, gain: float) -> Design:
    draw = np.random.default_rng(seed)
    t = draw.random(200) < 0.5
    return Design(
        t, 2 * draw.normal(size=200) + gain * t, np.empty((200, 0)), (), np.arange(200), np.full(200, 0.5)
    )


def test_an_effect_of_that_size_is_found_four_times_in_five() -> None:
    design = trial(0, 0.0)
    told = smallest_effect(InverseWeighting().fit(design).effect(), design)
    found = [InverseWeighting().fit(trial(seed, told.value)).effect().low > 0 for seed in range(400)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)
    assert told.per_sd == pytest.approx(told.value / design.outcome[~design.treated].std(ddof=1))


def test_it_is_the_formula_for_large_studies() -> None:
    design = trial(1, 0.0)
    effect = replace(InverseWeighting().fit(design).effect(), freedom=float("inf"), standard_error=1.0)
    found = smallest_effect(effect, design, power=0.9, alpha=0.01)
    assert found.value == pytest.approx(norm.ppf(0.995) + norm.ppf(0.9))
    assert "90 % power at the 1 % level" in str(found)


def test_no_error_no_smallest_effect() -> None:
    design = trial(2, 0.0)
    effect = replace(InverseWeighting().fit(design).effect(), standard_error=float("nan"))
    assert "unknown" in str(smallest_effect(effect, design))
    with pytest.raises(ConfigError, match="power is 1"):
        smallest_effect(effect, design, power=1)
