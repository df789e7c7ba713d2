"""What is no copy of ICT-FaceKit, half of one or a broken one is refused in clear lines."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.simulate.ict_copy import LANDMARKS, LAYOUT, write_copy

from telltale.core.errors import FormatError
from telltale.simulate.rig_file import FaceRig
from telltale.simulate.rig_import import import_rig


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> FaceRig:
    """Built from the inner folder, which may be given as well."""
    copy = write_copy(tmp_path_factory.mktemp("ict") / "copy")
    return import_rig(copy / "FaceXModel", layout=LAYOUT)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return write_copy(tmp_path / "ict")


def refused(folder: Path) -> str:
    with pytest.raises(FormatError) as caught:
        import_rig(folder, layout=LAYOUT)
    return str(caught.value)


def test_another_folder_is_refused(tmp_path: Path) -> None:
    assert "is not a copy of ICT-FaceKit: clone https://github.com/ICT-VGL/ICT-FaceKit" in refused(tmp_path)


def test_every_missing_file_is_named_at_once(copy: Path) -> None:
    for name in ("jawOpen.obj", "identity002.obj", "vertex_indices.json"):
        (copy / "FaceXModel" / name).unlink()
    (copy / "LICENSE").unlink()
    told = refused(copy)
    assert "lacks 4 files: jawOpen.obj, identity002.obj, vertex_indices.json, LICENSE" in told


def test_another_licence_is_refused(copy: Path) -> None:
    (copy / "LICENSE").write_text("All rights reserved.")
    assert "is not the MIT licence: use the light model" in refused(copy)


def test_every_faulty_shape_is_told_in_a_line_of_its_own(copy: Path) -> None:
    model = copy / "FaceXModel"
    (model / "eyeBlink_L.obj").write_text("v 1 2 3\n")
    (model / "jawOpen.obj").write_text("v 1 2 3\nv 4 5\n")
    (model / "identity001.obj").write_text("v 1 2 three\n")
    lines = refused(copy).splitlines()
    assert len(lines) == 3
    assert "eyeBlink_L.obj has 1 vertices, not 212" in lines[0]
    assert "jawOpen.obj is not a whole OBJ file" in lines[1]
    assert "identity001.obj is not a whole OBJ file" in lines[2]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("f 1/1 11/11 12/12 2/2\n", "", "has 150 polygons, not 151"),
        ("f 1/1 11/11 12/12 2/2\n", "f 1/1 11/11 999/12 2/2\n", "a corner that is not in the file"),
        ("f 1/1 11/11 12/12 2/2\n", "f 1/1 11/11\n", "other than three or four corners"),
        ("f 1/1 11/11 12/12 2/2\n", "f 1/1 11/11 152/12 2/2\n", "does not number its face"),
        ("v -7.000000 12.000000 5.100000\n", "v -7.000000 nan 5.100000\n", "does not hold its numbers"),
    ],
)
def test_a_neutral_mesh_of_another_make_is_refused(copy: Path, old: str, new: str, told: str) -> None:
    path = copy / "FaceXModel" / "generic_neutral_mesh.obj"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert told in refused(copy)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "lists no landmarks and rigid vertices"),
        ('{"idx_to_landmark_verts": []}', "lists no landmarks and rigid vertices"),
        ('{"idx_to_landmark_verts": [1], "idx_to_rigid_verts": []}', "does not list 68 landmarks"),
        (
            json.dumps({"idx_to_landmark_verts": LANDMARKS, "idx_to_rigid_verts": [999]}),
            "the mesh does not have",
        ),
    ],
)
def test_a_faulty_list_of_indices_is_refused(copy: Path, text: str, told: str) -> None:
    (copy / "FaceXModel" / "vertex_indices.json").write_text(text)
    assert told in refused(copy)


def test_what_is_no_rig_file_is_refused(rig: FaceRig, tmp_path: Path) -> None:
    path = tmp_path / "rig.npz"
    with pytest.raises(FormatError, match=r"cannot read .*: make it again: telltale rig import"):
        FaceRig.load(path)
    rig.save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(FormatError, match=r"is not a whole \.npz file"):
        FaceRig.load(path)
    np.savez(path, vertices=rig.vertices)
    with pytest.raises(FormatError, match="is not a face rig: it lacks vert_region"):
        FaceRig.load(path)
    with pytest.raises(FormatError, match="is a folder"):
        rig.save(tmp_path)


def test_arrays_that_contradict_each_other_are_refused(rig: FaceRig) -> None:
    arrays = {name: getattr(rig, name) for name in FaceRig.__slots__}
    with pytest.raises(FormatError, match=r"left_weight is float32 \(5,\)"):
        FaceRig(**arrays | {"left_weight": rig.left_weight[:5]})


def test_the_command_refuses_in_one_line_and_leaves_nothing(copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "facerig.npz"
    command = [sys.executable, "-c", "from telltale.cli import main; main()"]
    ran = subprocess.run(
        [*command, "rig", "import", str(copy), "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "is half a copy of ICT-FaceKit, it lacks 97 files: identity003.obj, identity004.obj" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert not out.parent.exists()
