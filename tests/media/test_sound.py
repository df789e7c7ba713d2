"""Voice activity: bursts of speech-like sound over noise, at times that are known."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.audio.stream import AudioStream

from telltale.media import sound
from telltale.media.sound import HANGOVER_S, Voice, read_voice

Array = npt.NDArray[np.float64]

RATE_HZ = 48_000


def noise(seconds: float, level: float = 0.003, seed: int = 1) -> Array:
    return level * np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))


def with_bursts(sound: Array, stretches: list[tuple[float, float]], level: float = 0.1) -> Array:
    """A hum of 150 Hz with four overtones, as a vowel has, laid over a sound."""
    times_s = np.arange(len(sound)) / RATE_HZ
    vowel = sum(np.sin(2 * np.pi * 150 * k * times_s) / k for k in range(1, 6))
    on = np.zeros(len(sound), dtype=bool)
    for start_s, stop_s in stretches:
        on |= (times_s >= start_s) & (times_s < stop_s)
    mixed: Array = sound + level * np.where(on, vowel, 0.0)
    return mixed


def write(
    path: Path,
    sound: Array | None,
    *,
    codec: str = "aac",
    late_s: float = 0.0,
    video: bool = True,
    layout: str = "mono",
) -> Path:
    """A film of grey pictures with this sound, which begins `late_s` after the first picture."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", rate=10) if video else None
        audio = None
        if sound is not None:
            audio = cast(AudioStream, container.add_stream(codec, rate=RATE_HZ, layout=layout))
        if pictures is not None:
            pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
            seconds = 1.0 if sound is None else len(sound) / RATE_HZ + late_s
            for _ in range(round(10 * seconds)):
                picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8), format="rgb24")
                container.mux(pictures.encode(picture))
            container.mux(pictures.encode())
        if sound is not None and audio is not None:
            for start in range(0, len(sound), 1024):
                part = (np.clip(sound[start : start + 1024], -1, 1) * 32767).astype(np.int16)[None]
                frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
                frame.sample_rate, frame.time_base = RATE_HZ, Fraction(1, RATE_HZ)
                frame.pts = start + round(late_s * RATE_HZ)
                container.mux(audio.encode(frame))
            container.mux(audio.encode())
    return path


def stretches_of(voice: Voice) -> list[tuple[float, float]]:
    """When a voice is there for more than half of a row, in tenths of a second."""
    on = np.concatenate([[False], voice.active > 0.5, [False]])
    edges = np.flatnonzero(on[1:] != on[:-1])
    starts = [round(float(voice.times_s[k]) - 0.1, 1) for k in edges[::2]]
    stops = [round(float(voice.times_s[k - 1]), 1) for k in edges[1::2]]
    return list(zip(starts, stops, strict=True))


def near(
    found: list[tuple[float, float]], wanted: list[tuple[float, float]], within_s: float = 0.1001
) -> bool:
    return len(found) == len(wanted) and bool(np.allclose(found, wanted, atol=within_s))


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "pcm_s16le"), ("a.mkv", "aac")])
def test_bursts_over_noise_are_told_at_their_times(tmp_path: Path, name: str, codec: str) -> None:
    spoken = [(1.0, 2.0), (3.0, 3.6), (6.0, 8.0)]
    voice = read_voice(write(tmp_path / name, with_bursts(noise(10.0), spoken), codec=codec))
    assert voice is not None
    assert near(stretches_of(voice), [(a, b + HANGOVER_S) for a, b in spoken])
    assert np.isfinite(voice.active).all()
    assert voice.level_db[15] - voice.level_db[45] > 20


@pytest.mark.parametrize("level", [0.0003, 0.003, 0.1])
def test_noise_alone_is_no_voice_however_loud(tmp_path: Path, level: float) -> None:
    voice = read_voice(write(tmp_path / "noise.wav", noise(12.0, level), codec="pcm_s16le", video=False))
    assert voice is not None
    assert voice.active.max() == 0.0


def test_a_hum_that_goes_on_is_noise_and_a_click_is_nothing(tmp_path: Path) -> None:
    sound = with_bursts(noise(30.0), [(0.0, 30.0)])
    sound[RATE_HZ * 12 : RATE_HZ * 12 + 50] += 0.8
    voice = read_voice(write(tmp_path / "hum.wav", sound, codec="pcm_s16le", video=False))
    assert voice is not None
    assert voice.active.max() == 0.0


def test_digital_silence_before_soft_noise_makes_no_voice(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(5 * RATE_HZ), noise(5.0, 0.0005)])
    voice = read_voice(write(tmp_path / "s.wav", sound, codec="pcm_s16le", video=False))
    assert voice is not None
    assert voice.active.max() == 0.0


def test_the_clock_is_that_of_the_pictures(tmp_path: Path) -> None:
    path = write(tmp_path / "late.mkv", with_bursts(noise(4.0), [(1.0, 2.0)]), codec="pcm_s16le", late_s=1.5)
    voice = read_voice(path)
    assert voice is not None
    assert near(stretches_of(voice), [(2.5, 3.5 + HANGOVER_S)])
    assert voice.times_s[0] == pytest.approx(1.6, abs=0.11)
    at = voice.at(np.array([1.0, 3.0, 5.4, 99.0]))
    assert np.isnan(at[[0, 3]]).all()
    assert at[1:3].tolist() == [1.0, 0.0]


def test_only_the_part_that_was_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", with_bursts(noise(6.0), [(1.0, 2.0), (4.0, 5.0)]), codec="pcm_s16le")
    voice = read_voice(path, start_s=3.0, stop_s=5.5)
    assert voice is not None
    assert (voice.times_s[0], voice.times_s[-1]) == (pytest.approx(3.1), pytest.approx(5.5))
    assert near(stretches_of(voice), [(4.0, 5.0 + HANGOVER_S)])
    assert read_voice(path, start_s=50.0) is None


def test_sound_that_changes_from_mono_to_stereo_is_heard_throughout(tmp_path: Path) -> None:
    """Two MPEG streams one after the other, as a broadcaster sends them."""
    first = write(tmp_path / "a.mp3", with_bursts(noise(3.0), [(1.0, 2.0)]), codec="mp3", video=False)
    second = write(
        tmp_path / "b.mp3", with_bursts(noise(3.0), [(1.0, 2.0)]), codec="mp3", video=False, layout="stereo"
    )
    both = tmp_path / "both.mp3"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    voice = read_voice(both)
    assert voice is not None
    assert near(stretches_of(voice), [(1.0, 2.0 + HANGOVER_S), (4.0, 5.0 + HANGOVER_S)], within_s=0.25)


def test_a_film_without_sound_has_none(tmp_path: Path) -> None:
    assert read_voice(write(tmp_path / "mute.mp4", None)) is None


def test_long_recordings_come_in_pieces_that_join(tmp_path: Path) -> None:
    spoken = [(29.0, 31.0), (59.5, 60.5)]
    voice = read_voice(
        write(tmp_path / "long.wav", with_bursts(noise(65.0), spoken), codec="pcm_s16le", video=False)
    )
    assert voice is not None
    assert near(stretches_of(voice), [(a, b + HANGOVER_S) for a, b in spoken])
    assert np.isfinite(voice.active).all()


@pytest.mark.parametrize(
    ("name", "codec", "video"),
    [("a.mp4", "aac", True), ("a.mkv", "pcm_s16le", True), ("a.wav", "pcm_s16le", False)],
)
def test_a_part_is_sought_and_is_as_in_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, codec: str, video: bool
) -> None:
    spoken = [(k, k + 0.3 + 0.05 * (k % 7)) for k in np.arange(1.13, 58, 1.9).tolist()]
    path = write(tmp_path / name, with_bursts(noise(60.0), spoken), codec=codec, video=video)
    heard = 0
    decoded = sound._decoded

    def counted(*given: Any) -> Iterator[Any]:
        nonlocal heard
        for frame in decoded(*given):
            heard += frame.samples
            yield frame

    monkeypatch.setattr(sound, "_decoded", counted)
    for start_s, stop_s in ((12.34, 19.9), (48.0, 57.25)):
        heard = 0
        found = read_voice(path, start_s=start_s, stop_s=stop_s)
        # A file of sound alone is read from its beginning, but no further than its part.
        assert heard / RATE_HZ < (stop_s - start_s if video else stop_s) + 1.5
        with monkeypatch.context() as patch:
            patch.setattr(sound, "_sought", lambda *_: None)
            wanted = read_voice(path, start_s=start_s, stop_s=stop_s)
        assert found is not None
        assert wanted is not None
        np.testing.assert_allclose(found.times_s, wanted.times_s)
        # Matroska rounds times to a millisecond, so a slot of 10 ms at the edge of a burst may differ.
        assert np.abs(found.active - wanted.active).max() < (1e-9 if name == "a.mp4" else 0.11)
        assert np.abs(found.active - wanted.active).mean() < 0.005
        assert np.abs(found.level_db - wanted.level_db).max() < 0.5


def test_what_lies_beyond_the_end_is_sought_in_vain(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", noise(6.0))
    assert read_voice(path, start_s=50.0, stop_s=60.0) is None
    late = write(tmp_path / "late.mkv", with_bursts(noise(3.0), [(1.0, 2.0)]), codec="pcm_s16le", late_s=3.0)
    voice = read_voice(late, start_s=1.0)
    assert voice is not None
    assert near(stretches_of(voice), [(4.0, 5.0 + HANGOVER_S)])
