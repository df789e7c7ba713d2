"""How well models tell a cart on people none of them has seen: the paper's Table 2, with what it leaves out.

AUC is the anchor. Intervals and tests resample people, as the moments of one person are not independent;
which models are compared was named beforehand (`contrasts.py`). F1, precision and recall are at a threshold
of the best F1 that was chosen on the other half of the people: no moment is judged by a threshold it chose.
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
from telltale.intent.calibration import (
    ReliabilityCurve,
    calibration_error,
    error_of_perfect,
    reliability_curve,
)
from telltale.intent.contract import Predictor
from telltale.intent.contrasts import Asks, Contrast, judge_contrasts
from telltale.intent.evidence import Evidence
from telltale.intent.intervals import Interval, auc_interval, intervals_of, repeats_for
from telltale.intent.metrics import PrecisionRecallCurve, RocCurve, precision_recall_curve, roc_curve
from telltale.intent.operating import OperatingPoint, for_best_f1, for_precision, for_recall
from telltale.intent.weighted import average_precision_of, brier_of, flagging_of

Probability = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Choose = Callable[[npt.ArrayLike, npt.ArrayLike], OperatingPoint]

RULES: Final[Mapping[str, Choose]] = {
    "best F1": for_best_f1,
    "recall of 0.8 at least": partial(for_recall, recall=0.8),
    "precision of 0.8 at least": partial(for_precision, precision=0.8),
}
"""By which a threshold may be chosen."""
_AT: Final = ("f1", "precision", "recall")


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """At a threshold chosen on other people; intervals are of the flags as they stand."""

    f1: Interval
    precision: Interval
    recall: Interval


@dataclass(frozen=True, slots=True, eq=False)
class ModelJudgement:
    """One row of Table 2, and the curves behind it."""

    kind: str
    auc: Interval
    """At a level that allows for how many models were asked; all others are of 95 %."""
    average_precision: Interval
    brier: Interval
    calibration_error: float
    error_of_perfect: float
    """What the calibration error of true probabilities stays under, nineteen times of twenty."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """All models on the same moments."""

    moments: int
    sessions: int
    people: int
    with_cart: int
    models: tuple[ModelJudgement, ...]
    """The best first."""
    oracle: Interval | None
    """The best AUC that is possible, where the truth of a simulated study was given."""
    contrasts: tuple[Contrast, ...]
    """Those named beforehand."""
    rules: tuple[Rule, ...]
    """Of the best model; the first is the one that the table's F1 is at."""

    def share_of_the_way(self, auc: Interval) -> float:
        """(AUC - 0.5) / (best possible - 0.5); NaN where the best possible is not known, or is chance."""
        if self.oracle is None or not self.oracle.low > 0.5:
            return float("nan")
        return (auc.value - 0.5) / (self.oracle.value - 0.5)


def judge_models(
    models: Mapping[str, Predictor],
    evidence: Evidence,
    *,
    contrasts: Asks | None = None,
    oracle: Probability | None = None,
    seed: int = 0,
) -> tuple[Judgement, dict[str, Probability]]:
    """Judge every model on the same moments; the probabilities come with it.

    Parameters
    ----------
    contrasts
        Of `contrasts.named_contrasts`.
    oracle
        The best possible score of each moment, shape (n,), of a simulated study.
    """
    told = {kind: model.predict_proba(evidence)[:, 1] for kind, model in models.items()}
    label, people = evidence.label, evidence.people
    level = 1 - 0.05 / len(told)  # Several models asked: each must be surer (Bonferroni).
    judged = [_judged(kind, label, p, people, seed, level) for kind, p in told.items()]
    judged.sort(key=lambda model: -model.auc.value)
    judgement = Judgement(
        moments=len(evidence),
        sessions=len(evidence.table["session_id"].unique()),
        people=len(np.unique(people)),
        with_cart=int(label.sum()),
        models=tuple(judged),
        oracle=None if oracle is None else auc_interval(label, oracle, people, seed),
        contrasts=judge_contrasts(contrasts or [], label, told, people, seed),
        rules=tuple(_ruled(words, label, told[judged[0].kind], people, seed) for words in RULES),
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
    scores = {
        "average_precision": average_precision_of(label, told),
        "brier": brier_of(label, told),
    }
    found = intervals_of(scores | flagging_of(label.astype(bool), flags), people, seed)
    return ModelJudgement(
        kind=kind,
        auc=auc_interval(label, told, people, seed, repeats_for(level), level),
        at_threshold=AtThreshold(*(found.pop(name) for name in _AT)),
        roc=roc_curve(label, told),
        precision_recall=precision_recall_curve(label, told),
        calibration_error=calibration_error(label, told),
        error_of_perfect=error_of_perfect(told, seed),
        reliability=reliability_curve(label, told, people),
        **found,
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
    found = intervals_of(flagging_of(label.astype(bool), flags), people, seed)
    return Rule(words, chosen, AtThreshold(*(found[name] for name in _AT)), float(flags.mean()))
