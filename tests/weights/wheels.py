"""Small wheels with the members of MediaPipe's that count, made from the installed models."""

from __future__ import annotations

import zipfile
from pathlib import Path

from telltale.weights.mediapipe import LICENCE_FILE, MODELS, VERSION, model_path

NAME = f"mediapipe-{VERSION}-cp311-cp311-manylinux_2_28_x86_64.whl"


def write_wheel(folder: Path, *, spoil: str = "", leave_out: str = "") -> Path:
    """Write a wheel; `spoil` and `leave_out` are names of members to falsify or to forget."""
    wheel = folder / NAME
    contents = {member.name: model_path(name).read_bytes() for name, member in MODELS.items()}
    contents[LICENCE_FILE.name] = (model_path("iris").parent / LICENCE_FILE.name).read_bytes()
    with zipfile.ZipFile(wheel, "w") as archive:
        for member in (*MODELS.values(), LICENCE_FILE):
            content = contents[member.name]
            if member.name == spoil:
                content = content[:-1] + bytes([content[-1] ^ 1])
            if member.name != leave_out:
                archive.writestr(member.path, content)
        info = f"mediapipe-{VERSION}.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: mediapipe\nVersion: {VERSION}\n")
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_28_x86_64\n",
        )
    return wheel
