"""Faces are drawn as the truth beside them says, to a fraction of a pixel. The rig here is invented."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import ConfigError
from telltale.simulate.render_body import DISTANCE_CM
from telltale.simulate.render_face import PIVOT_CM, FacePainter, Painted, lips_part
from telltale.simulate.render_look import Look, Maker, draw_look
from telltale.simulate.render_shot import Shot
from telltale.simulate.rig_file import FaceRig

Array = npt.NDArray[np.float32]

SIDE = 41
SHAPES = ("mouthClose", "jawOpen", "eyeLookUp_L", "eyeLookUp_R", "eyeLookDown_L", "eyeLookDown_R")
BLACK = np.zeros((240, 320, 3), dtype=np.uint8)


def _marks() -> npt.NDArray[np.float64]:
    """Where the 68 points lie, x and y in cm."""
    jaw = [(-7.4 * np.cos(a), 3.6 - 11 * np.sin(a)) for a in np.linspace(0, np.pi, 17)]
    brows = [
        (s * x, 6.0)
        for s, xs in ((-1, (5.8, 4.9, 3.8, 2.4, 1.2)), (1, (1.2, 2.4, 3.8, 4.9, 5.8)))
        for x in xs
    ]
    nose = [
        (0, 3.6),
        (0, 2.6),
        (0, 1.6),
        (0, 0.4),
        (-1.2, -1.1),
        (-0.6, -1.1),
        (0, -1.2),
        (0.6, -1.1),
        (1.2, -1.1),
    ]
    right = [(-4.4, 3.4), (-3.8, 3.9), (-2.8, 3.9), (-1.8, 3.4), (-2.8, 3.0), (-3.8, 3.0)]
    left = [(-x, y) for x, y in (right[3], right[2], right[1], right[0], right[5], right[4])]
    upper = [(-2.5, -3.4), (-1.7, -2.8), (-0.8, -2.4), (0, -2.4), (0.8, -2.4), (1.7, -2.8), (2.5, -3.4)]
    lower = [(1.7, -4.0), (0.8, -4.4), (0, -4.4), (-0.8, -4.4), (-1.7, -4.0)]
    above, beneath = [(x, -3.7) for x in (-0.9, 0, 0.9)], [(x, -3.2) for x in (0.9, 0, -0.9)]
    inner = [(-2.1, -3.4), *above, (2.1, -3.4), *beneath]  # sealed lips overlap
    return np.array([*jaw, *brows, *nose, *right, *left, *upper, *lower, *inner])


def _grid(x: tuple[float, float], y: tuple[float, float], side: int) -> tuple[Array, npt.NDArray[np.int64]]:
    """A flat patch and its triangles, counter-clockwise from the front."""
    across, down = np.meshgrid(np.linspace(*x, side), np.linspace(y[1], y[0], side))
    corner = np.arange(side * side).reshape(side, side)
    a, b, c, d = (q.ravel() for q in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    tris = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return np.stack([across.ravel(), down.ravel(), 0 * across.ravel()], axis=1).astype(np.float32), tris


@lru_cache(maxsize=1)
def rig() -> FaceRig:
    """A bent sheet with 17 units, eyes before it and a plate of hair above."""
    parts = [
        ("face", (-8.0, 8.0), (-10.0, 12.0), SIDE),
        ("head_neck", (-8.0, 8.0), (12.0, 14.0), 5),
        ("eye_L", (2.2, 4.2), (2.9, 3.9), 5),
        ("eye_R", (-4.2, -2.2), (2.9, 3.9), 5),
    ]
    points, tris, uv, regions, tri_regions = [], [], [], [], []
    start = 0
    for region, (_, x, y, side) in enumerate(parts):
        p, t = _grid(x, y, side)
        p[:, 2] = 10 - p[:, 0] ** 2 / 12 + (0.2 if region > 1 else 0.0)
        points.append(p)
        tris.append(t + start)
        uv.append((p[:, :2] - (x[0], y[0])) / (x[1] - x[0], y[1] - y[0]) * 0.98 + 0.01)
        p[:, 0] *= 1 - ((p[:, 1] - 1) / 18) ** 2  # no edge is straight
        regions.append(np.full(len(p), region))
        tri_regions.append(np.full(len(t), region))
        start += len(p)
    vertices = np.concatenate(points).astype(np.float32)
    marks = _marks()
    lm = np.linalg.norm(vertices[: SIDE * SIDE, None, :2] - marks[None], axis=2).argmin(axis=0)
    ramp = np.clip((vertices[:, 0] + 2) / 4, 0, 1)
    disp = np.zeros((17, 2, len(vertices), 3), dtype=np.float32)
    for i, au in enumerate(ACTION_UNITS):
        for side, mask in enumerate((ramp, 1 - ramp)):
            here = np.array(
                [3.0 if side == 0 else -3.0, 4.4 if au == 45 else -5.0 if au == 25 else -3.4 + i * 0.3]
            )
            near = np.exp(-(((vertices[:, :2] - here) / (2.0, 0.7)) ** 2).sum(axis=1))
            disp[i, side, :, 1] = near * mask * (-0.8 if au in (25, 26, 45) else 0.5)
    below = (vertices[:, 1] < -3.3) & (np.abs(vertices[:, 0]) < 3)
    for lower in lm[[65, 66, 67]]:
        disp[ACTION_UNITS.index(25), :, lower, 1] = -1.0
    expr = np.zeros((len(SHAPES), len(vertices), 3), dtype=np.float32)
    expr[1, :, 1] = -1.0 * below
    names = np.array([name for name, *_ in parts])
    masks = np.zeros((5, 512, 512), dtype=np.uint8)
    masks[0, 320:365, 190:320] = 255
    count = len(vertices)
    return FaceRig(
        vertices=vertices,
        vert_region=np.concatenate(regions).astype(np.uint8),
        vert_src=np.arange(count, dtype=np.uint16),
        tris=np.concatenate(tris).astype(np.uint16),
        tri_uv=np.concatenate(tris).astype(np.uint16),
        tri_region=np.concatenate(tri_regions).astype(np.uint8),
        uv=np.concatenate(uv).astype(np.float32),
        region_names=names,
        expr_names=np.array(SHAPES),
        expr=expr.astype(np.float16),
        ident=np.random.default_rng(0).normal(0, 0.02, (3, 1, 3)).repeat(count, axis=1).astype(np.float16),
        left_weight=ramp.astype(np.float32),
        mirror=np.arange(count, dtype=np.uint16),
        lm68=lm.astype(np.uint16),
        lm68_jaw=lm.astype(np.uint16),
        rigid=np.arange(4, dtype=np.uint16),
        au_names=np.array([f"AU{au}" for au in ACTION_UNITS]),
        au_disp=disp.astype(np.float16),
        au_weight=np.zeros((17, 2, len(SHAPES)), dtype=np.float32),
        au_masked=np.zeros((17, 2, len(SHAPES)), dtype=np.uint8),
        uvmask=masks,
        uvmask_names=np.array(["lips", "brow_L", "brow_R", "scalp_face", "scalp_head"]),
        meta=np.array("{}"),
        license=np.array("none"),
    )


@lru_cache(maxsize=2)
def look(maker: Maker) -> Look:
    return draw_look(rig(), np.random.default_rng(5), maker=maker)


def paint(maker: Maker = "a", **shot: object) -> Painted:
    told = {"centre_px": (160.0, 90.0), "face_width_px": 60.0} | shot
    return FacePainter(rig(), look(maker), 320, 240).paint(Shot(**told), BLACK)  # type: ignore[arg-type]


def unit(number: int, weight: float = 1.0) -> Array:
    weights = np.zeros(17, dtype=np.float32)
    weights[ACTION_UNITS.index(number)] = weight
    return weights


def centroid(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    luma = rgb[:140].astype(float).sum(axis=2)
    rows, columns = np.indices(luma.shape)
    return np.asarray([(luma * columns).sum(), (luma * rows).sum()] / luma.sum())


@pytest.mark.parametrize("maker", ["a", "b"])
@pytest.mark.parametrize("step", [0.05, 0.25, 0.7])
def test_moves_by_a_fraction_of_a_pixel(maker: Maker, step: float) -> None:
    still, moved = (paint(maker, centre_px=(160.0 + s, 70.0), face_width_px=50.0) for s in (0.0, step))
    assert moved.points68[:, 0] - still.points68[:, 0] == pytest.approx(step, abs=1e-3)
    assert (centroid(moved.rgb) - centroid(still.rgb))[0] == pytest.approx(step, abs=0.02)


def test_small_steps_change_the_picture_a_little_and_evenly() -> None:
    frames = [paint(centre_px=(160.0 + 0.1 * i, 90.0)).rgb.astype(float) for i in range(11)]
    steps = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    assert min(steps) > 0
    assert max(steps) < 3 * np.mean(steps)


@pytest.mark.parametrize(("turn", "axis", "sign"), [("yaw", 0, 1), ("pitch", 1, -1)])
def test_turns_where_the_channels_say(turn: str, axis: int, sign: int) -> None:
    nose = 30
    moved = (
        FacePainter(rig(), look("a"), 320, 240).paint(_turned(turn), BLACK).points68[nose]
        - paint().points68[nose]
    )
    assert sign * moved[axis] > 2
    assert abs(moved[1 - axis]) < 0.5


def _turned(turn: str) -> Shot:
    return replace(Shot(centre_px=(160.0, 90.0), face_width_px=60.0), **{turn: 0.25})  # type: ignore[arg-type]


def test_leans_to_the_left_shoulder() -> None:
    straight, leant = paint().points68, paint(roll=0.25).points68
    assert leant[27, 0] > straight[27, 0] + 0.5
    assert leant[45, 1] > leant[36, 1] + 2, "the subject's left eye comes down"


@pytest.mark.parametrize("maker", ["a", "b"])
def test_a_left_unit_moves_only_the_left(maker: Maker) -> None:
    rest, moved = paint(maker), paint(maker, left=unit(12))
    change = np.abs(moved.rgb.astype(int) - rest.rgb).sum(axis=(0, 2))
    assert change[160:].sum() > 500
    left_edge = int(160 - 2.3 * 60 / 14.8)
    assert change[:left_edge].sum() == 0, "the ramp between the sides ends 2 cm from the middle"


def test_points_are_projections_of_the_mesh() -> None:
    bare = replace(look("a"), identity=np.zeros(3, dtype=np.float32))
    shot = Shot(
        left=unit(4, 0.5), yaw=0.3, pitch=-0.1, roll=0.2, centre_px=(150.0, 100.0), face_width_px=80.0
    )
    painted = FacePainter(rig(), bare, 320, 240).paint(shot, BLACK)
    vertices = rig().vertices + 0.5 * rig().au_disp[ACTION_UNITS.index(4), 0].astype(np.float32)
    scale = 80.0 / np.linalg.norm(rig().vertices[rig().lm68[16]] - rig().vertices[rig().lm68[0]])
    points = (vertices[rig().lm68] - PIVOT_CM) @ painted.rotation.T
    near = scale * DISTANCE_CM / (DISTANCE_CM - points[:, 2:])
    expected = points[:, :2] * near * (1, -1) + (150.0, 100.0)
    on_head = vertices[rig().lm68, 1] > -7.9  # below that the neck follows the head only in part
    assert on_head.sum() > 60
    assert painted.points68[on_head] == pytest.approx(expected[on_head], abs=0.02)


def test_the_eyes_look_where_the_gaze_says() -> None:
    ahead, aside, up = paint(), paint(gaze_x=0.3), paint(gaze_y=0.3)
    assert (aside.irises[:, 0] > ahead.irises[:, 0]).all()
    assert (up.irises[:, 1] < ahead.irises[:, 1]).all()
    assert ahead.irises[0, 0] < ahead.irises[1, 0], "the subject's right eye comes first"


def test_lids_and_lips_tell_how_far_they_are_open() -> None:
    rest, shut, open_ = paint(), paint(left=unit(45)), paint(left=unit(25), right=unit(25))
    assert rest.lid == pytest.approx([0, 0], abs=1e-4)
    assert shut.lid == pytest.approx([1, 0], abs=0.02)
    assert rest.lip_gap == 0
    assert open_.lip_gap > 0.02
    assert 0 < lips_part(0.02) < lips_part(open_.lip_gap) <= 1


def test_the_mask_covers_the_face_and_not_the_room() -> None:
    painted = paint()
    inside = np.round(painted.points68[27:]).astype(int)
    assert painted.face_mask[inside[:, 1], inside[:, 0]].all()
    assert not painted.face_mask[:, :80].any()
    assert (painted.rgb[:40, :80] == 0).all()


def test_the_same_generator_gives_the_same_person() -> None:
    one, two = (draw_look(rig(), np.random.default_rng(5), maker="b") for _ in range(2))
    first, second = (FacePainter(rig(), one_look, 320, 240) for one_look in (one, two))
    shot = Shot(left=unit(1), centre_px=(160.0, 90.0), face_width_px=60.0)
    assert (first.paint(shot, BLACK).rgb == second.paint(shot, BLACK).rgb).all()
    assert (paint("a").rgb != paint("b").rgb).any()


def test_light_makes_brighter() -> None:
    assert paint(light_gain=1.3).rgb.mean() > paint(light_gain=0.7).rgb.mean() * 1.15


def test_a_unit_wrinkles_the_skin() -> None:
    """Without its wrinkles the unit would be shaded otherwise."""
    smooth = replace(look("a").skin, depths=np.zeros_like(look("a").skin.depths))
    shot = Shot(left=unit(4), right=unit(4), centre_px=(160.0, 90.0), face_width_px=120.0)
    with_, without = (
        FacePainter(rig(), person, 320, 240).paint(shot, BLACK).rgb.astype(int)
        for person in (look("a"), replace(look("a"), skin=smooth))
    )
    assert np.abs(with_ - without).max() > 10


def test_what_cannot_be_painted_is_told() -> None:
    painter = FacePainter(rig(), look("a"), 320, 240)
    with pytest.raises(ConfigError, match="no shape 'tongueOut'"):
        painter.paint(Shot(extra={"tongueOut": 0.5}), BLACK)
    with pytest.raises(ConfigError, match="background"):
        painter.paint(Shot(), BLACK[:100])


def test_a_head_outside_the_picture_leaves_it_as_it_was() -> None:
    painted = paint(centre_px=(-900.0, -900.0))
    assert (painted.rgb == BLACK).all()
    assert not painted.face_mask.any()
