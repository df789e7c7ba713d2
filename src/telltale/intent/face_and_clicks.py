"""Face and clicks together: a line on what each says by itself.

    log odds = b + w_face logit p_face + w_clicks logit p_clicks

The weights are fitted on what models of each say of people they have not seen; then both learn from all.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.base import clone

from telltale.intent.baselines import Clicks, UnitActs, log_odds
from telltale.intent.contract import Arrays, IntentModel, Labels, Portable, Predictor
from telltale.intent.evidence import Array, Evidence
from telltale.intent.feature_models import RidgeModel
from telltale.intent.ridge import folds_by_person

_FOLDS = 5


class FaceAndClicks(RidgeModel):
    """Both, by late fusion."""

    kind = "face-clicks"
    reads = ("face", "clicks")
    says = "face (acts) and clicks together"

    def __init__(self, from_s: float = 30.0, until_s: float = 0.0, seed: int = 0) -> None:
        self.from_s = from_s
        self.until_s = until_s
        self.seed = seed

    def _learn(self, evidence: Evidence, label: Labels) -> None:
        models = [UnitActs(self.from_s, self.until_s, self.seed), Clicks(seed=self.seed)]
        fold = folds_by_person(evidence.people, label, _FOLDS, self.seed)
        self._held_out: Array | None = _left_out(models, evidence, label, fold)
        self.parts_: Mapping[str, Predictor] = {m.kind: m.fit(evidence, label) for m in models}
        super()._learn(evidence, label)
        self._held_out = None

    def features(self, evidence: Evidence) -> Array:
        """Shape (n, 2): what each says, as log odds."""
        told = [self.parts_[kind].predict_proba(evidence)[:, 1] for kind in (UnitActs.kind, Clicks.kind)]
        return log_odds(np.column_stack(told)).astype(np.float32)

    def _all_features(self, evidence: Evidence) -> Array:
        # While learning, what was said of people left out stands for what will be said of new ones.
        held: Array | None = getattr(self, "_held_out", None)
        return super()._all_features(evidence) if held is None else held

    def portable(self) -> Portable:
        """The line, and the two models."""
        parts = {kind: part.portable() for kind, part in self.parts_.items() if isinstance(part, IntentModel)}
        return Portable(super().portable().graph, parts=parts)

    def restore(self, arrays: Arrays, parts: Mapping[str, Predictor]) -> None:
        """The two models, as they were saved."""
        del arrays
        self.parts_ = parts


def _left_out(models: list[IntentModel], evidence: Evidence, label: Labels, fold: np.ndarray) -> Array:
    """What each model says of the moments of people it has not seen. Shape (n, models)."""
    told = np.empty((len(evidence), len(models)))
    for k in range(int(fold.max()) + 1):
        out = np.flatnonzero(fold == k)
        others = np.flatnonzero(fold != k)
        for column, model in enumerate(models):
            taught = clone(model).fit(evidence[others], label[others])
            told[out, column] = taught.predict_proba(evidence[out])[:, 1]
    return log_odds(told).astype(np.float32)
