"""The model that ships: its card, its size, and what it says of simulated people it has not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from telltale.core import channels
from telltale.intent.default_model import FOLDER, model_folder
from telltale.intent.evidence_build import build_evidence
from telltale.intent.metrics import auc
from telltale.intent.saved import SavedModel
from telltale.intent.stream import open_stream
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study
from telltale.study.windows import label_windows
from telltale.weights.shipped import card_faults


def test_its_card_says_that_it_is_for_trying() -> None:
    card = (FOLDER / "card.md").read_text(encoding="utf-8")
    assert not card_faults(card)
    assert "Trained on simulated people" in card
    assert "Not for deciding about anyone" in card


def test_it_is_small_loads_and_runs_row_by_row() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 12e6
    assert SavedModel(model_folder("default")).about.learnt["simulated"] is True
    assert open_stream(FOLDER, 2).capacity == 2
    assert channels.LAYOUT in (FOLDER / "model.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_it_tells_carts_of_people_it_has_not_seen(tmp_path: Path) -> None:
    study = Study.open(simulate_study(tmp_path / "s", load_spec().scaled(80), seed=99).study)
    evidence = build_evidence(study, label_windows(study).table)
    assert auc(evidence.label, SavedModel(FOLDER).predict_proba(evidence)[:, 1]) > 0.78
