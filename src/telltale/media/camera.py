"""Cameras by their number, on Linux, macOS and Windows."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from telltale.media.containers import StreamError

DEVICE = re.compile(r"/dev/video\d+")


@dataclass(frozen=True, slots=True)
class Camera:
    """What FFmpeg needs to open a camera."""

    address: str
    format_name: str
    options: dict[str, str]


def is_camera(what: str) -> bool:
    """
    >>> is_camera("0"), is_camera("/dev/video2"), is_camera("0.mp4")
    (True, True, False)
    """
    return what.isdecimal() or DEVICE.fullmatch(what) is not None


def find_camera(what: str, *, rate_hz: float | None = None, platform: str = sys.platform) -> Camera:
    """The camera of this number or device file; raises StreamError in one line where there is none."""
    options = {} if rate_hz is None else {"framerate": f"{rate_hz:g}"}
    if platform == "darwin":
        # This system opens no camera unless it is told a rate that the camera has; 30 is one of nearly all.
        return Camera(what, "avfoundation", {"framerate": "30", **options})
    if platform == "win32":
        return Camera(f"video={_name_on_windows(what)}", "dshow", options)
    device = Path(f"/dev/video{what}" if what.isdecimal() else what)
    if not device.exists():
        there = sorted(path.name for path in Path("/dev").glob("video*"))
        raise StreamError(
            f"there is no camera {what} ({device})",
            hint=f"there are {', '.join(there)}" if there else "plug one in; none is connected",
        )
    return Camera(str(device), "v4l2", options)


def _name_on_windows(what: str) -> str:
    from av.device import enumerate_input_devices  # only there is it needed, and only new PyAV has it

    names = [device.name for device in enumerate_input_devices("dshow") if "video" in device.media_types]
    if not what.isdecimal() or int(what) >= len(names):
        raise StreamError(
            f"there is no camera {what}",
            hint=f"there are {len(names)}, counted from 0" if names else "plug one in; none is connected",
        )
    return names[int(what)]
