"""Rendered clips for the tests of this part, as `telltale rig render` leaves them, and untrained networks."""

from __future__ import annotations

from pathlib import Path

import torch

from telltale.units.nets import HeadNet, RefineNet
from telltale.units.train_head import export_head
from telltale.units.train_refine import export_refine

RENDERED = Path(__file__).parents[1] / "data" / "rendered"
"""Two or three clips of some seconds, each of another person."""


def write_untrained(folder: Path) -> Path:
    """Networks that have learnt nothing: they read every frame, and the refinement moves no point."""
    folder.mkdir(parents=True)
    torch.manual_seed(3)
    refine = RefineNet()
    for name, value in refine.named_parameters():
        if name.startswith(("move.2", "still.2", "seen")):
            torch.nn.init.zeros_(value)
    export_refine(refine, folder / "refine.onnx")
    export_head(HeadNet(), folder / "head.onnx")
    return folder
