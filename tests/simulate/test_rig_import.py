"""A copy of ICT-FaceKit becomes the rig: each array against numbers worked out by hand."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.simulate.ict_copy import LANDMARKS, LAYOUT, MIT, write_copy

from telltale.core.channels import ACTION_UNITS
from telltale.simulate.rig_file import FaceRig
from telltale.simulate.rig_import import import_rig
from telltale.simulate.rig_mesh import split
from telltale.simulate.rig_obj import ObjMesh
from telltale.simulate.rig_regions import ICT_LIGHT, indices
from telltale.simulate.rig_units import RECIPES, SHAPES

STEP = 2.0**-12


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> FaceRig:
    return import_rig(write_copy(tmp_path_factory.mktemp("ict") / "copy"), layout=LAYOUT)


def to_step(value: float) -> float:
    return float(np.float16(round(value / STEP) * STEP))


def shape_amount(name: str) -> float:
    return (SHAPES.index(name) + 1) / 100


def up(rig: FaceRig, unit: int, side: int, vertex: int) -> float:
    return float(rig.au_disp[ACTION_UNITS.index(unit), side, vertex, 1])


def test_kept_vertices_and_their_regions(rig: FaceRig) -> None:
    assert rig.vert_src.tolist() == [
        *range(150), *range(154, 163), *range(167, 185), *range(194, 200), *range(206, 212),
    ]  # fmt: skip
    assert np.bincount(rig.vert_region).tolist() == [100, 50, 18, 9, 6, 6]
    assert rig.region_names.tolist() == [region.name for region in LAYOUT.regions]


def test_triangles_of_each_region_use_its_vertices(rig: FaceRig) -> None:
    assert np.bincount(rig.tri_region).tolist() == [162, 72, 16, 8, 4, 4]
    for region in range(6):
        assert set(rig.vert_region[rig.tris[rig.tri_region == region]].ravel()) == {region}
    assert rig.tris.max() < len(rig.vertices)
    assert rig.tri_uv.max() < len(rig.uv)


def test_triangles_keep_the_turn_of_the_polygons(rig: FaceRig) -> None:
    # The first polygon is 0, 10, 11, 1; its diagonals are equal, so the one from its first corner cuts it.
    assert rig.tris[:2].tolist() == [[0, 10, 11], [0, 11, 1]]
    a, b, c = rig.vertices[rig.tris[0]].astype(float)
    assert np.cross(b - a, c - a)[2] > 0


@pytest.mark.parametrize(
    ("apex", "cut"), [((3.0, 3.0), [[0, 1, 3], [1, 2, 3]]), ((0.6, 0.6), [[0, 1, 2], [0, 2, 3]])]
)
def test_a_quadrilateral_is_cut_along_its_shorter_diagonal(
    apex: tuple[float, float], cut: list[list[int]]
) -> None:
    # A kite 0,0 - 1,0 - apex - 0,1: its other diagonal is 1.41 long, the one to the apex 4.24 or 0.85.
    points = np.array([[0, 0, 0], [1, 0, 0], [*apex, 0], [0, 1, 0], [5, 5, 5]], dtype=float)
    corners = np.array([[0, 1, 2, 3], [0, 1, 4, -1]])
    mesh = ObjMesh(points, np.zeros((5, 2)), corners, corners)
    vertices, uv = split(mesh, np.array([0, 1]))
    assert vertices.tolist() == [*cut, [0, 1, 4]]
    assert (uv == vertices).all()


def test_texture_is_local_to_its_tile(rig: FaceRig) -> None:
    corner_of = dict(zip(rig.tris.ravel().tolist(), rig.tri_uv.ravel().tolist(), strict=True))
    assert rig.uv[corner_of[0]].tolist() == pytest.approx([0.1, 0.9])
    assert rig.uv[corner_of[100]].tolist() == pytest.approx([0.1, 0.9], abs=1e-6)  # of tile 1
    assert rig.uv.min() >= 0
    assert rig.uv.max() <= 1


def test_lashes_run_from_root_to_tip(rig: FaceRig) -> None:
    strip = np.unique(rig.tri_uv[rig.tri_region == 4])
    assert rig.uv[strip].round(5).tolist() == [[0, 0], [0.5, 0], [1, 0], [0, 1], [0.5, 1], [1, 1]]


def test_lips_are_sealed_at_rest(rig: FaceRig) -> None:
    amount = to_step(shape_amount("mouthClose"))
    neutral = [-7.0, 12.0, 10 - 4.9]
    assert rig.vertices[0].tolist() == pytest.approx([-7.0, 12.0 + 0.04 * amount, neutral[2] - 0.04 * amount])


def test_displacements_are_taken_from_the_neutral_face(rig: FaceRig) -> None:
    assert rig.expr.shape == (55, 189, 3)
    assert rig.expr_names.tolist() == sorted(rig.expr_names.tolist())
    for name in ("browDown_L", "jawOpen", "noseSneer_R"):
        e = SHAPES.index(name)
        assert rig.expr[e, 7].tolist() == [0, to_step((e + 1) / 100), -to_step((e + 1) / 100)]
    assert rig.ident[:, 40, 0].tolist() == [round(k / 10 * 2**11) / 2**11 for k in (1, 2, 3)]


def test_units_and_their_order_are_those_of_the_channels(rig: FaceRig) -> None:
    assert tuple(recipe.unit for recipe in RECIPES) == ACTION_UNITS
    assert rig.au_names.tolist() == [f"AU{number}" for number in ACTION_UNITS]


def test_a_unit_of_one_sided_shapes_takes_the_shapes_of_its_side(rig: FaceRig) -> None:
    left = 1.1 * shape_amount("browDown_L") - 0.35 * shape_amount("browInnerUp_L")
    right = 1.1 * shape_amount("browDown_R") - 0.35 * shape_amount("browInnerUp_R")
    assert up(rig, 4, 0, 55) == pytest.approx(left, abs=2 * STEP)
    assert up(rig, 4, 1, 55) == pytest.approx(right, abs=2 * STEP)


@pytest.mark.parametrize(("vertex", "share"), [(0, 0.0), (9, 1.0), (5, (7 / 9 + 2) / 4)])
def test_a_unit_of_a_whole_shape_is_cut_by_the_ramp(rig: FaceRig, vertex: int, share: float) -> None:
    whole = 0.35 * shape_amount("jawOpen")
    assert rig.left_weight[vertex] == pytest.approx(share)
    assert up(rig, 26, 0, vertex) == pytest.approx(whole * share, abs=STEP)
    assert up(rig, 26, 1, vertex) == pytest.approx(whole * (1 - share), abs=STEP)


def test_unit_9_fades_below_the_nose(rig: FaceRig) -> None:
    whole = shape_amount("noseSneer_L")
    # Rows of the grid are 20/9 cm apart from y = 12 down: row 6 is at -1.333, 10/21 of the way up the fade.
    way = (-4 / 3 + 2) / 1.4
    partly = 0.25 + 0.75 * way**2 * (3 - 2 * way)
    for vertex, share in ((0, 1.0), (50, 1.0), (60, partly), (90, 0.25)):
        assert up(rig, 9, 0, vertex) == pytest.approx(whole * share, abs=STEP)


def test_recipes_are_written_beside_what_they_made(rig: FaceRig) -> None:
    ten = ACTION_UNITS.index(10)
    assert {
        SHAPES[e]: round(float(rig.au_weight[ten, 1, e]), 3) for e in np.flatnonzero(rig.au_weight[ten, 1])
    } == {
        "mouthUpperUp_R": 0.6,
        "mouthShrugUpper": 0.3,
    }
    assert [SHAPES[e] for e in np.flatnonzero(rig.au_masked[ten, 1])] == ["mouthShrugUpper"]


def test_mirror_points_across_the_middle(rig: FaceRig) -> None:
    face = rig.vert_region == 0
    mirrored = rig.vertices[rig.mirror] * [-1, 1, 1]
    assert np.abs(mirrored - rig.vertices)[face].max() < 1e-5


def test_landmarks_and_rigid_vertices_are_renumbered(rig: FaceRig) -> None:
    assert rig.lm68.tolist() == LANDMARKS
    assert rig.lm68_jaw.tolist() == [*range(8), LANDMARKS[8], *range(90, 98), *LANDMARKS[17:]]
    assert rig.vert_src[rig.rigid].tolist() == [5, 100, 160]


def test_masks_are_pictures_of_the_two_tiles(rig: FaceRig) -> None:
    assert rig.uvmask.shape == (5, 512, 512)
    lips, brow_left, brow_right, scalp_face, scalp_head = rig.uvmask
    assert all(mask.max() > 200 for mask in (lips, brow_left, brow_right, scalp_head))
    assert scalp_head.min() > 200, "the plate above the face is all hair"
    assert scalp_face[60, 256] > scalp_face[300, 256] == 0, "hair above, skin below"


def test_licence_and_origin_travel_inside(rig: FaceRig) -> None:
    assert str(rig.license) == MIT
    meta = json.loads(str(rig.meta))
    assert meta["license"] == "MIT"
    assert len(meta["sha256"]) == 64


def test_a_rig_file_reads_back_and_is_the_same_each_time(rig: FaceRig, tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        rig.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    again = FaceRig.load(tmp_path / "a.npz")
    assert (again.au_disp == rig.au_disp).all()
    assert str(again.license) == MIT


def test_the_published_numbering_hangs_together() -> None:
    kept = np.concatenate([indices(region.vertices) for region in ICT_LIGHT.regions])
    polygons = np.concatenate([indices(region.polygons) for region in ICT_LIGHT.regions])
    assert len(kept) == 21983
    for numbers, end in ((kept, ICT_LIGHT.vertices), (polygons, ICT_LIGHT.polygons)):
        assert (np.diff(numbers) > 0).all()
        assert numbers[-1] == end - 1
    assert set(ICT_LIGHT.jaw_left) | set(ICT_LIGHT.jaw_right) <= set(indices(ICT_LIGHT.regions[0].vertices))


def test_the_page_lists_the_arrays_and_the_recipes() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rig.md").read_text(encoding="utf-8")
    arrays = page.split("## Moving it")[0]
    assert re.findall(r"^\| `(\w+)` \|", arrays, flags=re.MULTILINE) == list(FaceRig.__slots__)
    for recipe in RECIPES:
        shapes = ", ".join(f"{name} {weight:g}" for name, weight in recipe.shapes)
        fade = ", faded to a quarter below the nose" if recipe.fades_below_nose else ""
        assert f"| AU{recipe.unit} | {shapes}{fade} |\n" in page
