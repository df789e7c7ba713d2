"""Which vertices and polygons of ICT-FaceKit the rig keeps, region by region, and what they are called.

The numbers are those of the tables in ICT-FaceKit's README (topology, eyeballs, teeth, landmarks). Left and
right are the subject's. Left out are what a picture of a face does not show: the bowls behind the irises,
tear fluid, the blend and occlusion shells of the eye, the hindmost molars, and two of the three strips of
lashes on each lid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Span = tuple[int, int]
"""First and last index, both counted, from 0."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the face whose vertices and polygons lie together in the source."""

    name: str
    vertices: tuple[Span, ...]
    polygons: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a face model numbers its vertices and polygons, and how many shapes it brings."""

    vertices: int
    """Vertices of every OBJ file."""
    polygons: int
    """Polygons of the neutral mesh."""
    identities: int
    """Files identity000.obj, identity001.obj, ..."""
    regions: tuple[Region, ...]
    """What is kept, in the order of the source."""
    jaw_right: tuple[int, ...]
    """Vertices on the edge of the jaw in place of landmarks 0 - 7."""
    jaw_left: tuple[int, ...]
    """Vertices on the edge of the jaw in place of landmarks 9 - 16."""


def indices(spans: tuple[Span, ...]) -> npt.NDArray[np.int64]:
    """All indices of some spans, in order.

    Returns
    -------
    Shape (n,), integers.

    >>> indices(((2, 4), (9, 9))).tolist()
    [2, 3, 4, 9]
    """
    return np.concatenate([np.arange(first, last + 1) for first, last in spans])


ICT_LIGHT: Final = Layout(
    vertices=26719,
    polygons=26384,
    identities=100,
    regions=(
        Region("face", ((0, 9408),), ((0, 9229),)),
        Region("head_neck", ((9409, 11247),), ((9230, 11143),)),
        Region("mouth_socket", ((11248, 13293),), ((11144, 13225),)),
        Region("eye_socket_L", ((13294, 13677),), ((13226, 13629),)),
        Region("eye_socket_R", ((13678, 14061),), ((13630, 14033),)),
        Region("gums_tongue", ((14062, 17038),), ((14034, 17005),)),
        Region("teeth", ((17416, 18869), (19602, 21095)), ((17398, 18857), (19616, 21129))),
        Region("eye_L", ((21451, 22220),), ((21496, 22295),)),
        Region("eye_R", ((23021, 23790),), ((23094, 23893),)),
        Region("lash_up_L", ((25351, 25464),), ((25304, 25393),)),
        Region("lash_lo_L", ((25921, 26034),), ((25754, 25843),)),
        Region("lash_up_R", ((26035, 26148),), ((25844, 25933),)),
        Region("lash_lo_R", ((26605, 26718),), ((26294, 26383),)),
    ),
    jaw_right=(1278, 1272, 12, 1834, 243, 781, 2199, 1447),
    jaw_left=(3661, 4390, 3022, 2484, 4036, 2253, 3490, 3496),
)
"""The light model, as it has been since the end of 2020."""
