"""The painter: puts one person into a picture, and says exactly where everything on the face is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError
from telltale.simulate import render_fragments as fragments
from telltale.simulate import render_kernels as kernels
from telltale.simulate import render_raster as raster
from telltale.simulate.render_body import DISTANCE_CM, Body, body
from telltale.simulate.render_look import Look, turned_lights
from telltale.simulate.render_parts import WRINKLE_TILE, coded, unit_to_wrinkle
from telltale.simulate.render_shade_a import shade_a
from telltale.simulate.render_shade_b import shade_b
from telltale.simulate.render_shot import Shot
from telltale.simulate.render_stage import CLOTHES, EYE, FACE, GUMS, LASH, MOUTH, SOCKET, TEETH, stage
from telltale.simulate.rig_file import FaceRig

Array = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]

PIVOT_CM: Final = (0.0, 1.0, 4.0)
"""Middle of the head: what it turns about, seen at `Shot.centre_px`."""
FULL_LIP_GAP: Final = 0.0483
"""Lip gap of the mean face at AU25 = 1."""
_CURVE_A: Final = (255 * np.linspace(0, 1, 4096) ** 0.4545).astype(np.float32)
_CURVE_B: Final = coded(1.06 * (1 - np.exp(-2.2 * np.linspace(0, 1, 4096))) / (1 - np.exp(-2.2)) * 0.94)
_OF_FACE: Final = np.isin(np.arange(16), [FACE, EYE, SOCKET, MOUTH, GUMS, TEETH, LASH])
_LID_FOLLOWS: Final = 1.6
"""Weight of the lids' looking up or down for one radian of gaze."""


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """A painted picture, H x W pixels, and the truth about the face. Whole numbers are pixels' centres."""

    rgb: Picture
    """Shape (H, W, 3)."""
    points68: Array
    """Shape (68, 2): the 68 points in the picture, also where they are hidden."""
    irises: Array
    """Shape (2, 2): middle of the iris of the subject's right eye, then the left."""
    lip_gap: float
    """How far the lips are apart as a share of the eyes' distance; 0 where they are sealed."""
    lid: Array
    """Shape (2,): how far the left and the right eye are closed, 0 open as at rest to 1 shut."""
    face_mask: npt.NDArray[np.bool_]
    """Shape (H, W): where face, eyes and mouth are seen; hair, neck and glasses are not part of it."""
    rotation: Array
    """Shape (3, 3): turns a point of the head (x to the subject's left, y up, z out) towards the camera."""


def lips_part(lip_gap: float) -> float:
    """Truth of AU25, 0 to 1: the lip gap as a share of what AU25 alone opens on the mean face.

    >>> lips_part(0.0), lips_part(FULL_LIP_GAP), lips_part(1.0)
    (0.0, 1.0, 1.0)
    """
    return float(min(max(lip_gap / FULL_LIP_GAP, 0.0), 1.0))


def head_rotation(yaw: float, pitch: float, roll: float) -> Array:
    """Turn by roll, then pitch, then yaw; signs of `core.channels`, radians.

    >>> ahead = np.array([0, 0, 1], dtype=np.float32)
    >>> bool((head_rotation(0.2, 0, 0) @ ahead)[0] > 0), bool((head_rotation(0, 0.2, 0) @ ahead)[1] > 0)
    (True, True)
    """
    (sy, sp, sr), (cy, cp, cr) = np.sin([yaw, pitch, roll]), np.cos([yaw, pitch, roll])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z, dtype=np.float32)


class FacePainter:
    """Paints one person into pictures of one size."""

    def __init__(self, rig: FaceRig, look: Look, width_px: int, height_px: int) -> None:
        self._look, self._width, self._height = look, width_px, height_px
        self._stage = stage(rig)
        self._body: Body = body(rig, look)
        self._wrinkles = np.zeros((WRINKLE_TILE, WRINKLE_TILE, 4), dtype=np.float32)
        # numbers too small for a float's full precision would be slow
        self._depths = np.where(look.skin.depths > 1e-4, look.skin.depths, 0).astype(np.float32)
        self._groove = np.zeros((WRINKLE_TILE, WRINKLE_TILE), dtype=np.float32)
        self._vertex = np.zeros((len(self._body.rest), fragments.VERTEX), dtype=np.float32)
        self._vertex[:, 6] = self._body.sky
        self._to_wrinkle = unit_to_wrinkle()
        self._textures: tuple[Array, Array] | None = None
        self._level = 0
        self._room: dict[str, npt.NDArray[Any]] = {}

    def paint(self, shot: Shot, background: Picture) -> Painted:
        """Paint one moment over a copy of the background, shape (H, W, 3)."""
        if background.shape != (self._height, self._width, 3):
            message = f"background has shape {background.shape}, the painter {self._height} x {self._width}"
            raise ConfigError(message, hint="give an RGB picture of the painter's size")
        bodily = self._body
        turn = head_rotation(shot.yaw, shot.pitch, shot.roll)
        points = self._shape(shot)
        front = bodily.gaze(points, shot.gaze_x, shot.gaze_y)
        px_cm = shot.face_width_px / bodily.width_cm
        camera = np.array([px_cm * DISTANCE_CM, DISTANCE_CM, *shot.centre_px], dtype=np.float32)
        vertex, screen = self._vertex, np.empty_like(points)
        kernels.project(points, np.array(PIVOT_CM, np.float32), turn, bodily.torso, camera, vertex, screen)
        irises = _see(front, turn, camera)
        rgb = background.copy()
        mask = np.zeros((self._height, self._width), dtype=np.bool_)
        gap, lid = bodily.lip_gap(points), bodily.lid(points)
        box = self._box(screen)
        if box is not None:
            self._crease(shot)
            self._chest(rgb, shot, px_cm)
            self._draw(shot, screen, turn, box, rgb, mask, gap, px_cm)
        return Painted(
            rgb=rgb,
            points68=screen[bodily.landmarks, :2].copy(),
            irises=irises,
            lip_gap=gap,
            lid=lid,
            face_mask=mask,
            rotation=turn,
        )

    def _shape(self, shot: Shot) -> Array:
        """Vertices of the head and of what it wears, shape (N + K, 3), unturned."""
        stage_, bodily = self._stage, self._body
        weights = np.zeros(len(stage_.moves), dtype=np.float32)
        units = 2 * len(shot.left)
        weights[0:units:2], weights[1:units:2] = shot.left, shot.right
        weights[bodily.blink_row : bodily.blink_row + 2] *= bodily.blink_scale
        lids = {"Up": max(shot.gaze_y, 0.0), "Down": max(-shot.gaze_y, 0.0)}
        follow = {f"eyeLook{way}_{side}": _LID_FOLLOWS * w for way, w in lids.items() for side in "LR"}
        for name, weight in (*follow.items(), *shot.extra.items()):
            row = stage_.shape_row.get(name)
            if row is None and name in shot.extra:
                raise ConfigError(
                    f"the rig has no shape {name!r}", hint=f"one of {', '.join(stage_.shape_row)}"
                )
            if row is not None:
                weights[row] += weight
        points = bodily.rest.copy()
        moved = points.reshape(-1)[: stage_.moves.shape[1]]
        kernels.blend(stage_.moves, stage_.move_first, stage_.move_blocks, weights, moved)
        return points

    def _crease(self, shot: Shot) -> None:
        """Wrinkle the skin as the units of the shot do."""
        weights = np.stack([self._to_wrinkle @ shot.left, self._to_wrinkle @ shot.right], axis=1)
        weights = np.clip(weights, 0, 1.3).astype(np.float32)
        kernels.wrinkle(self._depths, weights, np.float32(0.55), self._groove, self._wrinkles)

    def _box(self, screen: Array) -> tuple[int, int, int, int] | None:
        """Left, top, right, bottom of the pixels that the head can touch."""
        low, high = kernels.extent(screen)
        left, top = max(int(np.floor(low[0] - 1)), 0), max(int(np.floor(low[1] - 1)), 0)
        right = min(int(np.ceil(high[0] + 2)), self._width)
        bottom = min(int(np.ceil(high[1] + 2)), self._height)
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _chest(self, rgb: Picture, shot: Shot, px_cm: float) -> None:
        """Clothes below the shoulders, as far as the picture reaches."""
        outline = np.array([[-11.8, -16.2], [11.8, -16.2], [19, -19.5], [24, -60], [-24, -60], [-19, -19.5]])
        off = (outline - PIVOT_CM[:2]) * (1, -1) * px_cm * DISTANCE_CM / (DISTANCE_CM + 5)
        corners = np.round((off + shot.centre_px) * 256).astype(np.int32)
        flat = np.zeros((1, fragments.ATTRIBUTES), dtype=np.float32)
        flat[0, 2], flat[0, 6] = 1, 1
        seen = np.empty((1, 3), dtype=np.float32)
        self._shade(
            shot,
            np.array([CLOTHES], np.int32),
            flat,
            np.zeros(3, np.float32),
            np.eye(3, dtype=np.float32),
            px_cm,
            seen,
        )
        colour = seen[0]
        cv2.fillPoly(rgb, [corners], tuple(float(c) for c in colour), cv2.LINE_AA, shift=8)

    def _draw(
        self,
        shot: Shot,
        screen: Array,
        turn: Array,
        box: tuple[int, int, int, int],
        rgb: Picture,
        mask: npt.NDArray[np.bool_],
        gap: float,
        px_cm: float,
    ) -> None:
        left, top, right, bottom = box
        bodily, look = self._body, self._look
        height, width = bottom - top, right - left
        screen = screen - np.array([left, top, 0], dtype=np.float32)
        seen = self._array("seen", (height, width, 4), np.float32)
        drawn = bodily.solid if gap > 0 else bodily.solid_sealed
        tris = bodily.tris[:drawn]
        ahead, listed = self._array("ahead", (drawn,), np.bool_), self._array("listed", (drawn,), np.int32)
        listed = listed[: raster.turned(screen, tris, bodily.two_sided, width, height, ahead, listed)]
        raster.look(screen, tris, listed, bodily.bias, seen)
        kind, mark = (self._array(name, (height, width), np.uint8) for name in ("kind", "mark"))
        slot = self._array("slot", (height, width), np.int32)
        tiles = self._array("tiles", (height // raster.TILE + 1, width // raster.TILE + 1), np.uint8)
        beside, lash_tris, kinds = bodily.beside[:drawn], bodily.lash_tris, bodily.kinds
        slots = raster.slots(
            screen, tris, beside, ahead, listed, lash_tris, kinds, seen, kind, mark, slot, tiles
        )
        close = self._array("close", (slots, 4, 4), np.float32)
        raster.look_closely(screen, tris, listed, bodily.bias, slot, tiles, close)
        through = self._array("through", (slots,), np.float32)
        strength = bodily.lash * np.float32(look.lash_strength)
        raster.lashes(screen, lash_tris, bodily.lash_uv, bodily.uv, strength, slot, close, through)
        kernels.normals(self._vertex[:, 3:6], tris, self._vertex)
        most = height * width + 3 * slots
        pixels, what = self._array("pixels", (most,), np.int32), self._array("what", (most,), np.int32)
        cover = self._array("cover", (most,), np.float32)
        attributes = self._array("attributes", (most, fragments.ATTRIBUTES), np.float32)
        count = fragments.gather(
            seen,
            slot,
            close,
            tris,
            bodily.tri_uv,
            bodily.uv,
            self._vertex,
            kinds,
            pixels,
            what,
            cover,
            attributes,
        )
        colours = self._array("colours", (most, 3), np.float32)
        lips = self._vertex[bodily.lip_points, 3:6].mean(axis=0)
        self._shade(shot, what[:count], attributes[:count], lips, turn, px_cm, colours[:count])
        fragments.compose(
            pixels[:count],
            what[:count],
            cover[:count],
            colours,
            slot,
            through,
            coded(look.palette[LASH]),
            _OF_FACE,
            rgb[top:bottom, left:right],
            mask[top:bottom, left:right],
        )

    def _shade(
        self, shot: Shot, what: Array, attributes: Array, lips: Array, turn: Array, px_cm: float, out: Array
    ) -> None:
        look = self._look
        face, head = self._textures_for(px_cm)
        lights = turned_lights(look, shot.light_gain, shot.light_turn)
        common = (what, attributes, face, head, self._wrinkles, look.palette, look.eye, lights, turn, lips)
        if look.maker == "a":
            shade_a(*common, _CURVE_A, out)
        else:
            shade_b(*common, np.float32(DISTANCE_CM), _CURVE_B, out)

    def _textures_for(self, px_cm: float) -> tuple[Array, Array]:
        """Face and head as fine as the picture can show: a texel is about as large as a pixel.

        The level stays while the face grows or shrinks by less than half, or the skin would jump in a clip.
        """
        wanted = float(np.clip(np.log2(512 / (21.0 * px_cm)), 0, 4))
        if self._textures is None or abs(wanted - self._level - 0.5) > 1:
            self._level = int(wanted)
            size, skin = 512 >> self._level, self._look.skin
            self._textures = (_smaller(skin.face, size), _smaller(skin.head, size))
        return self._textures

    def _array(self, name: str, shape: tuple[int, ...], kind: type) -> npt.NDArray[Any]:
        """Memory that is used again from frame to frame."""
        need = int(np.prod(shape))
        have = self._room.get(name)
        if have is None or have.size < need:
            have = np.empty(int(need * 1.2), dtype=kind)
            self._room[name] = have
        return have[:need].reshape(shape)


def _smaller(texture: Array, size: int) -> Array:
    small = cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32)


def _see(points: Array, turn: Array, camera: Array) -> Array:
    """Points (n, 3) of the head in the picture, shape (n, 2)."""
    seen = (points - np.array(PIVOT_CM, dtype=np.float32)) @ turn.T
    near = camera[0] / (camera[1] - seen[:, 2])
    return np.stack([camera[2] + near * seen[:, 0], camera[3] - near * seen[:, 1]], axis=1).astype(np.float32)
