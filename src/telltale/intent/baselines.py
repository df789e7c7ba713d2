"""The baselines: the paper's that need no network, and what a good practitioner would try first.

Who adds one adds a class here and a line in `registry.py`; the checks of the contract find it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.intent.act_counts import act_counts
from telltale.intent.contract import Arrays, Labels, Portable, Predictor
from telltale.intent.evidence import Array, Evidence
from telltale.intent.feature_models import BoostedModel, FaceFeatures, RidgeModel
from telltale.intent.summaries import second_maxima, unit_statistics, window_summaries


class UnitStatistics(FaceFeatures, RidgeModel):
    """The paper's first baseline: a line on mean, variance and maximum of each unit."""

    kind = "statistics"
    reads = ("face",)
    says = "line on mean, variance and maximum of each unit's channels"

    def __init__(self, from_s: float = 30.0, until_s: float = 0.0, seed: int = 0) -> None:
        self.from_s = from_s
        self.until_s = until_s
        self.seed = seed

    def features(self, evidence: Evidence) -> Array:
        """Shape (n, 357)."""
        return unit_statistics(self.rows(evidence))


class UnitSeconds(FaceFeatures, RidgeModel):
    """A line on each unit's greatest brief energy in each second."""

    kind = "seconds"
    reads = ("face",)
    says = "line on each unit's greatest energy in each second"

    def __init__(self, from_s: float = 30.0, until_s: float = 0.0, seed: int = 0) -> None:
        self.from_s = from_s
        self.until_s = until_s
        self.seed = seed

    def features(self, evidence: Evidence) -> Array:
        """Shape (n, 17 x seconds)."""
        return second_maxima(self.rows(evidence))


class UnitActs(UnitSeconds):
    """A line on brief acts: in which seconds each unit flashes, and how often in longer stretches."""

    kind = "acts"
    says = "line on brief acts: in which seconds each unit flashes, and how often in longer stretches"

    def features(self, evidence: Evidence) -> Array:
        """Shape (n, F), as `act_counts`."""
        return act_counts(self.rows(evidence))


class BoostedSummaries(FaceFeatures, BoostedModel):
    """What most would try first: gradient boosting on summaries of the window."""

    kind = "boosting"
    reads = ("face",)
    says = "boosted trees on summaries of the window"

    def __init__(
        self, from_s: float = 30.0, until_s: float = 0.0, iterations: int = 200, seed: int = 0
    ) -> None:
        self.from_s = from_s
        self.until_s = until_s
        self.iterations = iterations
        self.seed = seed

    def features(self, evidence: Evidence) -> Array:
        """Shape (n, F)."""
        return window_summaries(self.rows(evidence))


class Clicks(BoostedModel):
    """The paper's click-behaviour model: boosted trees on clicks up to the same moment."""

    kind = "clicks"
    reads = ("clicks",)
    says = "boosted trees on clicks in the same half minute"

    def __init__(self, iterations: int = 100, seed: int = 0) -> None:
        self.iterations = iterations
        self.seed = seed

    def features(self, evidence: Evidence) -> Array:
        """Shape (n, clicks)."""
        return evidence.clicks


class Survey(RidgeModel):
    """The paper's survey: a line on what people answered after the session."""

    kind = "survey"
    reads = ("survey",)
    says = "line on the answers after the session"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def _learn(self, evidence: Evidence, label: Labels) -> None:
        if not evidence.survey_items:
            raise FormatError(
                "no survey answers to read", hint="add surveys.parquet, or leave this model out"
            )
        self.items_ = evidence.survey_items
        super()._learn(evidence, label)

    def features(self, evidence: Evidence) -> Array:
        """Shape (n, items learnt from), found by name."""
        if missing := [item for item in self.items_ if item not in evidence.survey_items]:
            raise FormatError(
                f"these people were not asked {missing[0]!r}",
                hint=f"the survey learnt from asks {', '.join(self.items_)}",
            )
        return evidence.survey[:, [evidence.survey_items.index(item) for item in self.items_]]

    def portable(self) -> Portable:
        """The line, and which items it is on."""
        return Portable(super().portable().graph, arrays={"items": np.array(self.items_)})

    def restore(self, arrays: Arrays, parts: Mapping[str, Predictor]) -> None:
        """The items, as they were saved."""
        del parts
        self.items_ = tuple(str(item) for item in arrays["items"])


def log_odds(probability: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """
    >>> float(log_odds(np.array([0.5]))[0])
    0.0
    """
    held = np.clip(probability.astype(np.float64), 1e-6, 1 - 1e-6)
    found: npt.NDArray[np.float64] = np.log(held / (1 - held))
    return found
