"""The overlay: what is read is drawn where it belongs, what is not is said, and the frame stays as it was."""

import time

import numpy as np
import pytest

from telltale.core.channels import ACTION_UNITS
from telltale.face.view import Pose
from telltale.motion.regions import region_outlines
from telltale.report import overlay_parts as parts
from telltale.report.overlay import LINGER_S, Overlay, OverlayFace
from telltale.report.overlay_panel import LEAST_HEIGHT, WIDTH
from telltale.signs.facs import BY_NUMBER
from telltale.signs.micro_macro import Event, MovedUnit

LEFT: MovedUnit = (12, "left")


def points(width: int, height: int) -> np.ndarray:
    """68 points on an oval and two small circles: enough of a face to draw on."""
    turn = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    face = np.column_stack([np.cos(turn), np.sin(turn)]) * height * 0.25
    face[27], face[33] = (0, -0.08 * height), (0, 0.06 * height)
    face[36], face[45] = (-0.12 * height, -0.08 * height), (0.12 * height, -0.08 * height)
    return np.asarray(face + np.array([width / 2, height / 2]), np.float32)


def face(width: int = 640, height: int = 480, **changes: object) -> OverlayFace:
    p = points(width, height)
    given: dict[str, object] = {
        "name": "0",
        "points68": p,
        "regions": region_outlines(p),
        "intensity": np.zeros((17, 2)),
        "confidence": np.ones(17),
        "pose": Pose(0.1, 0.0, 0.0, np.eye(3, dtype=np.float32), 90.0, p[27]),
        "affect": np.zeros(4),
    }
    return OverlayFace(**(given | changes))  # type: ignore[arg-type]


def grey(width: int = 640, height: int = 480) -> parts.Picture:
    return np.full((height, width, 3), 90, dtype=np.uint8)


def pixels_of(picture: parts.Picture, colour: parts.Colour) -> np.ndarray:
    """Columns of the pixels that are nearly of a colour."""
    near = np.abs(picture.astype(int) - colour).max(axis=-1) < 12
    return np.flatnonzero(near.any(axis=0))


@pytest.mark.parametrize(("width", "height"), [(640, 480), (1280, 720), (320, 240), (1080, 1920), (64, 48)])
def test_any_size_is_drawn_and_the_frame_is_left_alone(width: int, height: int) -> None:
    frame = grey(width, height)
    event = Event(0.0, 0.1, 0.2, (LEFT,), 0.3, 0.9)
    canvas = Overlay(width, height).draw(frame, 0.1, [face(width, height, events=(event,))])
    assert canvas.shape == (max(height, LEAST_HEIGHT), width + WIDTH, 3)
    assert (frame == 90).all()
    assert (canvas[:height, :width] != 90).any()


def test_bars_lie_as_the_face_does() -> None:
    unit = ACTION_UNITS.index(12)
    colour = parts.REGION_COLOURS[BY_NUMBER[12].region]
    middle = 209
    for side, beyond in ((0, True), (1, False)):
        intensity = np.zeros((17, 2))
        intensity[unit, side] = 0.8
        strip = Overlay(640, 480).draw(grey(), 0.0, [face(intensity=intensity)])[:350, 640:]
        columns = pixels_of(strip, colour)
        columns = columns[columns > 140]
        assert len(columns) == pytest.approx(0.8 * 54, abs=2)
        assert ((columns > middle) == beyond).all()


def test_a_region_is_outlined_only_when_its_unit_shows() -> None:
    intensity = np.zeros((17, 2))
    at_rest = Overlay(640, 480).draw(grey(), 0.0, [face(intensity=intensity)])[:, :640]
    intensity[ACTION_UNITS.index(12)] = 0.5
    smiling = Overlay(640, 480).draw(grey(), 0.0, [face(intensity=intensity)])[:, :640]
    rows, columns = np.nonzero((smiling != at_rest).any(axis=2))
    outline = face().regions[ACTION_UNITS.index(12)]
    assert (columns.min(), rows.min()) == pytest.approx(outline.min(axis=0), abs=2)
    assert (columns.max(), rows.max()) == pytest.approx(outline.max(axis=0), abs=2)


def test_only_the_strongest_units_are_outlined() -> None:
    few, many = np.zeros((17, 2)), np.full((17, 2), 0.2)
    for unit in (4, 9, 12):
        few[ACTION_UNITS.index(unit)] = many[ACTION_UNITS.index(unit)] = 0.5
    one, other = (Overlay(640, 480).draw(grey(), 0.0, [face(intensity=i)])[:, :640] for i in (few, many))
    np.testing.assert_array_equal(one, other)


def test_an_event_fades_and_goes() -> None:
    event = Event(1.0, 1.05, 1.1, (LEFT,), 0.3, 0.9)
    overlay = Overlay(640, 480)

    def darkened(time_s: float) -> float:
        with_it = overlay.draw(grey(), time_s, [face(events=(event,))])[430:470, 10:250]
        without = overlay.draw(grey(), time_s, [face()])[430:470, 10:250]
        return float(np.abs(with_it.astype(int) - without).mean())

    before, during, after, gone = (darkened(t) for t in (0.9, 1.05, 1.1 + 0.8 * LINGER_S, 1.2 + LINGER_S))
    assert before == gone == 0
    assert during > after > 0


def test_unread_is_said_and_nothing_is_drawn_for_it() -> None:
    overlay = Overlay(640, 480)
    canvas = overlay.draw(grey(), 0.0, (), unread="too dark to read")
    assert len(pixels_of(canvas[400:, :640], parts.ALERT)) >= 5
    for colour in parts.REGION_COLOURS.values():
        columns = pixels_of(canvas[46:340, 640:], colour)
        assert (columns < 60).all()  # the units' numbers only


def test_one_hidden_unit_says_so() -> None:
    hidden = np.zeros((17, 2))
    hidden[3] = np.nan
    seen = Overlay(640, 480).draw(grey(), 0.0, [face()])
    differ = (Overlay(640, 480).draw(grey(), 0.0, [face(intensity=hidden)]) != seen).any(axis=(1, 2))
    rows = np.flatnonzero(differ)
    assert 46 < rows.min() < rows.max() < 46 + 4.5 * 18


def test_a_face_out_of_the_picture_does_no_harm() -> None:
    away = points(640, 480) + np.float32(5000)
    Overlay(640, 480).draw(grey(), 0.0, [face(points68=away, regions=region_outlines(away))])


def test_a_frame_costs_no_more_than_two_sorts_of_its_pixels() -> None:
    overlay, frame = Overlay(640, 480), grey()
    shown = face(intensity=np.full((17, 2), 0.3))
    ratios = []
    for k in range(40):
        start = time.thread_time()
        overlay.draw(frame, k / 30, [shown])
        drawn = time.thread_time()
        np.sort(frame, axis=1)
        ratios.append((drawn - start) / (time.thread_time() - drawn))
    # 1.0 to 1.2: 3 to 6 ms on one core; twice that is a fault.
    assert np.median(ratios) < 2
