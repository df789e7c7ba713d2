"""Public benchmarks of effects: designs of which the truth, or an experiment's answer, is known beside.

    files of their user > load_ihdp, load_twins, load_lalonde > Benchmark: a design, the truth apart

Nothing is downloaded. A `Design` never holds what no study could see: both means of each unit stand in
`Truth`, which no estimator is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.linalg import qr

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.effects.design import Design
from telltale.effects.variance import Bools, Floats

HELD: Final = 0.1
"""Share of units that are held out where the files do not say which."""
_SAME: Final = 1e-9
_OWN: Final = 1e-4
"""Of a column's spread that the columns before it do not tell; a `Design` refuses less."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Both outcomes of n units: their means, or where only these are known, the outcomes themselves."""

    control: Floats
    """Shape (n,), in the outcome's unit."""
    treated: Floats

    @property
    def effect(self) -> Floats:
        """Shape (n,)."""
        return self.treated - self.control

    def take(self, rows: Bools) -> Truth:
        """The truth of some units, shape (n,) as a mask."""
        return Truth(self.control[rows], self.treated[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """One replication: what to learn from, who was held out, and what is true."""

    name: str
    design: Design
    held: Floats
    """Shape (m, p): covariates of units that the design does not hold; m may be 0."""
    truth: Truth | None = None
    """Of the design's rows, in their order; None where nobody knows."""
    held_truth: Truth | None = None
    experiment: float | None = None
    """What a randomised experiment says of the effect on the treated, in the outcome's unit."""
    experiment_error: float | None = None
    """Its standard error."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """All units of one replication as a file has them; n rows, p covariates."""

    treated: Bools
    outcome: Floats
    covariates: Floats
    names: tuple[str, ...]
    truth: Truth

    def held(self, name: str, seed: int) -> Bools:
        """A tenth of the units by lot, shape (n,), the same for the same name."""
        held = np.zeros(len(self.outcome), dtype=bool)
        lot = stream(seed, "benchmark", name).permutation(len(held))
        held[lot[: max(1, round(HELD * len(held)))]] = True
        return held

    def held_out(self, name: str, seed: int, *facts: str) -> Benchmark:
        """The benchmark that holds a tenth of the units out by lot."""
        held = self.held(name, seed)
        return self.benchmark(name, ~held, self.covariates[held], self.truth.take(held), *facts)

    def benchmark(self, name: str, rows: Bools, held: Floats, truth: Truth, *facts: str) -> Benchmark:
        """The benchmark that learns from some rows, with the units held out given."""
        x = self.covariates[rows]
        kept = independent(x)
        gone = [self.names[j] for j in range(x.shape[1]) if j not in set(kept)]
        told = (f"left out, for others tell them: {', '.join(gone)}",) if gone else ()
        design = Design(
            self.treated[rows],
            self.outcome[rows],
            x[:, kept],
            tuple(self.names[j] for j in kept),
            np.arange(int(rows.sum())),
            outcome_kind="binary" if np.isin(self.outcome, (0, 1)).all() else "continuous",
            facts=(*facts, *told),
        )
        return Benchmark(name, design, held[:, kept], self.truth.take(rows), truth)


def independent(covariates: Floats) -> list[int]:
    """Columns of shape (n, p) that vary, and that no columns before them add up to.

    >>> x = np.array([[0.0, 1, 1, 5], [1, 0, 1, 5], [2, 5, 7, 5], [5, 1, 6, 5]])
    >>> independent(x)
    [0, 1]
    """
    centred = covariates - covariates.mean(axis=0)
    size = np.linalg.norm(centred, axis=0)
    vary = np.flatnonzero(size > _SAME * np.maximum(1.0, np.abs(covariates).max(axis=0)))
    if not len(vary):
        return []
    # Without pivots, a column that follows from those before it leaves nothing on the diagonal.
    left = np.abs(np.diag(qr(centred[:, vary] / size[vary], mode="r")[0]))
    return [int(j) for j, rest in zip(vary, left, strict=False) if rest > _OWN]


def read_numbers(path: Path, *, separator: str | None, columns: tuple[int, ...], source: str) -> Floats:
    """Numbers of a text file without a header, shape (n, columns); the first fault with its line.

    Parameters
    ----------
    source
        Where the file comes from, for who has not got it.
    separator
        None for any blanks.
    columns
        How many a line may have; all lines have as many as the first.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise FormatError(f"{path} is not there", hint=source) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} cannot be read as text", hint="give the file as published") from error
    rows = list(_rows(path, lines, separator, columns))
    if not rows:
        raise FormatError(f"{path} holds no rows", hint="give the file as published")
    return np.array(rows)


def _rows(path: Path, lines: list[str], separator: str | None, columns: tuple[int, ...]) -> Iterator[Floats]:
    want = columns
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = line.split(separator)
        if len(cells) not in want:
            wanted = " or ".join(map(str, want))
            raise FormatError(
                f"{path}, line {number}: {len(cells)} columns", hint=f"a line holds {wanted} numbers"
            )
        want = (len(cells),)
        try:
            row = np.array([float(cell) for cell in cells])
        except ValueError as error:
            raise FormatError(
                f"{path}, line {number}: {error}", hint="the file has no header, and numbers only"
            ) from error
        if not np.isfinite(row).all():
            raise FormatError(
                f"{path}, line {number}: a value is no number", hint="give the file as published"
            )
        yield row


def zero_one(path: Path, values: Floats, what: str) -> Bools:
    """A column of 0 and 1, shape (n,), as booleans."""
    if not np.isin(values, (0, 1)).all():
        raise FormatError(f"{path}: {what} is not 0 or 1", hint="give the file as published")
    found: Bools = values == 1
    return found
