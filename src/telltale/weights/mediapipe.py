"""MediaPipe's face models: which files, and where they lie once `telltale models install` has fetched them.

They are not in the package: they are Google's, under Apache-2.0, and are taken unchanged from the published
wheel of MediaPipe 0.10.21, which is opened as a file and never installed or imported.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telltale.core.errors import ConfigError, FormatError
from telltale.weights.cache import cache_folder

VERSION: Final = "0.10.21"
LICENCE: Final = "Apache-2.0"
COMMAND: Final = "telltale models install"


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside MediaPipe's wheel."""

    name: str
    """Its name in our cache folder."""
    path: str
    """Its path in the wheel."""
    size_bytes: int
    sha256: str
    what: str


_MODULES = "mediapipe/modules"
MODELS: Final = {
    "blazeface_short": Member(
        "blazeface_short.tflite",
        f"{_MODULES}/face_detection/face_detection_short_range.tflite",
        229_714,
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        "finds faces within about 2 m of the camera, 128 x 128",
    ),
    "blazeface_full": Member(
        "blazeface_full.tflite",
        f"{_MODULES}/face_detection/face_detection_full_range_sparse.tflite",
        676_746,
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
        "finds faces within about 5 m of the camera, 192 x 192",
    ),
    "face_mesh": Member(
        "face_mesh.tflite",
        f"{_MODULES}/face_landmark/face_landmark.tflite",
        1_242_398,
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        "468 points of one face, 192 x 192",
    ),
    "iris": Member(
        "iris.tflite",
        f"{_MODULES}/iris_landmark/iris_landmark.tflite",
        2_640_568,
        "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
        "71 points around one eye and 5 of its iris, 64 x 64",
    ),
}
"""The four models by the name that `model_path` takes."""

LICENCE_FILE: Final = Member(
    "LICENSE",
    f"mediapipe-{VERSION}.dist-info/LICENSE",
    12_331,
    "8707eef0533987efc5b155d64761eeb6e20793f50b9bd1a68dad1cf4719d0ed8",
    "the licence of MediaPipe",
)


def models_folder() -> Path:
    """Where the models lie, or will lie."""
    return cache_folder() / f"mediapipe-{VERSION}"


def model_path(name: str) -> Path:
    """The file of the model called `name`, its content checked against the hash written here.

    Raises
    ------
    ConfigError
        There is no model of that name.
    FormatError
        The model is not installed, or its file is damaged.
    """
    member = MODELS.get(name)
    if member is None:
        raise ConfigError(f"no model is called {name!r}", hint=f"take one of {', '.join(MODELS)}")
    path = models_folder() / member.name
    if not path.is_file():
        raise FormatError(f"the model {name} is not installed in {path.parent}", hint=f"run '{COMMAND}'")
    if not is_right(path, member):
        raise FormatError(f"{path} is damaged", hint=f"run '{COMMAND}'")
    return path


def is_right(path: Path, member: Member) -> bool:
    """Whether the file is there and holds what it should."""
    try:
        return path.stat().st_size == member.size_bytes and sha256_of(path) == member.sha256
    except OSError:
        return False


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
