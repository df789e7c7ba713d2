"""How one invented person looks: the shape of the head, skin, eyes, hair, glasses and the light of the room.

Maker "a" draws people for training. Maker "b" shares with it neither textures nor light, so that what was
learnt on one can be held against the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from telltale.simulate.render_extras import Extra, draw_extra
from telltale.simulate.render_paint_a import paint_skin as paint_a
from telltale.simulate.render_paint_b import paint_skin_b as paint_b
from telltale.simulate.render_parts import Skin, ground, linear
from telltale.simulate.rig_file import FaceRig

Array = npt.NDArray[np.float32]
Maker = Literal["a", "b"]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One person in one room. Colours are linear light unless said."""

    identity: Array
    """Shape (100,): how far along each of the rig's ways to differ, standard deviations."""
    maker: Maker
    tone: int
    """Monk's skin tone, 1 (light) to 10 (dark)."""
    skin_rgb: tuple[float, float, float]
    """Bare skin, sRGB 0 to 255."""
    skin: Skin
    eye: Array
    """Shape (8,): iris RGB, radius of iris and pupil in the eye's tile, white of the eye."""
    lights: Array
    """Maker a (1 + k, 6): sky and ground, then direction and RGB of each lamp. Maker b (11, 3): a room."""
    palette: Array
    """Shape (11, 3): albedo of each kind of surface that has no texture."""
    lash_strength: float
    extra: Extra
    """Long hair and glasses, where there are any."""


def draw_look(rig: FaceRig, rng: np.random.Generator, *, maker: Maker) -> Look:
    """Draw a person; all ten skin tones are as likely.

    Parameters
    ----------
    rig
        The face.
    rng
        The same generator gives the same person.
    maker
        `a` for training, `b` to be held out.
    """
    tone = int(rng.integers(1, 11))
    identity = np.clip(rng.standard_normal(len(rig.ident)), -2, 2).astype(np.float32)
    skin = (paint_a if maker == "a" else paint_b)(ground(rig), rng, tone)
    lights = (_lamps if maker == "a" else _room)(rng, skin)
    extra = draw_extra(rig, rng, skin.hair_cm)
    return Look(
        identity=identity,
        maker=maker,
        tone=tone,
        skin_rgb=skin.rgb,
        skin=skin,
        eye=_eye(rng, tone),
        lights=lights,
        palette=_palette(rng, skin, extra),
        lash_strength=float(rng.uniform(0.25, 0.85)),
        extra=extra,
    )


def turned_lights(look: Look, gain: float, turn: float) -> Array:
    """The look's lights times gain, turned about the vertical, radians, positive to the subject's left."""
    lights = look.lights.copy()
    s, c = np.sin(turn), np.cos(turn)
    if look.maker == "a":
        x, z = look.lights[1:, 0], look.lights[1:, 2]
        lights[1:, 0], lights[1:, 2] = c * x + s * z, c * z - s * x
        lights[0] *= gain
        lights[1:, 3:] *= gain
        return lights
    x, z = look.lights[3], look.lights[2]
    lights[3], lights[2] = c * x + s * z, c * z - s * x
    window = look.lights[9]
    lights[9] = c * window[0] + s * window[2], window[1], c * window[2] - s * window[0]
    lights[[*range(9), 10]] *= np.float32(gain)
    return lights


_IRISES = ((58, 36, 22), (92, 58, 32), (110, 86, 48), (92, 104, 70), (88, 112, 132), (120, 138, 150))


def _eye(rng: np.random.Generator, tone: int) -> Array:
    pick = int(rng.integers(0, 2 if tone >= 6 else len(_IRISES)))
    iris = linear(np.clip(np.array(_IRISES[pick]) * rng.uniform(0.6, 1.2) + rng.normal(0, 6, 3), 5, 240))
    white = linear(rng.uniform((205, 195, 188), (238, 230, 226))) * (1 - 0.05 * max(tone - 4, 0))
    return np.array([*iris, rng.uniform(0.134, 0.15), rng.uniform(0.035, 0.075), *white], dtype=np.float32)


def _palette(rng: np.random.Generator, skin: Skin, extra: Extra) -> Array:
    bare = linear(skin.rgb)
    tooth = linear(rng.uniform((200, 190, 165), (245, 240, 230)))
    flesh = linear(rng.uniform((130, 55, 55), (190, 100, 98)))
    return np.array(
        [
            bare,
            bare,
            flesh * 0.6,
            flesh,
            flesh,
            tooth,
            (0.8, 0.8, 0.8),
            (0.01, 0.01, 0.01),
            skin.hair_rgb,
            extra.frame_rgb,
            skin.clothes_rgb,
        ],
        dtype=np.float32,
    )


def _lamps(rng: np.random.Generator, skin: Skin) -> Array:
    """Sky, ground and one to four lamps, as bright together as a camera's exposure makes them."""
    count = int(rng.integers(1, 5))
    rows = np.zeros((1 + count, 6), dtype=np.float32)
    rows[0, :3] = rng.uniform(0.15, 0.5) * rng.uniform(0.85, 1.15, 3)
    rows[0, 3:] = rows[0, :3] * rng.uniform(0.3, 0.9)
    for row in rows[1:]:
        angle, height = rng.uniform(-1.25, 1.25), rng.uniform(-0.2, 1.0)
        row[:3] = np.cos(height) * np.sin(angle), np.sin(height), np.cos(height) * np.cos(angle)
        warm = rng.normal(0, 0.12)
        row[3:] = rng.exponential(1.0) * np.array([1 + warm, 1.0, 1 - warm])
    facing = rows[0, :3].mean() / 2 + rows[0, 3:].mean() / 2 + (rows[1:, 3:].mean(axis=1) * rows[1:, 2]).sum()
    bright = float(linear(skin.rgb).mean())
    wanted = rng.uniform(0.22, 0.42) * (bright / 0.3) ** 0.55 / bright
    rows[0] *= wanted / facing
    rows[1:, 3:] *= wanted / facing
    return rows


def _room(rng: np.random.Generator, skin: Skin) -> Array:
    """A room's light as nine harmonics of irradiance, then the window: direction, RGB."""
    rows = np.zeros((11, 3), dtype=np.float32)
    hue = np.exp(rng.normal(0, 0.1, 3))
    rows[0] = hue
    rows[1] = hue * rng.uniform(-0.1, 0.45)
    rows[2] = hue * rng.uniform(-0.1, 0.5)
    rows[3] = hue * rng.uniform(-0.5, 0.5)
    rows[4:9] = rng.normal(0, 0.09, (5, 1)) * hue + rng.normal(0, 0.02, (5, 3))
    side, up = rng.normal(0, 0.65), rng.normal(0.4, 0.35)
    rows[9] = np.cos(up) * np.sin(side), np.sin(up), np.cos(up) * np.cos(side)
    rows[10] = np.exp(rng.normal(0, 0.1, 3)) * rng.choice([0.3, 1.0, 2.2]) * rng.uniform(0.6, 1.5)
    facing = rows[0].mean() + rows[2].mean() + 0.85 * rows[10].mean() * max(float(rows[9, 2]), 0.0)
    bright = float(linear(skin.rgb).mean())
    wanted = np.exp(rng.normal(-1.95, 0.2)) * (bright / 0.3) ** 0.6 / bright
    rows[[*range(9), 10]] *= wanted / facing
    return rows
