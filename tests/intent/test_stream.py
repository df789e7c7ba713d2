"""Row by row is the offline network, whatever gaps, orders and neighbours there are."""

from pathlib import Path

import numpy as np
import pytest
from tests.intent.moments import TINY, moments

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import unread_rows
from telltale.intent.arrivals import Arrivals
from telltale.intent.evidence import face_evidence
from telltale.intent.live_scores import score_rows
from telltale.intent.registry import NETWORKS, make_model
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.stream import open_stream

SECONDS = 70


@pytest.fixture(
    scope="module", params=[("tcn-stream", {}), ("tcn-stream", {"kernel": 2}), ("seconds", {}), ("acts", {})]
)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind, settings = request.param
    model = make_model(kind, **(TINY | settings if kind in NETWORKS else settings)).fit(moments())
    out = tmp_path_factory.mktemp("stream") / "model"
    save_model(model, out, about_model(model, 1 / 3, {}), "# card\n")
    return out


def recordings(count: int, seed: int = 0) -> np.ndarray:
    """Random rows with gaps. Shape (count, SECONDS * 10, 128)."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 0.3, (count, SECONDS * 10, channels.COUNT)).astype(np.float32)
    values[..., channels.VALID] = 1.0
    for viewer in values:
        for _ in range(4):
            start = int(rng.integers(0, SECONDS * 10 - 30))
            viewer[start : start + int(rng.integers(1, 30))] = unread_rows(1)
    return values


def offline(folder: Path, values: np.ndarray, second: int) -> np.ndarray:
    """What the whole network says at the end of a second, nothing read before the first."""
    before = np.broadcast_to(unread_rows(552), (len(values), 552, channels.COUNT))
    rows = np.concatenate([before, values[:, : second * 10]], axis=1)[:, -552:]
    return SavedModel(folder).predict_proba(face_evidence(rows))[:, 1]


def test_the_stream_says_what_the_offline_network_says(folder: Path) -> None:
    values = recordings(5)
    stream = open_stream(folder, 8)
    places = [stream.enter() for _ in values]
    for second in range(1, SECONDS + 1):
        told = stream.step(places, values[:, (second - 1) * 10 : second * 10])
        if second in (1, 2, 29, 30, 31, 55, 70):
            np.testing.assert_allclose(told, offline(folder, values, second), atol=1e-5)


def test_viewers_do_not_touch_each_other_and_places_are_used_again(folder: Path) -> None:
    values = recordings(4)
    stream = open_stream(folder, 3)
    first = [stream.enter() for _ in range(3)]
    with pytest.raises(FormatError, match="all 3 places"):
        stream.enter()
    for second in range(40):
        stream.step(first, values[:3, second * 10 : second * 10 + 10])
    stream.leave(first[1])
    again = stream.enter()
    assert (again, stream.viewers) == (first[1], 3)
    for second in range(33):
        # In another order than their places, one of them new.
        told = stream.step(
            [first[2], again],
            np.stack([values[2, (40 + second) * 10 % 700 :][:10], values[3, second * 10 : second * 10 + 10]])
            if second < 30
            else np.stack([values[2, :10], values[3, second * 10 : second * 10 + 10]]),
        )
    np.testing.assert_allclose(told[1], offline(folder, values[3:4], 33)[0], atol=1e-5)


def test_rows_in_any_order_and_twice_give_the_same_and_late_ones_are_unread(folder: Path) -> None:
    (values,) = recordings(1, seed=3)
    rng = np.random.default_rng(4)
    times_s = (np.arange(SECONDS * 10) + 1) / 10
    delay_s = rng.uniform(0, 0.49, len(times_s))
    late = rng.random(len(times_s)) < 0.05
    delay_s[late] = 2.0
    arrives_s = times_s + delay_s
    order = np.argsort(arrives_s)
    stream, arrivals = open_stream(folder, 1), Arrivals()
    place = stream.enter()
    told = {}
    for row in order:
        for second, block in arrivals.take(arrives_s[row]):
            told[second] = stream.step([place], block[None])[0]
        arrivals.add(times_s[[row, row]], values[[row, row]])
    known = values.copy()
    # A second is given out half a second after its end: early rows of a second may take longer.
    ends_s = np.ceil(times_s - 1e-9)
    known[arrives_s > ends_s + 0.5] = unread_rows(1)
    for second in (31, 60, max(told)):
        assert told[second] == pytest.approx(offline(folder, known[None], second)[0], abs=1e-5)
    assert arrivals.too_late > 10


def test_whole_sessions_are_told_as_the_stream_tells_them(folder: Path) -> None:
    values = recordings(2, seed=9)
    told = score_rows(SavedModel(folder), list(values))
    stream = open_stream(folder, 2)
    places = [stream.enter(), stream.enter()]
    for second in range(SECONDS):
        now = stream.step(places, values[:, second * 10 : second * 10 + 10])
        assert [one[second] for one in told] == pytest.approx(list(now), abs=1e-6)


def test_a_place_is_left_once(folder: Path) -> None:
    stream = open_stream(folder, 2)
    place = stream.enter()
    stream.leave(place)
    with pytest.raises(FormatError, match="nobody has place"):
        stream.leave(place)


def test_what_cannot_be_streamed_is_told(tmp_path: Path) -> None:
    model = make_model("tcn-attention", **TINY, depth=2).fit(moments())
    save_model(model, tmp_path / "m", about_model(model, 0.3, {}), "# card\n")
    with pytest.raises(FormatError, match="cannot run row by row"):
        open_stream(tmp_path / "m", 1)


def test_rows_of_another_shape_are_refused(folder: Path) -> None:
    stream = open_stream(folder, 2)
    with pytest.raises(FormatError, match=r"\(1, 10, 128\)"):
        stream.step([stream.enter()], np.zeros((1, 10, 127), np.float32))
