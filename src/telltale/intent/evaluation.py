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

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.intent.baselines import BoostedSummaries, UnitActs
from telltale.intent.evidence import Evidence, Rows, Span
from telltale.intent.evidence_build import build_evidence
from telltale.intent.intervals import Interval, auc_interval
from telltale.intent.judgement import Judgement, judge_models
from telltale.intent.live import Live, judge_live, read_logs
from telltale.intent.live_scores import score_sessions
from telltale.intent.repeats import KIND, SPANS_REPEATED, Repeated, load_repeats
from telltale.intent.retrained import BothSplits, both_splits, chance
from telltale.intent.saved import SavedModel
from telltale.intent.study_training import load_run, read_asked, read_live_share, rows_by_part, same_study
from telltale.intent.what import What, explain
from telltale.intent.when import (
    LEFT_OUT_S,
    SPANS,
    BySecond,
    SpanScore,
    attention_by_second,
    attention_over,
    occlusion_by_second,
    score_spans,
)
from telltale.intent.whom import FEWEST_PEOPLE, Groups, by_group
from telltale.study.splits import By, SplitSettings, split_sessions
from telltale.study.store import Study, read_table
from telltale.study.window_tensors import REASONS, Reason, readable_windows
from telltale.study.windows import WindowSettings, label_windows

_WITHOUT: Final = tuple(Span(30.0, gone) for gone in LEFT_OUT_S)
_LIVE: Final = ("tcn-stream", "acts")
"""Models that are cheap enough to run each second."""
_SHOWN: Final = ("tcn-attention", "tcn-stream", "acts")
"""Models whose seconds are shown: the paper's, what runs live, and the line on acts."""
_HAND_TREES: Final = 30
_STEPS: Final = 7

Question = Literal["which", "live"]
QUESTIONS: Final[tuple[Question, ...]] = ("which", "live")
"""Those that take long and may be left out."""


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
class Seconds:
    """One kind of model, trained on some seconds alone."""

    model: str
    spans: tuple[SpanScore, ...]
    """The paper's spans."""
    left_out: tuple[SpanScore, ...]
    """Without the last g seconds."""


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
    shuffled: Interval
    """The line on acts with labels shuffled where it learns: chance, over 20 shuffles."""
    splits: tuple[BothSplits, ...]
    what: What | None
    """None where it was not asked for."""
    live: Live | None
    """None where it was not asked for, or no model of the run can run each second."""
    groups_of: str
    """The model whose groups these are."""
    groups: tuple[Groups, ...]
    oracle: Interval | None
    """The best score that is possible, where the truth of a simulated study was given."""

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


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What is judged, and on what."""

    run: Path
    study: Study
    plan: Mapping[str, Any]
    models: Mapping[str, SavedModel]
    evidence: Evidence
    learn: Rows
    test: Rows
    unseen: Rows
    own: bool
    """Whether it is the study that the run learnt from."""
    learnt: pa.Array
    """Sessions that the run learnt from, of this study."""
    changed: bool
    """Whether it has other windows than it had then."""
    leave_out: tuple[Reason, ...]

    @property
    def seed(self) -> int:
        """Of the run."""
        return int(self.plan["seed"])

    @property
    def judged(self) -> Evidence:
        """The moments of people whom no model has seen."""
        return self.evidence[self.unseen]


def evaluate_run(
    run: Path,
    study: Study,
    *,
    also: Mapping[str, SavedModel] | None = None,
    oracle: Mapping[str, float] | None = None,
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
        The best possible score of each window by its id, of a simulated study.
    skip
        Questions that take long and are not asked.
    """
    asked = _asked(run, study, also or {}, leave_out, workers, progress)
    seed, judged = asked.seed, asked.judged
    steps = iter(progress(range(_STEPS), total=_STEPS, label="questions answered"))
    next(steps)
    judgement, told = judge_models(asked.models, judged, seed=seed)
    next(steps)
    matched = _matched(asked, workers)
    next(steps)
    shown = [name for kind in _SHOWN for name, model in asked.models.items() if model.kind == kind]
    when = tuple(_when(name, asked.models[name], judged, seed) for name in shown)
    next(steps)
    repeats = () if asked.changed else load_repeats(run, asked.evidence, asked.learn, asked.test, seed)
    folds = [(repeat.model, asked.evidence[repeat.test]) for repeat in repeats if repeat.is_fold]
    seconds = (_seconds_of_acts(asked), _hand(asked), *_seconds_of_repeats(asked, repeats))
    next(steps)
    shuffled = chance(asked.evidence, asked.learn, asked.test, seed)
    splits = both_splits(study, asked.evidence, float(asked.plan["test_share"]), seed)
    next(steps)
    words = {name: Words(model.says, model.reads == ("face",)) for name, model in asked.models.items()}
    face = next((m.kind for m in judgement.models if words[m.kind].reads_face), None)
    groups = by_group(judged, told[face or judgement.models[0].kind], seed=seed)
    what = None
    if face is not None and "which" not in skip:
        what = explain(asked.models, judged, best=face, seed=seed, tested_in=asked.evidence)
    next(steps)
    live = None if "live" in skip else _live(asked, progress)
    next(steps, None)
    return Evaluation(
        study=study.manifest.name,
        simulated=bool(study.manifest.simulated),
        by=asked.plan["by"] if asked.own else "person",
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
        oracle=None if oracle is None else _of_oracle(oracle, judged, seed),
    )


def _asked(
    run: Path,
    study: Study,
    also: Mapping[str, SavedModel],
    leave_out: tuple[Reason, ...],
    workers: int,
    progress: Progress,
) -> _Asked:
    """Models, moments, and who is on which side.

    Of another study nobody was seen; what is trained anew for the report learns from a split of its own.
    """
    models, asked = {**load_run(run), **also}, read_asked(run)
    plan = asked["plan"]
    windows = label_windows(study, WindowSettings(seed=int(plan["seed"]))).table
    evidence = build_evidence(study, windows, leave_out=leave_out, workers=workers, progress=progress)
    own = same_study(run, windows)
    if own:
        split = read_table(run / "split.parquet")
    else:
        split = split_sessions(study, SplitSettings(plan["test_share"], plan["by"], seed=plan["seed"])).table
    learn, test = rows_by_part(evidence, split)
    unseen = _unseen(evidence, split, plan["by"]) if own else np.arange(len(evidence))
    label = evidence.label[unseen]
    if not len(unseen) or label.all() or not label.any() or len(np.unique(evidence.people[unseen])) < 2:
        raise FormatError(
            f"{study.manifest.name} has no moments with and without a cart of two people not learnt from",
            hint="judge another study, or train with another --test-share",
        )
    usable = {k: model for k, model in models.items() if "survey" not in model.reads or evidence.survey_items}
    changed = not own or len(evidence) != asked["windows"]
    learnt = split.filter(pc.equal(split["part"], "train"))["session_id"].to_pylist() if own else []
    return _Asked(
        run=run,
        study=study,
        plan=plan,
        models=usable,
        evidence=evidence,
        learn=learn,
        test=test,
        unseen=unseen,
        own=own,
        learnt=pa.array(learnt, pa.string()),
        changed=changed,
        leave_out=leave_out,
    )


def _unseen(evidence: Evidence, split: pa.Table, by: By) -> Rows:
    """Rows of people, or by the paper's split of sessions, that were not learnt from, new ones among them."""
    column = "participant_id" if by == "person" else "session_id"
    learnt = set(split.filter(pc.equal(split["part"], "train"))[column].to_pylist())
    return np.flatnonzero([name not in learnt for name in evidence.table[column].to_pylist()])


def _fresh(asked: _Asked, table: pa.Table) -> pa.Table:
    """Rows of the people judged, but of no session that was learnt from."""
    people = pa.array(np.unique(asked.judged.people).tolist(), pa.string())
    known = pc.is_in(table["session_id"], value_set=asked.learnt)
    return table.filter(pc.and_(pc.is_in(table["participant_id"], value_set=people), pc.invert(known)))


def _matched(asked: _Asked, workers: int) -> Judgement | None:
    """The same models on the same people's carts and other moments of the sessions in which they bought."""
    settings = WindowSettings(seed=asked.seed, negatives_from="converted")
    windows = label_windows(asked.study, settings).table
    windows = _fresh(asked, windows)
    label = windows["label"].to_numpy()
    if len(pc.unique(windows["participant_id"])) < FEWEST_PEOPLE or not 0 < label.sum() < len(label):
        return None
    evidence = build_evidence(
        asked.study, windows, name="intent_matched", leave_out=asked.leave_out, workers=workers
    )
    return judge_models(asked.models, evidence, seed=asked.seed)[0]


def _when(kind: str, model: SavedModel, evidence: Evidence, seed: int) -> When:
    attention = attention_by_second(model, evidence, seed=seed) if model.has_attention else None
    return When(kind, occlusion_by_second(model, evidence, seed=seed), attention)


def _seconds_of_acts(asked: _Asked) -> Seconds:
    model = UnitActs(seed=asked.seed)
    found = score_spans(model, asked.evidence, asked.learn, asked.test, SPANS_REPEATED)
    return _in_order(model.kind, {score.span: score for score in found})


def _in_order(name: str, scored: Mapping[Span, SpanScore]) -> Seconds:
    """What is known of the paper's spans, and of the whole without the last seconds."""
    spans, without = (tuple(scored[s] for s in asked if s in scored) for asked in (SPANS, _WITHOUT))
    return Seconds(name, spans, without)


def _hand(asked: _Asked) -> Seconds:
    """Without the last seconds, of a model that sees head and gaze too: a hand's way moves those first."""
    model = BoostedSummaries(iterations=_HAND_TREES, seed=asked.seed)
    rows = (asked.evidence, asked.learn, asked.test)
    return Seconds(model.kind, (), tuple(score_spans(model, *rows, _WITHOUT)))


def _seconds_of_repeats(asked: _Asked, repeats: tuple[Repeated, ...]) -> Iterator[Seconds]:
    """Of the networks that were trained on some seconds alone."""
    scored = {
        repeat.span: SpanScore(repeat.span, repeat.score(asked.evidence, asked.seed))
        for repeat in repeats
        if not repeat.is_fold
    }
    if scored:
        yield _in_order(f"{KIND}, narrow", scored)


def _live(asked: _Asked, progress: Progress) -> Live | None:
    """Whole sessions of people not seen, those that can be read."""
    models = {name: model for name, model in asked.models.items() if model.kind in _LIVE}
    if not models:
        return None
    whose = asked.study.table("sessions", ["session_id", "participant_id", "duration_s"])
    whose = _fresh(asked, whose)
    heard = whose.take(pa.array(readable_windows(asked.study, whose, leave_out=REASONS).rows))
    logs = read_logs(asked.study)
    sessions = list(score_sessions(models, asked.study, heard["session_id"].to_pylist(), progress=progress))
    return judge_live(
        sessions,
        logs,
        {kind: model.about.share_with_cart for kind, model in models.items()},
        read_live_share(asked.run),
        seed=asked.seed,
    )


def _of_oracle(oracle: Mapping[str, float], evidence: Evidence, seed: int) -> Interval:
    ids = evidence.table.column("window_id").to_pylist()
    if absent := [name for name in ids if name not in oracle]:
        raise FormatError(
            f"the truth does not know window {absent[0]}", hint="give the truth of this very study"
        )
    score: npt.NDArray[np.float64] = np.array([oracle[name] for name in ids])
    return auc_interval(evidence.label, score, evidence.people, seed)
