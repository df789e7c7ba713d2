"""When it shows: hiding costs what the model took from it; attention adds up; groups of few are withheld."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.intent.moments import TINY, moments

from telltale.core import channels
from telltale.intent.evidence import Evidence, Span
from telltale.intent.registry import make_model
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.when import SECONDS, attention_by_second, occlusion_by_second, score_spans, share
from telltale.intent.whom import by_group, group_columns

ENERGY = channels.INDEX["au12_energy_left"]


class SeesSecond:
    """Takes its log odds from the energy of one second before the moment alone."""

    def __init__(self, second: int) -> None:
        self.second = second

    def predict_proba(self, evidence: Any) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        assert isinstance(evidence, Evidence)
        rows = evidence.faces.take(slice(None), Span(self.second + 1, self.second))
        odds = np.exp(10 * np.nan_to_num(rows[..., ENERGY]).max(axis=1).astype(np.float64))
        return np.column_stack([1 / (1 + odds), odds / (1 + odds)])


@pytest.mark.parametrize("second", [0, 4, 29])
def test_the_second_that_a_model_sees_is_the_one_that_is_missed(second: int) -> None:
    found = occlusion_by_second(SeesSecond(second), moments())
    assert int(np.argmax(found.value)) == second
    assert share(found.value, second, second + 1) == pytest.approx(1.0)
    assert found.near.value == pytest.approx(float(3 <= second < 8))
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()


def test_attention_adds_up_and_lies_where_the_network_says(tmp_path: Path) -> None:
    model = make_model("tcn-attention", **TINY, depth=3).fit(moments())
    save_model(model, tmp_path / "m", about_model(model, 1 / 3, {}), "# card\n")
    saved = SavedModel(tmp_path / "m")
    found = attention_by_second(saved, moments())
    assert found.value.sum() == pytest.approx(1.0, abs=1e-5)
    carts = moments()[np.flatnonzero(moments().label == 1)]
    last = saved.attention(carts)[:, -10:].sum(axis=1).mean()
    assert found.value[0] == pytest.approx(float(last), abs=1e-5)
    assert len(found.value) == SECONDS


def test_a_model_of_the_seconds_that_matter_does_better() -> None:
    evidence = moments(240, 48)
    fold = np.array([int(name[1:]) // 3 % 3 for name in evidence.people])
    learn, test = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
    near, far = score_spans(make_model("seconds"), evidence, learn, test, (Span(10), Span(30, 15)))
    assert near.auc.value > 0.9
    assert far.auc.value < 0.7


def test_a_gap_that_is_there_is_found_and_one_by_chance_is_not() -> None:
    evidence = moments(600, 60)
    draw, label = np.random.default_rng(2), evidence.label
    told = 0.5 * draw.random(600) + 0.3 * label
    (alike,) = by_group(evidence, told, oracle=told)
    assert alike.gap is not None
    assert alike.gap.value == max(g.auc.value for g in alike.groups if g.auc) - min(
        g.auc.value for g in alike.groups if g.auc
    )
    assert alike.corrected_p > 0.05
    assert [g.oracle for g in alike.groups] == [g.auc.value for g in alike.groups if g.auc]
    first = np.array(evidence.table["category"].to_pylist()) == alike.groups[0].name
    (apart,) = by_group(evidence, np.where(first, draw.random(600), told))
    assert apart.gap is not None
    assert apart.gap.low > 0.1
    assert apart.corrected_p < 0.001


def test_groups_of_few_people_or_few_carts_are_withheld() -> None:
    evidence = moments()
    told = np.random.default_rng(0).random(len(evidence))
    assert group_columns(evidence.table) == ["category"]
    (found,) = by_group(evidence, told)
    assert [group.auc is None for group in found.groups] == [False, False]
    (few,) = by_group(evidence[np.arange(50)], told[:50])
    assert all(group.auc is None for group in few.groups)
    assert few.gap is None
    assert np.isnan(few.corrected_p)
