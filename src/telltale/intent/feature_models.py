"""Models on numbers that a moment is summed up in: what they share, and the two kinds of fit.

evidence > features (n, F) > ridge, or boosted trees > probability
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError
from telltale.intent.contract import IntentModel, Labels, Portable
from telltale.intent.evidence import Array, Evidence, Span
from telltale.intent.onnx_graphs import boosted_graph, linear_graph
from telltale.intent.ridge import Ridge, fit_ridge

CHUNK: Final = 512
"""Moments whose faces are held at once: 512 x 300 x 128 numbers are 80 MB."""


class FeatureModel(IntentModel):
    """A model that is fitted to features."""

    @abstractmethod
    def features(self, evidence: Evidence) -> npt.NDArray[Any]:
        """Shape (n, F), NaN where not there."""

    def inputs(self, evidence: Evidence) -> Iterator[dict[str, npt.NDArray[Any]]]:
        """The features, in float32."""
        for rows in chunks(len(evidence)):
            yield {"features": self.features(evidence[rows]).astype(np.float32)}

    def _all_features(self, evidence: Evidence) -> Array:
        return np.concatenate([batch["features"] for batch in self.inputs(evidence)])


class FaceFeatures:
    """Which seconds of the face a model looks at."""

    from_s: float
    until_s: float

    def rows(self, evidence: Evidence) -> Array:
        """Shape (n, steps, 128)."""
        try:
            span = Span(self.from_s, self.until_s)
        except ValueError as error:
            raise ConfigError(str(error), hint="give seconds before the moment") from error
        return evidence.faces.take(slice(None), span)


class RidgeModel(FeatureModel):
    """A line, by ridge regression (`ridge.py`)."""

    seed: int
    ridge_: Ridge

    def _learn(self, evidence: Evidence, label: Labels) -> None:
        self.ridge_ = fit_ridge(self._all_features(evidence), label, evidence.people, seed=self.seed)

    def _probability(self, evidence: Evidence) -> Array:
        return self.ridge_.probability(self._all_features(evidence)).astype(np.float32)

    def portable(self) -> Portable:
        """The line with Platt's scale in it."""
        ridge = self.ridge_
        slope, shift = ridge.scale.slope, ridge.scale.offset
        bias = slope * ridge.bias + shift
        return Portable(linear_graph(ridge.mean, ridge.deviation, slope * ridge.weight, bias))


class BoostedModel(FeatureModel):
    """Gradient boosting of shallow trees; takes what is not there as it is."""

    iterations: int
    seed: int
    trees_: Any

    def _learn(self, evidence: Evidence, label: Labels) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        self.trees_ = HistGradientBoostingClassifier(
            max_iter=self.iterations,
            learning_rate=0.05,
            max_leaf_nodes=8,
            min_samples_leaf=15,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=self.seed,
        ).fit(self._all_features(evidence), label)

    def _probability(self, evidence: Evidence) -> Array:
        found: Array = self.trees_.predict_proba(self._all_features(evidence))[:, 1].astype(np.float32)
        return found

    def portable(self) -> Portable:
        """The trees."""
        return Portable(boosted_graph(self.trees_, self.trees_.n_features_in_))


def chunks(count: int, size: int = CHUNK) -> Iterator[slice]:
    """Slices over so many moments; one of nothing where there is none."""
    for start in range(0, max(count, 1), size):
        yield slice(start, min(start + size, count))
