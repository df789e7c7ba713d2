"""Whom a report judges on: the moments of people that none of its models has learnt from.

Of the study that a run learnt from these are the people it set aside and all who came later; of another study
everybody. Models given beside the run's are held to the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.intent.evidence import Evidence, Rows
from telltale.intent.evidence_build import build_evidence
from telltale.intent.saved import SavedModel
from telltale.intent.study_training import load_run, read_asked, rows_by_part, same_study
from telltale.study.splits import By, SplitSettings, split_sessions
from telltale.study.store import Study, read_table
from telltale.study.window_tensors import Reason
from telltale.study.windows import WindowSettings, label_windows


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
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
    def by(self) -> By:
        """Whether nobody stands on both sides, or no session."""
        by: By = self.plan["by"] if self.own else "person"
        return by

    @property
    def judged(self) -> Evidence:
        """The moments of people whom no model has seen."""
        return self.evidence[self.unseen]

    def fresh(self, table: pa.Table) -> pa.Table:
        """Rows of the people judged, but of no session that was learnt from."""
        people = pa.array(np.unique(self.judged.people).tolist(), pa.string())
        known = pc.is_in(table["session_id"], value_set=self.learnt)
        return table.filter(pc.and_(pc.is_in(table["participant_id"], value_set=people), pc.invert(known)))


def ask(
    run: Path,
    study: Study,
    *,
    also: Mapping[str, SavedModel] | None = None,
    leave_out: tuple[Reason, ...] = (),
    workers: int = 1,
    progress: Progress = silent,
) -> Asked:
    """Models, moments, and who is on which side.

    Of another study nobody was seen; what is trained anew for the report learns from a split of its own.
    """
    models, asked = load_run(run), read_asked(run)
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
    for name, model in (also or {}).items():
        _refuse_known(name, model, windows, evidence[unseen], plan["by"])
    every = {**models, **(also or {})}
    learnt = split.filter(pc.equal(split["part"], "train"))["session_id"].to_pylist() if own else []
    return Asked(
        run=run,
        study=study,
        plan=plan,
        models={
            k: model for k, model in every.items() if "survey" not in model.reads or evidence.survey_items
        },
        evidence=evidence,
        learn=learn,
        test=test,
        unseen=unseen,
        own=own,
        learnt=pa.array(learnt, pa.string()),
        changed=not own or len(evidence) != asked["windows"],
        leave_out=leave_out,
    )


def _unseen(evidence: Evidence, split: pa.Table, by: By) -> Rows:
    """Rows of people, or by the paper's split of sessions, that were not learnt from, new ones among them."""
    column = "participant_id" if by == "person" else "session_id"
    learnt = set(split.filter(pc.equal(split["part"], "train"))[column].to_pylist())
    return np.flatnonzero([name not in learnt for name in evidence.table[column].to_pylist()])


def _refuse_known(name: str, model: SavedModel, windows: pa.Table, judged: Evidence, by: By) -> None:
    """A model of another run on this very study may have learnt from those who are judged."""
    run = model.folder.resolve().parent
    if not (run / "run.json").is_file() or not same_study(run, windows):
        return
    split = read_table(run / "split.parquet")
    column, whom = ("participant_id", "people") if by == "person" else ("session_id", "sessions")
    learnt = set(split.filter(pc.equal(split["part"], "train"))[column].to_pylist())
    asked = set(judged.table[column].to_pylist())
    if both := len(learnt & asked):
        raise FormatError(
            f"{name} learnt from {both} of the {len(asked)} {whom} judged",
            hint="train it with the --seed, --split-by and --test-share of this run",
        )
