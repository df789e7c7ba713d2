"""What smaller networks lose: int8, half precision and narrower ones, in AUC, size and time, run row by row.

    python benchmarks/intent_precision.py STUDY MODELS [MODELS ...]
    python benchmarks/intent_precision.py                                 # a taste of it, badly trained

Each MODELS is a folder that `telltale train STUDY --model tcn-stream` wrote, of any width. Every variant
streams the 55 s before each moment of the people not learnt from, second by second, on one core; the last
probability counts.
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

from telltale.intent.evidence import Array, Evidence, Span
from telltale.intent.evidence_build import build_evidence
from telltale.intent.metrics import auc
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


def streamed(folder: Path, rows: Array) -> tuple[np.ndarray, float]:
    """Last probabilities, shape (n,), and milliseconds a viewer and second."""
    stream = open_stream(folder, len(rows))
    places = [stream.enter() for _ in rows]
    seconds = rows.shape[1] // ROWS
    start = time.perf_counter()
    for second in range(seconds):
        told = stream.step(places, rows[:, second * ROWS : (second + 1) * ROWS])
    return told, 1e3 * (time.perf_counter() - start) / seconds / len(rows)


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
    print("| width | numbers | MB | ms a viewer and second | AUC | lost |\n|---|---|---|---|---|---|")
    for run in runs:
        moments = test_moments(study, run)
        rows = moments.faces.take(slice(None), Span(), context_steps=CONTEXT_STEPS)
        width = 0
        best = float("nan")
        for name, change in VARIANTS.items():
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary) / "model"
                shutil.copytree(run / "tcn-stream", folder)
                change(run / "tcn-stream" / "stream_rows.onnx", folder / "stream_rows.onnx")
                told, each_ms = streamed(folder, rows)
                width = int(open_stream(folder, 0).about.settings["width"])
                size_mb = (folder / "stream_rows.onnx").stat().st_size / 1e6
            found = auc(moments.label, told)
            best = found if name == "float32" else best
            print(f"| {width} | {name} | {size_mb:.2f} | {each_ms:.2f} | {found:.4f} | {best - found:+.4f} |")


if __name__ == "__main__":
    main()
