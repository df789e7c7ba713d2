"""The rig file: a face that can be moved by action unit, in one .npz of plain arrays (docs/rig.md)."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.core.files import replacing_file

_AGAIN: Final = "make it again: telltale rig import"

_SHAPES: Final = {
    "vertices": ("f4", "N 3"),
    "vert_region": ("u1", "N"),
    "vert_src": ("u2", "N"),
    "tris": ("u2", "T 3"),
    "tri_uv": ("u2", "T 3"),
    "tri_region": ("u1", "T"),
    "uv": ("f4", "M 2"),
    "region_names": ("U", "R"),
    "expr_names": ("U", "E"),
    "expr": ("f2", "E N 3"),
    "ident": ("f2", "I N 3"),
    "left_weight": ("f4", "N"),
    "mirror": ("u2", "N"),
    "lm68": ("u2", "68"),
    "lm68_jaw": ("u2", "68"),
    "rigid": ("u2", "K"),
    "au_names": ("U", "A"),
    "au_disp": ("f2", "A 2 N 3"),
    "au_weight": ("f4", "A 2 E"),
    "au_masked": ("u1", "A 2 E"),
    "uvmask": ("u1", "P 512 512"),
    "uvmask_names": ("U", "P"),
    "meta": ("U", ""),
    "license": ("U", ""),
}
"""Type and shape of each array. Letters are lengths that agree throughout a file."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceRig:
    """A face of N vertices, T triangles and M texture coordinates, in R regions.

    It has E expressions, I ways to differ between people, and A action units. Lengths are about centimetres;
    x points to the subject's left, y up, z out of the face. On an axis of sides 0 is left and 1 is right.
    """

    vertices: npt.NDArray[np.float32]
    """Shape (N, 3): the face at rest, lips sealed, cm."""
    vert_region: npt.NDArray[np.uint8]
    """Shape (N,): region of each vertex."""
    vert_src: npt.NDArray[np.uint16]
    """Shape (N,): index of each vertex in ICT-FaceKit."""
    tris: npt.NDArray[np.uint16]
    """Shape (T, 3): vertices, counter-clockwise seen from outside."""
    tri_uv: npt.NDArray[np.uint16]
    """Shape (T, 3): texture coordinates at the same corners."""
    tri_region: npt.NDArray[np.uint8]
    """Shape (T,): region of each triangle."""
    uv: npt.NDArray[np.float32]
    """Shape (M, 2): 0 to 1 within the region's tile, v up."""
    region_names: npt.NDArray[np.str_]
    """Shape (R,): names of the regions."""
    expr_names: npt.NDArray[np.str_]
    """Shape (E,): names of the expressions."""
    expr: npt.NDArray[np.float16]
    """Shape (E, N, 3): displacement from the neutral face at weight 1, cm."""
    ident: npt.NDArray[np.float16]
    """Shape (I, N, 3): one standard deviation of each way to differ, cm."""
    left_weight: npt.NDArray[np.float32]
    """Shape (N,): share of the left side, 0 to 1."""
    mirror: npt.NDArray[np.uint16]
    """Shape (N,): vertex nearest to this one's mirror image."""
    lm68: npt.NDArray[np.uint16]
    """Shape (68,): vertices of the Multi-PIE landmarks."""
    lm68_jaw: npt.NDArray[np.uint16]
    """Shape (68,): the same with the jaw's edge in 0 - 16."""
    rigid: npt.NDArray[np.uint16]
    """Shape (K,): vertices that the source lists as rigid."""
    au_names: npt.NDArray[np.str_]
    """Shape (A,): AU1 ... AU45."""
    au_disp: npt.NDArray[np.float16]
    """Shape (A, 2, N, 3): displacement of each unit and side, cm."""
    au_weight: npt.NDArray[np.float32]
    """Shape (A, 2, E): the units' recipes: weight of each expression."""
    au_masked: npt.NDArray[np.uint8]
    """Shape (A, 2, E): 1 where the weight is taken times the side's."""
    uvmask: npt.NDArray[np.uint8]
    """Shape (P, 512, 512): where lips, brows and hair lie, 0 to 255."""
    uvmask_names: npt.NDArray[np.str_]
    """Shape (P,): names of the masks."""
    meta: npt.NDArray[np.str_]
    """Where it came from, JSON."""
    license: npt.NDArray[np.str_]
    """Licence of the source; it travels with every copy."""

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            message = f"not a face rig: {'; '.join(problems)}"
            raise FormatError(message, hint=_AGAIN)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        refuse_folder(path)
        arrays = {name: getattr(self, name) for name in _SHAPES}
        with replacing_file(path) as beside, beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> FaceRig:
        """Read a rig file; what is missing or of another shape is told at once."""
        try:
            with path.open("rb") as file, zipfile.ZipFile(file) as archive:
                stored = {
                    name: _read(archive, name) for name in _SHAPES if f"{name}.npy" in archive.namelist()
                }
        except OSError as error:
            raise FormatError(f"cannot read {path}: {error.strerror}", hint=_AGAIN) from error
        except (ValueError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise FormatError(f"{path} is not a whole .npz file", hint=_AGAIN) from error
        if missing := [name for name in _SHAPES if name not in stored]:
            raise FormatError(f"{path} is not a face rig: it lacks {', '.join(missing)}", hint=_AGAIN)
        return cls(**stored)


def refuse_folder(path: Path) -> None:
    """Say at once that a rig cannot be written where a folder stands."""
    if path.is_dir():
        raise FormatError(f"{path} is a folder", hint="give the name of a file, such as facerig.npz")


def _read(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    with archive.open(f"{name}.npy") as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _problems(rig: FaceRig) -> list[str]:
    """Arrays of another type, or whose lengths contradict those of the arrays before them."""
    problems = []
    lengths: dict[str, int] = {}
    for name, (kind, letters) in _SHAPES.items():
        array, shape = getattr(rig, name), letters.split()
        stored = array.dtype.kind if kind == "U" else array.dtype.str[1:]
        known = [int(s) if s.isdigit() else lengths.get(s) for s in shape]
        fits = len(known) == array.ndim and all(
            want in (None, have) for want, have in zip(known, array.shape, strict=True)
        )
        if stored != kind or not fits:
            problems.append(f"{name} is {array.dtype} {array.shape}")
        else:
            lengths |= {s: n for s, n in zip(shape, array.shape, strict=True) if not s.isdigit()}
    return problems
