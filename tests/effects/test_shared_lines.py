"""Lines of both arms: right where they are true, tied together where the effect is one number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from telltale.effects.shared_lines import fit_shared_lines


def rows(n: int, seed: int, slope: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects 1 + slope z_1 over six columns; Y(0) = z_1 - z_2."""
    draw = np.random.default_rng(seed)
    z = draw.normal(size=(n, 6))
    treated = draw.random(n) < 0.4
    y = z[:, 0] - z[:, 1] + treated * (1 + slope * z[:, 0]) + 0.5 * draw.normal(size=n)
    return z, treated, y


def test_both_lines_are_found() -> None:
    z, treated, y = rows(4000, 0, 0.5)
    low, high = fit_shared_lines(z, treated, y, np.arange(4000)).both(z)
    assert np.abs(low - (z[:, 0] - z[:, 1])).mean() < 0.05
    assert np.abs(high - low - (1 + 0.5 * z[:, 0])).mean() < 0.05


def test_an_effect_that_is_one_number_ties_the_arms_together() -> None:
    """Then the gap's ridge is strong, and single effects lie nearer than those of a line for each arm."""
    z, treated, y = rows(120, 1, 0.0)
    found = fit_shared_lines(z, treated, y, np.arange(120))
    varied = fit_shared_lines(*rows(120, 1, 2.0), np.arange(120))
    assert found.ridges[1] > 10 * varied.ridges[1]
    low, high = found.both(z)
    lines = []
    for arm in (False, True):
        a = np.column_stack([np.ones(120), z])
        lines.append(a @ np.linalg.lstsq(a[treated == arm], y[treated == arm], rcond=None)[0])
    assert np.std(high - low) < 0.5 * np.std(lines[1] - lines[0])


def test_a_binary_outcome_has_lines_on_the_log_odds() -> None:
    draw = np.random.default_rng(2)
    z = draw.normal(size=(6000, 2))
    treated = draw.random(6000) < 0.5
    odds = z[:, 0] + treated * (0.8 - 0.5 * z[:, 1])
    y = (draw.random(6000) < expit(odds)).astype(float)
    low, high = fit_shared_lines(z, treated, y, np.arange(6000), binary=True).both(z)
    assert np.abs(expit(np.where(treated, high, low)) - expit(odds)).mean() < 0.02
    assert float((high - low).mean()) == pytest.approx(0.8, abs=0.15)


def test_arms_that_a_line_tells_apart_stay_finite() -> None:
    z = np.linspace(-1, 1, 60)[:, None]
    treated = np.arange(60) % 2 == 0
    low, high = fit_shared_lines(z, treated, (z[:, 0] > 0).astype(float), np.arange(60), binary=True).both(z)
    assert np.isfinite([low, high]).all()
    assert low[-1] > 0 > low[0]
