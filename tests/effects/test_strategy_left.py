"""Who left, who was trimmed and who has no like: counted, told by arm, and no hole where nothing was done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.effects.studies import changed
from tests.effects.test_strategy_case import asked

from telltale.core.rng import stream
from telltale.effects.attrition import Attrition, left_out_by_arm
from telltale.effects.contract import Effect
from telltale.effects.did_case import did_case
from telltale.effects.registry_effects import make_estimator
from telltale.effects.strategy_case import strategy_case
from telltale.effects.strategy_design import strategy_design
from telltale.effects.strategy_did import strategy_did
from telltale.effects.whom import Missed, on_whom
from telltale.factors.from_study import factor_panel
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study

MOMENT = 120.0
END = 124.0
"""When those who left at once had gone: before a whole step after the moment."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("left") / "study"
    return simulate_study(out, load_spec().scaled(150), seed=7, signals="none").study


@pytest.fixture(scope="module")
def gone(folder: Path) -> set[str]:
    """Six of ten who got it."""
    table = pq.read_table(folder / "exposures.parquet").to_pandas().query("strategy == 'social_proof'")
    got = table.session_id[table.arm == "treated"]
    return {session for session in got if int(session[1:]) % 5 < 3}


@pytest.fixture(scope="module")
def study(folder: Path, gone: set[str]) -> Study:
    def cut(table: pd.DataFrame) -> pd.DataFrame:
        return table[~(table.session_id.isin(gone) & (table.time_s > END))]

    def ended(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(duration_s=table.duration_s.mask(table.session_id.isin(gone), END))

    out = folder.parent / "left"
    return Study.open(changed(folder, out, sessions=ended, viewer_factors=cut, events=cut, exposures=cut))


def test_who_left_without_buying_did_not_buy(study: Study, gone: set[str]) -> None:
    """Every session that was assigned, against the study's own log."""
    found = strategy_design(study, factor_panel(study), "social_proof", "purchase")
    events = study.table("events").to_pandas().query("type == 'purchase'")
    times = study.table("exposures").to_pandas().query("strategy == 'social_proof'")
    moments = times.set_index("session_id").time_s
    bought = set(events.session_id[events.time_s > events.session_id.map(moments)])
    assert set(found.units) == set(moments.index) > gone
    assert found.design.outcome.tolist() == [float(unit in bought) for unit in found.units]
    assert 0 < found.design.outcome.sum() < len(found.units)
    assert found.left is None


def test_an_event_counts_by_its_own_time(folder: Path, tmp_path: Path) -> None:
    """Of one step of five seconds: before the moment, at it, after it, and after the time that counts."""
    events = pq.read_table(folder / "events.parquet").to_pandas()
    first = sorted(pq.read_table(folder / "exposures.parquet").to_pandas().session_id.unique())[:4]
    times = dict(zip(first, (121.5, 122.0, 122.004, 152.5), strict=True))

    def one_each(table: pd.DataFrame) -> pd.DataFrame:
        bought = events[events.type == "purchase"]
        new = pd.concat([bought.head(1).assign(session_id=who, time_s=at) for who, at in times.items()])
        new = new.assign(event_id=[f"new-{k}" for k in range(len(new))])[list(table.columns)]
        found: pd.DataFrame = pd.concat([table[table.type != "purchase"], new], ignore_index=True)
        return found

    study = Study.open(
        changed(folder, tmp_path / "s", events=one_each, exposures=lambda table: table.assign(time_s=122.0))
    )
    panel = factor_panel(study)
    short = strategy_design(study, panel, "social_proof", "purchase", within_s=30)
    assert [unit for unit, y in zip(short.units, short.design.outcome, strict=True) if y] == [first[2]]
    assert short.earlier is not None
    assert [unit for unit, y in zip(short.units, short.earlier, strict=True) if y] == first[:2]
    long = strategy_design(study, panel, "social_proof", "purchase")
    assert [unit for unit, y in zip(long.units, long.design.outcome, strict=True) if y] == first[2:]


def test_states_of_who_left_are_holes_and_the_arms_are_compared(study: Study, gone: set[str]) -> None:
    found = strategy_design(study, factor_panel(study), "social_proof", "desire")
    assert found.left is not None
    assert found.left.lost.sum() == len(gone) == (found.left.lost & found.left.treated).sum()
    case = strategy_case(found, make_estimator("ipw"), draws=5)
    (check,) = (one for one in case.finding.checks if one.name == "who was left out")
    assert check.verdict == "fail"
    got, others = int(found.left.treated.sum()), int((~found.left.treated).sum())
    told = f"{len(gone)} of {got} who got it and 0 of {others} who did not: they ended or began too near"
    assert any(told in warning for warning in case.warnings)
    assert f"{len(gone)} sessions left out ({len(gone)} who got it, 0 who did not)" in str(case.effect)
    assert "who was left out" in case.sentences[0]


def test_before_and_after_says_who_was_not_seen_throughout(study: Study, gone: set[str]) -> None:
    """Of a state alone: of an event the periods of who left hold 0."""
    panel = factor_panel(study)
    found = strategy_did(study, panel, "social_proof", "desire", every_s=15)
    assert found.left is not None
    assert found.left.lost.sum() >= len(gone) > 20
    assert (found.left.lost & found.left.treated).sum() >= len(gone)
    event = strategy_did(study, panel, "social_proof", "like", every_s=15)
    assert event.left is None
    assert event.panel.units == found.panel.units + int(found.left.lost.sum())
    case = did_case(strategy_did(study, panel, "social_proof", "desire", every_s=15))
    assert {check.name: check.verdict for check in case.finding.checks}["who was left out"] == "fail"
    assert any(f"{len(gone)} of " in warning for warning in case.warnings)


def test_shares_left_out_are_held_against_chance_by_cluster() -> None:
    """Rooms of ten that leave together are ten times fewer draws."""
    alone, together = 0, 0
    for seed in range(400):
        rng = stream(seed, "left")
        room = np.arange(600) // 10
        got = (rng.random(60) < 0.5)[room]
        lost = (rng.random(60) < 0.2)[room]
        fails = [
            left_out_by_arm(Attrition(got, lost, owner, "they left"), 1.0, 1.0).verdict == "fail"
            for owner in (room, np.arange(600))
        ]
        together, alone = together + fails[0], alone + fails[1]
    assert together <= 14
    assert alone > 80
    by_arm = np.arange(600) % 2 == 0
    few = Attrition(by_arm, np.arange(600) % 30 < 2, np.arange(600), "they left")
    assert left_out_by_arm(few, 0.3, 1.0).verdict == "pass"
    assert left_out_by_arm(few, 0.01, 1.0).verdict == "cannot tell"
    more = Attrition(by_arm, (np.arange(600) % 10 == 0), np.arange(600), "they left")
    assert left_out_by_arm(more, 0.3, 1.0).verdict == "fail"


def test_few_losses_of_a_small_arm_are_chance() -> None:
    """Sixty got it and twelve of all were lost, mostly none of the sixty: normal errors fail in 28 %."""
    failed, rooms = 0, 0
    for seed in range(300):
        rng = stream(seed, "few left")
        got, lost = rng.random(600) < 0.1, rng.random(600) < 0.02
        failed += left_out_by_arm(Attrition(got, lost, np.arange(600), ""), 0.3, 1.0).verdict == "fail"
        room = np.arange(600) // 10
        whole = np.isin(room, rng.permutation(60)[:6])
        left = Attrition(whole, (rng.random(60) < 0.05)[room], room, "")
        rooms += left_out_by_arm(left, 0.3, 1.0).verdict == "fail"
    assert failed <= 9
    assert rooms <= 9


def test_an_effect_of_a_part_says_of_which() -> None:
    given = asked("poor", 600)
    trimmed = strategy_case(given, make_estimator("ipw"), trim=0.3, draws=5)
    kept = len(trimmed.design)
    assert f"over the {kept} viewers for whom both were likely enough" in trimmed.sentences[0]
    assert f"; {600 - kept} viewers were left out, for whom one of both was too" in trimmed.sentences[1]
    assert trimmed.effect.left_out == 600 - kept
    assert f", {600 - kept} left out" in str(trimmed.effect)
    whole = strategy_case(given, make_estimator("ipw"), draws=5)
    assert "over all viewers" in whole.sentences[0]
    assert "left out" not in whole.sentences[1]
    assert whole.effect.left_out == 0
    near = strategy_case(given, make_estimator("matching-caliper", estimand="ATE"), draws=5)
    lost = near.effect.left_out
    assert lost > 0
    assert f"over the {600 - lost} viewers who have a like in the other arm" in near.sentences[0]
    assert f"; {lost} viewers were left out, who have no like in the other arm" in near.sentences[1]


def test_whom_words_name_the_estimand() -> None:
    effect = Effect(
        "ATT", 1.0, 0.5, 1.5, 0.2, 0.95, "dr", "viewer", "note", "spend", 40, 60, 100, 0, "observed"
    )
    assert on_whom(effect) == "on average over the viewers who got it"
    both = "for whom both were likely enough and who have a like in the other arm"
    assert on_whom(effect, Missed(3, 2)) == f"on average over the 40 viewers who got it, those {both}"
    rooms = replace(effect, estimand="ATE", unit="room")
    assert on_whom(rooms, Missed(3)) == "on average over the 100 rooms for which both were likely enough"
    assert Missed(unmatched=1).words("room") == "; 1 room was left out, that has no like in the other arm"
