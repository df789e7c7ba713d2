"""From a decoded picture to an upright RGB picture of 8 bits, in its right colours and of bounded size."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from telltale.media.frame import Picture, SourceCounts
from telltale.media.source import note_once

MAX_SIDE_PX = 1920
"""The longer side of the pictures handed out: a face in 8K has more pixels than any part of ours can use."""

UNSPECIFIED_COLOURS = 2
HDR_CURVES = {16, 18}
"""Transfer characteristics of PQ and HLG, as ISO/IEC 23091-2 numbers them."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How a picture is brought upright: first transposed, then mirrored."""

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    def apply(self, picture: Picture) -> Picture:
        """
        >>> picture = np.arange(6, dtype=np.uint8).reshape(2, 3, 1).repeat(3, axis=2)
        >>> Turn(transpose=True, mirror_x=True).apply(picture)[:, :, 0].tolist()
        [[3, 0], [4, 1], [5, 2]]
        """
        if self.transpose:
            picture = _bytes(cv2.transpose(picture))
        if self.mirror_x or self.mirror_y:
            axis = -1 if self.mirror_x and self.mirror_y else 1 if self.mirror_x else 0
            picture = _bytes(cv2.flip(picture, axis))
        return picture


UPRIGHT = Turn()


def turn_of(frame: VideoFrame) -> Turn:
    """What the recording's display matrix asks for, to the nearest quarter turn."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(data, SideData):
        return UPRIGHT
    return turn_of_matrix(np.frombuffer(bytes(data), np.int32).tolist())


def turn_of_matrix(matrix: list[int]) -> Turn:
    """Nine numbers a b u c d v x y w: a point (x, y) is shown at (a x + c y, b x + d y), y pointing down.

    >>> turn_of_matrix([0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30])
    Turn(transpose=True, mirror_x=True, mirror_y=False)
    """
    a, b, _, c, d = matrix[:5]
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Turn(True, c < 0, b < 0)
    return Turn(False, a < 0, d < 0)


class PictureMaker:
    """Makes the pictures of one source, all of one size.

    The size is that of the first picture, with square pixels, made smaller where its longer side exceeds
    `max_side_px`. Where a recording changes its size midway the later pictures are fitted into the first's.
    """

    def __init__(
        self,
        counts: SourceCounts,
        *,
        max_side_px: int | None = MAX_SIDE_PX,
        pixel_aspect: Fraction | None = None,
    ) -> None:
        self._counts = counts
        self._max_side_px = max_side_px
        self._aspect = float(pixel_aspect) if pixel_aspect else 1.0
        self._reformatter = VideoReformatter()
        self._size: tuple[int, int] | None = None

    def picture(self, frame: VideoFrame) -> Picture:
        """Shape (H, W, 3), RGB, upright."""
        turn = turn_of(frame)
        width_px, height_px = self._fitting_size(frame, turn)
        if frame.color_trc in HDR_CURVES:
            note_once(self._counts, "high dynamic range: brightness is taken as it is, without tone mapping")
        rgb = self._reformatter.reformat(
            frame,
            width=width_px,
            height=height_px,
            format="rgb24",
            src_colorspace=_colours(frame),
            interpolation=_interpolation(frame, width_px),
            threads=1,  # more threads would take a core that another part counts on
        ).to_ndarray()
        return self._framed(turn.apply(_bytes(rgb)))

    def _fitting_size(self, frame: VideoFrame, turn: Turn) -> tuple[int, int]:
        """Width and height, before it is brought upright, of the picture to make."""
        width, height = frame.width * max(self._aspect, 1.0), frame.height / min(self._aspect, 1.0)
        if self._size is None:
            longer = max(width, height)
            limit = self._max_side_px or longer
            if longer > limit:
                note_once(
                    self._counts,
                    f"pictures of {frame.width} x {frame.height} made smaller: longer side {limit} px",
                )
            if self._aspect != 1.0:
                note_once(self._counts, f"pixels are not square ({self._aspect:.3f}); pictures stretched")
            scale = min(1.0, limit / longer)
        else:
            box = self._size[::-1] if turn.transpose else self._size
            scale = min(box[0] / width, box[1] / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if self._size is None:
            self._size = size[::-1] if turn.transpose else size
        return size

    def _framed(self, picture: Picture) -> Picture:
        """The picture itself, or centred on black where it does not have the first one's shape."""
        assert self._size is not None
        width, height = self._size
        if picture.shape[:2] == (height, width):
            return picture
        note_once(self._counts, "the size changes on the way; later pictures are fitted into the first's")
        whole = np.zeros((height, width, 3), np.uint8)
        top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
        whole[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
        return whole


def _colours(frame: VideoFrame) -> int | None:
    """Where a recording does not say, do as players do: BT.709 for high definition, BT.601 below."""
    if frame.colorspace != UNSPECIFIED_COLOURS or frame.format.is_rgb:
        return None
    is_high = frame.width >= 1280 or frame.height > 576
    return Colorspace.ITU709 if is_high else Colorspace.ITU601


def _interpolation(frame: VideoFrame, width_px: int) -> Interpolation:
    # Bilinear would skip pixels when a picture becomes much smaller, and fine texture would flicker.
    return Interpolation.AREA if width_px < frame.width else Interpolation.BILINEAR


def _bytes(picture: object) -> Picture:
    return np.ascontiguousarray(picture, dtype=np.uint8)
