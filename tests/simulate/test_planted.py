"""What is planted is found, from vectors and labels alone, and nothing is found where nothing is.

For each unit and five seconds before the window's end: Welch's t of the seconds' greatest energies, windows
with a cart against windows without, corrected for 17 x 6 tests after Bonferroni. Only what comes more often
counts as found: acts keep half a second apart, so where one kind crowds in, all others grow rarer.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import ttest_ind
from tests.simulate.studies import energy_by_second

from telltale.core.channels import ACTION_UNITS
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study
from telltale.study.windows import label_windows

pytestmark = pytest.mark.slow

LEVEL = 0.05 / (17 * 6)


def found(folder: Path, spec: str, sessions: int) -> tuple[set[int], npt.NDArray[np.float64], float | None]:
    """Units with five seconds that differ, t of each five seconds and unit (6, 17), and the oracle's AUC."""
    made = simulate_study(folder / spec, load_spec(spec).scaled(sessions), seed=5)
    study = Study.open(made.study)
    windows = label_windows(study).table
    label = windows["label"].to_numpy()
    energy = energy_by_second(study, windows).reshape(len(label), 6, 5, 17).mean(axis=2)
    test = ttest_ind(energy[label == 1], energy[label == 0], equal_var=False)
    units = {
        ACTION_UNITS[u] for u in np.flatnonzero(((test.pvalue < LEVEL) & (test.statistic > 0)).any(axis=0))
    }
    return units, np.asarray(test.statistic, dtype=np.float64), made.summary["oracle"]["auc"]


def test_au9_and_au17_are_found_at_5_to_10_s(tmp_path: Path) -> None:
    units, statistic, auc = found(tmp_path, "au9-au17", 240)
    assert units == {9, 17}
    for unit in (9, 17):
        assert int(statistic[:, ACTION_UNITS.index(unit)].argmax()) == 1  # 5 - 10 s
    assert auc is not None
    assert auc > 0.75


def test_nothing_is_found_in_the_null(tmp_path: Path) -> None:
    units, _, auc = found(tmp_path, "null", 240)
    assert units == set()
    assert auc == pytest.approx(0.5, abs=1e-9)
