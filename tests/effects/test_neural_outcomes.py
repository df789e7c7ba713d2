"""Neural potential outcomes: bends are found, lines kept, nothing leaks, torch is needed only to learn."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace

import numpy as np
import pytest
from tests.effects.worlds import make_world

pytest.importorskip("torch")

import torch
from scipy.special import expit

from telltale.core.errors import ConfigError
from telltale.effects import neural_outcomes
from telltale.effects.design import Design, OutcomeKind
from telltale.effects.doubly_robust import DoublyRobust
from telltale.effects.folds import cluster_folds
from telltale.effects.neural_net import CHANCE, Nets, NetSettings
from telltale.effects.neural_outcomes import NeuralOutcomes
from telltale.effects.neural_training import Lesson, train_nets

FEW = NetSettings(members=1, width=16, head_width=8, rate=0.01, steps=150, every=15)


def bent(n: int, seed: int, kind: OutcomeKind = "continuous") -> tuple[Design, np.ndarray]:
    """Y(0) bends, Y(1) is a line; who is treated hangs on both covariates that matter. The effects beside."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 4))
    treated = draw.random(n) < expit(0.7 * x[:, 0] - 0.5 * x[:, 1])
    low, high = np.exp(0.6 * (x[:, 0] + x[:, 1])), 3 + x[:, 0]
    if kind == "continuous":
        y = np.where(treated, high, low) + 0.5 * draw.normal(size=n)
    elif kind == "binary":
        low, high = expit(low - 2), expit(high - 2)
        y = (draw.random(n) < np.where(treated, high, low)).astype(float)
    else:
        high = np.exp(0.5 + 0.3 * x[:, 0])
        y = draw.poisson(np.where(treated, high, low)).astype(float)
    names = ("a", "b", "c", "d")
    return Design(treated, y, x, names, np.arange(n), outcome_kind=kind), high - low


def off(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))


def test_bends_are_found_that_lines_miss() -> None:
    design, _ = bent(500, 0)
    new, effect = bent(400, 1)
    nets = NeuralOutcomes(nets=FEW, intervals="none").fit(design)
    each = nets.individual(new.covariates)
    lines = DoublyRobust(outcome_model="linear", effect_model="linear", intervals="none").fit(design)
    assert off(each.value, effect) < 0.6 * off(lines.individual(new.covariates).value, effect)
    assert np.isnan(each.low).all()
    assert nets.fit_.share[0] > 0.5
    assert (nets.fit_.stopped > 0).all()


def test_where_lines_say_all_nets_add_little() -> None:
    world, new = make_world("good", 600, 3), make_world("good", 400, 4)
    nets = NeuralOutcomes(nets=FEW, intervals="none").fit(world.design)
    lines = replace(nets.fit_, share=np.zeros(3)).predict(new.design.covariates)
    x = new.design.covariates
    error = off(nets.individual(x).value, new.mean_tau)
    assert error < 1.3 * off(lines.treated - lines.control, new.mean_tau)
    assert error < 0.5 * new.mean_tau.std()


@pytest.mark.parametrize("kind", ["binary", "count"])
def test_outcomes_that_are_no_plain_numbers(kind: OutcomeKind) -> None:
    design, effect = bent(800, 5, kind)
    found = NeuralOutcomes(nets=FEW).fit(design)
    told = found.effect()
    assert told.low < effect.mean() < told.high
    each = found.individual()
    assert np.corrcoef(each.value, effect)[0, 1] > 0.6
    if kind == "binary":
        means = found.fit_.predict(design.covariates)
        assert ((means.control > 0) & (means.control < 1) & (means.treated > 0) & (means.treated < 1)).all()
        assert np.abs(each.value).max() < 1
        assert (each.low >= -1).all()
        assert (each.high <= 1).all()


def test_single_units_lie_in_their_intervals() -> None:
    design, _ = bent(500, 6)
    found = NeuralOutcomes(nets=FEW).fit(design)
    new, effect = bent(600, 7)
    draw = np.random.default_rng(8)
    single = effect + 0.5 * draw.normal(size=600) - 0.5 * draw.normal(size=600)
    for way in ("bonferroni", "unrelated"):
        found.intervals, found.conformal_ = way, None
        each = found.individual(new.covariates)
        held = float(((each.low <= single) & (single <= each.high)).mean())
        assert held > 0.9
        inside = (each.low <= each.value) & (each.value <= each.high)
        assert inside.mean() > 0.99
        assert way in each.notes[0]


def test_logged_chances_are_used_as_they_are() -> None:
    world = make_world("randomised", 300, 0)
    found = NeuralOutcomes(nets=FEW).fit(world.design)
    assert found.design_.propensity is not None
    assert np.array_equal(found.propensity_.chance, found.design_.propensity)
    told = found.effect()
    assert told.low < 1 < told.high


def test_trimming_is_said() -> None:
    found = NeuralOutcomes(nets=FEW, trim=0.2).fit(make_world("poor", 400, 1).design).effect()
    assert found.left_out > 20
    assert "trim 0.2" in found.method
    assert any("trimmed" in note for note in found.notes)


def test_telling_needs_no_torch_and_survives_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    design, _ = bent(300, 9)
    found = NeuralOutcomes(nets=FEW).fit(design)
    before = found.individual().value
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError, match="needs torch"):
        NeuralOutcomes(nets=FEW).fit(design)
    again = pickle.loads(pickle.dumps(found))
    assert again.individual().value.tolist() == before.tolist()


def test_without_torch_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural_outcomes, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"'neural' needs torch: pip install 'telltale-live\[train\]'"):
        NeuralOutcomes().fit(bent(100, 0)[0])


def test_settings_that_make_no_sense_are_refused_together() -> None:
    with pytest.raises(ConfigError) as told:
        NeuralOutcomes(intervals="nested", folds=1, trim=0.7, estimand="LATE").fit(bent(100, 0)[0])  # type: ignore[arg-type]
    for word in ("'nested'", "1 folds", "trim is 0.7", "'LATE'"):
        assert word in str(told.value)
    bare = replace(make_world("randomised", 60, 0).design, covariates=np.empty((60, 0)), names=())
    with pytest.raises(ConfigError, match="needs covariates"):
        NeuralOutcomes().fit(bare)
    with pytest.raises(ConfigError, match=r"members is 0; width is -1: counts are whole numbers, 1 or more"):
        NetSettings(members=0, width=-1)
    with pytest.raises(ConfigError, match=r"rate is 0: counts"):
        NetSettings(rate=0)


def lesson(seed: int = 0, n: int = 200) -> Lesson:
    design, _ = bent(n, seed)
    fold = cluster_folds(design.cluster, design.treated, 4, 0, "test")
    y = (design.outcome - design.outcome.mean()) / design.outcome.std()
    return Lesson(design.covariates, design.treated, y, fold, np.zeros((3, 4, n)), False)


def test_nets_of_a_fold_never_see_its_rows() -> None:
    settings = NetSettings(members=2, rate=0.01, steps=20, every=20)
    one = lesson()
    mine = one.fold == 1
    other = replace(one, outcome=np.where(mine, one.outcome + 0.5, one.outcome))
    nets = [train_nets(each, settings, 5) for each in (one, other)]
    assert nets[0].stopped[1] == nets[1].stopped[1] == 20
    (w, _), (v, _) = (found.nets.shared[0] for found in nets)
    assert np.array_equal(w[2:4], v[2:4])
    assert not np.array_equal(w[4:6], v[4:6])


def test_arrays_say_what_torch_would() -> None:
    """The same layers by torch, straight from their definition."""

    def bend(value: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = torch.nn.functional.softplus(value)
        return found - float(np.log(2))

    nets: Nets = train_nets(lesson(), NetSettings(members=1, steps=100), 0).nets
    z = np.random.default_rng(0).normal(size=(9, 4))
    for e in range(4):
        value = torch.tensor(z)
        for weight, bias in nets.shared:
            value = bend(value @ torch.tensor(weight[e]) + torch.tensor(bias[e]))
        for head, layers in enumerate(nets.heads):
            out = value
            for k, (weight, bias) in enumerate(layers):
                if k:
                    out = bend(out)
                out = out @ torch.tensor(weight[e]) + torch.tensor(bias[e])
            assert nets.add(z)[head, e] == pytest.approx(out[:, 0].numpy(), rel=1e-9, abs=1e-12)


def test_training_stops_where_nothing_can_be_learnt() -> None:
    """Noise has no shape: nets that went on would forecast what was held out worse and worse."""
    draw = np.random.default_rng(1)
    noise = replace(lesson(), outcome=draw.normal(size=200))
    settings = NetSettings(members=1, rate=0.01, steps=2000)
    found = train_nets(noise, settings, 0)
    assert found.stopped.max() < 300
    assert np.abs(found.nets.add(noise.z)[:CHANCE]).mean() < 0.5


def test_more_nets_and_other_seeds_agree_more_than_one_net_with_another() -> None:
    design, _ = bent(200, 10)

    def told(members: int, seed: int) -> np.ndarray:
        settings = replace(FEW, members=members)
        return NeuralOutcomes(nets=settings, intervals="none", seed=seed).fit(design).individual().value

    apart = [off(told(members, 1), told(members, 2)) for members in (1, 4)]
    assert apart[1] < apart[0]
