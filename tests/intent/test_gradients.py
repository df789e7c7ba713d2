"""Where log odds come from: parts add up, the planted unit leads, gaps add nothing, what lacks is told."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.intent.moments import TINY, moments

from telltale.core import channels
from telltale.core.errors import ConfigError, FormatError
from telltale.intent import saved_torch
from telltale.intent.baselines import log_odds
from telltale.intent.evidence import Evidence, face_evidence
from telltale.intent.gradients import (
    Attributions,
    PartOfOdds,
    chosen_moments,
    integrated_gradients,
    linear_contributions,
)
from telltale.intent.registry import make_model
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.saved_torch import torch_network

Saved = Callable[..., SavedModel]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """A model that learnt from `moments()`, saved and read again; made once."""
    made: dict[str, SavedModel] = {}

    def make(kind: str, **settings: Any) -> SavedModel:
        name = f"{kind} {sorted(settings.items())}"
        if name not in made:
            folder = tmp_path_factory.mktemp("models") / kind
            model = make_model(kind, **settings).fit(moments())
            save_model(model, folder, about_model(model, 1 / 3, {}), "# card\n")
            made[name] = SavedModel(folder)
        return made[name]

    return make


SMALL = {**TINY, "epochs": 1, "depth": 2}


def by_difference(found: Attributions) -> list[PartOfOdds]:
    """By which parts carts are told from other moments, the greatest first."""
    return sorted(found.parts, key=lambda part: part.without_cart.value - part.with_cart.value)


@pytest.mark.parametrize("kind", saved_torch.KINDS)
def test_all_parts_of_a_network_add_up(kind: str, saved: Saved) -> None:
    found = integrated_gradients(saved(kind, **SMALL), moments(), most=8, steps=8)
    assert found.completeness.holds
    assert found.completeness.percentile_95 < 1e-3
    assert (found.moments, found.with_cart, found.exact) == (8, 4, False)
    assert [(part.unit, part.side) for part in found.parts[:3]] == [(1, "left"), (1, "right"), (1, "both")]
    assert len(found.parts) == 3 * len(channels.ACTION_UNITS) + 1
    assert found.parts[-1].unit is None


def test_parts_are_those_that_the_model_itself_tells_of_a_whole_face(saved: Saved) -> None:
    """f(x) - f(x0), asked of onnxruntime and not of torch."""
    model, some = saved("tcn-attention", **SMALL), moments()[np.arange(12)]
    found = integrated_gradients(model, some, most=12)
    (batch,) = model.inputs(some)
    mean_face = np.zeros_like(batch["values"])
    mean_face[..., channels.VALID] = batch["values"][..., channels.VALID]
    whole, none = (
        log_odds(model.run_inputs({"values": values})["probability"])
        for values in (batch["values"], mean_face)
    )
    carts = (whole - none)[some.label == 1]
    assert sum(part.with_cart.value for part in found.parts) == pytest.approx(carts.mean(), abs=1e-4)


def test_a_network_takes_carts_from_the_planted_unit(saved: Saved) -> None:
    model = saved("tcn-attention", **{**TINY, "depth": 3, "epochs": 6, "rate": 1e-2})
    found = integrated_gradients(model, moments(), most=16, steps=8)
    assert found.completeness.holds
    assert {(part.unit, part.side) for part in by_difference(found)[:2]} == {(12, "left"), (12, "right")}
    assert by_difference(found)[0].with_cart.low > 0


@pytest.mark.parametrize("kind", ["seconds", "acts", "statistics"])
def test_parts_of_a_line_are_exact(kind: str, saved: Saved) -> None:
    found = linear_contributions(saved(kind), moments())
    # As far as float32 goes, which tells a probability of 0.99 no better than to 1e-5 of log odds.
    assert found.completeness.median < (5e-6 if kind == "statistics" else 1e-6)
    assert found.completeness.percentile_95 < 2e-5
    first = by_difference(found)
    assert {part.unit for part in first[: 2 if kind == "statistics" else 1]} == {12}
    assert first[0].with_cart.low > 0 > first[0].without_cart.high
    sides = {"left", "right", "both"} if kind == "statistics" else {"both"}
    assert {part.side for part in found.parts} == sides


def test_parts_of_a_line_are_weight_times_standardised_feature(saved: Saved) -> None:
    model = make_model("seconds").fit(moments())
    ridge: Any = model.ridge_
    (batch,) = model.inputs(moments())
    scaled = np.nan_to_num((batch["features"] - ridge.mean) / ridge.deviation)
    each = (scaled * ridge.weight * ridge.scale.slope).reshape(len(moments()), 30, 17).sum(axis=1)
    found = linear_contributions(saved("seconds"), moments())
    carts = each[moments().label == 1].mean(axis=0)
    np.testing.assert_allclose([part.with_cart.value for part in found.parts], carts, atol=1e-6)


def test_what_was_not_read_adds_nothing(saved: Saved) -> None:
    values = np.full((4, 557, channels.COUNT), np.nan, np.float32)
    values[..., channels.VALID] = 0.0
    nobody = face_evidence(values)
    table = nobody.table.append_column("label", [[1, 0, 1, 0]])
    told = Evidence(table, nobody.faces, nobody.clicks, nobody.survey)
    found = integrated_gradients(saved("tcn-attention", **SMALL), told, steps=4)
    assert all(part.with_cart.value == part.without_cart.value == 0 for part in found.parts)


def test_the_moments_asked_are_the_same_each_time_and_half_with_a_cart() -> None:
    label = moments().label
    rows = chosen_moments(label, 30, seed=3)
    assert rows.tolist() == chosen_moments(label, 30, seed=3).tolist()
    assert rows.tolist() != chosen_moments(label, 30, seed=4).tolist()
    assert (len(rows), label[rows].sum()) == (30, 15)
    assert label[chosen_moments(label, 100, seed=0)].sum() == 40  # All carts there are.
    assert label[chosen_moments(1 - label, 100, seed=0)].sum() == 40
    assert chosen_moments(label, 1000, seed=0).tolist() == list(range(len(label)))


@pytest.mark.parametrize("lacking", ["torch", "onnx"])
def test_without_torch_the_line_says_what_to_install(
    lacking: str, saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = saved("tcn", **SMALL)
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(ConfigError, match=r"telltale-live\[train\]"):
        integrated_gradients(model, moments())
    assert linear_contributions(saved("seconds"), moments()).completeness.holds


def test_a_network_that_tells_anything_else_in_torch_is_refused(
    saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_torch, "_TORCH_GATES", [0, 1, 2, 3])
    with pytest.raises(FormatError, match="cannot be read back"):
        torch_network(saved("lstm", **SMALL))
    folder = shutil.copytree(saved("tcn", **SMALL).folder, tmp_path / "tcn")
    told = json.loads((folder / "model.json").read_text())
    told["settings"]["depth"] = 3
    (folder / "model.json").write_text(json.dumps(told))
    with pytest.raises(FormatError, match="cannot be read back"):
        torch_network(SavedModel(folder))


def test_models_of_another_form_are_refused(saved: Saved) -> None:
    with pytest.raises(FormatError, match="ask seconds or acts or statistics"):
        linear_contributions(saved("boosting", iterations=2), moments())
    with pytest.raises(FormatError, match="tcn-attention"):
        integrated_gradients(saved("seconds"), moments())
