"""A long recording costs no more memory than a short one."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.perceive.recordings import MIDDLE, record

SCRIPT = """
import ctypes, gc, resource, sys
from pathlib import Path
from telltale.core.provenance import Provenance
from telltale.media.open import open_source
from telltale.perceive import files
from telltale.perceive.perceiver import new_perceiver
from telltale.perceive.session import run

class InUse:
    def __init__(self):
        self.mib = []
    def frame(self, frame, steps):
        if frame.index % 600 == 599:
            gc.collect()
            # What the C library keeps for later is no use of ours: it comes and goes by chance.
            ctypes.CDLL("libc.so.6").malloc_trim(0)
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.mib.append(pages * resource.getpagesize() / 2**20)
    def finish(self, steps):
        pass

files._ROWS_AT_ONCE = 300
use = InUse()
with open_source(sys.argv[1]) as source:
    with files.ReadingFiles(Path(sys.argv[2]), Provenance(), frames=True) as out:
        run(source, new_perceiver(), [out, use])
status = Path("/proc/self/status").read_text()
# Not what getrusage says: there a child begins with the peak of whoever started it.
print(*use.mib, int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much memory is in use")
def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 180.0, lambda _: {"front": MIDDLE}, rate_hz=10.0)
    (tmp_path / "reading").mkdir()
    words = [sys.executable, "-c", SCRIPT, str(path), str(tmp_path / "reading")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    first, _, last, peak = map(float, done.stdout.split())
    # Twelve pieces of two tables were written, each with its entry in the table's index.
    assert last - first < 6.0
    assert peak < 600.0
