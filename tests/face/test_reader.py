"""Reading faces frame by frame: following, finding again, leave to read, nothing invented."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from tests.face import rendered

from telltale.core.stages import StageTimer
from telltale.face import track
from telltale.face.detection import Detection
from telltale.face.reader import FaceReader
from telltale.face.view import FaceView
from telltale.media.frame import Frame, Picture

Shown = dict[str, tuple[int, int]]


def _read(reader: FaceReader, frames: range, shown: Callable[[int], Shown]) -> list[list[FaceView]]:
    return [reader.step(rendered.frame(index, shown(index))) for index in frames]


class _Counting:
    """The real detector, counting how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def detect(self, rgb: Picture) -> list[Detection]:
        self.times += 1
        return rendered.detector().detect(rgb)


def test_a_moving_face_is_followed_and_rarely_detected() -> None:
    counting = _Counting()
    reader = FaceReader(counting, rendered.face_mesh(), rendered.iris_model())
    views = _read(reader, range(45), lambda i: {"front": (40 + 5 * i, 60 + i)})
    assert [len(seen) for seen in views] == [1] * 45
    assert {seen[0].track for seen in views} == {"0"}
    assert counting.times == 2
    # From the fifth frame on the landmarks' square lags behind the moving face evenly.
    first, last = views[4][0], views[-1][0]
    assert (last.index, last.time_s) == (44, 44 / 30)
    np.testing.assert_allclose((last.points68 - first.points68).mean(axis=0), np.array([200, 40]), atol=0.7)
    true = rendered.true_points("front") + np.array([40 + 220, 60 + 44])
    eyes = np.linalg.norm(true[36] - true[45])
    assert np.linalg.norm(last.points68 - true, axis=1).mean() / eyes < 0.04


def test_a_view_is_whole() -> None:
    (view,) = rendered.reader().step(rendered.frame(0, {"front": (150, 100)}))
    assert view.mesh.shape == (468, 3)
    assert view.points68.shape == (68, 2)
    assert view.luma.shape == (224, 224)
    assert view.luma.dtype == np.float32
    assert view.seen.shape == (17,)
    assert view.still.shape == (17, 2)
    assert np.isfinite(view.gaze).all()
    assert view.presence > 0.9


def test_a_black_frame_and_a_turned_away_face_give_no_view() -> None:
    reader = rendered.reader()
    assert len(reader.step(rendered.frame(0, {"front": (150, 100)}))) == 1
    assert reader.step(Frame(1, 1 / 30, np.zeros((480, 640, 3), dtype=np.uint8))) == []
    assert reader.step(rendered.frame(2, {"away": (150, 100)})) == []
    assert rendered.reader().step(rendered.frame(0, {"away": (150, 100)})) == []


def test_a_face_of_a_frame_lost_keeps_its_name() -> None:
    reader = rendered.reader()
    views = _read(reader, range(6), lambda i: {} if i in (2, 3) else {"front": (150, 100)})
    assert [[view.track for view in seen] for seen in views] == [["0"], ["0"], [], [], ["0"], ["0"]]


def test_who_comes_back_gets_the_old_name_and_another_a_new_one() -> None:
    reader = rendered.reader()

    def shown(i: int) -> Shown:
        if i < 12:
            return {"front" if i % 2 else "smile": (60, 100)}
        if 30 <= i < 42:
            return {"other": (60, 100)}
        if i >= 60:
            return {"front" if i % 2 else "smile": (280, 120)}
        return {}

    views = _read(reader, range(72), shown)
    assert {view.track for seen in views[:12] for view in seen} == {"0"}
    assert {view.track for seen in views[30:42] for view in seen} == {"1"}
    assert {view.track for seen in views[60:] for view in seen} == {"0"}
    # A face that may have come back is looked at before it is named.
    assert not any(views[30:35])
    assert views[41]
    assert views[71]


def test_two_faces_keep_their_names_and_never_become_one() -> None:
    reader = rendered.reader()
    views = _read(reader, range(20), lambda i: {"front": (10, 100), "other": (340 - i, 90)})
    for seen in views:
        assert sorted(view.track for view in seen) == ["0", "1"]
    places = {view.track: view.mesh[:, 0].mean() for view in views[0]}
    for view in views[-1]:
        assert abs(view.mesh[:, 0].mean() - places[view.track]) < 40
    # One face covers the other: one is lost, none is read twice.
    covered = reader.step(rendered.frame(20, {"other": (12, 100), "front": (10, 100)}))
    assert len(covered) == 1


def test_a_face_that_may_not_be_read_is_followed_but_never_landmarked() -> None:
    asked: list[str] = []

    def may(name: str) -> bool:
        asked.append(name)
        return False

    timer = StageTimer()
    reader = rendered.reader(may=may, timer=timer)
    views = _read(reader, range(10), lambda i: {"front": (150 + i, 100)})
    assert not any(views)
    assert reader.followed == ("0",)
    assert set(asked) == {"0"}
    assert set(timer.calls) == {"detect"}


def test_leave_can_be_given_and_taken_back() -> None:
    allowed = {"now": False}
    reader = rendered.reader(may=lambda _: allowed["now"])
    assert reader.step(rendered.frame(0, {"front": (150, 100)})) == []
    allowed["now"] = True
    given = _read(reader, range(1, 8), lambda _: {"front": (150, 100)})
    assert [view.track for view in given[-1]] == ["0"]
    allowed["now"] = False
    assert reader.step(rendered.frame(8, {"front": (150, 100)})) == []
    assert reader.followed == ("0",)


def test_one_of_two_may_be_read() -> None:
    reader = rendered.reader(may=lambda name: name == "1")
    views = _read(reader, range(8), lambda _: {"front": (10, 100), "other": (340, 90)})
    assert [[view.track for view in seen] for seen in views] == [["1"]] * 8
    assert sorted(reader.followed) == ["0", "1"]


def test_pictures_too_small_for_a_face_give_none() -> None:
    reader = rendered.reader()
    for index, side in enumerate((1, 2, 16)):
        assert reader.step(Frame(index, index / 30, np.full((side, side, 3), 90, dtype=np.uint8))) == []


def test_a_still_face_reads_as_still() -> None:
    reader = rendered.reader()
    views = _read(reader, range(12), lambda _: {"front": (150, 100)})
    late = np.stack([seen[0].points68 for seen in views[4:]])
    assert np.ptp(late, axis=0).max() < 0.15


def _cut_at(frame: int, gap: int = 0) -> Callable[[int], Shown]:
    """One face, then at once or after a gap another in its place."""

    def shown(i: int) -> Shown:
        if i < frame:
            return {"front": (150, 100)}
        return {"other": (150, 100)} if i >= frame + gap else {}

    return shown


@pytest.mark.parametrize("gap", [0, 8])
def test_another_face_in_the_same_place_is_nobody_s_name(gap: int) -> None:
    views = _read(rendered.reader(), range(50), _cut_at(20, gap))
    assert {view.track for seen in views[:20] for view in seen} == {"0"}
    assert {view.track for seen in views[20:] for view in seen} == {"1"}


@pytest.mark.parametrize("gap", [0, 8])
def test_leave_to_read_one_face_is_no_leave_to_read_the_next(gap: int) -> None:
    views = _read(rendered.reader(may=lambda name: name == "0"), range(50), _cut_at(20, gap))
    assert [len(seen) for seen in views] == [1] * 20 + [0] * 30


def test_a_cut_away_and_back_keeps_the_name() -> None:
    reader = rendered.reader()
    views = _read(reader, range(90), lambda i: {"other" if 30 <= i < 45 else "front": (150, 100)})
    assert {view.track for seen in views[60:] for view in seen} == {"0"}


def test_a_cut_is_a_cut_however_like_the_faces_are(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where a face was merely away for a moment, more difference is allowed: not so where there was a cut.
    monkeypatch.setattr(track, "_BACK", 10.0)
    views = _read(rendered.reader(), range(50), _cut_at(20))
    assert {view.track for seen in views[20:] for view in seen} == {"1"}


def _quick(name: str) -> list[Picture]:
    """Six rendered frames, 1/15 s apart, of a face that shows something all of a sudden."""
    pictures = []
    for path in sorted((rendered.FOLDER.parent / "quick").glob(f"{name}*.jpg")):
        bgr = cv2.imread(str(path))
        assert bgr is not None
        pictures.append(np.ascontiguousarray(bgr[..., ::-1]).astype(np.uint8))
    assert len(pictures) == 6
    return pictures


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_quick_expression_at_15_frames_a_second_is_no_cut(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [Frame(i, i / 15, rgb) for i, rgb in enumerate(_quick(name))]
    reader = rendered.reader()
    names = [[view.track for view in reader.step(frame)] for frame in frames]
    assert names == [["0"]] * len(frames)
    # Its glimpses alone would say so: the second look is what keeps the name.
    monkeypatch.setattr("telltale.face.reader.goes_on", lambda *_: False)
    reader = rendered.reader()
    alone = [[view.track for view in reader.step(frame)] for frame in frames]
    assert alone != names


def test_another_face_in_the_next_frame_is_a_cut_at_15_frames_a_second_too() -> None:
    reader = rendered.reader()
    pictures = [*_quick("a")[:3], *[_quick("b")[0]] * 16]
    names = [[view.track for view in reader.step(Frame(i, i / 15, rgb))] for i, rgb in enumerate(pictures)]
    assert names[:3] == [["0"]] * 3
    assert names[-1] == ["1"]
    assert ["0"] not in names[3:]
