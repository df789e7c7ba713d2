"""Writing leaves the whole thing or nothing, whatever goes wrong in the middle."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import FormatError
from telltale.core.files import held_alone, new_folders, refuse_unless_free, replacing_file, told_plainly
from telltale.core.signal import Signal, unread_rows
from telltale.core.signal_file import write_signal

needs_posix = pytest.mark.skipif(os.name != "posix", reason="limits and signals are those of POSIX")


def left_in(folder: Path) -> list[str]:
    """Names of all that lies in a folder, hidden things too."""
    return sorted(path.name for path in folder.iterdir())


def put(path: Path) -> None:
    """A small file, with the folder it lies in."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("keep")


def fail_after(path: Path) -> None:
    """Write half of something, then fail."""
    put(path)
    raise KeyError


def run_in_new_python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `code` with `folder` as its present folder."""
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def test_a_file_takes_its_place_only_when_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.txt"
    with replacing_file(target) as beside:
        beside.write_text("new")
        assert not target.exists()
        assert beside.parent == target.parent
    assert target.read_text() == "new"
    assert left_in(target.parent) == ["a.txt"]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(KeyError), replacing_file(target) as beside:
        fail_after(beside)
    assert target.read_text() == "old"
    assert left_in(tmp_path) == ["a.txt"]


def test_folders_take_their_places_together(tmp_path: Path) -> None:
    study, truth = tmp_path / "s", tmp_path / "s-truth"
    truth.mkdir()
    with new_folders(study, truth) as (a, b):
        (a / "x").write_text("1")
        (b / "y").write_text("2")
        assert not study.exists()
    assert (study / "x").read_text() == "1"
    assert (truth / "y").read_text() == "2"
    assert left_in(tmp_path) == ["s", "s-truth"]


def test_a_failure_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyError), new_folders(tmp_path / "s", tmp_path / "t") as (a, _):
        fail_after(a / "x")
    assert left_in(tmp_path) == []


def test_an_interrupt_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_folders(tmp_path / "s"):
        raise KeyboardInterrupt
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("second", [False, True])
def test_a_folder_that_holds_something_is_refused_first(tmp_path: Path, second: bool) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("keep")
    targets = (tmp_path / "s", full) if second else (full,)
    with pytest.raises(FormatError, match="full exists and is not empty"), new_folders(*targets):
        pytest.fail("the work must not begin")
    assert left_in(tmp_path) == ["full"]
    assert (full / "mine").read_text() == "keep"


def test_a_file_in_the_place_of_a_folder_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(FormatError, match="mine is a file, no folder: choose another name or delete it"):
        refuse_unless_free(tmp_path / "mine")
    with pytest.raises(FormatError, match="mine is a file"), new_folders(tmp_path / "mine"):
        pytest.fail("the work must not begin")
    assert (tmp_path / "mine").read_text() == "keep"


def test_a_folder_that_was_filled_meanwhile_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "s"
    with pytest.raises(FormatError, match="exists and is not empty"), new_folders(target):
        put(target / "theirs")
    assert left_in(tmp_path) == ["s"]
    assert left_in(target) == ["theirs"]


def test_a_link_to_an_empty_folder_is_filled_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "big-disk" / "empty").mkdir(parents=True)
    link = tmp_path / "s"
    link.symlink_to(tmp_path / "big-disk" / "empty")
    with new_folders(link) as (beside,):
        assert beside.parent == (tmp_path / "big-disk").resolve()
        (beside / "x").write_text("1")
    assert link.is_symlink()
    assert (link / "x").read_text() == "1"


@needs_posix
def test_folders_keep_to_the_users_own_mask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        with new_folders(tmp_path / "s"):
            pass
    finally:
        os.umask(old)
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700


@needs_posix
def test_a_killed_run_leaves_nothing_in_place(tmp_path: Path) -> None:
    code = """
import os, signal
from pathlib import Path
from telltale.core.files import new_folders, replacing_file
with new_folders(Path("s"), Path("t")) as (a, b), replacing_file(Path("f.txt")) as f:
    (a / "x").write_text("half")
    f.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run_in_new_python(code, tmp_path).returncode == -signal.SIGKILL
    assert all(name.startswith(".") and name.endswith(".part") for name in left_in(tmp_path))
    for name in ("s", "t", "f.txt"):
        assert not (tmp_path / name).exists()
    with new_folders(tmp_path / "s"), replacing_file(tmp_path / "f.txt") as beside:
        beside.write_text("the next run is not disturbed")


WRITE_A_LONG_SIGNAL = """
import os, sys
import numpy as np
from pathlib import Path
from telltale.core.errors import FormatError
from telltale.core.files import new_folders
from telltale.core.signal import Signal
from telltale.core.signal_file import write_signal
values = np.random.default_rng(1).random((3000, 128), dtype=np.float32)
values[:, -1] = 1
try:
    with new_folders(Path("disk/s")) as (beside,):
        write_signal(Signal(np.arange(1, 3001) / 10, values), beside / "a.parquet")
except FormatError as error:
    print(error)
print(os.listdir("disk"))
"""


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("size=256k", "No space left on device: free some space or write to another disk"),
        ("ro", "Read-only file system: choose a folder that can be written"),
    ],
)
def test_a_real_disk_that_is_full_or_read_only_gets_one_line(tmp_path: Path, options: str, told: str) -> None:
    script = f'mount -t tmpfs -o {options} none disk && exec "$0" -c "$1"'
    (tmp_path / "disk").mkdir()
    # A name space of its own, so that a small disk can be mounted and goes with the process.
    ask = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, sys.executable]
    if shutil.which("unshare") is None or subprocess.run([*ask, ""], cwd=tmp_path).returncode:
        pytest.skip("this system lets no test mount a disk of its own")
    done = subprocess.run([*ask, WRITE_A_LONG_SIGNAL], cwd=tmp_path, capture_output=True, text=True)
    line, left = done.stdout.splitlines()
    assert line.startswith("cannot write ")
    assert line.removesuffix("/a.parquet: " + told).removesuffix(": " + told).endswith("disk/s")
    assert left == "[]"


@needs_posix
def test_a_write_that_stops_half_way_leaves_no_file(tmp_path: Path) -> None:
    code = """
import resource
import numpy as np
from pathlib import Path
from telltale.core.signal import Signal, unread_rows
from telltale.core.signal_file import write_signal
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
write_signal(Signal(np.arange(1, 30_001) / 10, unread_rows(30_000)), Path("a.parquet"))
"""
    done = run_in_new_python(code, tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "telltale.core.errors.FormatError: cannot write a.parquet: "
    )
    assert left_in(tmp_path) == []


def test_a_file_in_the_path_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for target in (tmp_path / "file" / "a", tmp_path / "file" / "b" / "a"):
        with pytest.raises(FormatError, match="one part of the path is a file"), replacing_file(target):
            pytest.fail("the work must not begin")
        with pytest.raises(FormatError, match="one part of the path is a file"), new_folders(target):
            pytest.fail("the work must not begin")


def test_a_folder_in_the_place_of_a_file_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").mkdir()
    with pytest.raises(FormatError, match="a folder stands there"):
        write_signal(Signal(np.array([0.1]), unread_rows(1)), tmp_path / "a.parquet")
    assert left_in(tmp_path) == ["a.parquet"]


def test_a_name_that_is_too_long_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="choose a shorter name"), new_folders(tmp_path / ("s" * 300)):
        pytest.fail("the work must not begin")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT])
def test_each_refusal_of_the_system_says_what_to_do(number: int) -> None:
    with pytest.raises(FormatError) as caught, told_plainly(Path("out")):
        raise OSError(number, os.strerror(number))
    assert str(caught.value).startswith(f"cannot write out: {os.strerror(number)}: ")
    assert "\n" not in str(caught.value)


def test_what_is_no_refusal_is_a_bug_and_stays_one() -> None:
    with pytest.raises(OSError, match="no such device"), told_plainly(Path("out")):
        raise OSError(errno.ENXIO, "no such device")
    with pytest.raises(FileNotFoundError), told_plainly(Path("out")):
        raise FileNotFoundError(errno.ENOENT, "no such file", "what should have been read")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no /proc")
@pytest.mark.parametrize("place", ["/proc/s", "/proc/deep/s"])
def test_a_place_where_nothing_can_be_made_gets_one_line(place: str) -> None:
    told = (
        f"cannot write {place}: No such file or directory: no file can be made there; choose another folder"
    )
    with pytest.raises(FormatError) as of_file, replacing_file(Path(place)) as beside:
        beside.write_text("x")
    with pytest.raises(FormatError) as of_folder, new_folders(Path(place)):
        pytest.fail("the work must not begin")
    with pytest.raises(FormatError) as of_signal:
        write_signal(Signal(np.array([0.1]), unread_rows(1)), Path(place))
    assert str(of_file.value) == str(of_folder.value) == str(of_signal.value) == told


def test_folders_on_the_way_go_again_where_nothing_came_of_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), new_folders(tmp_path / "a" / "b" / "c"):
        raise ValueError("broken")
    assert list(tmp_path.iterdir()) == []
    with new_folders(tmp_path / "a" / "b" / "c"):
        pass
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_a_path_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    out, other = tmp_path / "deep" / "page", tmp_path / "deep" / "pages"
    with held_alone(out), held_alone(other):
        script = "import sys; from pathlib import Path; from telltale.core.files import held_alone\n"
        script += "with held_alone(Path(sys.argv[1])): print('held')"
        second = subprocess.run([sys.executable, "-c", script, str(out)], capture_output=True, text=True)
        assert f"{out} is written by process {os.getpid()} that still runs" in second.stderr
        assert not second.stdout
        assert left_in(out.parent) == [f".page.{os.getpid()}.held", f".pages.{os.getpid()}.held"]
    assert left_in(tmp_path) == []


def test_who_died_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / f".page.{2**22 + 1}.held").touch()
    with pytest.raises(ValueError, match=rf"^\.page\.{os.getpid()}\.held$"), held_alone(tmp_path / "page"):
        raise ValueError(" ".join(left_in(tmp_path)))
    assert left_in(tmp_path) == []
