"""Matching: the estimate pair by pair, Abadie and Imbens' errors term by term, and what it promises."""

from __future__ import annotations

import time

import numpy as np
import pytest
from tests.effects.worlds import make_world, sparse_world

from telltale.core.errors import ConfigError
from telltale.effects.balance import measure_balance
from telltale.effects.design import Design
from telltale.effects.logistic import LEAST_RIDGE
from telltale.effects.matching import Matching
from telltale.effects.propensity import PropensitySettings


def small(seed: int = 0, n: int = 80) -> Design:
    return make_world("good", n, seed, p=4).design


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("k", [1, 3])
def test_the_estimate_and_its_error_are_the_formulas(estimand: str, k: int) -> None:
    design, _ = small().ordered()
    found = Matching(estimand=estimand, distance="mahalanobis", neighbours=k, bias_adjust=False)  # type: ignore[arg-type]
    effect = found.fit(design).effect()
    x, y, t, n = design.covariates, design.outcome, design.treated, len(design)
    inverse = np.linalg.inv(np.cov(x.T))
    gap = x[:, None] - x[None]
    far = np.einsum("ijk,kl,ijl->ij", gap, inverse, gap)
    np.fill_diagonal(far, np.inf)
    used = np.zeros(n)
    gain = np.zeros(n)
    for i in range(n):
        if estimand == "ATT" and not t[i]:
            continue
        match = np.argsort(np.where(t != t[i], far[i], np.inf))[:k]
        used[match] += 1
        gain[i] = (2 * t[i] - 1) * (y[i] - y[match].mean())
    own = np.array([np.argsort(np.where(t == t[i], far[i], np.inf))[:2] for i in range(n)])
    noise = 2 / 3 * (y - y[own].mean(axis=1)) ** 2
    if estimand == "ATE":
        value = gain.mean()
        extra = (used / k) ** 2 + (2 * k - 1) / k * used / k
        variance = (((gain - value) ** 2).sum() + (extra * noise).sum()) / n**2
    else:
        value = gain[t].mean()
        extra = np.where(t, 0, used * (used - 1) / k**2)
        variance = (((gain[t] - value) ** 2).sum() + (extra * noise).sum()) / t.sum() ** 2
    assert effect.value == pytest.approx(value)
    assert effect.standard_error == pytest.approx(np.sqrt(variance))


def test_bias_adjustment_is_exact_where_the_outcome_is_a_line() -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(200, 2))
    t = draw.random(200) < 0.4
    y = 3 + x @ np.array([2.0, -1.0]) + 1.5 * t
    design = Design(t, y, x, ("a", "b"), np.arange(200))
    for estimand in ("ATE", "ATT"):
        plain, adjusted = (
            Matching(estimand=estimand, distance="mahalanobis", bias_adjust=adjust).fit(design).effect()
            for adjust in (False, True)
        )
        assert adjusted.value == pytest.approx(1.5, abs=1e-9)
        assert abs(plain.value - 1.5) > 0.01


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("exact", [(), ("group",)])
def test_an_adjustment_is_other_weights_of_the_matches(estimand: str, exact: tuple[str, ...]) -> None:
    base, draw = small(2, 300), np.random.default_rng(6)
    group = draw.integers(0, 2, 300).astype(float)
    x = np.column_stack([base.covariates, group])
    # A level of the group's own, which goes along with a covariate too, falls out between matches that agree.
    y = base.outcome + 100 * group * (len(exact) > 0)
    design = Design(base.treated, y, x, (*base.names, "group"), base.cluster)
    found = Matching(estimand=estimand, neighbours=3, exact=exact, bias_adjust=True).fit(design)  # type: ignore[arg-type]
    inner, weight = found.design_, found.matched_.weight
    sign = np.where(inner.treated, 1.0, -1.0)
    members = found.matched_.member.sum()
    assert found.effect().value == pytest.approx(float(sign @ (weight * inner.outcome)) / members)
    assert abs(found.effect().value - 1) < 1
    target = inner.covariates[found.matched_.member].mean(axis=0)
    for arm in (True, False):
        means = np.average(inner.covariates, axis=0, weights=weight * (inner.treated == arm))
        np.testing.assert_allclose(means, target, atol=1e-9)


def test_too_few_matches_for_a_line_are_told() -> None:
    """Of hardly more matches than covariates a line knows no bound: it erred by up to 4.5 here."""
    for seed in range(40):
        drawn = make_world("good", 120, seed, p=25)
        found = Matching(bias_adjust=True).fit(drawn.design)
        alone = Matching(bias_adjust=False).fit(drawn.design)
        assert found.effect().value == alone.effect().value
        assert abs(found.effect().value - 1) < 1.5
        assert "too few matches for 25 covariates" in " ".join(found.effect().notes)
    roomy = Matching(bias_adjust=True).fit(make_world("good", 120, 0, p=4).design)
    assert roomy.matched_.adjusted
    assert "too few" not in " ".join(roomy.effect().notes)


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_a_chance_of_one_to_the_last_digit_breaks_no_error(estimand: str) -> None:
    base = small(3, 200)
    # One row stands a hundred times as far out as the others, on the side of its own arm.
    x = base.covariates.copy()
    x[np.flatnonzero(base.treated)[0], 0] = 100.0
    design = Design(base.treated, base.outcome, x, base.names, base.cluster)
    least = PropensitySettings(ridge=LEAST_RIDGE)
    found = Matching(estimand=estimand, propensity=least)  # type: ignore[arg-type]
    with np.errstate(all="raise", under="ignore"):
        effect = found.fit(design).effect()
    assert found.chances_ is not None
    assert found.chances_.chance(x).max() == 1
    assert effect.standard_error > 0


def test_a_caliper_leaves_out_who_is_far_and_says_so() -> None:
    design = make_world("poor", 400, 0).design
    free = Matching().fit(design)
    tight = Matching(caliper=0.02).fit(design)
    assert free.effect().treated == design.treated.sum()
    lost = int(design.treated.sum()) - tight.effect().treated
    assert lost > 5
    assert f"{lost} without a match" in " ".join(tight.effect().notes)
    place = tight._places(tight.design_).value[:, 0]
    assert free.matched_.member.sum() > tight.matched_.member.sum()
    one, other = place[tight.design_.treated], place[~tight.design_.treated]
    near = np.abs(one[:, None] - other).min(axis=1) <= 0.02 * place.std()
    assert near.sum() == tight.effect().treated


def test_without_replacement_nobody_serves_twice() -> None:
    design = make_world("poor", 300, 1).design
    found = Matching(replacement=False, distance="mahalanobis").fit(design)
    assert found.matched_.served.max() == 1
    assert found.matched_.served.sum() == found.matched_.member.sum()
    assert Matching(distance="mahalanobis").fit(design).matched_.served.max() > 1
    twice = Matching(replacement=False, neighbours=2, caliper=0.5).fit(design).matched_
    assert twice.served.max() <= 1


def test_pairs_leave_no_confounding_in_among_many_covariates() -> None:
    """Within a caliper of .2 the treated still stand higher, by .07 of the outcome; 60 are sure to .013."""
    made = [Matching(replacement=False, caliper=0.2).fit(sparse_world(600, s)).effect() for s in range(60)]
    assert abs(np.mean([effect.value for effect in made])) < 0.03
    assert sum(effect.low <= 0 <= effect.high for effect in made) > 52
    assert np.mean([e.standard_error for e in made]) == pytest.approx(
        np.std([e.value for e in made]), rel=0.2
    )


def test_exact_columns_agree_in_every_match() -> None:
    draw = np.random.default_rng(4)
    base = small(n=200)
    group = draw.integers(0, 3, 200).astype(float)
    design = Design(
        base.treated,
        # A jump that any match across groups would show.
        base.outcome + 1000 * group,
        np.column_stack([base.covariates, group]),
        (*base.names, "group"),
        base.cluster,
    )
    settings = PropensitySettings(ridge=1.0)
    loose = Matching(propensity=settings).fit(design).effect()
    exact = Matching(exact=["group"], propensity=settings).fit(design).effect()
    assert abs(exact.value) < 5
    assert exact.standard_error < 1 < loose.standard_error


@pytest.mark.parametrize("distance", ["propensity", "mahalanobis"])
def test_errors_by_cluster_are_the_spread_over_draws(distance: str) -> None:
    """Whole rooms are treated: errors that forget it are far under what is seen."""
    values, told, forgetful = [], [], []
    for seed in range(60):
        d = make_world("rooms", 400, seed).design
        effect = Matching(distance=distance).fit(d).effect()  # type: ignore[arg-type]
        values.append(effect.value)
        told.append(effect.standard_error)
        alone = Design(d.treated, d.outcome, d.covariates, d.names, np.arange(400))
        forgetful.append(Matching(distance=distance).fit(alone).effect().standard_error)  # type: ignore[arg-type]
    assert np.mean(told) == pytest.approx(np.std(values), rel=0.25)
    assert np.mean(forgetful) < 0.75 * np.std(values)
    assert effect.clusters <= 40
    assert effect.freedom == 39
    assert "errors by cluster" in " ".join(effect.notes)


def test_errors_of_an_adjustment_forget_what_the_covariates_say() -> None:
    """They were told 1.3 times as large as seen, as near rows differ in all but the chance."""
    effects = [
        Matching(neighbours=5, caliper=0.2, bias_adjust=True).fit(make_world("good", 300, seed, p=10).design)
        for seed in range(60)
    ]
    told = [found.effect().standard_error for found in effects]
    assert np.mean(told) == pytest.approx(np.std([found.effect().value for found in effects]), rel=0.15)


def test_the_correction_for_an_estimated_propensity_is_told_and_shrinks_the_ate() -> None:
    design = make_world("good", 500, 0).design
    estimated = Matching(estimand="ATE").fit(design)
    assert any("2016" in note for note in estimated.effect().notes)
    # As if the same places had been known: the errors of 2006.
    odds = 1 / (1 + np.exp(-estimated._places(estimated.design_).value[:, 0]))
    d = estimated.design_
    known = Design(d.treated, d.outcome, d.covariates, d.names, d.cluster, odds)
    effect = Matching(estimand="ATE").fit(known).effect()
    assert any("2006" in note for note in effect.notes)
    assert effect.value == pytest.approx(estimated.effect().value, abs=0.02)
    assert estimated.effect().standard_error < effect.standard_error


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"replacement": False, "estimand": "ATE"}, "only the treated"),
        ({"neighbours": 0}, "0 neighbours"),
        ({"neighbours": 1.5}, "1.5 neighbours: choose a whole number"),
        ({"neighbours": "2"}, "'2' neighbours"),
        ({"neighbours": True}, "True neighbours"),
        ({"caliper": -1.0}, "caliper -1.0"),
        ({"caliper": "x"}, "caliper 'x': choose a number over 0"),
        ({"exact": "x1"}, "exact is 'x1': give a list"),
        ({"exact": None}, "exact is None: give a list"),
        ({"exact": ["nope"]}, "no covariate 'nope'"),
        ({"distance": "euclid"}, "distance 'euclid'"),
        ({"propensity": PropensitySettings(model="boosting")}, "logistic model only"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigError, match=line):
        Matching(**settings).fit(small())  # type: ignore[arg-type]


def test_nobody_has_a_match() -> None:
    x = np.r_[np.linspace(0, 1, 30), np.linspace(100, 101, 30)][:, None]
    design = Design(x[:, 0] > 50, x[:, 0] % 1, x, ("x",), np.arange(60))
    effect = Matching(caliper=1e-6).fit(design).effect()
    assert np.isnan(effect.value)
    assert np.isnan(effect.low)
    assert "nobody has a match" in effect.notes


@pytest.mark.slow
@pytest.mark.parametrize("replacement", [True, False])
def test_a_hundred_thousand_rows_are_matched_in_seconds(replacement: bool) -> None:
    world = make_world("good", 100_000, 0)
    start = time.perf_counter()
    effect = Matching(replacement=replacement, caliper=0.2).fit(world.design).effect()
    # A million within 20 s on one core; a busy machine gets three times that.
    assert time.perf_counter() - start < 6
    # Pairs that use up the controls leave out treated: their effect is another one.
    assert effect.value == pytest.approx(world.mean_tau[world.design.treated].mean(), abs=0.15)


def test_a_line_takes_no_credit_for_what_the_matches_left() -> None:
    """Balance is of the matches alone, and parts of the data are asked with a line where the whole was."""
    found = Matching(distance="mahalanobis").fit(make_world("good", 400, 1, p=25).design)
    assert found.matched_.adjusted
    assert measure_balance(found.design_, found.weight_).worst > 0.1
    assert measure_balance(found.design_, found.matched_.weight).worst < 1e-9
    assert found.tuned().bias_adjust is True
    assert Matching().fit(make_world("good", 400, 1).design).tuned().bias_adjust is False
