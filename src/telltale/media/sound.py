"""When somebody speaks in a recording, ten times a second: voice activity, no words, and no sound is kept.

    32 ms of sound, every 10 ms > level between 100 and 4000 Hz > above the noise around? > share of a row

The noise is the quietest tenth of a second within 10 s before and after, so a hum or a fan is no voice. Music
with a beat is taken for one, and so is whoever else speaks: nothing here tells a host's voice from another's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from av import error as av_error
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from scipy.ndimage import binary_opening, minimum_filter1d

from telltale.media.containers import open_file
from telltale.media.decoding import BROKEN, MOST_BAD_READS

Array = npt.NDArray[np.float64]

SOUND_HZ: Final = 16_000
BAND_HZ: Final = (100.0, 4000.0)
FRAME: Final = 512
"""Samples in a frame: 32 ms, two periods of a low voice."""
HOP: Final = 160
"""Samples from one frame to the next: 10 ms."""
ABOVE_DB: Final = 9.0
"""A frame this much above the noise is voice ..."""
LEAST_DB: Final = -50.0
"""... if it is no softer than this; 0 is a sine at full scale."""
SILENT_DB: Final = -90.0
"""Where a recording holds nothing at all."""
AROUND_S: Final = 10.0
"""How far before and after the noise is looked for: nobody speaks so long without a breath."""
LEAST_FRAMES: Final = 6
"""Fewer voiced frames in a row are a click: a click is in four."""
HANGOVER_S: Final = 0.2
"""A voice lasts so much longer than it is heard: stops and soft ends of words lie below the noise."""
ROWS_HZ: Final = 10
_FRAMES_A_ROW: Final = SOUND_HZ // HOP // ROWS_HZ
_GAP_S: Final = 0.05
_RUNS_OFF_S: Final = 0.005
_AT_ONCE: Final = 30 * SOUND_HZ
"""Samples held at a time."""
_CARRIED: Final = FRAME + HOP
"""Samples of a piece that begin the next one, so that no frame falls between the two."""
_RUN_UP_S: Final = 0.3
"""Sound before and after the part wanted: decoders and filters need some to come to rest."""
_SEEK_BACK_S: Final = (0.0, 2.0, 10.0)
"""How much earlier to look where the container's own answer lies too late."""


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """Voice activity on the clock of the pictures. The row at t is of (t - 0.1 s, t]."""

    times_s: Array
    """Shape (T,), from the first tenth of a second that was heard to the last."""
    active: Array
    """Shape (T,): share of the row in which there was a voice, 0 to 1; NaN where there is no sound."""
    level_db: Array
    """Shape (T,): mean level between 100 and 4000 Hz, 0 for a sine at full scale; NaN without sound."""

    def at(self, times_s: Array) -> Array:
        """Activity in the rows at other whole tenths of a second, NaN where nothing was heard."""
        found = np.full(len(times_s), np.nan)
        if len(self.times_s):
            row = np.rint((times_s - self.times_s[0]) * ROWS_HZ).astype(np.int64)
            heard = (row >= 0) & (row < len(self.active))
            found[heard] = self.active[row[heard]]
        return found


def read_voice(path: Path, *, start_s: float | None = None, stop_s: float | None = None) -> Voice | None:
    """Voice activity of a video file (or a file of sound); None where it has no sound that can be decoded.

    Parameters
    ----------
    start_s, stop_s
        The part wanted, on the clock of the whole recording, whose 0 is its first picture.
    """
    begin_s, end_s = 0.0 if start_s is None else start_s, np.inf if stop_s is None else stop_s
    levels = _read_levels(path, begin_s, end_s, seek=True) if begin_s > _RUN_UP_S else None
    if levels is None:
        levels = _read_levels(path, begin_s, end_s, seek=False)
    return _voice(levels, begin_s, end_s) if levels else None


def _read_levels(
    path: Path, start_s: float, stop_s: float, *, seek: bool
) -> list[tuple[Array, Array]] | None:
    """Levels from a start, or from the beginning, to a stop; None where the start cannot be sought."""
    with open_file(path) as container:
        audio = container.streams.best("audio")
        if not isinstance(audio, AudioStream) or audio.codec_context is None:
            return []
        zero_s = _zero_s(container, audio)
        if not seek:
            frames: Iterator[AudioFrame] | None = _decoded(container, audio)
        else:
            frames = _sought(container, audio, zero_s + start_s - _RUN_UP_S)
        return None if frames is None else _levels(_pieces(frames, zero_s, stop_s + _RUN_UP_S))


def _sought(container: InputContainer, audio: AudioStream, at_s: float) -> Iterator[AudioFrame] | None:
    """Sound from a moment of the container's own clock, or earlier; None where it cannot be sought.

    A file of sound alone is read from its beginning: it may have no times but those that are counted.
    """
    for back_s in _SEEK_BACK_S if container.streams.video and audio.time_base else ():
        try:
            container.seek(int((at_s - back_s) / (audio.time_base or 1)), stream=audio)
        except (av_error.FFmpegError, OSError):
            return None
        frames = _decoded(container, audio)
        first = next(frames, None)
        if first is not None and first.time is not None and first.time <= at_s:
            return chain([first], frames)
    return None


def _zero_s(container: InputContainer, audio: AudioStream) -> float:
    """Where the clock of the pictures begins; that of the sound where there are none."""
    stream = container.streams.video[0] if container.streams.video else audio
    return float((stream.start_time or 0) * (stream.time_base or 0))


def _pieces(frames: Iterator[AudioFrame], zero_s: float, stop_s: float) -> Iterator[tuple[float, Array]]:
    """Stretches of sound: when each begins, and its samples, mono, shape (n,); they overlap or have a gap."""
    resampler, start_s, held, count = _resampler(), 0.0, list[Array](), 0
    expected_s, kind = -np.inf, ("", "", 0)
    for frame in frames:
        time_s = expected_s if frame.time is None else float(frame.time) - zero_s
        time_s = time_s if np.isfinite(time_s) else 0.0
        if time_s > stop_s:
            break
        # A broadcast may go from stereo to mono between two programmes.
        before, kind = kind, (frame.format.name, frame.layout.name, frame.sample_rate)
        if abs(time_s - expected_s) > _GAP_S or kind != before:
            if held:
                yield start_s, np.concatenate([*held, *_samples(resampler.resample(None))])
            resampler, start_s, held, count = _resampler(), time_s, [], 0
        elif count >= _AT_ONCE:
            whole = np.concatenate(held)
            yield start_s, whole
            # Samples lie where the last piece's end puts them: the resampler holds back a millisecond. Only a
            # clock that runs off from its samples is believed instead.
            ended_s = start_s + len(whole) / SOUND_HZ
            ended_s = ended_s if abs(ended_s - time_s) < _RUNS_OFF_S else time_s
            held, count, start_s = [whole[-_CARRIED:]], _CARRIED, ended_s - _CARRIED / SOUND_HZ
        came = _samples(resampler.resample(frame))
        held, count = held + came, count + sum(map(len, came))
        expected_s = time_s + frame.samples / frame.sample_rate
    if held:
        yield start_s, np.concatenate([*held, *_samples(resampler.resample(None))])


def _resampler() -> AudioResampler:
    return AudioResampler(format="flt", layout="mono", rate=SOUND_HZ)


def _samples(frames: list[AudioFrame]) -> list[Array]:
    return [frame.to_ndarray().reshape(-1).astype(np.float64) for frame in frames]


def _decoded(container: InputContainer, audio: AudioStream) -> Iterator[AudioFrame]:
    """Frames of sound, past what is broken; a hole is seen by the time of the next frame."""
    packets, bad = container.demux(audio), 0
    while bad < MOST_BAD_READS:
        try:
            yield from audio.decode(next(packets))
            bad = 0
        except (StopIteration, av_error.EOFError):
            return
        except BROKEN:
            bad += 1
        except (av_error.FFmpegError, OSError):
            return


def _levels(pieces: Iterator[tuple[float, Array]]) -> list[tuple[Array, Array]]:
    """For each piece the slots of 10 ms in which its frames have their middles, and their levels in dB."""
    found = []
    for start_s, samples in pieces:
        # Frames begin at whole hops of the clock, wherever the piece does: reading from a later start on
        # gives the same frames.
        first = round(start_s * SOUND_HZ)
        skipped = -first % HOP
        if len(samples) < FRAME + skipped:
            continue
        level = band_level_db(samples[skipped:])
        middle = first + skipped + HOP * np.arange(len(level)) + FRAME / 2
        found.append((np.floor(middle / HOP + 1e-6), level))
    return found


def band_level_db(samples: Array) -> Array:
    """Level between 100 and 4000 Hz of each frame, 0 dB for a sine at full scale.

    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(1600) / SOUND_HZ)
    >>> [round(float(band_level_db(share * tone)[0])) for share in (1.0, 0.1)]
    [0, -20]
    """
    window = np.hanning(FRAME)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP] * window
    hz = np.fft.rfftfreq(FRAME, 1 / SOUND_HZ)
    inside = (hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1])
    power = (np.abs(np.fft.rfft(frames, axis=1)[:, inside]) ** 2).sum(axis=1)
    mean_square = 2 * power / (FRAME * (window**2).sum())
    level: Array = 10 * np.log10(np.maximum(mean_square / 0.5, 10 ** (SILENT_DB / 10)))
    return level


def _voice(levels: list[tuple[Array, Array]], start_s: float, stop_s: float) -> Voice | None:
    slots = np.concatenate([slot for slot, _ in levels]).astype(np.int64)
    values = np.concatenate([level for _, level in levels])
    # A frame whose middle lies in (t - 0.1, t] belongs to the row at t.
    wanted = (slots >= start_s * ROWS_HZ * _FRAMES_A_ROW) & (slots < stop_s * ROWS_HZ * _FRAMES_A_ROW)
    if not wanted.any():
        return None
    slots, values = slots[wanted], values[wanted]
    first = int(slots.min()) // _FRAMES_A_ROW
    rows = int(slots.max()) // _FRAMES_A_ROW - first + 1
    level = np.full(rows * _FRAMES_A_ROW, np.nan)
    level[slots - first * _FRAMES_A_ROW] = values
    by_row = _mean_heard(level.reshape(rows, _FRAMES_A_ROW))
    active = np.where(np.isfinite(level), _active(level, _noise(by_row)), np.nan)
    times_s = (first + 1 + np.arange(rows)) / ROWS_HZ
    return Voice(times_s, _mean_heard(active.reshape(rows, _FRAMES_A_ROW)), by_row)


def _mean_heard(values: Array) -> Array:
    """Mean over the last axis of what is no NaN; NaN where all is."""
    heard = np.isfinite(values)
    sums = np.where(heard, values, 0.0).sum(axis=-1)
    return np.where(heard.any(axis=-1), sums / np.maximum(heard.sum(axis=-1), 1), np.nan)


def _noise(level_db: Array) -> Array:
    """The quietest row around each, shape (T,)."""
    filled = np.where(np.isfinite(level_db), level_db, np.inf)
    quietest: Array = minimum_filter1d(filled, 2 * round(AROUND_S * ROWS_HZ) + 1, mode="nearest")
    return quietest


def _active(level: Array, noise: Array) -> Array:
    """Whether each slot of 10 ms holds a voice, shape (slots,)."""
    least = np.repeat(np.maximum(noise + ABOVE_DB, LEAST_DB), _FRAMES_A_ROW)
    loud = binary_opening(np.nan_to_num(level, nan=SILENT_DB) > least, np.ones(LEAST_FRAMES, dtype=bool))
    hangover = round(HANGOVER_S * SOUND_HZ / HOP)
    places = np.where(loud, np.arange(len(loud)), -np.inf)
    since_loud = np.arange(len(loud)) - np.maximum.accumulate(places)
    lasting: Array = (since_loud <= hangover).astype(np.float64)
    return lasting
