"""A real photograph, panned and zoomed into a video: a still face reads as still."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from telltale.core import channels
from telltale.media.write import VideoWriter
from telltale.perceive.session import Reading, read

RATE_HZ = 30
SECONDS = 8


def _view(index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The photograph as a camera that moves slowly would see it, 640 x 480."""
    photograph = data.astronaut()  # type: ignore[no-untyped-call]
    t = index / RATE_HZ
    zoom = 1.75 + 0.2 * np.sin(2 * np.pi * t / 7)
    turn = 0.04 * np.sin(2 * np.pi * t / 5)
    x, y = 225 + 12 * np.sin(2 * np.pi * t / 6), 130 + 8 * np.cos(2 * np.pi * t / 4)
    c, s = zoom * np.cos(turn), zoom * np.sin(turn)
    to_view = np.array([[c, -s, 320 - c * x + s * y], [s, c, 240 - s * x - c * y]])
    seen = cv2.warpAffine(photograph, to_view, (640, 480), flags=cv2.INTER_CUBIC)
    return np.asarray(seen, np.uint8)


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    path: Path = tmp_path_factory.mktemp("still") / "still.mp4"
    with VideoWriter(path, width_px=640, height_px=480, rate_hz=RATE_HZ, bitrate_bps=1_200_000) as writer:
        for index in range(RATE_HZ * SECONDS):
            writer.add(_view(index), index / RATE_HZ)
    return read(path)


def test_the_face_of_a_photograph_is_read(reading: Reading) -> None:
    assert list(reading.signals) == ["0"]
    assert reading.signal.valid.mean() > 0.98


def test_no_unit_of_a_still_face_moves(reading: Reading) -> None:
    values = reading.signal.values[reading.signal.valid]
    # The first second is when the neutral is found.
    settled = values[10:]
    for side in ("left", "right"):
        intensity = settled[:, channels.unit_channels(f"intensity_{side}")]
        moved = dict(zip(channels.ACTION_UNITS, np.ptp(intensity, axis=0).round(3), strict=True))
        assert np.ptp(intensity, axis=0).max() <= 0.1, moved


def test_a_still_face_has_no_micro_expressions(reading: Reading) -> None:
    assert [event for event in reading.events["0"] if event.kind == "micro"] == []
