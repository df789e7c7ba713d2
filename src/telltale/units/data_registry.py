"""Face data sets by name, as `--data casme2=DIR` gives them.

A new data set is a file `data_<name>.py` with one function from a path to a `ClipData`, and a line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from telltale.core.errors import ConfigError
from telltale.units.data_clips import ClipData

NAMES: Final = ("casme2", "samm", "samm_long", "smic", "casme_sq", "casme3", "csv", "rendered")
"""`NAME` is read by `load_NAME` of `data_NAME.py`."""


def parse_data_options(options: Iterable[str]) -> list[tuple[str, Path]]:
    """Names and paths of `NAME=PATH` words; all that is wrong with them is told at once.

    >>> parse_data_options(["casme2=/data/casme2"])[0][0]
    'casme2'
    >>> parse_data_options(["casme=/x", "samm"])
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: --data casme=/x: no data set is called casme; --data samm: no path:
    write NAME=PATH, with one of casme2, samm, samm_long, smic, casme_sq, casme3, csv, rendered
    """
    pairs, wrong = [], []
    for option in options:
        name, _, path = option.partition("=")
        if name not in NAMES:
            wrong.append(f"--data {option}: no data set is called {name}")
        elif not path:
            wrong.append(f"--data {option}: no path")
        else:
            pairs.append((name, Path(path).expanduser()))
    if wrong:
        raise ConfigError("; ".join(wrong), hint=f"write NAME=PATH, with one of {', '.join(NAMES)}")
    return pairs


def load(name: str, path: Path) -> ClipData:
    """Read one data set. Raises FormatError where nothing of it can be read."""
    read = getattr(import_module(f"telltale.units.data_{name}"), f"load_{name}")
    data: ClipData = read(path)
    return data


def load_all(pairs: Sequence[tuple[str, Path]]) -> ClipData:
    """Read several data sets into one."""
    return ClipData.join(load(name, path) for name, path in pairs)
