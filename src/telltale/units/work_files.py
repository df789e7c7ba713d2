"""Arrays kept on disk while a long job runs, so that a job that was ended goes on where it was.

A file's name holds a key made of all that its content follows from: the input files byte by byte, the
settings, and the code that reads. Whoever changes one of them gets new files; nothing stale is ever read.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.files import replacing_file

Arrays = dict[str, npt.NDArray[Any]]

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_LENGTH: Final = 16

VIEWS: Final = ("media/*.py", "face/*.py", "face/*.csv", "units/truth.py")
"""Code that what is seen of a face follows from."""
VECTORS: Final = (
    *VIEWS, "motion/*.py", "units/features.py", "units/feature_vector.py", "units/neutral.py",
    "units/unturn.py", "units/examples.py",
)  # fmt: skip
"""Code that the head's vectors follow from."""
EXAMPLES: Final = (*VIEWS, "units/examples.py")
"""Code that examples for the refinement follow from."""
CHANNELS: Final = (*VECTORS, "units/head.py", "units/hold.py", "units/filters.py", "units/unit_reader.py")
"""Code that the channels follow from."""


def key_of(*things: object) -> str:
    """A short name for some settings, which must print all that matters of them.

    >>> key_of("refine", 3) == key_of("refine", 3), key_of("refine", 3) == key_of("refine", 4)
    (True, False)
    """
    return hashlib.sha256(repr(things).encode()).hexdigest()[:_LENGTH]


@functools.cache
def file_key(path: Path) -> str:
    """A short name for a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_LENGTH]


@functools.cache
def code_key(patterns: tuple[str, ...]) -> str:
    """A short name for what some files of this package do, whatever their comments and layout.

    Parameters
    ----------
    patterns
        Relative to the package, such as "face/*.py".
    """
    files = sorted({path for pattern in patterns for path in _PACKAGE.glob(pattern)})
    return key_of([(path.name, _meaning(path)) for path in files])


def _meaning(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return ast.dump(_plain(ast.parse(text))) if path.suffix == ".py" else text


def _plain(tree: ast.Module) -> ast.Module:
    """Code without the strings that document it."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)]  # type: ignore[attr-defined]
    return tree


def _is_text(line: ast.AST) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )


def save(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays to an .npz file, whole or not at all."""
    with replacing_file(path) as beside, beside.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load(path: Path) -> Arrays | None:
    """The arrays of an .npz file, or None where it is not there or not whole."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None


def rows(path: Path) -> int | None:
    """Rows of the arrays of an .npz file, 0 where it holds none; None where it is not there or not whole."""
    try:
        with zipfile.ZipFile(path) as held:
            names = [name.removesuffix(".npy") for name in held.namelist()]
        return _header(path, names[0])[0][0] if names else 0
    except (OSError, ValueError, IndexError, zipfile.BadZipFile):
        return None


def joined(folder: Path, parts: Iterable[Path], names: Iterable[str]) -> Arrays:
    """Arrays of many files one after another, on disk and not in memory: one .npy a name in `folder`."""
    paths = list(parts)
    return {name: _join(folder / f"{name}.npy", paths, name) for name in names}


def _join(target: Path, parts: list[Path], name: str) -> npt.NDArray[Any]:
    if not target.is_file():
        shapes = [_header(part, name) for part in parts]
        rows = sum(shape[0] for shape, _ in shapes)
        shape, dtype = (rows, *shapes[0][0][1:]), shapes[0][1]
        with replacing_file(target) as beside:
            out = np.lib.format.open_memmap(beside, mode="w+", dtype=dtype, shape=shape)
            start = 0
            for part in parts:
                with np.load(part, allow_pickle=False) as held:
                    rows_of_it = held[name]
                out[start : start + len(rows_of_it)] = rows_of_it
                start += len(rows_of_it)
            out.flush()
            del out
    # Copied on writing, which nobody does: torch takes no array that it could not write to.
    mapped: npt.NDArray[Any] = np.load(target, mmap_mode="c")
    return mapped


def _header(path: Path, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array in an .npz file, without reading it."""
    with zipfile.ZipFile(path) as held, held.open(f"{name}.npy") as file:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
    return tuple(shape), dtype
