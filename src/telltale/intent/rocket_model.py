"""MiniRocket and ridge: thousands of random shapes, and how often each is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from telltale.intent.contract import Arrays, Labels, Portable, Predictor
from telltale.intent.evidence import Array, Evidence
from telltale.intent.feature_models import FaceFeatures, RidgeModel, chunks
from telltale.intent.minirocket import MiniRocketKernels, MiniRocketSettings, fit_minirocket, minirocket
from telltale.intent.scaler import Scaler

_SEEN_BY_BIASES = 512
"""Windows from which the kernels' thresholds are taken."""


class MiniRocketRidge(FaceFeatures, RidgeModel):
    """MiniRocket (Dempster et al. 2021) on the 128 channels, and ridge."""

    kind = "minirocket"
    reads = ("face",)
    says = "MiniRocket on the 128 channels, and a line"

    def __init__(
        self, from_s: float = 30.0, until_s: float = 0.0, features_count: int = 5_000, seed: int = 0
    ) -> None:
        self.from_s = from_s
        self.until_s = until_s
        self.features_count = features_count
        self.seed = seed

    def _learn(self, evidence: Evidence, label: Labels) -> None:
        self.scaler_ = Scaler.of(self.rows(evidence[rows]) for rows in chunks(len(evidence)))
        some = np.linspace(0, len(evidence) - 1, min(len(evidence), _SEEN_BY_BIASES)).astype(np.intp)
        settings = MiniRocketSettings(features=self.features_count, seed=self.seed)
        self.kernels_ = fit_minirocket(self.scaler_.apply(self.rows(evidence[some])), settings)
        super()._learn(evidence, label)

    def features(self, evidence: Evidence) -> Array:
        """Shape (n, about `features_count`)."""
        return minirocket(self.scaler_.apply(self.rows(evidence)), self.kernels_)

    def portable(self) -> Portable:
        """The line, the kernels and the scaler."""
        arrays: dict[str, npt.NDArray[Any]] = {**self.scaler_.arrays(), **self.kernels_.arrays()}
        return Portable(super().portable().graph, arrays)

    def restore(self, arrays: Arrays, parts: dict[str, Predictor]) -> None:  # type: ignore[override]
        """The kernels and the scaler."""
        del parts
        self.scaler_ = Scaler.from_arrays(arrays)
        self.kernels_ = MiniRocketKernels.from_arrays(arrays)
