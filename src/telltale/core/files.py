"""Writing that leaves the whole thing or nothing: write beside, then rename."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
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
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
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

    A target that already holds something is refused before any work is done.
    """
    for target in targets:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise FormatError(f"{target} exists and is not empty", hint="choose another folder or delete it")
    made: list[Path] = []
    with told_plainly(targets[0]):
        try:
            for target in targets:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.append(
                    Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
                )
            yield tuple(made)
            for beside, target in zip(made, targets, strict=True):
                if target.exists():
                    target.rmdir()
                beside.chmod(0o755)
                beside.replace(target)
        finally:
            for beside in made:
                shutil.rmtree(beside, ignore_errors=True)


@contextlib.contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write into one line that says what to do."""
    try:
        yield
    except OSError as error:
        hint = {
            errno.ENOSPC: "free some space or write to another disk",
            errno.EDQUOT: "free some of your quota or write to another disk",
            errno.EROFS: "choose a folder that can be written",
            errno.EACCES: "choose a folder that you may write to",
            errno.EPERM: "choose a folder that you may write to",
            errno.ENOTDIR: "one part of the path is a file; choose another folder",
        }.get(error.errno or 0)
        if hint is None:
            raise
        raise FormatError(f"cannot write {path}: {os.strerror(error.errno or 0)}", hint=hint) from error
