"""Which units: what is exchanged is what is lost; interactions are found where they are, and only there."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from tests.intent.moments import TINY, moments

from telltale.core import channels
from telltale.core.errors import ConfigError
from telltale.intent.evidence import Evidence, FaceRows, Span
from telltale.intent.interactions import (
    clustered_logistic,
    interactions_of_sizes,
    unit_interactions,
    unit_sizes,
)
from telltale.intent.registry import make_model
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.what import (
    What,
    explain,
    model_interaction,
    model_interactions,
    permutation_importance,
)
from telltale.report.intent_what import what_figures, what_section

Floats = npt.NDArray[np.float64]
Truth = Callable[[Floats, Floats, Floats], Floats]
"""Log odds from the greatest size of two units and of both in one second."""

UNIT = channels.ACTION_UNITS.index
PAIR = (4, 12)


class SeesUnits:
    """Takes its log odds from the greatest energy of two units, by a formula."""

    def __init__(self, formula: Callable[[Floats, Floats], Floats], units: tuple[int, int] = PAIR) -> None:
        self.formula = formula
        self.columns = [channels.INDEX[f"au{unit:02d}_energy_left"] for unit in units]

    def predict_proba(self, evidence: Any) -> Floats:
        assert isinstance(evidence, Evidence)
        rows = evidence.faces.take(slice(None), Span())[..., self.columns]
        a, b = np.nan_to_num(rows).max(axis=1).astype(np.float64).T
        p = expit(self.formula(a, b))
        return np.column_stack([1 - p, p])


def saved(kind: str, folder: Path, **settings: Any) -> SavedModel:
    model = make_model(kind, **settings).fit(moments())
    save_model(model, folder / kind, about_model(model, 1 / 3, {}), "# card\n")
    return SavedModel(folder / kind)


def made_up(seed: int, truth: Truth, *, of_person: float = 0.0) -> tuple[Floats, Any, Any]:
    """Sizes of the two units, labels and people: 400 moments of 40, who differ in how lively they are."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(40), 10)
    lively = rng.normal(0, of_person, 40)[person]
    # As often in one second as not, so that being there together is not just both being there.
    at = rng.integers(0, 30, (400, 2))
    at[::2, 1] = at[::2, 0]
    acts = rng.random((400, 2)) < expit(lively)[:, None]
    sizes = np.full((400, 30, len(channels.ACTION_UNITS)), 0.1)
    sizes[np.arange(400)[:, None], at, [UNIT(unit) for unit in PAIR]] += acts * rng.uniform(
        0.5, 1.5, (400, 2)
    )
    one, other = (sizes[..., UNIT(unit)] for unit in PAIR)
    odds = truth(one.max(axis=1), other.max(axis=1), (one * other).max(axis=1))
    label = (rng.random(400) < expit(odds + rng.normal(0, of_person, 40)[person])).astype(np.int8)
    return sizes, label, np.array([f"p{p}" for p in person])


def share_found(truth: Truth, **settings: float) -> float:
    tested = [interactions_of_sizes(*made_up(seed, truth, **settings), pairs=[PAIR]) for seed in range(60)]
    return float(np.mean([found.corrected_p < 0.05 for (found,) in tested]))


def only_together(a: Floats, b: Floats, together: Floats) -> Floats:
    return 2.5 * together - 1.5


def both_add_up(a: Floats, b: Floats, together: Floats) -> Floats:
    return a + b - 2.0


def one_bends(a: Floats, b: Floats, together: Floats) -> Floats:
    """A bend in one unit is no interaction."""
    return np.expm1(a) - 1.0


def nothing(a: Floats, b: Floats, together: Floats) -> Floats:
    return np.full_like(a, -1.0)


def test_both_in_one_second_are_found_where_only_that_matters() -> None:
    assert share_found(only_together) > 0.9


@pytest.mark.parametrize("truth", [both_add_up, one_bends, nothing])
def test_no_interaction_is_found_where_there_is_none(truth: Truth) -> None:
    assert share_found(truth) <= 0.1


def test_people_who_differ_make_no_interaction() -> None:
    assert share_found(both_add_up, of_person=1.0) <= 0.1


def test_labels_shuffled_make_no_interaction() -> None:
    sizes, label, people = made_up(0, only_together)
    rng = np.random.default_rng(0)
    shuffled = [interactions_of_sizes(sizes, rng.permutation(label), people, [PAIR])[0] for _ in range(60)]
    assert np.mean([found.p_value < 0.05 for found in shuffled]) <= 0.1


def test_errors_are_those_of_leaving_people_out() -> None:
    sizes, label, people = made_up(1, both_add_up, of_person=1.0)
    x = np.column_stack([sizes[..., UNIT(unit)].max(axis=1) for unit in PAIR])
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    weight, covariance = clustered_logistic(x, label, people)

    def fitted(rows: Any) -> Floats:
        fit = LogisticRegression(C=1e4, tol=1e-8).fit(x[rows], label[rows])
        return np.concatenate([fit.intercept_, fit.coef_[0]])

    np.testing.assert_allclose(weight, fitted(slice(None)), atol=1e-4)
    without = np.array([fitted(people != one) for one in np.unique(people)])
    jackknife = (len(without) - 1) / len(without) * ((without - weight) ** 2).sum(axis=0)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), np.sqrt(jackknife), rtol=0.02)


def test_pairs_are_corrected_together_and_counted_once() -> None:
    found = unit_interactions(moments(), pairs=[(12, 4), (4, 12), (6, 12), (1, 2)])
    assert sorted(one.units for one in found) == [(1, 2), (4, 12), (6, 12)]
    assert [one.p_value for one in found] == sorted(one.p_value for one in found)
    assert all(one.corrected_p >= one.p_value for one in found)
    for pair in ((4, 4), (4, 13)):
        with pytest.raises(ConfigError, match="no pair"):
            unit_interactions(moments(), pairs=[pair])


def test_sizes_are_those_of_seconds_and_zero_where_nothing_was_read() -> None:
    values = np.full((1, 300, channels.COUNT), np.nan, np.float32)
    values[0, 285, channels.INDEX["au01_energy_right"]] = 0.1
    faces = FaceRows(values, np.arange(1))
    sizes = unit_sizes(replace(moments()[[0]], faces=faces))
    assert sizes.shape == (1, 30, 17)
    assert sizes[0, 1, 0] == pytest.approx(np.log(2))
    assert np.count_nonzero(sizes) == 1


def last_rows(evidence: Evidence, count: int) -> Evidence:
    """The first moments and the last 10 s of each, in which all of them differ: quicker."""
    some = evidence[np.arange(count)]
    return replace(some, faces=FaceRows(some.faces.values[some.faces.places, -100:], np.arange(count)))


def test_exchanging_the_unit_that_a_model_sees_costs_its_auc_and_no_other_unit_does() -> None:
    model, evidence = SeesUnits(lambda a, b: 0 * a + 5 * b), last_rows(moments(), 40)
    first, *others = permutation_importance(model, evidence, repeats=2, seed=0)
    assert first.unit == 12
    assert 0.05 < first.lost.low < first.lost.value < first.lost.high < 0.8
    assert 0 < first.spread < 0.2
    assert [other.lost.value for other in others] == [0.0] * 17
    assert {other.unit for other in others} == {None, *channels.ACTION_UNITS} - {12}
    assert permutation_importance(model, evidence, repeats=2, seed=0)[0] == first
    assert permutation_importance(model, evidence, repeats=2, seed=1)[0] != first


def test_a_model_that_adds_units_up_takes_nothing_from_a_pair(tmp_path: Path) -> None:
    for model in (SeesUnits(lambda a, b: 3 * a + 5 * b**2), saved("seconds", tmp_path)):
        for found in model_interactions(model, moments(), [PAIR, (6, 12)]):
            assert found.log_odds.value == pytest.approx(0.0, abs=1e-5)
            assert found.log_odds.high - found.log_odds.low < 1e-5


def test_a_model_of_a_product_takes_it_from_the_pair() -> None:
    found = model_interaction(SeesUnits(lambda a, b: 200 * a * b), moments(), PAIR)
    assert found.low > 0
    evidence = moments()
    (a, b), (quiet_a, quiet_b) = _greatest(evidence)
    assert found.value == pytest.approx(float(np.mean(200 * (a - quiet_a) * (b - quiet_b))), rel=1e-3)


def _greatest(evidence: Evidence) -> tuple[Floats, Floats]:
    """Greatest energy of both units before each cart, and the least that a quiet unit is given there."""
    columns = [channels.INDEX[f"au{unit:02d}_energy_left"] for unit in PAIR]
    rows = evidence.faces.take(slice(None), Span())[..., columns].astype(np.float64)
    carts = rows[evidence.label == 1]
    quiet = np.where(np.isnan(carts), np.nan, np.nanmean(rows, axis=0))
    return np.nanmax(carts, axis=1).T, np.nanmax(quiet, axis=1).T


UNSEEN = last_rows(moments(45, 15, seed=1), 45)


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, SavedModel], What]:
    folder = tmp_path_factory.mktemp("models")
    models = {"seconds": saved("seconds", folder, from_s=10.0), "tcn": saved("tcn", folder, **TINY, depth=2)}
    return models, explain(models, UNSEEN, best="seconds", seed=0, most=9)


def test_all_is_explained_and_the_planted_unit_leads(explained: tuple[Any, What]) -> None:
    _, what = explained
    assert [(told.model, told.exact) for told in what.attributions] == [("seconds", True), ("tcn", False)]
    assert what.importance[0].unit == 12
    assert what.importance[0].lost.low > 0.1
    assert what.interactions_of == "tcn"
    assert [found.units for found in what.model_interactions] == [found.units for found in what.interactions]
    assert len(what.interactions) >= 6
    assert what.note == ""


def test_the_section_shows_all_and_leaves_nothing_open(explained: tuple[Any, What]) -> None:
    _, what = explained
    figures = what_figures(what)
    assert list(figures) == ["attribution-seconds", "attribution-tcn", "importance"]
    page = "".join(what_section(what, figures))
    assert page.count("<figure>") == page.count("</figure>") == 3
    assert "AU12 lip corner puller (+" in page
    assert ", left</text>" in page
    assert "AU4 + AU12" in page
    assert "nan" not in page


def test_without_torch_the_rest_is_explained_and_the_note_says_why(
    explained: tuple[dict[str, SavedModel], What], monkeypatch: pytest.MonkeyPatch
) -> None:
    models, whole = explained
    monkeypatch.setitem(sys.modules, "torch", None)
    what = explain(models, UNSEEN, best="seconds", seed=0, most=9)
    assert what.attributions == whole.attributions[:1]
    assert what.importance == whole.importance
    assert "telltale-live[train]" in what.note
    assert "telltale-live[train]" in "".join(what_section(what, what_figures(what)))
