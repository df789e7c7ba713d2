"""Ridge: what scikit-learn says of many rows and of many columns; strength and scale from people left out."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge as Reference

from telltale.intent.onnx_graphs import boosted_graph, floor32, linear_graph
from telltale.intent.ridge import fit_ridge, folds_by_person, moments_of, standardised
from telltale.weights.onnx_model import OnnxModel


def data(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(columns)
    features = rng.normal(2.0, 3.0, (rows, columns)).astype(np.float32)
    label = (features[:, 0] + 3 * rng.normal(size=rows) > 2).astype(np.int8)
    return features, label, np.array([f"p{row % 30}" for row in range(rows)])


@pytest.mark.parametrize("columns", [12, 500])
def test_weights_are_those_of_scikit_learn(columns: int) -> None:
    features, label, people = data(240, columns)
    found = fit_ridge(features, label, people)
    mean, deviation = moments_of(features)
    reference = Reference(alpha=found.strength).fit(standardised(features, mean, deviation), 2.0 * label - 1)
    np.testing.assert_allclose(found.weight, reference.coef_, atol=1e-6)
    assert found.bias == pytest.approx(reference.intercept_)


def test_what_is_not_there_counts_as_the_mean() -> None:
    features, label, people = data(240, 12)
    found = fit_ridge(features, label, people)
    hidden, mean = features.copy(), features.copy()
    hidden[:, 3] = np.nan
    mean[:, 3] = found.mean[3]
    np.testing.assert_allclose(found.probability(hidden), found.probability(mean), atol=1e-6)


def test_nobody_is_in_two_folds_and_carts_are_dealt_out() -> None:
    _, label, people = data(240, 12)
    fold = folds_by_person(people, label, 5, 0)
    assert all(len(set(fold[people == name])) == 1 for name in set(people))
    assert all(label[fold == k].any() for k in range(5))


def test_the_line_as_a_graph() -> None:
    features, label, people = data(240, 12)
    features[::5, 2] = np.nan
    found = fit_ridge(features, label, people)
    slope, offset = found.scale.slope, found.scale.offset
    graph = linear_graph(found.mean, found.deviation, slope * found.weight, slope * found.bias + offset)
    told = OnnxModel(graph).run(features=features)["probability"]
    np.testing.assert_allclose(told, found.probability(features), atol=1e-5)


def test_the_trees_as_a_graph_take_what_is_not_there_and_ties_with_thresholds() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    features, label, _ = data(400, 6)
    features = np.round(features, 1).astype(np.float32)
    features[::4, 1] = np.nan
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(features, label)
    told = OnnxModel(boosted_graph(model, 6)).run(features=features)["probability"]
    np.testing.assert_allclose(told, model.predict_proba(features)[:, 1], atol=1e-5)


def test_a_threshold_is_never_rounded_up() -> None:
    values = np.random.default_rng(0).uniform(-1, 1, 1000)
    assert (floor32(values).astype(np.float64) <= values).all()
    assert np.abs(floor32(values) - values).max() < 1e-7
