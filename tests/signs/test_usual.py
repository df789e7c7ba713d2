"""How a head is usually held: a posture that is kept is no expression, a moment of one is no posture."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.host.heldout_readings import heldout_clips
from tests.signs.faces import face_of, then, unread

from telltale.core import channels
from telltale.core.signal import Signal, Values
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding_settings import load_settings
from telltale.signs.coding_units import TOLD, read_units
from telltale.signs.usual import Usual, postures, windows

CODER = PrototypeCoder()
READ = load_settings().reading
HELD_OUT = Path(__file__).parents[1] / "data" / "expressions" / "heldout.npz"
PITCH, GAZE = channels.INDEX["pitch"], channels.INDEX["gaze_y"]


def reading_comments(still: Values, minutes: int = 10) -> tuple[Signal, npt.NDArray[np.bool_]]:
    """Rows of a face at rest, over and over, looking down for 40 s of each minute; and where it does."""
    values = np.resize(still, (600 * minutes, channels.COUNT))
    times_s = (np.arange(len(values)) + 1) / channels.RATE_HZ
    down = times_s % 60 >= 20
    values[down, PITCH] -= 0.3
    values[down, GAZE] -= 0.15
    return Signal(times_s, values), down


def told(signal: Signal, number: int) -> npt.NDArray[np.float32]:
    return read_units(signal, READ).values[:, TOLD.index(number)]


@pytest.mark.parametrize("clip", range(4))
def test_who_reads_comments_is_at_rest_looking_down_and_up(clip: int) -> None:
    """Rendered faces at rest; that they look down is made up, their readings are not."""
    face = heldout_clips(HELD_OUT)[clip]
    at_rest = face.at_rest & ~face.speaking & face.read.valid
    signal, down = reading_comments(face.read.values[at_rest])
    rest = CODER.code(signal).rest
    before = np.median(signal.channel("pitch")[:600])  # the usual of a minute, were it a median
    assert (signal.channel("pitch")[~down] - before > 0.5 * READ.nod_rad).mean() > 0.9
    for rows in (down, ~down):
        assert (rest[rows] >= 0.5).mean() > 0.85
    assert max(told(signal, number).mean() for number in (53, 54)) < 0.1


def test_a_head_that_goes_down_for_a_moment_goes_down_in_either_posture() -> None:
    down = then(face_of(300), face_of(400, pitch=-0.3), face_of(300), face_of(400, pitch=-0.3))
    assert max(told(down, number).max() for number in (53, 54)) == pytest.approx(0, abs=0.01)
    down.values[100:120, PITCH] -= 0.3
    down.values[500:520, PITCH] -= 0.3
    lowered = told(down, 54)
    assert lowered[105:115].min() > 0.8
    assert lowered[505:515].min() > 0.8
    assert np.delete(lowered, [*range(100, 120), *range(500, 520)]).max() < 0.05


def test_what_is_kept_too_seldom_is_no_posture() -> None:
    bent = then(face_of(1200), face_of(100, pitch=-0.3), face_of(1200))
    assert told(bent, 54)[1210:1290].min() > 0.8


def test_a_drifting_head_has_one_posture() -> None:
    rng = np.random.default_rng(4)
    wide = rng.normal(0.1, 0.08, 3000)
    assert postures(wide) == pytest.approx([float(np.median(wide))])
    two = np.concatenate([wide, rng.normal(-0.4, 0.05, 1000)])
    assert postures(two) == pytest.approx([-0.4, 0.1], abs=0.02)
    assert not len(postures(np.zeros(0)))


@pytest.mark.parametrize(("first", "count"), [(0, 7), (0, 4000), (250, 300), (3599, 2), (0, 0)])
def test_every_row_has_one_step_and_a_window_around_it(first: int, count: int) -> None:
    times_s = (first + np.arange(count) + 1) / channels.RATE_HZ
    found = windows(times_s, 300.0)
    assert [row for step, _ in found for row in range(step.start, step.stop)] == list(range(count))
    for step, rows in found:
        assert rows.start <= step.start <= step.stop <= rows.stop
        assert rows.stop - rows.start >= min(count, 2990)


def test_what_was_not_read_neither_votes_nor_has_a_usual() -> None:
    gap = then(face_of(100, pitch=0.2), unread(50), face_of(100, pitch=0.2))
    above = Usual(gap, READ.usual_s).above("pitch")
    assert np.isnan(above).tolist() == [False] * 100 + [True] * 50 + [False] * 100
    assert np.nanmax(np.abs(above)) == pytest.approx(0, abs=1e-6)
    assert np.isnan(Usual(unread(40), READ.usual_s).above("yaw")).all()
