"""Sessions give what the network computes, on one thread, and refuse what does not fit."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from telltale.core.errors import ConfigError, FormatError
from telltale.weights import shipped
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path
from telltale.weights.onnx_model import OnnxModel


def scaled_sum() -> bytes:
    """An ONNX network: y = a + a, z = a + b, with a free number of rows."""
    rows = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", 3]) for name in ("a", "b", "y", "z")
    ]
    nodes = [helper.make_node("Add", ["a", "a"], ["y"]), helper.make_node("Add", ["a", "b"], ["z"])]
    graph = helper.make_graph(nodes, "sum", rows[:2], rows[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def test_onnx_outputs_come_by_name(tmp_path: Path) -> None:
    path = tmp_path / "sum.onnx"
    path.write_bytes(scaled_sum())
    a, b = np.ones((2, 3), np.float32), np.full((2, 3), 5, np.float32)
    for model in (OnnxModel(path), OnnxModel(scaled_sum())):
        found = model.run(b=b, a=a)
        assert list(found) == ["y", "z"]
        np.testing.assert_array_equal(found["y"], a * 2)
        np.testing.assert_array_equal(found["z"], a + b)
        assert [port.shape for port in model.inputs] == [(None, 3), (None, 3)]


def test_onnx_falls_back_to_the_cpu_and_says_so() -> None:
    import onnxruntime

    there = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    assert OnnxModel(scaled_sum()).device == "cpu"
    assert OnnxModel(scaled_sum(), device="cuda").device == ("cuda" if there else "cpu")


@pytest.mark.parametrize(
    ("a", "b", "line"),
    [
        (np.zeros((2, 4), np.float32), np.zeros((2, 3), np.float32), r"'a' as float32 \(2, 4\): it takes"),
        (np.zeros((2, 3)), np.zeros((2, 3), np.float32), r"'a' as float64 \(2, 3\): it takes float32"),
        (np.zeros(3, np.float32), np.zeros((2, 3), np.float32), r"'a' as float32 \(3\): it takes"),
    ],
)
def test_onnx_refuses_what_does_not_fit(a: np.ndarray, b: np.ndarray, line: str) -> None:
    with pytest.raises(FormatError, match=line):
        OnnxModel(scaled_sum()).run(a=a, b=b)


def test_onnx_refuses_other_names() -> None:
    with pytest.raises(FormatError, match="was given the inputs a, c: it takes a, b"):
        OnnxModel(scaled_sum()).run(a=np.zeros((1, 3), np.float32), c=np.zeros((1, 3), np.float32))


@pytest.mark.parametrize("content", [b"", b"not a model at all"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="is no ONNX model that can be run") as caught:
        OnnxModel(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(FormatError, match="is no LiteRT model that can be run") as caught:
        LiteRtModel(path)
    assert "\n" not in str(caught.value)
    for kind in (OnnxModel, LiteRtModel):
        with pytest.raises(FormatError, match="no file at"):
            kind(tmp_path / "none")


def test_litert_outputs_come_in_the_order_asked_for() -> None:
    face = np.zeros((1, 128, 128, 3), np.float32)
    by_name = LiteRtModel(model_path("blazeface_short"))
    assert by_name.outputs == ("classificators", "regressors")
    scores, boxes = by_name.run(face)
    assert (scores.shape, boxes.shape) == ((1, 896, 1), (1, 896, 16))
    asked = LiteRtModel(model_path("blazeface_short"), ("regressors",))
    np.testing.assert_array_equal(asked.run(face)[0], boxes)


def test_litert_outputs_stay_when_it_runs_again() -> None:
    model = LiteRtModel(model_path("iris"))
    first = model.run(np.zeros(model.shape, np.float32))
    kept = [array.copy() for array in first]
    second = model.run(np.ones(model.shape, np.float32))
    for array, copy, other in zip(first, kept, second, strict=True):
        np.testing.assert_array_equal(array, copy)
        assert not np.array_equal(array, other)


def test_litert_refuses_what_does_not_fit() -> None:
    model = LiteRtModel(model_path("iris"))
    with pytest.raises(FormatError, match=r"given float32 \(64, 64, 3\): it takes float32 \(1, 64, 64, 3\)"):
        model.run(np.zeros((64, 64, 3), np.float32))
    with pytest.raises(FormatError, match="given float64"):
        model.run(np.zeros((1, 64, 64, 3)))
    with pytest.raises(FormatError, match="has no output iris: it has output_eyes"):
        LiteRtModel(model_path("iris"), ["iris"])


def test_litert_loads_without_a_word_and_hides_no_other() -> None:
    code = """
import os, sys
from telltale.weights.litert_model import LiteRtModel, _without_news
from telltale.weights.mediapipe import model_path
import numpy as np
model = LiteRtModel(model_path("iris"))
model.run(np.zeros(model.shape, np.float32))
with _without_news():
    os.write(2, b"INFO: news\\nWARNING: kept\\n")
os.write(2, b"after\\n")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "WARNING: kept\nafter\n")


def test_litert_loads_without_a_console() -> None:
    code = """
import os
os.close(2)
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path
print(LiteRtModel(model_path("iris")).shape)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "(1, 64, 64, 3)\n"


def test_litert_loads_in_many_threads_and_stderr_survives(capfd: pytest.CaptureFixture[str]) -> None:
    shapes = []
    threads = [
        threading.Thread(target=lambda: shapes.append(LiteRtModel(model_path("iris")).shape))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("still here", file=sys.stderr, flush=True)  # noqa: T201 (what is tested is stderr)
    assert shapes == [(1, 64, 64, 3)] * 6
    assert capfd.readouterr().err == "still here\n"


def test_models_run_on_the_calling_thread_alone() -> None:
    code = """
import os, numpy as np
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path
count = lambda: len(os.listdir("/proc/self/task"))
before = count()
model = LiteRtModel(model_path("face_mesh"))
model.run(np.zeros(model.shape, np.float32))
print(count() - before)
"""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this system does not list a process's threads")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_every_network_that_ships_has_a_whole_card() -> None:
    for name in shipped.names():
        assert shipped.card_faults(shipped.card(name)) == []
        assert OnnxModel(shipped.shipped(name)).outputs


def test_a_network_that_does_not_ship_is_told() -> None:
    with pytest.raises(ConfigError, match="no network called 'none-such' ships with Telltale"):
        shipped.shipped("none-such")


def test_headings_out_of_order_are_a_fault() -> None:
    text = "".join(f"## {heading}\nwords\n" for heading in reversed(shipped.HEADINGS))
    assert shipped.card_faults(text) == [
        "the headings are not in the order What it does, Trained on, Tested on, Not for, Licence"
    ]


def test_the_command_lists_for_people_and_programs() -> None:
    telltale = Path(sys.executable).with_name("telltale")
    done = subprocess.run([telltale, "models", "list"], capture_output=True, text=True, check=True)
    assert "blazeface_full" in done.stdout
    assert str(model_path("iris").parent) in done.stdout
    done = subprocess.run([telltale, "models", "install"], capture_output=True, text=True, check=True)
    assert done.stdout.endswith(": all in place\n")
