"""When it shows: hiding costs what the model took from it; attention adds up; groups of few are withheld."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.intent.moments import TINY, moments

from telltale.core import channels
from telltale.intent.evidence import Evidence, FaceRows, Span
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
    found = [group.auc.value for group in alike.groups if group.auc]
    assert alike.gap == max(found) - min(found)
    assert alike.corrected_p > 0.05
    assert [group.oracle for group in alike.groups] == found
    first = np.array(evidence.table["category"].to_pylist()) == alike.groups[0].name
    (apart,) = by_group(evidence, np.where(first, draw.random(600), told))
    assert apart.groups[0].less_rest is not None
    assert apart.groups[0].less_rest.high < -0.1
    assert apart.corrected_p < 0.001


def test_where_all_groups_are_alike_few_are_told_apart() -> None:
    label, person = np.tile([0, 1], 180), np.repeat(np.arange(36), 10)
    wrong = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        told = label + draw.normal(size=36)[person] + draw.normal(size=360)
        table = pa.table(
            {
                "participant_id": [f"p{k:02d}" for k in person],
                "label": label.astype(np.int8),
                "kind": [f"g{k % 3}" for k in person],
            }
        )
        nothing = np.zeros((360, 0), np.float32)
        faces = FaceRows(np.zeros((360, 1, 128), np.float32), np.arange(360))
        (found,) = by_group(Evidence(table, faces, nothing, nothing), told)
        wrong += found.p_alike < 0.05
    assert wrong <= 8  # 3 of 60 are to be; more than 8 happen once in 300 times


def test_many_numbers_are_cut_into_thirds_and_many_words_are_said_to_be_too_many() -> None:
    count = 60
    table = pa.table(
        {
            "participant_id": [f"p{k}" for k in range(count)],
            "label": [k % 2 for k in range(count)],
            "end_s": [float(k) for k in range(count)],
            "member": [k % 3 == 0 for k in range(count)],
            "age": [20 + k for k in range(count)],
            "city": [f"c{k}" for k in range(count)],
        }
    )
    found = group_columns(table)
    assert list(found) == ["member", "age", "city"]
    assert set(found["member"]) == {"True", "False"}
    assert [found["age"].count(name) for name in dict.fromkeys(found["age"])] == [20, 20, 20]
    assert found["city"] == []


def test_groups_of_few_people_or_few_carts_are_withheld() -> None:
    evidence = moments()
    told = np.random.default_rng(0).random(len(evidence))
    assert list(group_columns(evidence.table)) == ["category"]
    (found,) = by_group(evidence, told)
    assert [group.auc is None for group in found.groups] == [False, False]
    (few,) = by_group(evidence[np.arange(50)], told[:50])
    assert all(group.auc is None for group in few.groups)
    assert np.isnan(few.gap)
    assert np.isnan(few.corrected_p)
