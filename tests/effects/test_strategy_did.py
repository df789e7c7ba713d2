"""A study becomes a panel of before and after, held against a loop; and the case that is made of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.effects.studies import changed, without_chances

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.did import DidSettings
from telltale.effects.did_case import DidCase, did_case, pretend_earlier
from telltale.effects.strategy_did import StrategyDid, strategy_did, whole_periods
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import FactorPanel
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("did") / "study"
    return simulate_study(out, load_spec().scaled(100), seed=3, signals="none").study


def moved(table: pd.DataFrame) -> pd.DataFrame:
    """Moments that lie between steps and differ from session to session."""
    late = table.session_id.str[1:].astype(int) % 4
    return table.assign(time_s=table.time_s + 17.0 * late)


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return Study.open(changed(folder, folder.parent / "moved", exposures=moved))


@pytest.fixture(scope="module")
def panel(study: Study) -> FactorPanel:
    return factor_panel(study)


@pytest.fixture(scope="module")
def asked(study: Study, panel: FactorPanel) -> StrategyDid:
    return strategy_did(study, panel, "social_proof", "desire", every_s=15, before_s=60, after_s=90)


@pytest.fixture(scope="module")
def case(asked: StrategyDid) -> DidCase:
    return did_case(asked, by_start=True)


def test_periods_are_those_of_a_loop(study: Study, panel: FactorPanel, case: DidCase) -> None:
    """No period holds time from both sides of the moment."""
    times = study.table("exposures").to_pandas().query("strategy == 'social_proof'")
    moments = times.set_index("session_id").time_s
    windows = case.did.windows
    assert windows.relative.tolist() == list(range(-4, 6))
    units = units_of(study, panel, case)
    assert {moments[unit] % 5 for unit in units} == {0, 1, 2, 4}
    for row in range(0, len(windows.unit), 9):
        session = units[windows.unit[row]]
        mine = panel.session == panel.session_ids.index(session)
        starts, values = panel.step[mine] * 5.0, panel.column("desire")[mine]
        after, before = starts >= moments[session], starts + 5 <= moments[session]
        assert windows.outcome[row, 4] == pytest.approx(values[after][:3].mean())
        assert windows.outcome[row, 9] == pytest.approx(values[after][15:18].mean())
        assert windows.outcome[row, 3] == pytest.approx(values[before][-3:].mean())
        assert windows.outcome[row, 0] == pytest.approx(values[before][-12:-9].mean())


def units_of(study: Study, panel: FactorPanel, case: DidCase) -> list[str]:
    """Sessions of the panel's units: none was too short here."""
    del panel
    table = study.table("exposures").to_pandas().query("strategy == 'social_proof'")
    units = sorted(table.session_id)
    assert case.asked.panel.units == len(units)
    arm = table.set_index("session_id").arm
    assert (case.asked.panel.treated == [arm[unit] == "treated" for unit in units]).all()
    return units


def test_what_is_matched_on_was_before_and_is_not_the_outcome(asked: StrategyDid) -> None:
    assert asked.panel.names
    assert "desire" not in asked.panel.names
    assert asked.by_lot
    assert not asked.event
    assert asked.panel.outcome_name == "desire in the 90 s after it"
    assert len(asked.panel.starts) == 4


def test_chances_that_some_lack_are_counted(folder: Path, tmp_path: Path) -> None:
    study = Study.open(changed(folder, tmp_path / "s", exposures=without_chances(4)))
    found = did_case(strategy_did(study, factor_panel(study), "social_proof", "desire", every_s=30))
    assert not found.asked.by_lot
    missing = "chances are missing for 25 of 100 viewers"
    assert found.warnings[0] == missing
    assert f" people; {missing}, so no lot is used; " in found.sentences[1]


def test_an_event_is_how_often_it_came_in_all_periods_after(study: Study, panel: FactorPanel) -> None:
    """The sum over the periods after, per viewer: what a lead counts, each event at its own time."""
    found = strategy_did(study, panel, "social_proof", "like", every_s=10, before_s=30, after_s=60)
    assert found.counted
    assert not found.event
    assert found.panel.outcome_name == "like in the 60 s after it"
    case = did_case(found)
    windows = case.did.windows
    late = windows.outcome[:, windows.relative >= 0].mean(axis=1)
    units = np.unique(study.table("exposures").to_pandas().query("strategy == 'social_proof'").session_id)
    moments = study.table("exposures").to_pandas().query("strategy == 'social_proof'")
    moment = moments.set_index("session_id").time_s
    events = study.table("events").to_pandas().query("type == 'like'")
    for row in range(len(late)):
        session = units[windows.unit[row]]
        since = (events[events.session_id == session].time_s - moment[session]).round(3)
        assert late[row] == pytest.approx(((since > 0) & (since <= 60)).sum())
        assert windows.outcome[row, 2] == 6 * ((since > -10) & (since <= 0)).sum()
    assert " per 100 viewers; " in case.sentences[1]
    assert "share of steps" not in " ".join(case.sentences)


def test_who_left_did_no_event_any_more(folder: Path, tmp_path: Path) -> None:
    """As `effect` has it: who likes and leaves is counted with that like, who only leaves with none.

    Of a state nothing is known any more, so who left is left out there.
    """

    def short(table: pd.DataFrame) -> pd.DataFrame:
        early = table.session_id.str[1:].astype(int) % 3 == 0
        return table.assign(duration_s=table.duration_s.mask(early, 143.0))

    def soon(table: pd.DataFrame) -> pd.DataFrame:
        leaves = table.session_id.str[1:].astype(int) % 3 == 0
        kept = table[~leaves | (table.time_s < 140)]
        like = kept[kept.type == "like"].drop_duplicates("session_id")
        likes = like[like.session_id.str[1:].astype(int) % 3 == 0].assign(time_s=142.0)
        return pd.concat([kept, likes]).sort_values(["session_id", "time_s"], kind="stable")

    left = Study.open(changed(folder, tmp_path / "s", sessions=short, events=soon))
    panel = factor_panel(left)
    asked = strategy_did(left, panel, "social_proof", "like", every_s=10)
    moments = left.table("exposures").to_pandas().query("strategy == 'social_proof'")
    assert (moments.time_s == 120).all()
    assert asked.left is None or not asked.left.lost.any()
    assert asked.panel.units == len(moments)
    wide = asked.panel.wide()
    gone = np.array([int(name[1:]) % 3 == 0 for name in sorted(moments.session_id)])
    at = int(asked.panel.moment[0])
    assert (wide[gone, at + 3 : at + 6] == 0).all()
    assert (wide[gone, at + 2] > 0).any()
    desire = strategy_did(left, panel, "social_proof", "desire", every_s=10)
    assert desire.left is not None
    assert int(desire.left.lost.sum()) == int(gone.sum())


def test_where_nobody_bought_before_there_is_nothing_to_compare(study: Study, panel: FactorPanel) -> None:
    asked = strategy_did(study, panel, "social_proof", "like", every_s=10, before_s=60, after_s=60)
    early = asked.panel.period < asked.panel.moment[asked.panel.unit]
    never = replace(asked.panel, outcome=np.where(early, 0.0, asked.panel.outcome))
    checks = {check.name: check for check in did_case(replace(asked, panel=never)).finding.checks}
    for name, when in (("parallel trends", "the moment"), ("placebo in time", "it really came")):
        assert checks[name].verdict == "cannot tell"
        assert checks[name].found == f"No like came before {when}, so there is nothing to compare."


def test_a_history_that_says_one_thing_twice_is_told_once(study: Study, panel: FactorPanel) -> None:
    """All that ever came before came in the last period: its mean and slope follow from it."""
    asked = strategy_did(study, panel, "social_proof", "like", every_s=10, before_s=60, after_s=60)
    apart = asked.panel.moment[asked.panel.unit] - asked.panel.period
    rare = replace(asked.panel, outcome=np.where((apart > 1) & (apart != 4), 0.0, asked.panel.outcome))
    checks = {check.name: check for check in did_case(replace(asked, panel=rare)).finding.checks}
    assert "collinear" not in checks["placebo in time"].found
    assert np.isfinite(checks["placebo in time"].value)


def test_what_came_in_some_periods_alone_came_too_rarely(study: Study, panel: FactorPanel) -> None:
    """In a period without any like there is no error: that is no want of people."""
    asked = strategy_did(study, panel, "social_proof", "like", every_s=10, before_s=60, after_s=60)
    apart = asked.panel.moment[asked.panel.unit] - asked.panel.period
    rare = replace(asked.panel, outcome=np.where((apart > 0) & (apart != 4), 0.0, asked.panel.outcome))
    trends = did_case(replace(asked, panel=rare)).finding.checks[0]
    assert trends.verdict == "cannot tell"
    assert trends.found == "Like came too rarely before the moment to compare."


def test_the_last_line_says_who_is_drawn_and_no_second_number(case: DidCase) -> None:
    line = str(case.effect)
    assert "; no lot used; " in line
    assert f", of {case.effect.clusters} people" in line
    assert "cluster" not in line.replace("errors by cluster", "")


def test_a_case_holds_what_a_page_draws(case: DidCase) -> None:
    assert [check.name for check in case.finding.checks] == [
        "parallel trends", "placebo in time", "other matches",
    ]  # fmt: skip
    assert case.seconds.tolist() == [-60, -45, -30, -15, 0, 15, 30, 45, 60, 75]
    apart = case.treated - case.control
    reference = apart[case.did.study.relative == -1]
    assert case.did.study.value == pytest.approx(apart - reference, abs=1e-9)
    assert case.staggered is not None
    assert case.sentences[1].endswith("seen four times in five, smaller ones less often.")
    assert "'telltale causal effect' uses" in case.sentences[1]
    assert case.sentences[2].endswith("something else reached those who got it at that very moment.")


def test_the_library_says_the_same_of_starts(case: DidCase) -> None:
    pytest.importorskip("pyfixest")
    assert case.staggered is not None
    assert case.sun_abraham is not None
    own = dict(zip(case.staggered.study.relative.tolist(), case.staggered.study.value, strict=True))
    theirs = dict(zip(case.sun_abraham.relative.tolist(), case.sun_abraham.value, strict=True))
    both = sorted(own.keys() & theirs.keys())
    assert len(both) > 5
    # Ours compares with the last period before, theirs by regression on an unbalanced panel.
    assert np.corrcoef([own[k] for k in both], [theirs[k] for k in both])[0, 1] > 0.8
    assert not case.starts_note


def test_without_the_library_a_line_says_so(asked: StrategyDid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    found = did_case(asked, by_start=True)
    assert found.staggered is not None
    assert found.sun_abraham is None
    assert found.did2s is None
    assert found.starts_note.startswith("pyfixest is not installed")


def test_more_starts_than_the_library_could_bear_are_told_by_ours_alone(folder: Path, tmp_path: Path) -> None:
    def spread(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(time_s=120.0 + 10.0 * (table.session_id.str[1:].astype(int) % 25))

    study = Study.open(changed(folder, tmp_path / "s", exposures=spread))
    found = did_case(
        strategy_did(study, factor_panel(study), "social_proof", "desire", every_s=5), by_start=True
    )
    assert found.staggered is not None
    assert len(np.unique(found.staggered.group)) > 15
    assert found.sun_abraham is None
    assert "too many for it" in found.starts_note


def test_where_all_began_in_one_period_no_starts_are_compared(folder: Path, tmp_path: Path) -> None:
    """What would be told as of starts would be the plain difference over again."""
    study = Study.open(changed(folder, tmp_path / "s", exposures=lambda table: table.assign(time_s=120.0)))
    asked = strategy_did(study, factor_panel(study), "social_proof", "desire", every_s=15)
    assert len(asked.panel.starts) == 1
    found = did_case(asked, by_start=True)
    assert found.staggered is None
    assert found.sun_abraham is None
    assert found.did2s is None
    assert found.starts_note == "all began within one period of 15 s: there are no starts to compare"
    assert not did_case(asked).starts_note


def test_where_nobody_has_a_match_nothing_is_told(asked: StrategyDid) -> None:
    with pytest.raises(FormatError, match="nobody who got it has a match"):
        did_case(asked, DidSettings(caliper=1e-14))


def test_what_matching_left_unlike_is_a_warning(asked: StrategyDid) -> None:
    found = did_case(asked)
    after = np.abs(found.did.balance.after)
    assert after.max() > 0.1
    assert f"{after.max():.2f} SD" in found.warnings[0]
    assert f"in {(after > 0.1).sum()} of {len(after)} covariates" in found.warnings[0]
    assert found.warnings[0].startswith(f"after {found.did.balanced_by} both arms")


def test_a_pretended_moment_uses_nothing_from_after_the_real_one(asked: StrategyDid) -> None:
    early = pretend_earlier(asked.panel, 2)
    assert (early.moment == asked.panel.moment - 2).all()
    assert (early.period < early.moment[early.unit] + 2).all()
    assert early.treated.sum() == asked.panel.treated.sum()


def test_something_else_at_the_pretended_moment_is_found(folder: Path, tmp_path: Path) -> None:
    """Those who get it felt more already half a minute before."""
    exposed = pd.read_parquet(folder / "exposures.parquet").query("strategy == 'social_proof'")
    got = exposed.set_index("session_id").arm == "treated"

    def early(table: pd.DataFrame) -> pd.DataFrame:
        there = table.session_id.map(got) & (table.time_s > 90)
        return table.assign(desire=table.desire + 3.0 * there)

    study = Study.open(changed(folder, tmp_path / "s", viewer_factors=early))
    found = did_case(strategy_did(study, factor_panel(study), "social_proof", "desire", every_s=15))
    verdicts = {check.name: check.verdict for check in found.finding.checks}
    assert verdicts["placebo in time"] == "fail"
    assert verdicts["parallel trends"] == "fail"
    assert found.sentences[0].startswith("Not to be relied on: social_proof seems to have raised desire")
    assert "but that fails" in found.sentences[0]
    assert "(parallel trends, placebo in time" in found.sentences[0]
    assert found.sentences[2].startswith("Both arms moved apart already before it. ")
    assert "fails" not in found.sentences[2]


def test_one_period_before_cannot_tell(study: Study, panel: FactorPanel) -> None:
    found = did_case(
        strategy_did(study, panel, "social_proof", "desire", every_s=30, before_s=30, after_s=60),
        DidSettings(history=("last",)),
    )
    verdicts = {check.name: check.verdict for check in found.finding.checks}
    assert verdicts["placebo in time"] == verdicts["parallel trends"] == "cannot tell"
    assert found.staggered is None


def test_periods_are_whole() -> None:
    for given, says in (
        ((5.0, 7.0, 60.0, 60.0), "a period: 7 s are no whole number of 5 s"),
        ((5.0, 10.0, 65.0, 60.0), "before: 65 s are no whole number of 10 s"),
        ((5.0, 10.0, 60.0, 0.0), "after: 0 s are no whole number of 10 s"),
        ((5.0, float("nan"), 60.0, 60.0), "a period: nan s"),
    ):
        with pytest.raises(ConfigError) as caught:
            whole_periods(*given)
        assert says in str(caught.value)
