"""Rolling windows: what a service tells is what the whole model tells, whatever way the rows take."""

from __future__ import annotations

import numpy as np
import pytest
from tests.live.faces import face_rows, message

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Signal, Values
from telltale.intent.default_model import FOLDER
from telltale.intent.recording import predict_recording
from telltale.intent.saved import SavedModel
from telltale.intent.stream import open_stream
from telltale.live.frames import Rows
from telltale.live.rolling import Rolled, Rolling, Told


def rolling(capacity: int = 4) -> Rolling:
    return Rolling(open_stream(FOLDER, capacity))


def turns(here: Rolling, now_s: float) -> list[Told]:
    """All that is due."""
    told: list[Told] = []
    while (turn := here.take_turn()) is not None:
        told += here.tell(turn, here.run(turn), now_s)
    return told


def send(
    here: Rolling, viewer: Rolled, values: Values, first: int, now_s: float, count: int = 10
) -> list[Told]:
    here.add(viewer, message(values, first, count), now_s)
    return turns(here, now_s)


def offline(values: Values) -> dict[int, float]:
    """What the model says of the whole recording, by second."""
    told = predict_recording(SavedModel(FOLDER), Signal(np.arange(1, len(values) + 1) / 10, values))
    return dict(zip(np.rint(told.times_s).astype(int).tolist(), told.probability.tolist(), strict=True))


def assert_as_offline(told: list[Told], values: Values) -> None:
    whole = offline(values)
    assert [one.second for one in told] == list(range(1, len(values) // 10 + 1))
    for one in told:
        assert one.probability == pytest.approx(whole[one.second], abs=1e-5, nan_ok=True)


def test_what_is_told_each_second_is_what_the_whole_model_tells() -> None:
    here, values = rolling(), face_rows(40)
    viewer = here.enter("s1")
    told = [one for k in range(40) for one in send(here, viewer, values, 10 * k + 1, 100.0 + k + 1)]
    assert_as_offline(told, values)
    assert all(one.fresh for one in told)
    assert viewer.rows_new == 400


def test_rows_that_come_twice_or_out_of_order_change_nothing() -> None:
    here, values = rolling(), face_rows(12)
    viewer = here.enter("s1")
    told = []
    for k in range(12):
        for half in (5, 0, 5):
            told += send(here, viewer, values, 10 * k + half + 1, 101.0 + k, count=5)
    assert_as_offline(told, values)
    assert viewer.rows_again == 12 * 5


def test_a_row_that_never_comes_is_waited_for_half_a_second_and_then_unread() -> None:
    here, values = rolling(), face_rows(3)
    viewer = here.enter("s1")
    assert len(send(here, viewer, values, 1, 101.0)) == 1
    assert not send(here, viewer, values, 11, 102.0, count=9)
    here.pass_time_for_all(102.4)
    assert here.take_turn() is None
    here.pass_time_for_all(102.7)
    (told,) = turns(here, 102.7)
    assert told.second == 2
    assert np.isnan(told.block[9, :-1]).all()
    assert told.viewer.read[-1] == pytest.approx(0.9)


def test_rows_that_waited_while_the_service_stood_still_are_taken() -> None:
    here, values = rolling(), face_rows(6)
    viewer = here.enter("s1")
    told = send(here, viewer, values, 1, 101.0)
    for k in range(1, 6):
        here.add(viewer, message(values, 10 * k + 1), 106.0)
    told += turns(here, 106.0)
    assert_as_offline(told, values)
    assert viewer.rows_again == 0


def test_who_was_away_goes_on_where_it_was() -> None:
    here, values = rolling(), face_rows(40)
    viewer = here.enter("s1")
    told = [one for k in range(20) for one in send(here, viewer, values, 10 * k + 1, 100.0 + k + 1)]
    viewer.present = False
    here.pass_time_for_all(150.0)
    assert here.take_turn() is None
    # Thirty seconds later the device is back, and sends again what was under way.
    viewer.present = True
    viewer.clock.forget()
    told += send(here, viewer, values, 151, 140.0, count=250)
    assert_as_offline(told, values)
    stale = [one.second for one in told if not one.fresh]
    assert stale == list(range(21, 38))


def test_another_service_begins_from_what_the_device_kept() -> None:
    values = face_rows(100)
    here = rolling()
    viewer = here.enter("s1", first_second=100 - 56)
    told = send(here, viewer, values, 441, 500.0, count=560)
    assert [one.second for one in told] == list(range(45, 101))
    assert told[-1].probability == pytest.approx(offline(values)[100], abs=1e-5)


def test_after_a_long_gap_a_window_begins_anew() -> None:
    here, values = rolling(1), face_rows(200)
    viewer = here.enter("s1")
    send(here, viewer, values, 1, 101.0)
    told = send(here, viewer, values, 1001, 201.0)
    assert [one.second for one in told] == [101]
    assert told[0].viewer.read == pytest.approx([1.0])
    assert here.viewers == 1


def test_who_leaves_while_the_model_runs_is_told_nothing_and_harms_nobody() -> None:
    here, values = rolling(2), face_rows(5)
    first, other = here.enter("s1"), here.enter("s2")
    for viewer in (first, other):
        here.add(viewer, message(values, 1), 101.0)
    turn = here.take_turn()
    assert turn is not None
    here.leave("s1")
    told = here.tell(turn, here.run(turn), 101.0)
    assert [one.viewer.session for one in told] == ["s2"]
    with pytest.raises(FormatError, match="places are taken"):
        here.enter("s3")
    assert here.take_turn() is None
    assert here.enter("s3").place == first.place


def test_a_clock_that_lies_is_refused() -> None:
    here, values = rolling(), face_rows(30)
    viewer = here.enter("s1")
    send(here, viewer, values, 1, 101.0)
    with pytest.raises(FormatError, match="before its time"):
        here.add(viewer, message(values, 201), 102.0)
    assert send(here, viewer, values, 11, 102.0)[0].second == 2


def test_why_is_told_in_units_and_seconds() -> None:
    here, values = rolling(), np.zeros((30, 128), np.float32)
    values[:, -1] = 1.0
    values[15, channels.INDEX["au12_energy_left"]] = 0.4
    viewer = here.enter("s1")
    for k in range(3):
        send(here, viewer, values, 10 * k + 1, 101.0 + k)
    (told,) = here.reasons([viewer])
    assert [(reason.unit, reason.seconds_ago) for reason in told] in ([(12, 1)], [])
    # What the units add, and the average, make up the whole.
    odds = here._stream.unit_log_odds([viewer.place])
    assert odds is not None
    assert odds.shape == (1, 17)


def test_each_second_is_timed_from_the_message_that_closed_it() -> None:
    here, values = rolling(), face_rows(6)
    viewer = here.enter("s1")
    for k in range(3):
        here.add(viewer, message(values, 10 * k + 1, 10), 101.0 + k)
    # What is caught up with beside the newest second was late before it came.
    here.add(viewer, message(values, 31, 20), 105.0)
    # Of the last second a row never comes, so no message closes it.
    here.add(viewer, message(values, 51, 9), 106.0)
    here.pass_time_for_all(107.0)
    closed_at_s = [one.closed_at_s for one in turns(here, 108.0)]
    assert closed_at_s == pytest.approx([101.0, 102.0, 103.0, np.nan, 105.0, np.nan], nan_ok=True)


def test_the_first_rows_are_no_further_than_their_hello_says() -> None:
    here, values = rolling(), face_rows(1)
    viewer = here.enter("s1", 60, began_s=40.0)
    # An hour goes by before the camera is on.
    for now_s, wrong, right in ((100.0, 1300, 601), (3700.0, 37_300, 36_591)):
        with pytest.raises(FormatError, match="before its time"):
            here.add(viewer, message_at(values, wrong), now_s)
        assert here.add(here.enter(f"at {now_s}", began_s=40.0), message_at(values, right), now_s) == 10


def message_at(values: Values, first: int) -> Rows:
    return Rows(first, first / 10, values)
