"""How skin moved between two aligned faces: dense pyramidal Lucas-Kanade flow.

At each point x of `before` the motion u is sought that leaves the least difference in a window W about it:

    e(x) = before(x) - after(x + u),    u <- u + (sum_W g g' + d I)^-1 sum_W g e,    g = grad before

from the coarsest level of a pyramid to the finest, and after each turn the confidence-weighted mean over
neighbours is taken. Gradients and their sums belong to `before` alone (`Reference`), so those of a person's
neutral are computed once. Where noise makes the sums too large a turn falls short, but the next one goes on
from there: e, not g, decides where it ends.

The damping d is a share of the picture's own structure, so dark skin is measured like light skin. The local
mean is taken from both pictures first, so a lamp that brightens is no motion. Pictures are read at the full
resolution of their level; motion is kept on a grid of at most 56 x 56 points, since neighbouring pixels share
a window anyway. That is what makes reading 224 x 224 pixels affordable.

Linear interpolation shows very sharp texture too slow: shifts below 0.2 px come out up to a fifth too long on
it. Smoothing the pictures first would mend that and cost more under noise than it gives.

Lucas & Kanade, "An iterative image registration technique", IJCAI 1981; Bouguet, "Pyramidal implementation of
the Lucas Kanade feature tracker", 2000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError
from telltale.face.view import CROP_PX
from telltale.motion import planes

Array = npt.NDArray[np.float32]

GRID: Final = 56
"""Points of the finest motion grid in each direction: one for 4 x 4 pixels of the crop."""

NOISE_FLOOR: Final = 0.2
"""Structure below this is taken for noise, (grey levels / px)^2: a black frame must not be trusted."""


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """What decides cost and accuracy; `benchmarks/flow_accuracy.py` argues the defaults."""

    side_px: int = 224
    """Width and height at which the finest level is read, 224 or 112."""
    turns: tuple[int, ...] = (1, 1, 2)
    """Turns at each level, finest first; each level is half as wide as the one before."""
    window: int = 5
    """Width of the window, in points of the level's motion grid."""
    smoothing: int = 3
    """Width of the confidence-weighted mean, in points of the level's motion grid."""
    mean_px: int = 60
    """Width of the local mean that is taken away, in pixels of the crop."""
    damping: float = 0.1
    """As a share of the median structure of the level."""

    def __post_init__(self) -> None:
        if self.side_px not in (CROP_PX, CROP_PX // 2):
            raise ConfigError(f"flow cannot be read at {self.side_px} px", hint="side_px is 224 or 112")
        if not 1 <= len(self.turns) <= 4 or min(self.turns) < 1:
            raise ConfigError(
                f"flow cannot take {self.turns} turns", hint="turns holds 1 to 4 numbers, each at least 1"
            )


@dataclass(frozen=True, slots=True, eq=False)
class FlowField:
    """Motion of a whole crop, on a grid that covers it evenly."""

    flow: Array
    """Shape (g, g, 2): x right, y down, in pixels of the 224 crop. The point x lies at x + flow after."""
    weight: Array
    """Shape (g, g), 0 to 1: how far the motion can be trusted; near 0 without structure or agreement."""

    @property
    def step_px(self) -> float:
        """Pixels of the crop between two points of the grid; the first lies at (step_px - 1) / 2."""
        return CROP_PX / float(self.weight.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A level of a picture that motion is measured from: s x s pixels, a motion grid of g x g."""

    picture: Array
    """Shape (s, s), local mean taken away."""
    gradient_x: Array
    gradient_y: Array
    """Shape (s, s), grey levels a pixel of this level."""
    inverse: tuple[Array, Array, Array]
    """xx, xy, yy of the damped tensor's inverse, shape (g, g) each."""
    contrast: Array
    """Shape (g, g): the tensor's trace, (grey levels / px)^2."""
    confidence: Array
    """Shape (g, g), 0 to 1, from the tensor's smaller eigenvalue."""
    share: Array
    """Shape (g, g): one over the mean confidence over neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A picture made ready to measure motion from."""

    levels: tuple[Level, ...]
    """Finest first."""
    settings: FlowSettings


def pyramid(luma: Array, settings: FlowSettings | None = None) -> tuple[Array, ...]:
    """The levels of a picture, finest first, with the local mean taken away.

    Parameters
    ----------
    luma
        Shape (224, 224), 0 to 255.
    """
    settings = settings or FlowSettings()
    finest = luma if settings.side_px == CROP_PX else planes.halve(luma)
    coarse = planes.pool(finest, GRID)
    width = max(1, settings.mean_px * GRID // CROP_PX)
    pictures = [finest - planes.stretch(planes.mean_around(coarse, width), settings.side_px)]
    for _ in settings.turns[1:]:
        pictures.append(planes.halve(pictures[-1]))
    return tuple(pictures)


def reference(pictures: tuple[Array, ...], settings: FlowSettings | None = None) -> Reference:
    """Make a picture's `pyramid` ready to measure motion from; the settings must be the same."""
    settings = settings or FlowSettings()
    return Reference(tuple(_level(picture, settings) for picture in pictures), settings)


def lucas_kanade(
    before: Reference | Array,
    after: tuple[Array, ...] | Array,
    *,
    start: Array | None = None,
    settings: FlowSettings | None = None,
) -> FlowField:
    """Motion from one aligned face to another.

    Parameters
    ----------
    before
        Luma, shape (224, 224), 0 to 255, or what `reference` made of it.
    after
        Luma of the same shape, or its `pyramid`, made with the same settings.
    start
        Shape (k, k, 2): motion known beforehand, from landmarks say, in pixels of the crop. Broad motion of
        up to some 8 px, motion of lids and lip corners of up to some 4 px is found without.
    settings
        Left out with a `Reference`, which holds its own.

    >>> luma = np.random.default_rng(0).uniform(0, 255, (224, 224)).astype(np.float32)
    >>> luma = planes.mean_around(planes.mean_around(luma, 7), 7)
    >>> field = lucas_kanade(luma, np.roll(luma, 2, axis=1))
    >>> [round(float(v), 1) + 0.0 for v in np.median(field.flow, axis=(0, 1))]
    [2.0, 0.0]
    """
    if not isinstance(before, Reference):
        settings = settings or FlowSettings()
        before = reference(pyramid(before, settings), settings)
    pictures = after if isinstance(after, tuple) else pyramid(after, before.settings)
    return _descend(before, pictures, start)


def _descend(before: Reference, pictures: tuple[Array, ...], start: Array | None) -> FlowField:
    """From the coarsest level to the finest; u and v are in pixels of the level at hand."""
    settings = before.settings
    scale = before.levels[-1].picture.shape[0] / CROP_PX / 2
    u, v = _planes(start, before.levels[-1].confidence.shape[0], scale)
    for level, picture, turns in zip(
        reversed(before.levels), reversed(pictures), reversed(settings.turns), strict=True
    ):
        side = level.confidence.shape[0]
        u, v = (planes.stretch(plane, side) * np.float32(2) for plane in (u, v))
        for _ in range(turns):
            u, v, error = _turn(level, picture, u, v, settings)
    to_crop = np.float32(CROP_PX / settings.side_px)
    finest = before.levels[0]
    return FlowField(planes.join(u * to_crop, v * to_crop), _trust(finest, error, settings.window))


def _turn(
    level: Level, picture: Array, u: Array, v: Array, settings: FlowSettings
) -> tuple[Array, Array, Array]:
    """One step of Lucas-Kanade and the mean over neighbours; also the differences it started from."""
    grid = u.shape[0]
    error = planes.moved_by(picture, u, v)
    np.subtract(level.picture, error, out=error)
    product = level.gradient_x * error
    sum_x = _window_mean(product, grid, settings.window)
    sum_y = _window_mean(np.multiply(level.gradient_y, error, out=product), grid, settings.window)
    xx, xy, yy = level.inverse
    u, v = u + xx * sum_x + xy * sum_y, v + xy * sum_x + yy * sum_y
    u = planes.mean_around(u * level.confidence, settings.smoothing) * level.share
    v = planes.mean_around(v * level.confidence, settings.smoothing) * level.share
    return u, v, error


def _level(picture: Array, settings: FlowSettings) -> Level:
    """Gradients of a picture and their sums over windows."""
    grid = min(GRID, picture.shape[0] // 2)
    gradient_x, gradient_y = planes.slopes(picture)
    product = gradient_x * gradient_x
    xx = _window_mean(product, grid, settings.window)
    yy = _window_mean(np.multiply(gradient_y, gradient_y, out=product), grid, settings.window)
    xy = _window_mean(np.multiply(gradient_x, gradient_y, out=product), grid, settings.window)
    trace, square = xx + yy, xy * xy
    damping = np.float32(settings.damping * planes.median(trace[::2, ::2]) + NOISE_FLOOR)
    spread = xx - yy
    spread *= spread
    spread += 4 * square
    smaller = np.maximum(trace - np.sqrt(spread, out=spread), 0) / 2
    # A little confidence everywhere: where nothing at all can be seen, the plain mean is taken.
    confidence = smaller / (smaller + damping)
    confidence += np.float32(1e-3)
    xx += damping
    yy += damping
    over: Array = np.reciprocal(xx * yy - square)
    inverse = (yy * over, -xy * over, xx * over)
    share = np.reciprocal(planes.mean_around(confidence, settings.smoothing))
    return Level(picture, gradient_x, gradient_y, inverse, trace, confidence, share)


def _trust(level: Level, error: Array, window: int) -> Array:
    """Confidence, less where the pictures disagree: differences as of a motion by 1 px halve it."""
    left_over = _window_mean(error * error, level.confidence.shape[0], window)
    expected = level.contrast + np.float32(NOISE_FLOOR)
    left_over += expected
    trust: Array = np.minimum(level.confidence, 1)
    trust *= expected
    trust /= left_over
    return trust


def _window_mean(values: Array, grid: int, window: int) -> Array:
    return planes.mean_around(planes.pool(values, grid), window)


def _planes(start: Array | None, side: int, scale: float) -> tuple[Array, Array]:
    """The two planes of a start, times `scale`; zeros where there is none."""
    if start is None:
        return np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    return planes.split(planes.stretch(np.asarray(start, np.float32), side) * np.float32(scale))
