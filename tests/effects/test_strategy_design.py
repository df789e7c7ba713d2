"""A study becomes a design: who, when, what before, what after, held against a loop; and the truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.effects.studies import Change, arms, changed, without_chances

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.drawn import Drawn
from telltale.effects.registry_effects import make_estimator
from telltale.effects.strategy_design import StrategyDesign, strategy_design
from telltale.effects.words import how_sure
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import FactorPanel
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.simulate.truth import Truth
from telltale.study.store import Study, texts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("strategies") / "study"
    return simulate_study(out, load_spec().scaled(100), seed=3, signals="none").study


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return Study.open(folder)


@pytest.fixture(scope="module")
def panel(study: Study) -> FactorPanel:
    return factor_panel(study)


@pytest.fixture(scope="module")
def desire(study: Study, panel: FactorPanel) -> StrategyDesign:
    return strategy_design(study, panel, "social_proof", "desire")


def test_outcome_and_what_was_before_are_those_of_a_loop(
    study: Study, panel: FactorPanel, desire: StrategyDesign
) -> None:
    table = study.table("exposures").to_pandas().query("strategy == 'social_proof'").set_index("session_id")
    values, names = panel.column("desire"), desire.design.names
    for row in range(0, len(desire.units), 7):
        session = desire.units[row]
        mine = panel.session == panel.session_ids.index(session)
        moment = table.time_s[session]
        starts = panel.step[mine] * 5.0
        assert desire.design.outcome[row] == pytest.approx(values[mine][starts >= moment].mean())
        before = starts + 5.0 <= moment
        assert desire.earlier is not None
        assert desire.earlier[row] == pytest.approx(values[mine][before].mean())
        for name in ("desire", names[0]):
            mean = panel.column(name)[mine][before].mean()
            assert desire.design.covariates[row, names.index(name)] == pytest.approx(mean)
        assert desire.design.treated[row] == (table.arm[session] == "treated")


def test_chances_that_were_logged_are_used_and_others_are_not_invented(
    study: Study, panel: FactorPanel, desire: StrategyDesign
) -> None:
    assert desire.design.propensity is not None
    assert set(desire.design.propensity) == {0.5}
    assert desire.design.evidence == "randomised, logged chances"
    chosen = strategy_design(study, panel, "preloaded_checkout", "purchase").design
    assert chosen.propensity is None
    assert chosen.outcome_kind == "binary"
    assert set(np.unique(chosen.outcome)) == {0.0, 1.0}


def test_how_long_counts(study: Study, panel: FactorPanel, desire: StrategyDesign) -> None:
    short = strategy_design(study, panel, "social_proof", "desire", within_s=30)
    assert short.design.outcome_name == "desire within 30 s"
    session = panel.session_ids.index(short.units[0])
    mine = panel.session == session
    first = panel.column("desire")[mine][24:30]
    assert short.design.outcome[0] == pytest.approx(first.mean())
    assert not np.array_equal(short.design.outcome, desire.design.outcome[: len(short.design)])


def test_clusters_are_people_or_rooms(study: Study, panel: FactorPanel, desire: StrategyDesign) -> None:
    people = dict(
        zip(
            texts(study.table("sessions"), "session_id"),
            texts(study.table("sessions"), "participant_id"),
            strict=True,
        )
    )
    owners = [people[session] for session in desire.units]
    assert desire.design.clusters == len(set(owners))
    assert desire.design.drawn == Drawn("person")
    by_room = strategy_design(study, panel, "social_proof", "desire", cluster="room")
    assert by_room.design.clusters == len(np.unique(desire.room))


def test_few_sessions_bear_few_covariates(desire: StrategyDesign) -> None:
    design = desire.design
    borne = min(design.treated.sum(), (~design.treated).sum()) // 10
    assert len(design.names) == borne >= 2
    assert "desire" in design.names
    assert any(fact.startswith(f"adjusted for {borne} of {desire.offered} cov") for fact in design.facts)
    assert desire.offered > borne


@pytest.mark.parametrize("time_s", [0.0, 1e5])
def test_a_moment_at_either_end_is_told_as_what_it_is(folder: Path, tmp_path: Path, time_s: float) -> None:
    moved = changed(folder, tmp_path / "s", exposures=lambda table: table.assign(time_s=time_s))
    study = Study.open(moved)
    with pytest.raises(FormatError, match=r"can be used: \d+ ended or began too near the moment") as caught:
        strategy_design(study, factor_panel(study), "social_proof", "desire")
    assert "nobody" not in str(caught.value)
    assert "5 s or more on both sides" in str(caught.value)


def test_chances_that_some_lack_are_counted(folder: Path, tmp_path: Path) -> None:
    study = Study.open(changed(folder, tmp_path / "s", exposures=without_chances(4)))
    found = strategy_design(study, factor_panel(study), "social_proof", "desire")
    lost = sum(int(unit[1:]) % 4 == 0 for unit in found.units)
    assert found.unlogged == f"chances are missing for {lost} of {len(found.units)} viewers"
    assert lost
    assert found.design.propensity is None


def test_chosen_covariates_alone(study: Study, panel: FactorPanel) -> None:
    found = strategy_design(study, panel, "social_proof", "desire", covariates=["attention"])
    assert found.design.names == ("attention", "desire")
    assert found.offered == len([one for one in panel.factors if one.source != "exposures"])


def test_what_is_not_there_is_refused(study: Study, panel: FactorPanel) -> None:
    with pytest.raises(ConfigError, match=r"no strategy 'social_prof' .did you mean 'social_proof'"):
        strategy_design(study, panel, "social_prof", "desire")
    with pytest.raises(
        ConfigError, match=r"no outcome 'desir' .*: there are desire, (\w+, ){6}\w+ and \d+ more$"
    ):
        strategy_design(study, panel, "social_proof", "desir")
    with pytest.raises(ConfigError, match="'preloaded_checkout' is a strategy, no outcome"):
        strategy_design(study, panel, "social_proof", "preloaded_checkout")
    with pytest.raises(
        ConfigError,
        match=r"no covariate 'x': there are .* and \d+ more; 'social_proof' is a strategy, no covariate",
    ):
        strategy_design(study, panel, "social_proof", "desire", covariates=["x", "social_proof"])
    with pytest.raises(ConfigError, match="within inf s is no time: leave it out"):
        strategy_design(study, panel, "social_proof", "desire", within_s=np.inf)
    with pytest.raises(ConfigError, match="no step ends"):
        strategy_design(study, panel, "social_proof", "desire", within_s=1)


def test_a_moment_is_pretended_earlier_and_nothing_after_the_real_one_is_used(
    study: Study, panel: FactorPanel, desire: StrategyDesign
) -> None:
    assert desire.pretended_s == 60
    pretended = desire.pretended
    assert pretended is not None
    after = panel.step * panel.grid_s >= 120
    values = panel.values.copy()
    values[after] += 1000.0
    again = strategy_design(study, replace(panel, values=values), "social_proof", "desire").pretended
    assert again is not None
    assert np.array_equal(again.outcome, pretended.outcome)
    row = 5
    session = panel.session_ids.index(desire.units[desire.pretended_of[row]])
    mine = panel.column("desire")[panel.session == session]
    assert pretended.outcome[row] == pytest.approx(mine[12:24].mean())
    before = pretended.covariates[row, pretended.names.index("desire")]
    assert before == pytest.approx(mine[:12].mean())
    assert pretended.treated[row] == desire.design.treated[desire.pretended_of[row]]


def test_where_nothing_is_before_nothing_is_pretended(folder: Path, tmp_path: Path) -> None:
    study = Study.open(changed(folder, tmp_path / "s", exposures=lambda table: table.assign(time_s=5.0)))
    found = strategy_design(study, factor_panel(study), "social_proof", "desire")
    assert found.pretended is None


def by_room(folder: Path, out: Path, effect: float) -> Path:
    """Whole rooms get it, every other one, and desire rises with it."""
    rooms = pq.read_table(folder / "sessions.parquet").to_pandas().set_index("session_id").room_id
    got = rooms.str[1:].astype(int) % 2 == 1

    def raised(table: pd.DataFrame) -> pd.DataFrame:
        there = table.session_id.map(got) & (table.time_s > 120)
        return table.assign(desire=table.desire + effect * there)

    treated = arms(lambda table: table.session_id.map(got))
    return changed(folder, out, exposures=treated, viewer_factors=raised)


def test_rooms_are_units_where_whole_rooms_were_assigned(tmp_path: Path) -> None:
    made = simulate_study(tmp_path / "whole", load_spec().scaled(300), seed=3, signals="none")
    study = Study.open(by_room(made.study, tmp_path / "rooms", 1.0))
    panel = factor_panel(study)
    found = strategy_design(study, panel, "social_proof", "desire", per="room")
    one = strategy_design(study, panel, "social_proof", "desire", cluster="room")
    by_default = strategy_design(study, panel, "social_proof", "desire")
    assert by_default.design.drawn == Drawn("room", "whole rooms got it", "room")
    assert by_default.design.clusters == one.design.clusters < len(one.design)
    several = "people who watched several rooms count in each"
    assert several in by_default.design.facts
    assert (
        several not in strategy_design(study, panel, "social_proof", "desire", cluster="person").design.facts
    )
    effect = make_estimator("ipw").fit(by_default.design).effect()
    rooms = f"of {one.design.clusters} rooms, drawn by room, for whole rooms got it; "
    assert rooms in how_sure(effect, by_default.design)
    design = found.design
    assert design.unit == "room"
    assert "drawn by" not in how_sure(make_estimator("ipw").fit(design).effect(), design)
    assert len(design) == len(set(one.room.tolist())) == len(found.units)
    assert not design.clustered
    for row in range(0, len(design), 9):
        mine = one.room == found.room[row]
        assert found.units[row] == panel.room_ids[found.room[row]]
        assert design.outcome[row] == pytest.approx(one.design.outcome[mine].mean())
        assert set(one.design.treated[mine]) == {design.treated[row]}
    flat = Study.open(by_room(made.study, tmp_path / "flat", 0.0))
    without = strategy_design(flat, factor_panel(flat), "social_proof", "desire", per="room").design
    assert design.outcome - without.outcome == pytest.approx(design.treated.astype(float), abs=1e-6)
    assert make_estimator("ipw").fit(design).effect().low > 0
    carts = strategy_design(study, panel, "social_proof", "add_to_cart", per="room").design
    assert carts.outcome_kind == "continuous"
    assert ((carts.outcome >= 0) & (carts.outcome <= 1)).all()


def test_a_part_keeps_all_that_belongs_to_its_units(desire: StrategyDesign) -> None:
    kept = np.arange(len(desire.design)) % 4 != 0
    part = desire.part(kept, "for a test")
    assert part.units == tuple(unit for unit, stays in zip(desire.units, kept, strict=True) if stays)
    assert part.earlier is not None
    assert desire.earlier is not None
    assert np.array_equal(part.earlier, desire.earlier[kept])
    assert part.design.facts[-1] == "for a test"
    assert part.pretended is not None
    assert desire.pretended is not None
    for row, unit in enumerate(part.pretended_of):
        assert part.pretended.treated[row] == part.design.treated[unit]


def gaps(share: float) -> Change:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        lost = table.session_id.str[1:].astype(int) % 100 < 100 * share
        return table.assign(attention=table.attention.mask(lost))

    return change


def test_missing_values_cost_a_covariate_or_are_refused(folder: Path, tmp_path: Path) -> None:
    study = Study.open(changed(folder, tmp_path / "s", viewer_factors=gaps(0.4)))
    panel = factor_panel(study)
    whole = strategy_design(study, panel, "social_proof", "desire").design
    assert "attention" not in whole.names
    assert "not adjusted for, as unseen before too many moments: attention" in whole.facts
    named = strategy_design(study, panel, "social_proof", "desire", covariates=["attention"]).design
    assert len(named) == len(whole) - 40
    (left,) = (fact for fact in named.facts if fact.endswith(": a covariate was not seen"))
    assert left.startswith("40 sessions left out (")
    worse = Study.open(changed(folder, tmp_path / "t", viewer_factors=gaps(0.55)))
    with pytest.raises(FormatError, match=r"values missing before the moment: 'attention' \d+ %"):
        strategy_design(worse, factor_panel(worse), "social_proof", "desire", covariates=["attention"])


def test_named_covariates_that_tell_nothing_are_refused_together(folder: Path, tmp_path: Path) -> None:
    def more(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(twice=1 - 2 * table.attention, still=3.0)

    study = Study.open(changed(folder, tmp_path / "s", viewer_factors=more))
    panel = factor_panel(study)
    with pytest.raises(FormatError, match=r"never change: 'still': leave them out; .* the others: 'twice'"):
        strategy_design(study, panel, "social_proof", "desire", covariates=["attention", "twice", "still"])
    design = strategy_design(study, panel, "social_proof", "desire").design
    assert "still" not in design.names
    assert len({"attention", "twice"} & set(design.names)) <= 1


def test_chances_of_some_are_not_used(folder: Path, tmp_path: Path) -> None:
    def half(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(propensity=table.propensity.where(table.index % 4 < 2))

    study = Study.open(changed(folder, tmp_path / "s", exposures=half))
    design = strategy_design(study, factor_panel(study), "social_proof", "desire").design
    assert design.propensity is None
    assert any(fact.startswith("chances were logged for") for fact in design.facts)


@pytest.mark.slow
def test_the_planted_effect_is_in_the_interval(tmp_path: Path) -> None:
    """Fifteen simulated studies; benchmarks/causal has more."""
    held = 0
    for seed in range(15):
        made = simulate_study(tmp_path / f"s{seed}", load_spec().scaled(80), seed=seed, signals="none")
        study = Study.open(made.study)
        found = strategy_design(study, factor_panel(study), "social_proof", "desire")
        worlds = Truth.open(made.truth).table("potential_outcomes").to_pandas()
        worlds = worlds[worlds.strategy == "social_proof"].pivot(
            index="session_id", columns="arm", values="desire_mean"
        )
        tau = (worlds.treated - worlds.control).loc[list(found.units)].mean()
        effect = make_estimator("ipw").fit(found.design).effect()
        held += effect.low <= tau <= effect.high
    # With 95 % each, twelve are reached in 995 of 1,000 such rows of fifteen.
    assert held >= 12
