"""Copies of a study with one table changed: what a user's own data may look like."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Change = Callable[[pd.DataFrame], pd.DataFrame]


def changed(folder: Path, out: Path, **tables: Change | None) -> Path:
    """The study in another folder; a table named with None is taken away."""
    shutil.copytree(folder, out)
    for name, change in tables.items():
        path = out / f"{name}.parquet"
        if change is None:
            path.unlink()
            continue
        schema = pq.read_schema(path)
        frame = change(pq.read_table(path).to_pandas())
        known = [schema.field(column) for column in frame if column in schema.names]
        more = [pa.field(column, pa.float64()) for column in frame if column not in schema.names]
        pq.write_table(pa.Table.from_pandas(frame, pa.schema([*known, *more]), preserve_index=False), path)
    return out


def without_chances(every: int) -> Change:
    """Exposures of which one in so many has no logged chance."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        lost = table.session_id.str[1:].astype(int) % every == 0
        return table.assign(propensity=table.propensity.mask(lost))

    return change


def arms(of: Callable[[pd.DataFrame], pd.Series]) -> Change:
    """Exposures whose arm is what a function of the table says: true for treated."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(arm=of(table).map({True: "treated", False: "control"}))

    return change
