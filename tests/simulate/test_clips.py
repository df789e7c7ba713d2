"""How a clip is filmed: the camera, what hides a face, video and truth files, a clip from end to end."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.simulate.test_render import rig

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import ConfigError, FormatError
from telltale.simulate.acting_curves import Bump
from telltale.simulate.acting_events import Event
from telltale.simulate.acting_speech import SpeechSettings
from telltale.simulate.clip_background import draw_background
from telltale.simulate.clip_camera import Camera, Sensor, draw_camera, line_kernel
from telltale.simulate.clip_hidden import hidden_shares, share_in_picture
from telltale.simulate.clip_occluders import Sprite, draw_occluders, lay_over
from telltale.simulate.clip_plan import draw_plan
from telltale.simulate.clip_run import render_clips
from telltale.simulate.clip_settings import (
    GROUPS,
    PRESETS,
    ClipSettings,
    SightSettings,
    identity_seed,
    preset,
)
from telltale.simulate.clip_truth import (
    VALUE_COLUMNS,
    ClipRecord,
    FrameTruth,
    read_record,
    write_clip_table,
    write_events,
    writing_truth,
)
from telltale.simulate.clip_video import ClipVideo
from telltale.simulate.clip_write import write_clip

RECORD = ClipRecord(
    name="train-1-00000", preset="train", seed=1, clip=0, maker="a", identity_seed=100000, skin_tone=4,
    light="gain 1.00", rate_hz=30, bitrate_kbps=1200, width=640, height=480, face_width_px=200.0, noise=1.0,
    defocus_px=0.0, speaks=False, duration_s=1.0,
)  # fmt: skip


def camera(*, noise: float = 0.0, defocus_px: float = 0.0, shutter: float = 0.1) -> Camera:
    return Camera(160, 120, 30, 1200, 100.0, noise, defocus_px, shutter, np.zeros(1), np.ones(1))


def grey(level: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return np.full((120, 160, 3), level, dtype=np.uint8)


def face_points() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Landmarks of a plain face 100 px wide about (320, 240): ten pixels a step of a drawing by hand."""
    points = np.zeros((68, 2), dtype=np.float32)
    points[0:17] = [(270 + 100 * k / 16, 230 + 60 * np.sin(np.pi * k / 16)) for k in range(17)]
    points[17:27] = [(280 + 80 * k / 9, 205) for k in range(10)]
    points[27:36] = [*((320, 220 + 8 * k) for k in range(4)), *((310 + 5 * k, 250) for k in range(5))]
    for first, x in ((36, 300), (42, 340)):
        points[first : first + 6] = [
            (x + 9 * np.cos(a), 222 - 4 * np.sin(a)) for a in np.pi * (1 - np.arange(6) / 3)
        ]
    points[48:68] = [
        (320 + 18 * np.cos(a), 268 - 6 * np.sin(a)) for a in np.pi - 2 * np.pi * np.arange(20) / 20
    ]
    points[48], points[54] = (302, 268), (338, 268)
    return points


def block(width: int, height: int, alpha: int = 255) -> Sprite:
    return np.dstack([np.full((height, width, 3), 90, np.uint8), np.full((height, width), alpha, np.uint8)])


@pytest.mark.parametrize("rate_hz", [15, 24, 25, 30, 60, 100])
def test_times_survive_the_video_file(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "a.mp4"
    with ClipVideo(path, width_px=160, height_px=120, rate_hz=rate_hz, bitrate_kbps=300) as video:
        for level in range(40):
            video.add(grey(5 * level))
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(40) / rate_hz, abs=1e-9)
    levels = [frame.to_ndarray(format="rgb24").mean() for frame in frames]
    assert levels == pytest.approx(5.0 * np.arange(40), abs=4)


def test_the_video_keeps_to_its_bitrate(tmp_path: Path) -> None:
    rng, sizes = np.random.default_rng(0), []
    pictures = rng.integers(0, 255, (30, 120, 160, 3), dtype=np.uint8)
    for kbps in (300, 1200):
        path = tmp_path / f"{kbps}.mp4"
        with ClipVideo(path, width_px=160, height_px=120, rate_hz=30, bitrate_kbps=kbps) as video:
            for _ in range(4):
                for picture in pictures:
                    video.add(picture)
        sizes.append(path.stat().st_size * 8 / 4 / 1000)
    assert sizes[0] == pytest.approx(300, rel=0.5)
    assert sizes[1] == pytest.approx(1200, rel=0.5)


def test_noise_grows_with_the_light_as_the_equation_says() -> None:
    for level in (20, 128, 200):
        sensor = Sensor(camera(noise=4.0), 1)
        taken = np.stack([sensor.take(grey(level), 1.0, (0, 0)) for _ in range(6)]).astype(float)
        assert taken.mean() == pytest.approx(level, abs=0.15)
        # 1/12 is the variance of rounding.
        want = np.sqrt(16 * (0.3 + 0.7 * level / 128) + 1 / 12)
        assert taken.std() == pytest.approx(want, rel=0.04)


def test_noise_is_new_in_each_frame() -> None:
    sensor = Sensor(camera(noise=4.0), 1)
    one, two = (sensor.take(grey(128), 1.0, (0, 0)).astype(float).ravel() - 128 for _ in range(2))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.05


def test_exposure_scales_the_light_and_clips() -> None:
    sensor = Sensor(camera(), 1)
    assert (sensor.take(grey(100), 0.5, (0, 0)) == 50).all()
    assert (sensor.take(grey(200), 1.5, (0, 0)) == 255).all()


def test_only_fast_faces_blur_by_motion() -> None:
    picture = grey(50)
    picture[:, 80:] = 200
    still = Sensor(camera(shutter=0.5), 1).take(picture, 1.0, (1.0, 0.0))
    fast = Sensor(camera(shutter=0.5), 1).take(picture, 1.0, (12.0, 0.0))
    assert (still == picture).all()
    assert len(np.unique(fast[60, 70:90, 0])) > 5
    assert line_kernel(np.array([6.0, 0.0])).sum() == pytest.approx(1)


def test_what_is_covered_is_hidden_and_nothing_else() -> None:
    points = face_points()
    mouth = block(60, 40), 290, 250
    shares = dict(zip(ACTION_UNITS, hidden_shares(points, 100, (640, 480), [mouth]), strict=True))
    assert min(shares[unit] for unit in (10, 12, 14, 15, 20, 23, 25)) > 0.7
    assert max(shares[unit] for unit in (1, 2, 4, 5, 7, 45)) == 0
    assert hidden_shares(points, 100, (640, 480), []).max() == 0


def test_one_eye_covered_hides_half_of_the_eyes() -> None:
    eye = block(40, 30), 320, 207
    shares = dict(zip(ACTION_UNITS, hidden_shares(face_points(), 100, (640, 480), [eye]), strict=True))
    assert shares[45] == pytest.approx(0.5, abs=0.05)
    faint = block(40, 30, alpha=60), 320, 207
    assert hidden_shares(face_points(), 100, (640, 480), [faint]).max() == 0


def test_what_lies_outside_the_picture_is_hidden() -> None:
    gone = face_points() - np.array([700, 0], dtype=np.float32)
    assert hidden_shares(gone, 100, (640, 480), []).min() == 1
    assert share_in_picture(gone, (640, 480)) == 0
    assert share_in_picture(face_points(), (640, 480)) == 1


def test_occluders_are_cut_at_the_edge_of_the_picture() -> None:
    picture = grey(10)
    lay_over(picture, block(50, 50), -30, 100)
    assert (picture[100:, :20] == 90).all()
    assert (picture[:100] == 10).all()
    lay_over(picture, block(50, 50), 500, 500)
    assert (picture[:100] == 10).all()


def test_each_kind_of_occluder_comes_stays_and_goes() -> None:
    settings = SightSettings(occluder_gap_s=(0.1, 1.0))
    found = draw_occluders(np.random.default_rng(4), settings, 200.0, 100.0)
    assert {occluder.kind for occluder in found} == {"hand", "cup", "microphone", "phone", "hair"}
    points = face_points()
    for occluder in found:
        bump = occluder.bump
        assert 0.5 <= bump.leave_s - bump.top_s <= 5.0
        assert occluder.place(points, bump.start_s - 0.01) is None
        before, there = occluder.place(points, bump.start_s + 0.05), occluder.place(points, bump.top_s)
        assert before is not None
        assert there is not None
        assert before != there
        shares = hidden_shares(points, 100, (640, 480), [(occluder.sprite, *there)])
        assert shares.max() > 0.15, occluder.kind


def test_backgrounds_differ_and_those_that_move_move_smoothly() -> None:
    first = draw_background(np.random.default_rng(0), 160, 120, moves=1.0)
    assert first.frame(0.0).shape == (120, 160, 3)
    assert (first.frame(0.0) == first.frame(0.0)).all()
    step = np.abs(first.frame(0.0).astype(int) - first.frame(1 / 30)).mean()
    later = np.abs(first.frame(0.0).astype(int) - first.frame(3.0)).mean()
    assert step < later
    second = draw_background(np.random.default_rng(1), 160, 120, moves=0.0)
    assert (second.frame(0.0) == second.frame(5.0)).all()
    assert (first.frame(0.0) != second.frame(0.0)).any()


def test_no_two_clips_share_a_face() -> None:
    seeds = [identity_seed(group, seed, clip) for group in GROUPS for seed in (0, 1, 7) for clip in range(50)]
    assert len(set(seeds)) == len(seeds)
    with pytest.raises(ConfigError, match="use seeds below"):
        identity_seed("train", 0, 10**5)


def test_held_out_presets_share_neither_maker_nor_people_with_training() -> None:
    for settings in PRESETS.values():
        trains = settings.group in (
            "train",
            "drill",
            "landmarks",
            "micro-train",
            "talking-train",
            "expressions",
        )
        assert (settings.maker == "a") == trains, settings.preset
    assert len({PRESETS[name].group for name in ("train", "heldout", "micro30", "talking", "landmarks")}) == 5
    with pytest.raises(ConfigError, match="choose one of train"):
        preset("trian")


def test_standard_clips_are_what_the_figures_say() -> None:
    for seed in range(20):
        drawn = draw_camera(np.random.default_rng(seed), preset("heldout").camera, 60.0)
        assert (drawn.width_px, drawn.height_px, drawn.rate_hz, drawn.bitrate_kbps) == (640, 480, 30, 1200)
        assert 180 <= drawn.face_width_px <= 220


def test_training_clips_are_broad() -> None:
    drawn = [draw_camera(np.random.default_rng(seed), preset("train").camera, 12.0) for seed in range(200)]
    assert {one.rate_hz for one in drawn} == {15, 24, 25, 30, 60, 100}
    assert {one.width_px for one in drawn} == {480, 640, 1280}
    widths = np.array([one.face_width_px for one in drawn])
    assert widths.min() < 110
    assert widths.max() > 260
    assert 170 < np.median(widths) < 230
    rates = [one.bitrate_kbps for one in drawn]
    assert min(rates) < 500
    assert max(rates) <= 4000


def test_the_same_seed_plans_the_same_clip() -> None:
    settings = replace(preset("train"), duration_s=2.0)
    one, two, other = (draw_plan(settings, seed) for seed in (5, 5, 6))
    assert one.camera.noise == two.camera.noise != other.camera.noise
    assert (one.background.picture == two.background.picture).all()
    assert [e.units for e in one.acting.events] == [e.units for e in two.acting.events]


def test_truth_of_frames_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "train-1-00000.truth.parquet"
    points = face_points()
    units = np.arange(34).reshape(17, 2) / 34
    hidden = (np.arange(17) / 17).astype(np.float32)
    with writing_truth(path, RECORD) as writer:
        for i in range(1100):  # more than are written at once
            writer.add(i / 30, FrameTruth(units, (1.0, 0.1, 0.2, 0.3, 0.4, 0.5), points + i, hidden, i > 5))
    table = pq.read_table(path)
    assert table.column_names == ["frame", "time_s", *VALUE_COLUMNS]
    assert table.column("frame").to_pylist() == list(range(1100))
    row = {name: table.column(name)[700].as_py() for name in table.column_names}
    assert row["time_s"] == 700 / 30
    assert row["au02_right"] == pytest.approx(units[1, 1])
    assert (row["x36"], row["y36"]) == pytest.approx(tuple(points[36] + 700), rel=1e-6)
    assert row["hidden_au45"] == pytest.approx(16 / 17)
    assert (row["speaking"], row["yaw"], row["gaze_y"]) == pytest.approx((1.0, 0.1, 0.5))
    assert [row["in_frame"], table.column("in_frame")[3].as_py()] == [1.0, 0.0]
    assert table.schema.metadata[b"rendered"] == b"true"
    assert read_record(tmp_path, "train-1-00000") == RECORD
    assert read_record(tmp_path, "train-1-00001") is None


def test_truth_of_events_is_cut_at_the_ends_of_the_clip(tmp_path: Path) -> None:
    weights = np.zeros((17, 2))
    weights[8], weights[4, 0] = 0.5, 0.3
    inside = Event("micro", Bump(1.0, 1.1, 1.2, 1.4), weights)
    early = Event("macro", Bump(-2.0, -1.0, 1.0, 2.0), weights)
    late = Event("macro", Bump(9.0, 11.0, 12.0, 13.0), weights)
    never = Event("macro", Bump(10.5, 11.0, 12.0, 13.0), weights)
    write_events(tmp_path / "e.parquet", [early, inside, late, never], 10.0)
    table = pq.read_table(tmp_path / "e.parquet")
    rows = table.to_pylist()
    assert table.schema.metadata[b"rendered"] == b"true"
    assert rows[0] == {
        "onset_s": 0.0, "apex_s": 0.0, "offset_s": 2.0, "units": "6L+12", "side": "both", "kind": "macro",
        "peak": 0.5, "expression": "", "form": "", "further": "",
    }  # fmt: skip
    assert rows[1]["apex_s"] == pytest.approx(1.15)
    # Half way up at the end of the clip.
    assert (rows[2]["apex_s"], rows[2]["offset_s"], rows[2]["peak"]) == pytest.approx((10.0, 10.0, 0.25))
    assert len(rows) == 3


def test_an_empty_list_of_events_is_a_table_too(tmp_path: Path) -> None:
    write_events(tmp_path / "e.parquet", [], 10.0)
    assert pq.read_table(tmp_path / "e.parquet").num_rows == 0


def test_the_table_of_clips_is_made_from_the_folder(tmp_path: Path) -> None:
    for clip in (1, 0):
        record = replace(RECORD, name=f"train-1-0000{clip}", clip=clip)
        with writing_truth(tmp_path / f"{record.name}.truth.parquet", record):
            pass
    assert [record.clip for record in write_clip_table(tmp_path)] == [0, 1]
    rows = pq.read_table(tmp_path / "clips.parquet").to_pylist()
    assert [row["name"] for row in rows] == ["train-1-00000", "train-1-00001"]
    (tmp_path / "x.truth.parquet").write_bytes(b"nothing")
    with pytest.raises(FormatError, match="delete it and render again"):
        write_clip_table(tmp_path)


def small(duration_s: float = 1.0) -> ClipSettings:
    """The demonstration clip, small; the invented rig has no shapes to speak with."""
    demo = preset("demo")
    looks = replace(demo.camera, sizes=((320, 240),), face_width_px=(100.0, 100.0))
    sight = SightSettings(occluder_gap_s=(0.05, 0.1), occluder_s=(0.2, 0.3))
    return replace(demo, duration_s=duration_s, camera=looks, sight=sight)


def test_a_clip_from_end_to_end(tmp_path: Path) -> None:
    record = write_clip(rig(), tmp_path, small(), 2)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"demo-2-00000{end}" for end in (".mp4", ".truth.parquet", ".events.parquet")}
    assert read_record(tmp_path, record.name) == record
    table = pq.read_table(tmp_path / f"{record.name}.truth.parquet")
    with av.open(str(tmp_path / f"{record.name}.mp4")) as file:
        frames = list(file.decode(video=0))
    assert [frame.time for frame in frames] == pytest.approx(table.column("time_s").to_pylist(), abs=1e-9)
    assert len(frames) == 30

    plan = draw_plan(small(), record.identity_seed)
    planted = plan.acting.at(plan.times(0, 30))
    for row, unit in enumerate(ACTION_UNITS):
        if unit not in (25, 26):
            told = np.array(table.column(f"au{unit:02d}_left"))
            assert told == pytest.approx(planted.units[:, row, 0], abs=1e-6)
    assert np.array(table.column("yaw")) == pytest.approx(planted.head.yaw, abs=1e-6)

    # Where the truth says that a face is, the picture is not the background.
    middle = frames[0].to_ndarray(format="rgb24")
    x, y = (round(table.column(f"{axis}30")[0].as_py()) for axis in "xy")
    patch = np.s_[y - 15 : y + 15, x - 15 : x + 15]
    behind = plan.background.frame(0.0)
    assert np.abs(middle[patch].astype(int) - behind[patch]).mean() > 10
    hidden = np.stack([np.array(table.column(f"hidden_au{unit:02d}")) for unit in ACTION_UNITS])
    assert hidden.max() > 0.3
    assert hidden.min() == 0


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_clip(rig(), tmp_path / folder, small(0.4), 2)
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    rig_path, folder = tmp_path / "rig.npz", tmp_path / "clips"
    rig().save(rig_path)
    first = render_clips(rig_path, folder, small(0.3), clips=1, seed=4, workers=1)
    assert (len(first.made), len(first.kept), first.in_folder) == (1, 0, 1)
    (folder / "demo-4-00001.mp4").write_bytes(b"half a clip")
    again = render_clips(rig_path, folder, small(0.3), clips=2, seed=4, workers=1)
    assert [record.clip for record in again.made] == [1]
    assert again.kept == first.made
    assert pq.read_table(folder / "clips.parquet").num_rows == 2
    with pytest.raises(FormatError, match="choose another folder or another seed"):
        render_clips(rig_path, folder, small(0.8), clips=2, seed=4, workers=1)


def test_a_clip_that_fails_leaves_nothing(tmp_path: Path) -> None:
    speech = SpeechSettings(speaks=1.0, pause_s=(0.0, 0.05))
    talking = replace(small(), acting=replace(small().acting, speech=speech))
    with pytest.raises(ConfigError, match="has no shape 'mouth"):
        write_clip(rig(), tmp_path, talking, 2)
    assert not list(tmp_path.iterdir())


def test_a_head_that_leaves_is_out_of_the_picture_and_one_that_sways_is_not() -> None:
    leaving = replace(small(20.0), sight=SightSettings(leaves=1.0))
    plan = draw_plan(leaving, 3)
    times = plan.times(0, plan.frames)
    x = np.array([shot.centre_px[0] for shot in plan.shots(plan.acting.at(times))])
    assert plan.away
    outside = (x < -60) | (x > 380)
    assert 0.5 < outside.sum() / 30 < 9
    stays = draw_plan(small(20.0), 3)
    x = np.array([shot.centre_px[0] for shot in stays.shots(stays.acting.at(times))])
    assert x.min() > 50
    assert x.max() < 270
