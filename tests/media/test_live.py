"""Streams over real sockets: silence, hanging up, coming back, and giving up in one line."""

import time
from pathlib import Path

import numpy as np
import pytest
from tests.media.servers import Part, Sender, hls_server, stream_file

from telltale.core.errors import ConfigError, FormatError
from telltale.media.containers import StreamError
from telltale.media.frame import Source
from telltale.media.open import open_source
from telltale.media.pace import Pace
from telltale.media.reception import Patience

SECONDS = 2.0
IMPATIENT = Patience(stall_s=0.5, silence_s=1.5, give_up_s=0.8, first_retry_s=0.1)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stream_file(tmp_path_factory.mktemp("stream"), seconds=SECONDS)


def times_until_silence(source: Source, busy_s: float = 0.0) -> tuple[list[float], str]:
    times_s: list[float] = []
    try:
        for frame in source:
            times_s.append(frame.time_s)
            assert frame.rgb.shape == (120, 160, 3)
            time.sleep(busy_s)
    except StreamError as error:
        return times_s, str(error)
    return times_s, ""


@pytest.mark.slow
def test_a_sender_that_pauses_goes_on_with_a_gap(recording: Path) -> None:
    parts = [Part(0.0, 0.6, pause_s=1.0), Part(0.6, 1.0)]
    with (
        Sender(recording, [parts], seconds=SECONDS, http=True) as sender,
        open_source(sender.address, patience=IMPATIENT) as source,
    ):
        assert source.info.live
        times_s, told = times_until_silence(source)
    steps_s = np.diff(times_s)
    assert source.counts.stalls == 1
    assert np.all(steps_s > 0)
    assert 0.8 < steps_s.max() < 1.6
    assert 48 <= source.counts.frames + source.counts.dropped <= 50
    assert "has sent nothing for" in told
    assert sender.address in told


@pytest.mark.slow
def test_a_sender_that_hangs_up_is_called_again(recording: Path) -> None:
    calls = [[Part(0.0, 0.5)], [Part(0.5, 1.0)]]
    with (
        Sender(recording, calls, seconds=SECONDS) as sender,
        open_source(sender.address, patience=IMPATIENT) as source,
    ):
        times_s, told = times_until_silence(source)
    assert source.counts.stalls == 1
    assert np.all(np.diff(times_s) > 0)
    # Time went on by the clock: about as long as the sending, though the second call began anew.
    assert SECONDS - 0.9 < times_s[-1] < SECONDS + 1.0
    assert "has sent nothing for" in told


@pytest.mark.slow
def test_a_busy_reader_gets_the_newest(recording: Path) -> None:
    with (
        Sender(recording, [[Part(0.0, 1.0)]], seconds=SECONDS) as sender,
        open_source(sender.address, patience=IMPATIENT, stop_s=1.0) as source,
    ):
        times_s, told = times_until_silence(source, busy_s=0.2)
    assert not told
    assert source.counts.dropped > 10
    assert len(times_s) < 15
    assert times_s[-1] < 1.0


def test_what_cannot_be_reached_gets_one_line() -> None:
    with pytest.raises(StreamError, match=r"tcp://127\.0\.0\.1:9 cannot be opened \(Connection refused\)"):
        open_source("tcp://127.0.0.1:9")
    with pytest.raises(StreamError, match=r"there is no camera 97 \(/dev/video97\)"):
        open_source("97")
    with pytest.raises(FormatError, match=r"one of .*rtsp"):
        open_source("gopher://127.0.0.1/a")
    with pytest.raises(StreamError) as told:
        open_source("rtsp://me:secret@127.0.0.1:9/a")
    assert "secret" not in str(told.value)
    with pytest.raises(ConfigError, match="is live"):
        open_source("tcp://127.0.0.1:9", start_s=3.0)


def test_pace_keeps_the_senders_spacing_and_follows_a_clock_that_jumps() -> None:
    pace = Pace(late_s=1.0)
    pace.connect(10.0)
    jitter_s = [0.0, 0.03, 0.01, 0.05]
    placed = [pace.place(k / 25, 10.2 + k / 25 + j) for k, j in enumerate(jitter_s)]
    assert np.allclose(np.diff(placed), 1 / 25)
    assert pace.place(95_000.0, 10.5) == 10.5
    assert pace.place(95_000.04, 10.55) == pytest.approx(10.54)


def test_a_playlist_of_parts_is_read_to_its_end(tmp_path: Path) -> None:
    with hls_server(tmp_path, seconds=SECONDS) as address, open_source(address) as source:
        times_s = [frame.time_s for frame in source]
    assert len(list(tmp_path.glob("*.ts"))) > 3
    np.testing.assert_allclose(times_s, np.arange(50) / 25, atol=1e-6)
    assert source.info.duration_s == pytest.approx(SECONDS, abs=0.05)
