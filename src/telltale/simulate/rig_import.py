"""Turns a user's own copy of ICT-FaceKit into the rig file.

Nothing of ICT-FaceKit comes with Telltale: the shapes, the landmarks and the licence are all read from the
copy. What is ours is the choice of regions, the recipes of the units, the masks and the lashes' coordinates.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

import telltale
from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.simulate import rig_masks
from telltale.simulate.rig_file import FaceRig
from telltale.simulate.rig_mesh import RigMesh, keep
from telltale.simulate.rig_obj import read_mesh, read_vertices
from telltale.simulate.rig_regions import ICT_LIGHT, Layout
from telltale.simulate.rig_units import (
    RECIPES,
    SHAPES,
    STEP_CM,
    left_ramp,
    recipe_arrays,
    rounded,
    unit_displacements,
)

IDENTITY_STEP_CM: Final = 2.0**-11
SEAL: Final = 0.04
"""Share of `mouthClose` in the face at rest: it closes a hairline gap between the source's lips."""

_NEUTRAL: Final = "generic_neutral_mesh"
_GET_IT: Final = "clone https://github.com/ICT-VGL/ICT-FaceKit and give its folder"


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one copy of ICT-FaceKit, all of them there."""

    neutral: Path
    expressions: tuple[Path, ...]
    """In the order of `SHAPES`."""
    identities: tuple[Path, ...]
    indices: Path
    license: str

    @property
    def shapes(self) -> list[Path]:
        """The files of all shapes that are held against the neutral mesh."""
        return [*self.expressions, *self.identities]


def import_rig(folder: Path, *, layout: Layout = ICT_LIGHT, progress: Progress = silent) -> FaceRig:
    """Build the rig from a copy of ICT-FaceKit.

    Parameters
    ----------
    folder
        The copy, or the folder FaceXModel inside it.
    layout
        How the model numbers its vertices.
    progress
        Shows how many of the 155 shape files are read.
    """
    source = find_source(folder, layout)
    full = read_mesh(source.neutral)
    _check_count(source.neutral, len(full.vertices), layout)
    mesh = keep(full, layout)
    landmarks, rigid = _read_indices(source.indices, mesh, layout)
    shapes = _read_shapes(source.shapes, mesh, layout, progress)
    split = len(source.expressions)
    return _assemble(mesh, shapes[:split], shapes[split:], landmarks, rigid, layout, source)


def find_source(folder: Path, layout: Layout = ICT_LIGHT) -> Source:
    """Find the files of a copy; everything that is missing is named in the error."""
    model = folder / "FaceXModel" if (folder / "FaceXModel").is_dir() else folder
    neutral, indices = model / f"{_NEUTRAL}.obj", model / "vertex_indices.json"
    if not neutral.is_file():
        raise FormatError(f"{folder} is not a copy of ICT-FaceKit", hint=_GET_IT)
    expressions = tuple(model / f"{name}.obj" for name in SHAPES)
    identities = tuple(model / f"identity{i:03d}.obj" for i in range(layout.identities))
    license_at = next((at for at in (model.parent, model) if (at / "LICENSE").is_file()), None)
    missing = [path.name for path in (*expressions, *identities, indices) if not path.is_file()]
    if license_at is None:
        missing.append("LICENSE (the rig must carry it)")
    if license_at is None or missing:
        message = (
            f"{folder} is half a copy of ICT-FaceKit, it lacks {len(missing)} files: {', '.join(missing)}"
        )
        raise FormatError(message, hint=_GET_IT)
    return Source(neutral, expressions, identities, indices, _read_license(license_at / "LICENSE"))


def _read_license(path: Path) -> str:
    """The licence's text, which must travel with what is made from the files."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if "Permission is hereby granted, free of charge" not in text:
        hint = "use the light model; the full one has another licence"
        raise FormatError(f"{path} is not the MIT licence", hint=hint)
    return text


def _check_count(path: Path, found: int, layout: Layout) -> None:
    if found != layout.vertices:
        message = f"{path} has {found} vertices, not {layout.vertices}"
        raise FormatError(message, hint="copy the file again, from the current version of ICT-FaceKit")


def _read_shapes(
    paths: list[Path], mesh: RigMesh, layout: Layout, progress: Progress
) -> npt.NDArray[np.float32]:
    """Shape (files, N, 3): each shape less the neutral face, cm. All faulty files are told at once."""
    moved = np.zeros((len(paths), len(mesh.neutral), 3), dtype=np.float32)
    problems = []
    for i, path in enumerate(progress(paths, total=len(paths), label="reading shapes")):
        try:
            vertices = read_vertices(path)
            _check_count(path, len(vertices), layout)
        except FormatError as error:
            problems.append(str(error))
        else:
            moved[i] = vertices[mesh.source] - mesh.neutral
    if problems:
        raise FormatError("\n".join(problems))
    return moved


def _read_indices(
    path: Path, mesh: RigMesh, layout: Layout
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The 68 landmarks and the rigid vertices, as vertices of the rig."""
    hint = "copy the file again, from the current version of ICT-FaceKit"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        landmarks = np.array(told["idx_to_landmark_verts"], dtype=np.int64)
        rigid = np.array(told["idx_to_rigid_verts"], dtype=np.int64)
    except (ValueError, TypeError, KeyError) as error:
        raise FormatError(f"{path} lists no landmarks and rigid vertices", hint=hint) from error
    face = mesh.source[mesh.vertex_region == 0]
    if landmarks.shape != (68,) or not np.isin(landmarks, face).all():
        raise FormatError(f"{path} does not list 68 landmarks on the face", hint=hint)
    if rigid.ndim != 1 or ((rigid < 0) | (rigid >= layout.vertices)).any():
        raise FormatError(f"{path} lists rigid vertices that the mesh does not have", hint=hint)
    return to_rig(mesh, landmarks), to_rig(mesh, rigid[np.isin(rigid, mesh.source)])


def to_rig(mesh: RigMesh, source: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The rig's index of each kept vertex of the source; both of shape (k,)."""
    return np.searchsorted(mesh.source, source)


def _assemble(
    mesh: RigMesh,
    expressions: npt.NDArray[np.float32],
    identities: npt.NDArray[np.float32],
    landmarks: npt.NDArray[np.int64],
    rigid: npt.NDArray[np.int64],
    layout: Layout,
    source: Source,
) -> FaceRig:
    expr = rounded(expressions, STEP_CM)
    weight, masked = recipe_arrays()
    seal = SEAL * expr[SHAPES.index("mouthClose")].astype(np.float64)
    mirror = cKDTree(mesh.neutral).query(mesh.neutral * [-1, 1, 1])[1]
    jaw = landmarks.copy()
    jaw[:8] = to_rig(mesh, np.array(layout.jaw_right))
    jaw[9:17] = to_rig(mesh, np.array(layout.jaw_left))
    return FaceRig(
        vertices=(mesh.neutral + seal).astype(np.float32),
        vert_region=mesh.vertex_region.astype(np.uint8),
        vert_src=mesh.source.astype(np.uint16),
        tris=mesh.triangles.astype(np.uint16),
        tri_uv=mesh.triangle_uv.astype(np.uint16),
        tri_region=mesh.triangle_region.astype(np.uint8),
        uv=mesh.uv.astype(np.float32),
        region_names=np.array([region.name for region in layout.regions]),
        expr_names=np.array(SHAPES),
        expr=expr,
        ident=rounded(identities, IDENTITY_STEP_CM),
        left_weight=left_ramp(mesh.neutral[:, 0]),
        mirror=np.asarray(mirror, dtype=np.uint16),
        lm68=landmarks.astype(np.uint16),
        lm68_jaw=jaw.astype(np.uint16),
        rigid=rigid.astype(np.uint16),
        au_names=np.array([f"AU{recipe.unit}" for recipe in RECIPES]),
        au_disp=unit_displacements(expr, mesh.neutral),
        au_weight=weight,
        au_masked=masked,
        uvmask=rig_masks.paint_masks(mesh, landmarks),
        uvmask_names=np.array(rig_masks.NAMES),
        meta=np.array(json.dumps(_meta(source, layout))),
        license=np.array(source.license),
    )


def _meta(source: Source, layout: Layout) -> dict[str, Any]:
    """Where the rig came from; `sha256` is of the neutral mesh, and so tells versions of the source apart."""
    return {
        "source": "github ICT-VGL/ICT-FaceKit (ICT Face Model Light)",
        "sha256": hashlib.sha256(source.neutral.read_bytes()).hexdigest(),
        "software": f"telltale {telltale.__version__}",
        "license": "MIT",
        "units": "cm approx",
        "axes": "x: +subject left, y: up, z: +out of face",
        "regions": [region.name for region in layout.regions],
        "au": [f"AU{recipe.unit}" for recipe in RECIPES],
        "rest": f"{_NEUTRAL} + {SEAL}*mouthClose",
    }
