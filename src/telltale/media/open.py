"""From what a user names (a file, a folder, a camera, a stream) to a source of frames."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from av.container import InputContainer

from telltale.core.errors import ConfigError, FormatError
from telltale.media.camera import find_camera, is_camera
from telltale.media.containers import open_address, open_file, without_password
from telltale.media.file import FASTEST_HZ, FileSource
from telltale.media.folder import FolderSource
from telltale.media.frame import Source
from telltale.media.live import LiveSource
from telltale.media.picture import MAX_SIDE_PX
from telltale.media.reception import ENDING_FORMATS, Patience

ADDRESS = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")

SCHEMES = {"rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "hls", "hls+http", "udp", "tcp", "rtp", "srt"}

STREAM_OPTIONS = {"analyzeduration": "1000000"}
"""A second is enough to tell what a stream holds; FFmpeg's own five would be five of delay."""


def open_source(
    what: str | Path,
    *,
    start_s: float | None = None,
    stop_s: float | None = None,
    rate_hz: float | None = None,
    max_side_px: int | None = MAX_SIDE_PX,
    decode_threads: int = 1,
    patience: Patience | None = None,
) -> Source:
    """A video file, a folder of numbered pictures, a camera ("0", "/dev/video0") or an address of a stream.

    start_s, stop_s: frames with start_s <= time_s < stop_s; times stay those of the whole recording.
    rate_hz: pictures a second of a folder; the rate to ask of a camera.
    max_side_px: larger pictures are made smaller to this longer side; None leaves them.
    decode_threads: 1 decodes on the calling core; 0 lets FFmpeg take as many as it likes.
    patience: how long a live source is waited for.
    """
    _check_times(start_s, stop_s)
    text = str(what)
    if not text or (rate_hz is not None and not 0 < rate_hz <= FASTEST_HZ):
        told = "nothing was named to read" if not text else f"a rate of {rate_hz:g} frames a second"
        raise ConfigError(told, hint=f"give a video, a folder or a camera, and a rate up to {FASTEST_HZ:,}")
    if not isinstance(what, Path) and is_live(text):
        patience = patience or Patience()
        connect = _camera(text, rate_hz) if is_camera(text) else _stream(text, rate_hz, patience)
        name = without_password(text)
        asked_s = time.monotonic()
        if text.lower().startswith(("http://", "https://")):
            container = connect()
            connect = _first(container, connect)
            if _has_end(container):
                return FileSource(
                    connect,
                    name,
                    start_s=start_s,
                    stop_s=stop_s,
                    max_side_px=max_side_px,
                    decode_threads=decode_threads,
                )
        if start_s:
            raise ConfigError(
                f"{name} is live, so it cannot start at {start_s:g} s", hint="leave the start out"
            )
        return LiveSource(
            connect,
            name,
            stop_s=stop_s,
            max_side_px=max_side_px,
            decode_threads=decode_threads,
            patience=patience,
            asked_s=asked_s,
        )
    path = Path(what)
    if path.is_dir():
        return FolderSource(path, rate_hz=rate_hz, start_s=start_s, stop_s=stop_s, max_side_px=max_side_px)
    _refuse_rate(text, rate_hz)
    return FileSource(
        partial(open_file, path),
        text,
        start_s=start_s,
        stop_s=stop_s,
        max_side_px=max_side_px,
        decode_threads=decode_threads,
    )


def is_live(what: str) -> bool:
    """Whether this names a camera or an address and no place on a disk; a folder "006" goes before a camera.

    >>> is_live("0"), is_live("rtsp://host/room"), is_live("clip.mp4")
    (True, True, False)
    """
    if what.isdecimal() and Path(what).exists():
        return False
    return is_camera(what) or ADDRESS.match(what) is not None


def _check_times(start_s: float | None, stop_s: float | None) -> None:
    if start_s is not None and not 0 <= start_s < math.inf:
        raise ConfigError(f"a start at {start_s:g} s", hint="give 0 or more seconds")
    if stop_s is not None and not (start_s or 0.0) < stop_s < math.inf:
        raise ConfigError(f"a stop at {stop_s:g} s", hint="it must come after the start")


def _refuse_rate(name: str, rate_hz: float | None) -> None:
    if rate_hz is not None:
        raise ConfigError(f"{name} has its own times, so it takes no rate", hint="leave the rate out")


def _camera(what: str, rate_hz: float | None) -> Callable[[], InputContainer]:
    camera = find_camera(what, rate_hz=rate_hz)
    return partial(
        open_address,
        camera.address,
        name=f"camera {what}",
        format_name=camera.format_name,
        options=camera.options,
    )


def _stream(address: str, rate_hz: float | None, patience: Patience) -> Callable[[], InputContainer]:
    name = without_password(address)
    _refuse_rate(name, rate_hz)
    scheme = address.split("://")[0].lower()
    if scheme not in SCHEMES:
        raise FormatError(
            f"{name} cannot be read", hint=f"give a path, a camera or one of {', '.join(sorted(SCHEMES))}"
        )
    options = dict(STREAM_OPTIONS)
    if scheme.startswith("rtsp"):
        # Over UDP a lost packet smears the picture, and many a network lets none through.
        options["rtsp_transport"] = "tcp"
    return partial(open_address, address, name=name, options=options, read_s=patience.silence_s)


def _has_end(container: InputContainer) -> bool:
    """Whether a web server holds a recording, which waits for its reader, and no live stream."""
    is_playlist = container.format.name in ENDING_FORMATS
    return container.duration is not None or (not is_playlist and container.size > 0)


def _first(container: InputContainer, connect: Callable[[], InputContainer]) -> Callable[[], InputContainer]:
    """Gives the container that is open already, and from the second time on a new one."""
    ready = [container]
    return lambda: ready.pop() if ready else connect()
