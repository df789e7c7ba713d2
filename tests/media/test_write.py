"""What is written comes back: times, colours, and nothing at all after a failure."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.media.bad_files import quarters

from telltale.core.errors import ConfigError
from telltale.media.open import open_source
from telltale.media.write import VideoWriter


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_times_and_colours_come_back(name: str, tmp_path: Path) -> None:
    times_s = np.cumsum(np.random.default_rng(0).uniform(0.003, 0.2, 40)) + 5.0
    with VideoWriter(tmp_path / name, width_px=161, height_px=121, rate_hz=30) as video:
        for time_s in times_s:
            video.add(quarters(161, 121), time_s)
    # Matroska keeps times to the millisecond.
    within_s = 6e-4 if name == "a.mkv" else 1e-5
    with open_source(tmp_path / name) as source:
        frames = list(source)
    assert np.abs([frame.time_s for frame in frames] - (times_s - times_s[0])).max() < within_s
    assert source.info.duration_s == pytest.approx(times_s[-1] - times_s[0], abs=0.1)
    assert np.abs(frames[-1].rgb[30, 40].astype(int) - [200, 30, 30]).max() <= 4
    assert frames[0].rgb.shape == (122, 162, 3)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def write_twice_at_once() -> None:
        with VideoWriter(tmp_path / "a.mp4", width_px=64, height_px=48) as video:
            video.add(quarters(64, 48), 0.0)
            video.add(quarters(64, 48), 0.0)

    with pytest.raises(ValueError, match="does not come after"):
        write_twice_at_once()
    assert not list(tmp_path.iterdir())


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a\.txt"):
        VideoWriter(tmp_path / "a.txt", width_px=64, height_px=48)


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from telltale.core.errors import TelltaleError
from telltale.media.write import VideoWriter
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0)
try:
    with VideoWriter(Path(sys.argv[1]), width_px=320, height_px=240) as video:
        for k in range(60):
            video.add(noise.integers(0, 256, (240, 320, 3), dtype=np.uint8), k / 30)
except TelltaleError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no limit on the size of files")
def test_a_full_disk_gets_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    done = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"cannot write {path}: File too large")
    assert not list(tmp_path.iterdir())
