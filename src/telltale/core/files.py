"""Writing that leaves the whole thing or nothing: write beside, then rename."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from telltale.core.errors import FormatError


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes `path`'s place when the block ends without an error.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing_file(target) as beside:
    ...     _ = beside.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    beside = _beside(path)
    with told_plainly(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield beside
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folders(*targets: Path) -> Iterator[tuple[Path, ...]]:
    """Folders beside `targets` to fill; they take the targets' places together when the block ends well.

    A target that already holds something is refused before any work is done; one that is a link to an
    empty folder is filled where the link points.
    """
    with told_plainly(targets[0]):
        for target in targets:
            refuse_unless_free(target)
            sweep(target.resolve())
        places = [target.resolve() for target in targets]
        made = tuple(_beside(place) for place in places)
        above = [folder for place in places for folder in place.parents if not folder.exists()]
        try:
            for beside in made:
                shutil.rmtree(beside, ignore_errors=True)
                beside.parent.mkdir(parents=True, exist_ok=True)
                beside.mkdir()
            yield made
            for target in targets:
                refuse_unless_free(target)
            for beside, place in zip(made, places, strict=True):
                if place.is_dir():
                    place.rmdir()
                beside.replace(place)
        finally:
            for beside in made:
                shutil.rmtree(beside, ignore_errors=True)
            # What was made on the way goes again where nothing came of it; a folder in use stays.
            for folder in sorted(above, key=lambda path: -len(path.parts)):
                with contextlib.suppress(OSError):
                    folder.rmdir()


_PART, _HELD = (re.compile(rf"^\.(.+)\.(\d+)\.{end}$") for end in ("part", "held"))


def _beside(path: Path, end: str = "part") -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{end}")


def sweep(path: Path) -> None:
    """Remove what processes that were killed had begun to write for a path: it may show somebody's face."""
    if not path.parent.is_dir():
        return
    for left in path.parent.iterdir():
        found = _PART.match(left.name)
        if found and found[1] == path.name and not _runs(int(found[2])):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    left.unlink()


@contextlib.contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """Keep others from a path that is written again and again, until the block ends.

    A file beside it with the process's number says who holds it. One that a dead process left counts for
    nothing and goes. Who comes writes first and looks then: of two at once none may go on, never both.
    """
    place = path.resolve()
    own = _beside(place, "held")
    with told_plainly(path):
        above = [folder for folder in place.parents if not folder.exists()]
        place.parent.mkdir(parents=True, exist_ok=True)
        own.touch()
    try:
        for file in place.parent.iterdir():
            found = _HELD.match(file.name)
            if not found or found[1] != place.name or file == own:
                continue
            if _runs(int(found[2])):
                hint = f"end that one or choose another folder; if it is none of ours, delete {file}"
                raise FormatError(f"{path} is written by process {found[2]} that still runs", hint=hint)
            file.unlink(missing_ok=True)
        yield
    finally:
        own.unlink(missing_ok=True)
        for folder in above:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _runs(process: int) -> bool:
    """Whether a process of this number is there; taken to be where this cannot be asked without harm."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def refuse_unless_free(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise FormatError(f"{target} is a file, no folder", hint="choose another name or delete it")
    if target.exists() and any(target.iterdir()):
        raise FormatError(f"{target} exists and is not empty", hint="choose another folder or delete it")


_HINTS = {
    errno.ENOSPC: "free some space or write to another disk",
    errno.EDQUOT: "free some of your quota or write to another disk",
    errno.EFBIG: "the system limits how large a file may be; raise the limit",
    errno.ENOENT: "no file can be made there; choose another folder",
    errno.EROFS: "choose a folder that can be written",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.ENOTDIR: "one part of the path is a file; choose another folder",
    errno.EEXIST: "one part of the path is a file; choose another folder",
    errno.EISDIR: "a folder stands there; choose another name",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextlib.contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write into one line that says what to do."""
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0)
        if hint is None or (error.errno == errno.ENOENT and not _is_on_the_way(error.filename, path)):
            raise
        message = f"cannot write {_as_asked(path)}: {os.strerror(error.errno or 0)}"
        raise FormatError(message, hint=hint) from error


def _is_on_the_way(missing: str | os.PathLike[str] | None, path: Path) -> bool:
    """Whether what is missing is `path`, stands beside it or above it; PyArrow does not say what it is."""
    if missing is None:
        return True
    lost = _as_asked(Path(missing).absolute())
    wholes = (_as_asked(path.absolute()), _as_asked(path.resolve()))
    return any(lost in (whole, *whole.parents) for whole in wholes)


def _as_asked(path: Path) -> Path:
    """The path that was asked for, where `path` lies in a folder that stands beside its place."""
    return Path(*(_PART.sub(r"\1", name) for name in path.parts))
