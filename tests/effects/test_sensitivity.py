"""What something hidden could do: published examples, and worlds in which what is hidden is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, wilcoxon
from tests.effects.worlds import make_world

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.effects.contract import Effect
from telltale.effects.design import Design
from telltale.effects.e_value import e_of_ratio, e_value
from telltale.effects.rosenbaum import rosenbaum_bounds
from telltale.effects.sensitivity import as_strong_as, bias_curve, hidden_bias, robustness, strength_of


def regressed(design: Design) -> Effect:
    """Least squares of the outcome on treatment and covariates."""
    x = np.column_stack([np.ones(len(design)), design.treated, design.covariates])
    weights, *_ = np.linalg.lstsq(x, design.outcome, rcond=None)
    left = design.outcome - x @ weights
    error = math.sqrt(left @ left / (len(x) - x.shape[1]) * np.linalg.inv(x.T @ x)[1, 1])
    value = float(weights[1])
    return Effect(
        "ATE", value, value - 1.96 * error, value + 1.96 * error, error, 0.95, "ols", "viewer", "t", "y",
        int(design.treated.sum()), int((~design.treated).sum()), len(design), 0, "observed",
    )  # fmt: skip


def linear_world(seed: int, hidden: float, effect: float = 0.5, n: int = 4000) -> tuple[Design, Design]:
    """A constant effect and linear causes: the design without what is hidden, and with it."""
    draw = stream(seed, "linear world")
    x, u = draw.normal(size=(2, n))
    treated = x + hidden * u + draw.normal(size=n) > 0
    y = effect * treated + 0.7 * x + hidden * u + draw.normal(size=n)
    seen = {"t": treated, "y": y, "x": x}
    blind = Design.from_frame(seen, treatment="t", outcome="y", covariates=["x"])
    return blind, Design.from_frame({**seen, "u": u}, treatment="t", outcome="y", covariates=["x", "u"])


def test_published_e_values() -> None:
    """Bottle feeding and deaths by respiratory infection, RR 3.9 (1.8 - 8.7): VanderWeele and Ding 2017."""
    assert e_of_ratio(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_of_ratio(1.8) == pytest.approx(3.0, abs=0.005)
    assert e_of_ratio(1.0) == 1.0


def test_the_e_value_of_an_effect_on_a_share() -> None:
    rows = {"t": [0] * 100 + [1] * 100, "y": [1] * 10 + [0] * 90 + [1] * 39 + [0] * 61, "x": list(range(200))}
    design = Design.from_frame(rows, treatment="t", outcome="y", covariates=["x"])
    effect = Effect("ATE", 0.29, 0.08, 0.5, 0.1, 0.95, "m", "viewer", "t", "y", 100, 100, 200, 0, "observed")
    found = e_value(effect, design)
    assert found.risk_ratio == pytest.approx(3.9)
    assert found.point == pytest.approx(e_of_ratio(3.9))
    assert found.interval == pytest.approx(e_of_ratio(1.8))
    none = Effect("ATE", 0.1, -0.1, 0.3, 0.1, 0.95, "m", "viewer", "t", "y", 100, 100, 200, 0, "observed")
    assert e_value(none, design).interval == 1.0
    less = Effect(
        "ATE", -0.05, -0.08, -0.02, 0.1, 0.95, "m", "viewer", "t", "y", 100, 100, 200, 0, "observed"
    )
    assert e_value(less, design).point == pytest.approx(e_of_ratio(0.5))


def test_published_robustness_value() -> None:
    """Darfur, t = 4.18, 783 degrees of freedom: 13.9 %, 7.6 % to be significant. Cinelli and Hazlett 2020."""
    assert robustness(4.18 / math.sqrt(783)) == pytest.approx(0.139, abs=0.001)
    assert robustness((4.18 - 1.963) / math.sqrt(783)) == pytest.approx(0.076, abs=0.001)


@pytest.mark.parametrize("hidden", [0.3, 0.6, 1.0])
def test_what_is_hidden_moves_the_effect_as_far_as_its_strength_says(hidden: float) -> None:
    for seed in range(5):
        blind, seeing = linear_world(seed, hidden)
        strength = next(s for s in bias_curve(regressed(seeing), seeing).known if s.name == "u")
        moved = abs(regressed(blind).value - regressed(seeing).value)
        assert hidden_bias(blind, strength.of_treatment, strength.of_outcome) == pytest.approx(
            moved, rel=1e-6
        )


def test_the_strength_of_what_was_hidden_gives_back_the_bias_to_rounding() -> None:
    """Least squares without u is off by what its strength says, neither more nor less."""
    blind, whole = linear_world(5, 0.6)
    strength = strength_of(blind, whole.covariates[:, 1])
    off = regressed(blind).value - regressed(whole).value
    assert abs(off) == pytest.approx(hidden_bias(blind, *strength), rel=1e-9)
    assert strength_of(blind, stream(6, "noise").normal(size=len(blind)))[0] < 0.005
    with pytest.raises(FormatError, match="a cause of shape"):
        strength_of(blind, [1.0])


def test_the_curve_brackets_the_truth_at_the_strength_of_what_is_hidden() -> None:
    held = 0
    for seed in range(20):
        blind, seeing = linear_world(seed, 0.6)
        u = next(s for s in bias_curve(regressed(seeing), seeing).known if s.name == "u")
        found = regressed(blind)
        # Far from the truth without it, and bracketed with it.
        assert found.low > 0.5
        strongest = max(u.of_treatment, u.of_outcome)
        curve = bias_curve(found, blind)
        held += bool(np.interp(strongest, curve.strength, curve.sure_low) <= 0.5 <= found.value)
    assert held == 20


def twins(seed: int, of_outcome: float, n: int = 4000) -> tuple[Design, Design]:
    """A known cause and a hidden one that is its twin: each row comes twice, with both changed about."""
    draw = stream(seed, "twins")
    one, other = np.linalg.qr(centred(draw.normal(size=(n, 2))))[0].T * math.sqrt(n)
    x, u = np.concatenate([one, other]), np.concatenate([other, one])
    treated = 0.6 * (x + u) + np.tile(draw.normal(size=n), 2) > 0
    y = of_outcome * (x + u) + 1.0 * treated + np.tile(draw.normal(size=n), 2)
    seen = {"t": treated, "y": y, "x": x}
    blind = Design.from_frame(seen, treatment="t", outcome="y", covariates=["x"])
    return blind, Design.from_frame({**seen, "u": u}, treatment="t", outcome="y", covariates=["x", "u"])


def centred(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = x - x.mean(axis=0)
    return found


@pytest.mark.parametrize("of_outcome", [0.2, 0.5, 1.0])
def test_a_hidden_twin_of_a_known_cause_moves_the_effect_as_far_as_told(of_outcome: float) -> None:
    """The nearer end of the band is the effect with the twin seen: the truth, to sampling error."""
    blind, whole = twins(3, of_outcome)
    (known,) = bias_curve(regressed(blind), blind).known
    seen = regressed(whole)
    assert regressed(blind).value > 1.0 + 5 * seen.standard_error
    assert known.low == pytest.approx(seen.value, rel=1e-6)
    assert known.low == pytest.approx(1.0, abs=4 * seen.standard_error)
    assert as_strong_as(known.of_treatment, known.of_outcome) == pytest.approx(
        strength_of(blind, whole.covariates[:, 1]), rel=1e-6
    )


def test_nothing_hidden_is_as_strong_as_what_tells_most_of_the_treatment() -> None:
    assert math.isnan(as_strong_as(0.6, 0.1)[0])
    of_treatment, of_outcome = as_strong_as(0.1, 1.0)
    assert of_treatment == pytest.approx(1 / 9)
    assert of_outcome == 1.0


def test_at_the_robustness_value_nothing_is_left() -> None:
    design, _ = linear_world(1, 0.0)
    found = regressed(design)
    curve = bias_curve(found, design, points=2001)
    assert np.interp(curve.zero_at, curve.strength, curve.low) == pytest.approx(0.0, abs=1e-3)
    assert np.interp(curve.unsure_at, curve.strength, curve.sure_low) == pytest.approx(0.0, abs=1e-3)
    assert 0 < curve.unsure_at < curve.zero_at
    assert curve.known[0].name == "x"
    nothing = bias_curve(regressed(make_world("null", 400, 3).design), make_world("null", 400, 3).design)
    assert nothing.unsure_at == 0.0


def test_a_treatment_that_covariates_tell_is_refused() -> None:
    rows = {"t": [0, 1] * 50, "y": list(range(100)), "x": [0.0, 1.0] * 50, "z": list(np.arange(100.0) ** 2)}
    with pytest.raises(FormatError, match="tell"):
        Design.from_frame(rows, treatment="t", outcome="y", covariates=["x", "z"])


def test_rosenbaum_without_hidden_odds_is_the_plain_test() -> None:
    draw = stream(2, "pairs")
    differences = draw.normal(0.3, 1.0, 200)
    plain = wilcoxon(differences, correction=False, method="approx").pvalue
    assert rosenbaum_bounds(differences).p_value == pytest.approx(plain, rel=1e-6)
    signs = np.where(draw.random(120) < 0.7, 1, -1)
    exact = binomtest(int((signs > 0).sum()), 120).pvalue
    assert rosenbaum_bounds(signs).p_value == pytest.approx(exact, rel=1e-9)


def test_rosenbaum_says_how_much_hidden_odds_it_takes() -> None:
    draw = stream(3, "pairs")
    weak, strong = (rosenbaum_bounds(draw.normal(mean, 1.0, 300)).odds for mean in (0.25, 1.0))
    assert 1.0 < weak < strong
    # By the definition: at the odds found the worst p is the level.
    signs = np.array([1] * 80 + [-1] * 40)
    odds = rosenbaum_bounds(signs).odds
    worst = binomtest(80, 120, odds / (1 + odds), alternative="greater").pvalue
    assert 2 * worst == pytest.approx(0.05, abs=1e-6)


def test_where_pairs_say_nothing_no_odds_are_told() -> None:
    nothing = rosenbaum_bounds(stream(4, "pairs").normal(0, 1, 100))
    assert nothing.p_value > 0.05
    assert math.isnan(nothing.odds)
    assert math.isnan(rosenbaum_bounds(np.zeros(50)).p_value)
    with pytest.raises(FormatError, match="holes"):
        rosenbaum_bounds([1.0, math.nan])
