"""A study becomes a design with mediators: what is read from when, held against a loop."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.effects.studies import changed, without_chances

from telltale.core.errors import ConfigError
from telltale.effects.mediated import MediatedDesign
from telltale.effects.mediated_case import mediated_case
from telltale.effects.mediated_strategy import mediated_strategy
from telltale.effects.natural_effects import natural_effects
from telltale.effects.natural_words import natural_sureness
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import FactorPanel
from telltale.simulate.spec import Strategy
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study

ALERT = Strategy("alert", "attention", 0.8)
"""Moves attention alone, and attention moves desire: the planted way."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("mediated") / "study"
    spec = dataclasses.replace(load_spec().scaled(240), strategies=(ALERT,))
    return Study.open(simulate_study(out, spec, seed=5, signals="none").study)


@pytest.fixture(scope="module")
def panel(study: Study) -> FactorPanel:
    return factor_panel(study)


@pytest.fixture(scope="module")
def given(study: Study, panel: FactorPanel) -> MediatedDesign:
    return mediated_strategy(study, panel, "alert", ["attention"], "desire", within_s=10, until_s=30).given


def test_mediator_and_outcome_are_of_their_own_seconds(
    study: Study, panel: FactorPanel, given: MediatedDesign
) -> None:
    table = study.table("exposures").to_pandas().set_index("session_id")
    starts, ends = panel.step * 5.0, panel.step * 5.0 + 5.0
    sessions = sorted(set(table.index) & {panel.session_ids[k] for k in np.unique(panel.session)})
    read = []
    for session in sessions:
        mine, moment = panel.session == panel.session_ids.index(session), table.time_s[session]

        def mean(name: str, start: float, stop: float, mine: np.ndarray = mine) -> float:
            inside = mine & (starts >= start) & (ends <= stop)
            return float(panel.column(name)[inside].mean()) if inside.any() else float("nan")

        read.append(
            (mean("attention", moment, moment + 10), mean("desire", moment + 10, moment + 30),
             mean("desire", moment, moment + 10), mean("attention", 0, moment))
        )  # fmt: skip
    wanted = np.array([row for row in read if np.isfinite(row).all()])
    assert len(given.design) == len(wanted)
    assert given.outcome_beside is not None
    past = given.design.covariates[:, given.design.names.index("attention")]
    columns = (given.mediators[:, 0], given.design.outcome, given.outcome_beside, past)
    for column, expected in zip(columns, wanted.T, strict=True):
        assert np.sort(column) == pytest.approx(np.sort(expected))
    # Row by row too, whatever the order of the sessions.
    order, other = np.argsort(given.mediators[:, 0]), np.argsort(wanted[:, 0])
    for column, expected in zip(columns, wanted.T, strict=True):
        assert column[order] == pytest.approx(expected[other])
    assert given.names == ("attention within 10 s",)
    assert given.design.outcome_name == "desire 10 to 30 s after it"


def test_the_planted_way_is_found(given: MediatedDesign) -> None:
    found = natural_effects(given, outcome_model="linear")
    assert found.indirect.certain
    assert found.indirect.value > 0
    assert found.share > 0.4 or not found.direct.certain
    assert found.past == "by other ways or after 10 s"
    assert [check.name for check in found.checks] == ["the same seconds"]


def test_what_it_did_in_all_is_told_with_the_checks_of_any_effect(study: Study, panel: FactorPanel) -> None:
    """The same rows, the same number; what sinks it is told first."""
    asked = mediated_strategy(
        study, panel, "alert", ["attention"], "desire", within_s=10, covariates=["attention", "desire"]
    )
    case = mediated_case(asked, outcome_model="linear", draws=5)
    assert case.finding.effect.value == pytest.approx(case.effects.total.value)
    assert case.finding.effect.low == pytest.approx(case.effects.total.low)
    names = {check.name for check in case.finding.checks}
    assert {"placebo treatment", "placebo outcome", "placebo in time", "leave one group out"} <= names
    assert {"the lot was as recorded", "subsets"} <= names
    assert " checks" in case.sentences[2]
    # Those who get it stood higher already before: a placebo that must fail.
    before = asked.asked
    assert before.earlier is not None
    higher = replace(before, earlier=before.earlier + 2.0 * before.design.treated)
    sunk = mediated_case(replace(asked, asked=higher), outcome_model="linear", draws=5)
    assert [check.name for check in sunk.finding.failed] == ["placebo outcome"]
    assert sunk.sentences[0].startswith("Not to be relied on: ")
    assert "(placebo outcome)" in sunk.sentences[0]
    assert "placebo outcome" not in sunk.sentences[2]


def test_who_left_in_the_mediators_seconds_is_counted_by_arm(study: Study, panel: FactorPanel) -> None:
    asked = mediated_strategy(
        study, panel, "alert", ["attention"], "desire", within_s=300, covariates=["attention"]
    ).asked
    assert asked.left is not None
    assert int((~asked.left.lost).sum()) == len(asked.design)
    assert asked.left.lost.any()
    assert (asked.left.treated[~asked.left.lost] == asked.design.treated).all()
    assert asked.left.why.endswith("they ended within 300 s")


def test_a_named_covariate_does_not_drop_the_mediators_past(study: Study, panel: FactorPanel) -> None:
    found = mediated_strategy(
        study, panel, "alert", ["attention", "surprise"], "desire", covariates=["hesitation"]
    ).given
    assert set(found.design.names) == {"hesitation", "desire", "attention", "surprise"}
    assert found.names == ("attention within 30 s", "surprise within 30 s")
    assert found.design.outcome_name == "desire from 30 s after it on"


def test_chances_that_some_lack_are_counted(study: Study, tmp_path: Path) -> None:
    lost = Study.open(changed(study.folder, tmp_path / "s", exposures=without_chances(4)))
    given = mediated_strategy(
        lost, factor_panel(lost), "alert", ["attention"], "desire", covariates=["attention"]
    ).given
    assert given.unlogged == "chances are missing for 60 of 240 viewers"
    found = natural_effects(given, outcome_model="linear")
    assert f" people; {given.unlogged}, so no lot is used, neither" in natural_sureness(found)
    assert found.evidence == "observed"


def test_events_are_whether_they_came_and_who_left_before_did_nothing(
    study: Study, panel: FactorPanel
) -> None:
    found = mediated_strategy(
        study, panel, "alert", ["attention"], "add_to_cart", within_s=600, covariates=["attention"]
    ).given
    assert set(np.unique(found.design.outcome)) == {0.0, 1.0}
    assert found.design.outcome_kind == "binary"
    assert not any("left out" in fact for fact in found.design.facts)
    sessions = study.table("sessions").to_pandas().set_index("session_id")
    moments = study.table("exposures").to_pandas().set_index("session_id").time_s
    assert len(found.design) == len(moments)
    assert (sessions.duration_s[moments.index] < moments + 600).sum() > 10


def test_all_that_is_no_question_is_refused_at_once(study: Study, panel: FactorPanel) -> None:
    with pytest.raises(
        ConfigError,
        match=r"no mediator 'atention' .did you mean 'attention'.*: there are .*; 'desire' is mediator and"
        r" outcome: name another; 'surprise' is named twice: name it once; 'alert' is a strategy, no"
        r" mediator: ask what it did .*; 'promotion' never changes in a session: name what",
    ):
        mediated_strategy(
            study, panel, "alert",
            ["atention", "desire", "surprise", "surprise", "alert", "promotion"], "desire",
        )  # fmt: skip
    with pytest.raises(
        ConfigError,
        match=r"no mediators: there are .*; within 2 s no step ends: take 5 s or more; the outcome ends",
    ):
        mediated_strategy(study, panel, "alert", [], "desire", within_s=2, until_s=4)
    with pytest.raises(ConfigError, match="within inf s leaves no time for the outcome: give a number"):
        mediated_strategy(study, panel, "alert", ["attention"], "desire", within_s=np.inf)
