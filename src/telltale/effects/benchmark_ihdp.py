"""IHDP: real covariates of 747 children, outcomes drawn from known surfaces (Hill, JCGS 20, 2011).

    ihdp_npci_1.csv, ...         a replication each, no header: treatment, y, y of the other arm, mu0, mu1, x
    ihdp_npci_1-100.train.npz    x (n, 25, R), t, yf, ycf, mu0, mu1 (n, R); held out in ...test.npz beside

Both are published layouts of the same draws; y and y of the other arm are the means mu0 and mu1 with noise.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.effects.benchmark_data import Benchmark, Truth, Units, read_numbers, zero_one
from telltale.effects.variance import Floats

_COVARIATES: Final = 25
_KEYS: Final = ("x", "t", "yf", "mu0", "mu1")
_SOURCE: Final = "take ihdp_npci_*.csv from the folder datasets/IHDP/csv of github.com/AMLab-Amsterdam/CEVAE"
_SOURCE_NPZ: Final = "take ihdp_npci_1-100.train.npz and .test.npz from www.fredjo.com, both into one folder"
_NAMES: Final = tuple(f"x{j + 1}" for j in range(_COVARIATES))


def load_ihdp(path: str | Path, *, replications: int | None = None, seed: int = 0) -> tuple[Benchmark, ...]:
    """Replications of IHDP.

    Parameters
    ----------
    path
        A folder of `ihdp_npci_*.csv`, one such file, or the `.npz` with "train" in its name.
    replications
        The first so many; all if not given.
    seed
        Of who is held out, for CSV files: a tenth. An `.npz` has its own file of those.
    """
    found = Path(path)
    if replications is not None and replications < 1:
        raise FormatError(f"{replications} replications", hint="ask for one or more")
    if found.suffix == ".npz":
        return _from_npz(found, replications)
    files = sorted(found.glob("ihdp_npci_*.csv"), key=_number) if found.is_dir() else [found]
    if not files:
        raise FormatError(f"{found} holds no ihdp_npci_*.csv", hint=_SOURCE)
    return tuple(_from_csv(file, seed) for file in files[:replications])


def _number(file: Path) -> tuple[int, str]:
    found = re.search(r"(\d+)$", file.stem)
    return (int(found[1]) if found else -1, file.name)


def _from_csv(file: Path, seed: int) -> Benchmark:
    rows = read_numbers(file, separator=",", columns=(5 + _COVARIATES,), source=_SOURCE)
    truth = Truth(rows[:, 3], rows[:, 4])
    units = Units(zero_one(file, rows[:, 0], "the first column"), rows[:, 1], rows[:, 5:], _NAMES, truth)
    return units.held_out(f"IHDP {file.stem}", seed)


def _from_npz(file: Path, replications: int | None) -> tuple[Benchmark, ...]:
    if "train" not in file.name:
        raise FormatError(
            f"{file} is not named as one to learn from", hint="give the file named '...train.npz'"
        )
    beside = file.with_name(file.name.replace("train", "test"))
    learn, held = _arrays(file), _arrays(beside)
    count = learn["t"].shape[1]
    if held["t"].shape[1] != count:
        raise FormatError(
            f"{file} holds {count} replications and {beside} {held['t'].shape[1]}",
            hint="give files of one set",
        )
    return tuple(_replication(file, learn, held, r) for r in range(min(count, replications or count)))


def _replication(file: Path, learn: dict[str, Floats], held: dict[str, Floats], r: int) -> Benchmark:
    treated = zero_one(file, learn["t"][:, r], "t")
    truth, held_truth = (Truth(part["mu0"][:, r], part["mu1"][:, r]) for part in (learn, held))
    units = Units(treated, learn["yf"][:, r], learn["x"][:, :, r], _NAMES, truth)
    everyone = np.ones(len(treated), dtype=bool)
    return units.benchmark(f"IHDP {file.stem} {r + 1}", everyone, held["x"][:, :, r], held_truth)


def _arrays(file: Path) -> dict[str, Floats]:
    hint = "give both files as published, '...train.npz' and '...test.npz' beside each other"
    try:
        with np.load(file, allow_pickle=False) as held:
            absent = [key for key in _KEYS if key not in held]
            if absent:
                raise FormatError(f"{file} holds no {', '.join(absent)}", hint=hint)
            found = {key: _finite(file, key, held[key]) for key in _KEYS}
    except FileNotFoundError as error:
        raise FormatError(f"{file} is not there", hint=_SOURCE_NPZ) from error
    except (OSError, ValueError, EOFError) as error:
        raise FormatError(f"{file} cannot be read as .npz", hint=hint) from error
    n, count = found["t"].shape if found["t"].ndim == 2 else (-1, -1)
    shapes = dict.fromkeys(_KEYS, (n, count)) | {"x": (n, _COVARIATES, count)}
    wrong = [f"{key} {found[key].shape}" for key in _KEYS if found[key].shape != shapes[key]]
    if wrong or n < 1:
        raise FormatError(
            f"{file}: shapes {', '.join(wrong) or found['t'].shape}",
            hint=f"x is (units, {_COVARIATES}, replications), all others (units, replications)",
        )
    return found


def _finite(file: Path, key: str, values: npt.NDArray[np.generic]) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise FormatError(f"{file}: {key} holds values that are no number", hint="give the file as published")
    return numbers
