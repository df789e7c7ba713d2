"""A whole evaluation: the models of a run on people they have not seen, and every question of the report.

does the face say anything?          table 2, the same with labels shuffled
how much more than clicks, survey?   paired differences
only who converts?                   the same models where both labels are of the same people
when?                                attention beside occlusion; models of some seconds alone
is it only the hand?                 models that do not see the last g seconds
which units?                         attribution, permutation, combinations
for whom not?                        groups
could it have been used live?        each second of whole sessions
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from telltale.core.progress import Progress, silent
from telltale.intent.contrasts import Asks, named_contrasts
from telltale.intent.evidence import Evidence
from telltale.intent.evidence_build import build_evidence
from telltale.intent.intervals import Interval
from telltale.intent.judgement import Judgement, judge_models
from telltale.intent.left_out import Seconds, seconds_alone
from telltale.intent.live import Live, judge_live, read_logs
from telltale.intent.live_scores import score_sessions
from telltale.intent.possible import NAME, Oracle, of_moments, of_sessions
from telltale.intent.repeats import load_repeats
from telltale.intent.retrained import BothSplits, both_splits, chance
from telltale.intent.saved import SavedModel
from telltale.intent.study_training import read_live_share
from telltale.intent.unseen import Asked, ask
from telltale.intent.what import What, explain
from telltale.intent.when import BySecond, attention_by_second, attention_over, occlusion_by_second
from telltale.intent.whom import FEWEST_PEOPLE, Groups, by_group
from telltale.study.splits import By
from telltale.study.store import Study
from telltale.study.window_tensors import REASONS, Reason, readable_windows
from telltale.study.windows import WindowSettings, label_windows

_LIVE: Final = ("tcn-stream", "acts")
"""Models that are cheap enough to run each second."""
_SHOWN: Final = ("tcn-attention", "tcn-stream", "acts")
"""Models whose seconds are shown: the paper's, what runs live, and the line on acts."""
_STEPS: Final = 7

Question = Literal["which", "live", "anew"]
QUESTIONS: Final[tuple[Question, ...]] = ("which", "live", "anew")
"""Those that take long and may be left out: which units, whole sessions, what only training anew tells."""


@dataclass(frozen=True, slots=True, eq=False)
class When:
    """When one model's evidence lies."""

    model: str
    occlusion: BySecond
    attention: BySecond | None
    """None for a model without attention."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a model is."""

    says: str
    reads_face: bool
    """And nothing else."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Every number of the report."""

    study: str
    simulated: bool
    by: By
    """Whether nobody stands on both sides, or no session."""
    words: Mapping[str, Words]
    """What each model is, by name."""
    judgement: Judgement
    matched: Judgement | None
    """The same models where negatives are of the people who bought; None where there are too few."""
    when: tuple[When, ...]
    attention_over_folds: BySecond | None
    """Of the run's repeats: other seeds, other people."""
    folds: int
    seconds: tuple[Seconds, ...]
    shuffled: Interval | None
    """The line on acts with labels shuffled where it learns: chance, over shuffles."""
    splits: tuple[BothSplits, ...]
    """Empty, as `seconds` is and `shuffled` is None, where nothing was trained anew."""
    what: What | None
    """None where it was not asked for."""
    live: Live | None
    """None where it was not asked for, or no model of the run can run each second."""
    groups_of: str
    """The model whose groups these are."""
    groups: tuple[Groups, ...]
    oracle_sees_all: bool
    """Whether nothing can do better than the best possible that is shown; True where none is."""

    @property
    def first_line(self) -> str:
        """What the report says before anything else."""
        faces = [model for model in self.judgement.models if self.words[model.kind].reads_face]
        if not faces:
            return "No model of the face alone was judged."
        if self.judgement.people < FEWEST_PEOPLE:
            return f"{self.judgement.people} people are too few to say whether the face says anything."
        surest = max(faces, key=lambda model: model.auc.low)
        if not surest.auc.low > 0.5:
            return "There is no evidence that the face says anything about a cart in this study."
        return (
            f"The face tells a coming cart better than chance: AUC {surest.auc.value:.2f} "
            f"({surest.auc.low:.2f} to {surest.auc.high:.2f}) on {self.whom}."
        )

    @property
    def whom(self) -> str:
        """On whom models were judged."""
        return "people not seen" if self.by == "person" else "sessions not seen, of people most of whom were"


def evaluate_run(
    run: Path,
    study: Study,
    *,
    also: Mapping[str, SavedModel] | None = None,
    oracle: Oracle | None = None,
    skip: Collection[Question] = (),
    leave_out: tuple[Reason, ...] = (),
    workers: int = 1,
    progress: Progress = silent,
) -> Evaluation:
    """Judge the models of a run on a study: on its test people, or on all people of another study.

    Parameters
    ----------
    run
        Folder that `telltale train` wrote.
    also
        Further models by name, that learnt from other people.
    oracle
        Who knows the truth of a simulated study: the best that is possible stands beside every AUC.
    skip
        Questions that take long and are not asked.
    """
    asked = ask(run, study, also=also, leave_out=leave_out, workers=workers, progress=progress)
    seed, judged = asked.seed, asked.judged
    possible = of_moments(oracle, asked.evidence)
    possible = None if possible is None else possible[asked.unseen]
    contrasts = named_contrasts({name: model.reads for name, model in asked.models.items()})
    steps = iter(progress(range(_STEPS), total=_STEPS, label="questions answered"))
    next(steps)
    judgement, told = judge_models(asked.models, judged, contrasts=contrasts, oracle=possible, seed=seed)
    next(steps)
    matched = _matched(asked, oracle, contrasts, workers)
    next(steps)
    shown = [name for kind in _SHOWN for name, model in asked.models.items() if model.kind == kind]
    when = tuple(_when(name, asked.models[name], judged, seed) for name in shown)
    next(steps)
    repeats = () if asked.changed else load_repeats(run, asked.evidence, asked.learn, asked.test, seed)
    folds = [(repeat.model, asked.evidence[repeat.test]) for repeat in repeats if repeat.is_fold]
    seconds: tuple[Seconds, ...] = ()
    splits: tuple[BothSplits, ...] = ()
    shuffled = None
    if "anew" not in skip:
        seconds = tuple(seconds_alone(asked, repeats, oracle))
        next(steps)
        shuffled = chance(asked.evidence, asked.learn, asked.test, seed)
        splits = both_splits(study, asked.evidence, float(asked.plan["test_share"]), seed)
    next(steps)
    words = {name: Words(model.says, model.reads == ("face",)) for name, model in asked.models.items()}
    face = next((m.kind for m in judgement.models if words[m.kind].reads_face), None)
    groups = by_group(judged, told[face or judgement.models[0].kind], oracle=possible, seed=seed)
    what = None
    if face is not None and "which" not in skip:
        what = explain(asked.models, judged, best=face, seed=seed, tested_in=asked.evidence)
    next(steps)
    live = None if "live" in skip else _live(asked, oracle, progress)
    next(steps, None)
    return Evaluation(
        study=study.manifest.name,
        simulated=bool(study.manifest.simulated),
        by=asked.by,
        words=words,
        judgement=judgement,
        matched=matched,
        when=when,
        attention_over_folds=attention_over(folds) if len(folds) > 1 else None,
        folds=len(folds),
        seconds=seconds,
        shuffled=shuffled,
        splits=splits,
        what=what,
        live=live,
        groups_of=face or judgement.models[0].kind,
        groups=groups,
        oracle_sees_all=oracle is None or oracle.sees_all,
    )


def _matched(asked: Asked, oracle: Oracle | None, contrasts: Asks, workers: int) -> Judgement | None:
    """The same models on the same people's carts and other moments of the sessions in which they bought."""
    settings = WindowSettings(seed=asked.seed, negatives_from="converted")
    windows = asked.fresh(label_windows(asked.study, settings).table)
    label = windows["label"].to_numpy()
    if len(pc.unique(windows["participant_id"])) < FEWEST_PEOPLE or not 0 < label.sum() < len(label):
        return None
    evidence = build_evidence(
        asked.study, windows, name="intent_matched", leave_out=asked.leave_out, workers=workers
    )
    possible = of_moments(oracle, evidence)
    return judge_models(asked.models, evidence, contrasts=contrasts, oracle=possible, seed=asked.seed)[0]


def _when(kind: str, model: SavedModel, evidence: Evidence, seed: int) -> When:
    attention = attention_by_second(model, evidence, seed=seed) if model.has_attention else None
    return When(kind, occlusion_by_second(model, evidence, seed=seed), attention)


def _live(asked: Asked, oracle: Oracle | None, progress: Progress) -> Live | None:
    """Whole sessions of people not seen, those that can be read."""
    models = {name: model for name, model in asked.models.items() if model.kind in _LIVE}
    if not models:
        return None
    whose = asked.fresh(asked.study.table("sessions", ["session_id", "participant_id", "duration_s"]))
    heard = whose.take(pa.array(readable_windows(asked.study, whose, leave_out=REASONS).rows))
    logs = read_logs(asked.study)
    sessions = list(score_sessions(models, asked.study, heard["session_id"].to_pylist(), progress=progress))
    learnt_at: dict[str, float | None] = {name: m.about.share_with_cart for name, m in models.items()}
    if oracle is not None:
        sessions, learnt_at = list(of_sessions(oracle, sessions, logs)), learnt_at | {NAME: None}
    return judge_live(sessions, logs, learnt_at, read_live_share(asked.run), seed=asked.seed)
