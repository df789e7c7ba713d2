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
from telltale.intent.contract import IntentModel
from telltale.intent.evidence import Evidence, Rows
from telltale.intent.intervals import Interval, auc_interval
from telltale.intent.metrics import auc
from telltale.intent.ridge import RIDGE_FOLDS, RidgeDesign, folds_by_person
from telltale.intent.study_training import rows_by_part
from telltale.study.splits import SplitSettings, split_sessions
from telltale.study.store import Study

_SHUFFLES: Final = 200


@dataclass(frozen=True, slots=True)
class BothSplits:
    """A model on people it has not seen, and on the paper's split, where most people stand on both sides."""

    kind: str
    by_person: Interval
    by_session: Interval


def chance(evidence: Evidence, learn: Rows, test: Rows, seed: int) -> Interval:
    """AUC where there is nothing to learn: its mean and spread over shuffles of the labels."""
    model = UnitActs(seed=seed)
    known = np.concatenate([batch["features"] for batch in model.inputs(evidence[learn])])
    asked = np.concatenate([batch["features"] for batch in model.inputs(evidence[test])])
    label, people = evidence.label[learn], evidence.people[learn]
    design = RidgeDesign(known, folds_by_person(people, label, RIDGE_FOLDS, seed))
    found = []
    for turn in range(_SHUFFLES):
        line = design.fit(stream(seed, "intent", "shuffled", turn).permutation(label))
        found.append(auc(evidence.label[test], line.score(asked)))
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(float(np.mean(found)), float(low), float(high), 0.95, _SHUFFLES, 0)


def both_splits(study: Study, evidence: Evidence, test_share: float, seed: int) -> tuple[BothSplits, ...]:
    """The two lines, trained and tried by person and by session."""
    parts = [
        rows_by_part(evidence, split_sessions(study, SplitSettings(test_share, by, seed=seed)).table)
        for by in ("person", "session")
    ]
    found = []
    for model in (UnitActs(seed=seed), UnitStatistics(seed=seed)):
        person, session = (_taught(model, evidence, *rows, seed) for rows in parts)
        found.append(BothSplits(model.kind, person, session))
    return tuple(found)


def _taught(model: IntentModel, evidence: Evidence, learn: Rows, test: Rows, seed: int) -> Interval:
    told = model.fit(evidence[learn]).predict_proba(evidence[test])[:, 1]
    return auc_interval(evidence.label[test], told, evidence.people[test], seed)
