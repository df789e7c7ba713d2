"""How well models tell a cart on people none of them has seen: the paper's Table 2, with what it leaves out.

AUC is the anchor. Intervals and tests resample people, as the moments of one person are not independent;
tests of several models against one are corrected (Holm). F1, precision and recall are at a threshold of the
best F1 that was chosen on the other half of the people, so no moment is judged by a threshold it chose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.intent.calibration import ReliabilityCurve, calibration_error, reliability_curve
from telltale.intent.contract import Predictor
from telltale.intent.evidence import Evidence
from telltale.intent.intervals import Difference, Interval, auc_interval, holm, paired_difference
from telltale.intent.metrics import (
    PrecisionRecallCurve,
    RocCurve,
    average_precision,
    brier,
    precision_recall_curve,
    roc_curve,
)
from telltale.intent.operating import OperatingPoint, for_best_f1, for_precision, for_recall

Probability = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Choose = Callable[[npt.ArrayLike, npt.ArrayLike], OperatingPoint]

RULES: Final[Mapping[str, Choose]] = {
    "best F1": for_best_f1,
    "recall of 0.8 at least": partial(for_recall, recall=0.8),
    "precision of 0.8 at least": partial(for_precision, precision=0.8),
}
"""By which a threshold may be chosen."""


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """At the threshold of the best F1, chosen on other people."""

    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True, eq=False)
class ModelJudgement:
    """One row of Table 2, and the curves behind it."""

    kind: str
    auc: Interval
    average_precision: float
    brier: float
    calibration_error: float
    at_threshold: AtThreshold
    roc: RocCurve
    precision_recall: PrecisionRecallCurve
    reliability: ReliabilityCurve


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that chooses the best model's threshold, and what it gives on people who did not choose."""

    words: str
    threshold: tuple[float, float]
    """Each half's: infinite where no threshold keeps the rule."""
    scores: AtThreshold
    flagged: float
    """Share of moments."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A model against the reference."""

    kind: str
    difference: Difference
    """AUC of the reference less this one's."""
    corrected_p: float


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """All models on the same moments."""

    moments: int
    people: int
    with_cart: int
    models: tuple[ModelJudgement, ...]
    """The best first."""
    reference: str
    """The model the others are compared with."""
    comparisons: tuple[Comparison, ...]
    rules: tuple[Rule, ...]
    """Of the best model; the first is the one that the table's F1 is at."""


def judge_models(
    models: Mapping[str, Predictor], evidence: Evidence, *, reference: str | None = None, seed: int = 0
) -> tuple[Judgement, dict[str, Probability]]:
    """Judge every model on the same moments; the probabilities come with it.

    Parameters
    ----------
    reference
        The model that others are compared with; the best when not given.
    """
    told = {kind: model.predict_proba(evidence)[:, 1] for kind, model in models.items()}
    label, people = evidence.label, evidence.people
    level = 1 - 0.05 / len(told)  # Several models asked: each must be surer (Bonferroni).
    judged = {kind: _judged(kind, label, p, people, seed, level) for kind, p in told.items()}
    order = sorted(judged, key=lambda kind: -judged[kind].auc.value)
    chosen = reference or order[0]
    others = [kind for kind in order if kind != chosen]
    differences = [paired_difference(label, told[chosen], told[kind], people, seed) for kind in others]
    corrected = holm([found.p_value for found in differences]) if others else np.zeros(0)
    judgement = Judgement(
        moments=len(evidence),
        people=len(np.unique(people)),
        with_cart=int(label.sum()),
        models=tuple(judged[kind] for kind in order),
        reference=chosen,
        comparisons=tuple(
            Comparison(kind, found, float(p))
            for kind, found, p in zip(others, differences, corrected, strict=True)
        ),
        rules=tuple(_ruled(words, label, told[order[0]], people, seed) for words in RULES),
    )
    return judgement, told


def _judged(
    kind: str,
    label: npt.NDArray[np.int8],
    told: Probability,
    people: npt.NDArray[np.str_],
    seed: int,
    level: float,
) -> ModelJudgement:
    flags, _ = flagged_by_others(label, told, people, seed)
    return ModelJudgement(
        kind=kind,
        auc=auc_interval(label, told, people, seed, level=level),
        average_precision=average_precision(label, told),
        brier=brier(label, told),
        calibration_error=calibration_error(label, told),
        at_threshold=_scores(label.astype(bool), flags),
        roc=roc_curve(label, told),
        precision_recall=precision_recall_curve(label, told),
        reliability=reliability_curve(label, told, people),
    )


def half_of_people(people: npt.NDArray[np.str_], seed: int) -> npt.NDArray[np.intp]:
    """Which half of the people each moment is of, 0 or 1. Shape (n,)."""
    names, person = np.unique(people, return_inverse=True)
    return np.asarray(stream(seed, "intent", "halves").permutation(len(names)) % 2, np.intp)[person]


def flagged_by_others(
    label: npt.NDArray[np.int8],
    told: Probability,
    people: npt.NDArray[np.str_],
    seed: int,
    rule: Choose = for_best_f1,
) -> tuple[Flags, tuple[float, float]]:
    """Whether each moment is over the threshold of the other half of the people, shape (n,); and the two."""
    half = half_of_people(people, seed)
    flags, chosen = np.zeros(len(label), dtype=bool), [np.inf, np.inf]
    for side in (0, 1):
        here, there = half == side, half != side
        if label[there].any() and not label[there].all():
            chosen[side] = _threshold(rule, label[there], told[there])
            flags[here] = told[here] >= chosen[side]
    return flags, (chosen[0], chosen[1])


def _threshold(rule: Choose, label: npt.NDArray[np.int8], told: Probability) -> float:
    try:
        return rule(label, told).threshold
    except FormatError:  # no threshold keeps the rule: nobody is flagged
        return float("inf")


def _ruled(
    words: str,
    label: npt.NDArray[np.int8],
    told: Probability,
    people: npt.NDArray[np.str_],
    seed: int,
) -> Rule:
    flags, chosen = flagged_by_others(label, told, people, seed, RULES[words])
    return Rule(words, chosen, _scores(label.astype(bool), flags), float(flags.mean()))


def _scores(label: Flags, flags: Flags) -> AtThreshold:
    hits, told, there = int((label & flags).sum()), int(flags.sum()), int(label.sum())
    both = told + there
    return AtThreshold(
        f1=2 * hits / both if both else float("nan"),
        precision=hits / told if told else float("nan"),
        recall=hits / there if there else float("nan"),
    )
