"""The networks of the viewer's device say what MediaPipe's say, and their list tells what they are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from tools.spec_cases import read_cases

from telltale.weights.edge_models import write_edge_models
from telltale.weights.onnx_model import OnnxModel


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("edge") / "models"
    paths = write_edge_models(out)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in paths)
    return out


def test_converted_networks_agree_with_litert(folder: Path) -> None:
    for network, inputs, wanted in read_cases("networks"):
        level = inputs["picture"][None].astype(np.float32)
        picture = level * np.float32(inputs["gain"]) + np.float32(inputs["offset"])
        made = OnnxModel(folder / f"{network}.onnx").run(picture=picture)
        assert made.keys() == wanted.keys()
        for name, value in wanted.items():
            np.testing.assert_allclose(made[name], value, rtol=1e-3, atol=1e-3)


def test_the_list_holds_sizes_and_hashes(folder: Path) -> None:
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert set(files) == {"face.onnx", "mesh.onnx", "iris.onnx", "refine.onnx", "head.onnx"}
    for name, entry in files.items():
        content = (folder / name).read_bytes()
        assert entry["bytes"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["licence"] == "Apache-2.0"
    assert "MediaPipe" in (folder / "NOTICE").read_text(encoding="utf-8")
    assert "Apache License" in (folder / "LICENSE").read_text(encoding="utf-8")


def test_writing_again_gives_the_same(folder: Path, tmp_path: Path) -> None:
    write_edge_models(tmp_path)
    for path in folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
