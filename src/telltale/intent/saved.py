"""A model in a folder: ONNX, arrays, settings, card. Loading wants neither torch nor scikit-learn's fit.

model.onnx    the graph                arrays.npz    scaler, kernels
model.json    kind, layout, settings   card.md       what it is, what it learnt from, what it is not for
parts/        models inside the model, in the same form
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale import __version__
from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.files import new_folders
from telltale.intent.contract import IntentModel, Portable
from telltale.intent.evidence import as_evidence
from telltale.intent.registry import MODELS, make_model
from telltale.weights.onnx_model import OnnxModel

FORMAT: Final = "telltale-intent"
VERSION: Final = 2
_NOT_SETTINGS: Final = ("checkpoint", "tell", "device", "place")
"""What belongs to a run and not to the model."""


@dataclass(frozen=True, slots=True)
class About:
    """What a model says of itself."""

    kind: str
    settings: Mapping[str, Any]
    share_with_cart: float
    """Of the moments it learnt from: what its probabilities take for granted."""
    learnt: Mapping[str, Any]
    """From what: study, whether simulated, people, moments, seeds."""


class SavedModel:
    """A model read from its folder: it tells probabilities, it does not learn."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about = read_about(folder)
        self._shell = make_model(self.about.kind, **self.about.settings)
        self._graph = OnnxModel(folder / "model.onnx")
        parts = {
            path.name: SavedModel(path) for path in sorted((folder / "parts").glob("*")) if path.is_dir()
        }
        with np.load(folder / "arrays.npz") as held:
            arrays = {name: held[name] for name in held.files}
        self._shell.restore(arrays, {kind: parts[kind] for kind in parts})

    @property
    def kind(self) -> str:
        """Its name."""
        return self.about.kind

    @property
    def reads(self) -> tuple[str, ...]:
        """What of the evidence it looks at."""
        return self._shell.reads

    @property
    def says(self) -> str:
        """What it is, in one line."""
        return self._shell.says

    @property
    def has_attention(self) -> bool:
        """Whether it says which rows it weighs."""
        return any(port.name == "attention" for port in self._graph.outputs)

    def predict_proba(self, evidence: Any) -> npt.NDArray[np.float64]:
        """As the model that was saved. Shape (n, 2)."""
        found = self.run(evidence)["probability"].astype(np.float64)
        return np.column_stack([1.0 - found, found])

    def attention(self, evidence: Any) -> npt.NDArray[np.float32]:
        """The weight of each row before each moment, shape (n, steps), for models that have one."""
        if not self.has_attention:
            raise FormatError(f"{self.kind} has no attention", hint="ask a model named tcn-...")
        return self.run(evidence)["attention"]

    def run(self, evidence: Any) -> dict[str, npt.NDArray[np.float32]]:
        """All outputs of the graph."""
        told = [self.run_inputs(inputs) for inputs in self.inputs(evidence)]
        return {name: np.concatenate([part[name] for part in told]) for name in told[0]}

    def inputs(self, evidence: Any) -> Iterator[dict[str, npt.NDArray[Any]]]:
        """What the graph takes for these moments, a few hundred at a time."""
        return self._shell.inputs(as_evidence(evidence))

    def run_inputs(self, inputs: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[np.float32]]:
        """All outputs of the graph for inputs as `inputs` gives them, altered or not."""
        return self._graph.run_named(inputs)


def save_model(model: IntentModel, folder: Path, about: About, card: str) -> None:
    """Write a fitted model whole or not at all."""
    with new_folders(folder) as (beside,):
        _write(model.portable(), beside, about)
        (beside / "card.md").write_text(card, encoding="utf-8")


def about_model(model: IntentModel, share_with_cart: float, learnt: Mapping[str, Any]) -> About:
    """What a fitted model will say of itself."""
    settings = {k: v for k, v in model.get_params().items() if k not in _NOT_SETTINGS}
    return About(model.kind, settings, share_with_cart, learnt)


def _write(portable: Portable, folder: Path, about: About) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "model.onnx").write_bytes(portable.graph)
    arrays: dict[str, Any] = dict(portable.arrays)
    np.savez(folder / "arrays.npz", **arrays)
    for name, graph in portable.stream.items():
        (folder / f"stream_{name}.onnx").write_bytes(graph)
    told = {
        "format": FORMAT,
        "version": VERSION,
        "layout": channels.LAYOUT,
        "software": f"telltale {__version__}",
        "kind": about.kind,
        "settings": dict(about.settings),
        "share_with_cart": about.share_with_cart,
        "learnt": dict(about.learnt),
    }
    (folder / "model.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    for kind, part in portable.parts.items():
        inner = {name: about.settings[name] for name in _shared(kind, about.settings)}
        _write(part, folder / "parts" / kind, About(kind, inner, about.share_with_cart, about.learnt))


def _shared(kind: str, settings: Mapping[str, Any]) -> list[str]:
    """Settings of the whole that are a part's too."""
    return [name for name in MODELS[kind]().get_params() if name in settings]


def read_about(folder: Path) -> About:
    """What a saved model says of itself; a folder that is none, or of another layout, is refused."""
    path = folder / "model.json"
    if not path.is_file():
        raise FormatError(f"no model in {folder}", hint="give a folder that `telltale train` wrote")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        form, version, layout = told["format"], told["version"], told["layout"]
        about = About(told["kind"], told["settings"], told["share_with_cart"], told["learnt"])
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{path} does not say what model it is", hint="train it again") from error
    if form != FORMAT or version != VERSION:
        raise FormatError(f"{folder} is of version {version}", hint=f"this Telltale reads {VERSION}")
    if layout != channels.LAYOUT:
        raise FormatError(
            f"{folder} was trained on channels of layout {layout}",
            hint=f"these are {channels.LAYOUT}: train it again",
        )
    return about
