"""Effects on single sessions as a file: one row each, for who asked for them by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.effects.contract import IndividualEffects

_SUFFIXES = (".csv", ".parquet")


def refuse_rows(path: Path | None) -> None:
    """Whether rows can be written there, before anything long runs."""
    if path is None:
        return
    if path.suffix not in _SUFFIXES:
        raise ConfigError(
            f"--individual {path} is no table", hint="name a file that ends in .csv or .parquet"
        )
    if path.is_dir():
        raise ConfigError(f"--individual {path} is a folder", hint="name a file in it")


def write_rows(
    path: Path, units: tuple[str, ...], effects: IndividualEffects, *, simulated: bool = False
) -> None:
    """The file whole or not at all: columns `session` or `room`, `effect`, `low`, `high` and `simulated`.

    Where a method tells no interval, and where it is without end, its ends are empty. `simulated` is true in
    every row of a simulated study: a comment in front would be no CSV to most readers, and lost when rows of
    several studies are put together.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    from telltale.core.files import replacing_file

    ends = {
        name: pa.array(side, mask=~np.isfinite(side))
        for name, side in (("low", effects.low), ("high", effects.high))
    }
    name = "session" if effects.unit == "viewer" else "room"
    about = pa.repeat(simulated, len(units))
    table = pa.table({name: list(units), "effect": effects.value, **ends, "simulated": about})
    with replacing_file(path) as beside:
        if path.suffix == ".csv":
            csv.write_csv(table, beside)
        else:
            pq.write_table(table, beside)
