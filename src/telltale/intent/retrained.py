"""What can only be told by training anew: chance, other seconds, the paper's split.

All on the line on brief acts, which learns in a moment, and on one more line beside it where the
question is whether a model knows people instead of intent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.rng import stream
from telltale.intent.baselines import UnitActs, UnitStatistics
from telltale.intent.evidence import Array, Evidence, Rows
from telltale.intent.feature_models import FeatureModel
from telltale.intent.intervals import Interval, mean_interval
from telltale.intent.metrics import auc
from telltale.intent.ridge import RIDGE_FOLDS, RidgeDesign, fit_ridge, folds_by_person
from telltale.intent.study_training import rows_by_part
from telltale.study.splits import By, SplitSettings, split_sessions
from telltale.study.store import Study

_SHUFFLES: Final = 200
_SPLITS: Final = 6
_BY: Final[tuple[By, By]] = ("person", "session")


@dataclass(frozen=True, slots=True)
class BothSplits:
    """A line on people it has not seen, and on the paper's split, where most people stand on both sides."""

    kind: str
    by_person: float
    """Mean AUC over splits of other seeds."""
    by_session: float
    adds: Interval
    """What the paper's split adds: mean and Student's interval over the seeds."""


def chance(evidence: Evidence, learn: Rows, test: Rows, seed: int) -> Interval:
    """AUC where there is nothing to learn: its mean and spread over shuffles of the sessions' labels."""
    model = UnitActs(seed=seed)
    known, asked = (_features(model, evidence[rows]) for rows in (learn, test))
    label, people = evidence.label[learn], evidence.people[learn]
    names, session = np.unique(evidence.table["session_id"].to_numpy()[learn], return_inverse=True)
    # Moments of one session have one label: they keep together, as chance would have it.
    of_session = np.zeros(len(names), np.int8)
    np.maximum.at(of_session, session, label)
    design = RidgeDesign(known, folds_by_person(people, label, RIDGE_FOLDS, seed), held=True)
    found = []
    for turn in range(_SHUFFLES):
        line = design.fit(stream(seed, "intent", "shuffled", turn).permutation(of_session)[session])
        found.append(auc(evidence.label[test], line.score(asked)))
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(float(np.mean(found)), float(low), float(high), 0.95, _SHUFFLES, 0)


def both_splits(study: Study, evidence: Evidence, test_share: float, seed: int) -> tuple[BothSplits, ...]:
    """Two lines, trained and tried by person and by session on several splits each."""
    found = []
    for model in (UnitActs(seed=seed), UnitStatistics(seed=seed)):
        features = _features(model, evidence)
        each = np.array(
            [
                [_tried(features, evidence, _split(study, evidence, test_share, by, seed + k)) for by in _BY]
                for k in range(_SPLITS)
            ]
        )
        person, session = each.mean(axis=0)
        adds = mean_interval(each[:, 1] - each[:, 0])
        found.append(BothSplits(model.kind, float(person), float(session), adds))
    return tuple(found)


def _split(study: Study, evidence: Evidence, test_share: float, by: By, seed: int) -> tuple[Rows, Rows]:
    return rows_by_part(evidence, split_sessions(study, SplitSettings(test_share, by, seed=seed)).table)


def _features(model: FeatureModel, evidence: Evidence) -> Array:
    return np.concatenate([batch["features"] for batch in model.inputs(evidence)])


def _tried(features: Array, evidence: Evidence, parts: tuple[Rows, Rows]) -> float:
    learn, test = parts
    line = fit_ridge(features[learn], evidence.label[learn], evidence.people[learn])
    return auc(evidence.label[test], line.score(features[test]))
