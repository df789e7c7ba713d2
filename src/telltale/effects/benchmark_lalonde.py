"""LaLonde: a training programme that was randomised, asked again with controls who were not (AER 76, 1986).

The sample and the files are those of Dehejia & Wahba (JASA 94, 1999): `nswre74_treated.txt`,
`nswre74_control.txt`, and one or more of `psid_controls.txt`, `psid2_...`, `psid3_...`, `cps_controls.txt`,
`cps2_...`, `cps3_...`. No header, ten numbers a line divided by blanks: treated, age, education, black,
hispanic, married, nodegree, re74, re75, re78 (earnings in dollars). The experiment's own difference stands
beside each design.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from telltale.core.errors import FormatError
from telltale.effects.benchmark_data import Benchmark, read_numbers, zero_one
from telltale.effects.design import Design
from telltale.effects.variance import Floats

COLUMNS: Final = ("age", "education", "black", "hispanic", "married", "nodegree", "re74", "re75")
COMPARISONS: Final = ("psid", "psid2", "psid3", "cps", "cps2", "cps3")
_SOURCE: Final = "take the text files from users.nber.org/~rdehejia/data, all into one folder"
_WIDTH: Final = 2 + len(COLUMNS)


def load_lalonde(folder: str | Path) -> tuple[Benchmark, ...]:
    """The experiment itself, then its treated beside each comparison group that the folder holds."""
    place = Path(folder)
    treated, control = (
        _people(place / f"nswre74_{arm}.txt", arm == "treated") for arm in ("treated", "control")
    )
    gap = treated[:, -1].mean() - control[:, -1].mean()
    error = np.sqrt(treated[:, -1].var(ddof=1) / len(treated) + control[:, -1].var(ddof=1) / len(control))
    there = [name for name in COMPARISONS if (place / f"{name}_controls.txt").exists()]
    if not there:
        raise FormatError(
            f"{folder} holds no comparison group",
            hint=f"add one of {', '.join(f'{n}_controls.txt' for n in COMPARISONS)}",
        )
    groups = {"nsw": control} | {name: _people(place / f"{name}_controls.txt", False) for name in there}
    nobody = np.empty((0, len(COLUMNS)))
    return tuple(
        Benchmark(
            f"LaLonde {name}",
            _design(treated, rows),
            nobody,
            experiment=float(gap),
            experiment_error=float(error),
        )
        for name, rows in groups.items()
    )


def _people(file: Path, treated: bool) -> Floats:
    rows = read_numbers(file, separator=None, columns=(_WIDTH,), source=_SOURCE)
    if (zero_one(file, rows[:, 0], "the first column") != treated).any():
        raise FormatError(
            f"{file}: the first column is not {int(treated)} in each line",
            hint="the file's name says who it holds",
        )
    return rows


def _design(treated: Floats, control: Floats) -> Design:
    rows = np.concatenate([treated, control])
    return Design(
        rows[:, 0] == 1,
        rows[:, -1],
        rows[:, 1:-1],
        COLUMNS,
        np.arange(len(rows)),
        treatment_name="training",
        outcome_name="re78",
        outcome_kind="continuous",
    )
