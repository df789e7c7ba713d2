"""What smaller networks lose: int8, half precision and narrower ones, in AUC, size and time.

    python benchmarks/intent_precision.py STUDY MODELS [MODELS ...]
    python benchmarks/intent_precision.py                                 # a taste of it, badly trained

Each MODELS is a folder that `telltale train STUDY --model tcn-stream --model tcn-attention` wrote, of any
width and with one of them or both. On one core, for each moment of the people not learnt from: a `tcn-stream`
streams the 55 s before it, second by second, and its last probability counts; a `tcn-attention` is given its
window.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from telltale.intent.evidence import Evidence, Span
from telltale.intent.evidence_build import build_evidence
from telltale.intent.metrics import auc
from telltale.intent.saved import SavedModel, read_about
from telltale.intent.stream import open_stream
from telltale.intent.stream_places import ROWS
from telltale.intent.study_training import TrainingPlan, read_asked, rows_by_part, train_study
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study, read_table
from telltale.study.windows import WindowSettings, label_windows

CONTEXT_STEPS = 250


def whole(source: Path, out: Path) -> None:
    shutil.copy(source, out)


def half(source: Path, out: Path) -> None:
    """Weights in 16 bits, made 32 when the graph is loaded: sums stay in 32, as on most processors."""
    graph = onnx.load(source)
    for held in graph.graph.initializer:
        if held.data_type == onnx.TensorProto.FLOAT:
            name, values = held.name, numpy_helper.to_array(held).astype(np.float16)
            held.CopyFrom(numpy_helper.from_array(values, f"{name}_half"))
            graph.graph.node.insert(
                0, helper.make_node("Cast", [held.name], [name], to=onnx.TensorProto.FLOAT)
            )
    onnx.save(graph, out)


def int8(source: Path, out: Path) -> None:
    """Weights in 8 bits for each column, what they are multiplied with in 8 bits as it comes."""
    quantize_dynamic(source, out, weight_type=QuantType.QInt8, per_channel=True)


VARIANTS: dict[str, Callable[[Path, Path], None]] = {"float32": whole, "half": half, "int8": int8}
"""How the graph is changed."""


def test_moments(study: Study, models: Path) -> Evidence:
    """Moments of the people whom the models did not learn from."""
    asked = read_asked(models)
    windows = label_windows(study, WindowSettings(seed=int(asked["plan"]["seed"]))).table
    evidence = build_evidence(study, windows, name="precision_windows")
    _, test = rows_by_part(evidence, read_table(models / "split.parquet"))
    return evidence[test]


def streamed(folder: Path, moments: Evidence) -> tuple[np.ndarray, float]:
    """Last probabilities, shape (n,), and milliseconds a viewer and second."""
    rows = moments.faces.take(slice(None), Span(), context_steps=CONTEXT_STEPS)
    stream = open_stream(folder, len(rows))
    places = [stream.enter() for _ in rows]
    seconds = rows.shape[1] // ROWS
    start = time.perf_counter()
    for second in range(seconds):
        told = stream.step(places, rows[:, second * ROWS : (second + 1) * ROWS])
    return told, 1e3 * (time.perf_counter() - start) / seconds / len(rows)


def at_once(folder: Path, moments: Evidence) -> tuple[np.ndarray, float]:
    """Probabilities of whole windows, shape (n,), and milliseconds a window."""
    model = SavedModel(folder)
    start = time.perf_counter()
    told = model.predict_proba(moments)[:, 1]
    return told, 1e3 * (time.perf_counter() - start) / len(moments)


FORMS: dict[str, tuple[str, Callable[[Path, Evidence], tuple[np.ndarray, float]]]] = {
    "tcn-stream": ("stream_rows.onnx", streamed),
    "tcn-attention": ("model.onnx", at_once),
}
"""Which graph is changed, and how it is run."""


def taste(folder: Path) -> tuple[Study, list[Path]]:
    """A small simulated study, and a network that saw it twice."""
    study = Study.open(simulate_study(folder / "study", load_spec().scaled(100), seed=1).study)
    plan = TrainingPlan(models=("tcn-stream",), quick=True, settings={"width": 32, "epochs": 2})
    train_study(study, folder / "models", plan)
    return study, [folder / "models"]


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        if len(sys.argv) > 2:
            measure(Study.open(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
        else:
            measure(*taste(Path(temporary)))


def measure(study: Study, runs: list[Path]) -> None:
    print("| model | width | numbers | MB | ms | AUC | lost |\n|---|---|---|---|---|---|---|")
    for run in runs:
        moments = test_moments(study, run)
        for kind in FORMS:
            if (run / kind).is_dir():
                measure_model(run / kind, kind, moments)


def measure_model(source: Path, kind: str, moments: Evidence) -> None:
    graph, run = FORMS[kind]
    width, best = read_about(source).settings["width"], float("nan")
    for name, change in VARIANTS.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "model"
            shutil.copytree(source, folder)
            change(source / graph, folder / graph)
            told, each_ms = run(folder, moments)
            size_mb = (folder / graph).stat().st_size / 1e6
        found = auc(moments.label, told)
        best = found if name == "float32" else best
        scores = f"{size_mb:.2f} | {each_ms:.2f} | {found:.4f} | {best - found:+.4f}"
        print(f"| {kind} | {width} | {name} | {scores} |")


if __name__ == "__main__":
    main()
