"""A run's folder forgets a person: whose windows these were, and on which side of the split they stood.

The models themselves hold weights and no rows; what they learnt from a person cannot be taken out of them. So
it is said which of them did, for whoever has to train them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.compute as pc

from telltale.intent.repeats import FOLDER
from telltale.intent.study_training import load_run
from telltale.study.store import read_table, write_table

_TABLES: Final = ("split", "windows")


@dataclass(frozen=True, slots=True)
class ForgottenByRun:
    """What a run held of a person."""

    run: Path
    rows: int
    """Erased."""
    learnt: tuple[str, ...]
    """Models that learnt from the person, and may have to be trained again."""


def forget_in_run(run: Path, person: str) -> ForgottenByRun:
    """Erase a person's rows from a run; `load_run` refuses a folder that is none."""
    models = list(load_run(run))
    tables = {name: read_table(run / f"{name}.parquet") for name in _TABLES}
    theirs = {name: pc.equal(table["participant_id"], person) for name, table in tables.items()}
    parts = tables["split"].filter(theirs["split"])["part"].to_pylist()
    for name, table in tables.items():
        if pc.any(theirs[name]).as_py():
            write_table(run / f"{name}.parquet", table.filter(pc.invert(theirs[name])))
    # Each fold learns from all but its own people: of several, some learnt from everybody.
    folds = [FOLDER] if parts and (run / FOLDER).is_dir() else []
    learnt = models + folds if "train" in parts else folds
    return ForgottenByRun(run, sum(int(pc.sum(mask).as_py() or 0) for mask in theirs.values()), tuple(learnt))
