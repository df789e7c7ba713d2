"""A whole evaluation: the models of a run on people they have not seen, and every question of the report.

does the face say anything?          table 2, the same with labels shuffled
how much more than clicks, survey?   paired differences
when?                                attention beside occlusion; models of some seconds alone
is it only the hand?                 models that do not see the last g seconds
for whom not?                        groups
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.core.rng import stream
from telltale.intent.baselines import UnitSeconds
from telltale.intent.evidence import Evidence, Rows, Span
from telltale.intent.evidence_build import build_evidence
from telltale.intent.intervals import Interval, auc_interval
from telltale.intent.judgement import Judgement, judge_models
from telltale.intent.metrics import auc
from telltale.intent.registry import MODELS
from telltale.intent.ridge import fit_ridge
from telltale.intent.saved import SavedModel
from telltale.intent.study_training import load_run, read_asked, rows_by_part
from telltale.intent.when import (
    LEFT_OUT_S,
    SPANS,
    BySecond,
    SpanScore,
    attention_by_second,
    occlusion_by_second,
    score_spans,
)
from telltale.intent.whom import Groups, by_group
from telltale.study.splits import SplitSettings, split_sessions
from telltale.study.store import Study, read_table
from telltale.study.window_tensors import Reason
from telltale.study.windows import WindowSettings, label_windows

_STEPS: Final = 6
_SHUFFLES: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class When:
    """When one model's evidence lies."""

    model: str
    occlusion: BySecond
    attention: BySecond | None
    """None for a model without attention."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Every number of the report."""

    study: str
    simulated: bool
    judgement: Judgement
    when: tuple[When, ...]
    spans: tuple[SpanScore, ...]
    """Of the line on each unit's seconds, trained on some seconds alone."""
    left_out: tuple[SpanScore, ...]
    """The same without the last g seconds."""
    shuffled: Interval
    """The same with labels shuffled among the moments it learnt from: chance, over 20 shuffles."""
    groups_of: str
    """The model whose groups these are."""
    groups: tuple[Groups, ...]
    oracle: Interval | None
    """The best score that is possible, where the truth of a simulated study was given."""

    @property
    def first_line(self) -> str:
        """What the report says before anything else."""
        faces = [model for model in self.judgement.models if _reads_face(model.kind)]
        surest = max(faces, key=lambda model: model.auc.low, default=None)
        if surest is None or surest.auc.low <= 0.5:
            return "There is no evidence that the face says anything about a cart in this study."
        return (
            f"The face tells a coming cart better than chance: AUC {surest.auc.value:.2f} "
            f"({surest.auc.low:.2f} to {surest.auc.high:.2f}) on people not seen."
        )


def evaluate_run(
    run: Path,
    study: Study,
    *,
    oracle: Mapping[str, float] | None = None,
    leave_out: tuple[Reason, ...] = (),
    workers: int = 1,
    progress: Progress = silent,
) -> Evaluation:
    """Judge the models of a run on a study: on its test people, or on all people of another study.

    Parameters
    ----------
    run
        Folder that `telltale train` wrote.
    oracle
        The best possible score of each window by its id, of a simulated study.
    """
    models, asked = load_run(run), read_asked(run)
    seed = int(asked["plan"]["seed"])
    windows = label_windows(study, WindowSettings(seed=seed)).table
    evidence = build_evidence(study, windows, leave_out=leave_out, workers=workers, progress=progress)
    learn, test, unseen = _parts(run, study, asked, evidence)
    judged = evidence[unseen]
    usable = {
        kind: model for kind, model in models.items() if "survey" not in model.reads or judged.survey_items
    }
    steps = iter(progress(range(_STEPS), total=_STEPS, label="questions answered"))
    next(steps)
    judgement, told = judge_models(usable, judged, seed=seed)
    next(steps)
    when = tuple(_when(kind, models[kind], judged, seed) for kind in _shown(usable))
    next(steps)
    spans = tuple(score_spans(UnitSeconds(seed=seed), evidence, learn, test, SPANS))
    next(steps)
    without = tuple(Span(30.0, gone) for gone in LEFT_OUT_S)
    left_out = tuple(score_spans(UnitSeconds(seed=seed), evidence, learn, test, without))
    next(steps)
    shuffled = _shuffled(evidence, learn, test, seed)
    best = next((m.kind for m in judgement.models if _reads_face(m.kind)), judgement.models[0].kind)
    groups = by_group(judged, told[best], seed=seed)
    next(steps)
    return Evaluation(
        study=study.manifest.name,
        simulated=bool(study.manifest.simulated),
        judgement=judgement,
        when=when,
        spans=spans,
        left_out=left_out,
        shuffled=shuffled,
        groups_of=best,
        groups=groups,
        oracle=None if oracle is None else _of_oracle(oracle, judged, seed),
    )


def _parts(run: Path, study: Study, asked: Mapping[str, Any], evidence: Evidence) -> tuple[Rows, Rows, Rows]:
    """Rows to learn from, to test on, and those whose people the run's models have not seen.

    Of another study nobody was seen; what is trained anew for the report learns from its own split.
    """
    plan = asked["plan"]
    if asked["study"] == study.manifest.name:
        table = read_table(run / "split.parquet")
        learn, test = rows_by_part(evidence, table)
        return learn, test, test
    settings = SplitSettings(plan["test_share"], plan["by"], seed=plan["seed"])
    learn, test = rows_by_part(evidence, split_sessions(study, settings).table)
    return learn, test, np.arange(len(evidence))


def _shown(models: Mapping[str, SavedModel]) -> list[str]:
    """The models whose seconds are shown: the paper's, and the line on seconds."""
    return [kind for kind in ("tcn-attention", "tcn-stream", "seconds") if kind in models]


def _when(kind: str, model: SavedModel, evidence: Evidence, seed: int) -> When:
    attention = attention_by_second(model, evidence, seed=seed) if model.has_attention else None
    return When(kind, occlusion_by_second(model, evidence, seed=seed), attention)


def _shuffled(evidence: Evidence, learn: Rows, test: Rows, seed: int) -> Interval:
    """AUC where there is nothing to learn: its mean and spread over shuffles of the labels."""
    model = UnitSeconds(seed=seed)
    known = np.concatenate([batch["features"] for batch in model.inputs(evidence[learn])])
    asked = np.concatenate([batch["features"] for batch in model.inputs(evidence[test])])
    found = []
    for turn in range(_SHUFFLES):
        label = stream(seed, "intent", "shuffled", turn).permutation(evidence.label[learn])
        told = fit_ridge(known, label, evidence.people[learn], seed=seed).probability(asked)
        found.append(auc(evidence.label[test], told))
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(float(np.mean(found)), float(low), float(high), 0.95, _SHUFFLES, 0)


def _of_oracle(oracle: Mapping[str, float], evidence: Evidence, seed: int) -> Interval:
    ids = evidence.table.column("window_id").to_pylist()
    if absent := [name for name in ids if name not in oracle]:
        raise FormatError(
            f"the truth does not know window {absent[0]}", hint="give the truth of this very study"
        )
    score: npt.NDArray[np.float64] = np.array([oracle[name] for name in ids])
    return auc_interval(evidence.label, score, evidence.people, seed)


def _reads_face(kind: str) -> bool:
    return MODELS[kind].reads == ("face",)
