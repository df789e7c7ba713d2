"""A simulated study and what was planted in it, for every benchmark that holds findings against the truth."""

from __future__ import annotations

from pathlib import Path

from telltale.simulate.spec import Spec
from telltale.simulate.study import simulate_study
from telltale.simulate.truth import Truth
from telltale.study.store import Study


def simulated(spec: Spec, sessions: int, seed: int, folder: str) -> tuple[Study, Truth]:
    """A study without vectors, and its truth."""
    made = simulate_study(Path(folder) / "study", spec.scaled(sessions), seed=seed, signals="none")
    return Study.open(made.study), Truth.open(made.truth)
